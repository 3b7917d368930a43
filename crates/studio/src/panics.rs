//! What a thread says as it panics is a line of the log like any other. A packaged program has no terminal, so it would be lost,
//! and what it quotes may be secret, which the log takes out ([`crate::logging`]).

use std::{any::Any, backtrace::BacktraceStatus, panic::PanicHookInfo};

/// What lets them through a filter.
pub(crate) const SAID: &str = concat!(module_path!(), "=error");

/// From now on every panic of this process is a line of the log, in place of the words on stderr.
pub(crate) fn log() {
    std::panic::set_hook(Box::new(tell));
}

fn tell(panic: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("without a name");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let words = words(panic.payload());
    let trace = std::backtrace::Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        tracing::error!(thread = name, place, backtrace = %trace, "a thread panicked: {words}");
    } else {
        tracing::error!(thread = name, place, "a thread panicked: {words}");
    }
}

/// What `panic!` and its like leave; anything else has no words.
fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("it does not say why")
}
