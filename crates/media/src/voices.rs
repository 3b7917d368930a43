//! What GStreamer and GLib say by themselves: debug lines that `GST_DEBUG` asks for, and warnings of either. All of it passes
//! [`redact`] and goes where this program's own lines go, under the target [`TARGET`]; where nobody listens for those, to
//! stderr, as in a process that decodes.
//!
//! `GST_DEBUG` chooses what is said, as ever. `GST_DEBUG_FILE` names a file for lines that nobody redacts, and has no effect.

use crate::redact;
use gstreamer as gst;
use gstreamer::glib;
use std::{
    io::Write,
    sync::{Once, atomic::AtomicBool, atomic::Ordering},
};
use tracing::Level;

/// How filters name them.
pub const TARGET: &str = "gstreamer";

/// Hears them from now on, once; before GStreamer starts, which has its say then already.
pub(crate) fn hear() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::log::remove_default_log_function();
        let _stays = gst::log::add_log_function(|category, level, file, _, line, object, message| {
            let object = object.map(|object| format!(" <{object}>")).unwrap_or_default();
            let words = message.get().map(|words| words.to_string()).unwrap_or_default();
            say(of_gstreamer(level), &format!("{} {file}:{line}{object} {words}", category.name()));
        });
        glib::log_set_writer_func(|level, fields| {
            let field =
                |name: &str| fields.iter().find(|field| field.key() == name).and_then(|field| field.value_str());
            say(
                of_glib(level),
                &format!("{} {}", field("GLIB_DOMAIN").unwrap_or("GLib"), field("MESSAGE").unwrap_or("")),
            );
            glib::LogWriterOutput::Handled
        });
        // Where one process decodes for another, its stdout is for pictures alone.
        glib::set_print_handler(|text| say(Level::INFO, text.trim_end()));
        glib::set_printerr_handler(|text| say(Level::WARN, text.trim_end()));
    });
}

/// True where somebody asks GStreamer for debug lines.
pub fn are_asked_for() -> bool {
    std::env::var_os("GST_DEBUG").is_some_and(|asked| !asked.is_empty() && asked != "0")
}

fn of_gstreamer(level: gst::DebugLevel) -> Level {
    match level {
        gst::DebugLevel::Error => Level::ERROR,
        gst::DebugLevel::Warning => Level::WARN,
        gst::DebugLevel::Fixme | gst::DebugLevel::Info => Level::INFO,
        gst::DebugLevel::Debug => Level::DEBUG,
        _ => Level::TRACE,
    }
}

fn of_glib(level: glib::LogLevel) -> Level {
    match level {
        glib::LogLevel::Error | glib::LogLevel::Critical => Level::ERROR,
        glib::LogLevel::Warning => Level::WARN,
        glib::LogLevel::Message | glib::LogLevel::Info => Level::INFO,
        glib::LogLevel::Debug => Level::DEBUG,
    }
}

fn say(level: Level, text: &str) {
    // Decided once: whoever logs begins to before anything is started.
    static HEARD: AtomicBool = AtomicBool::new(false);
    let heard = HEARD.load(Ordering::Relaxed) || tracing::dispatcher::has_been_set();
    HEARD.store(heard, Ordering::Relaxed);
    let text = redact(text);
    if !heard {
        // What GLib has to say of its own accord below a warning it keeps to itself, too, unless asked.
        if level <= Level::WARN || are_asked_for() {
            let _ = writeln!(std::io::stderr().lock(), "{level} {text}");
        }
        return;
    }
    match level {
        Level::ERROR => tracing::error!(target: TARGET, "{text}"),
        Level::WARN => tracing::warn!(target: TARGET, "{text}"),
        Level::INFO => tracing::info!(target: TARGET, "{text}"),
        Level::DEBUG => tracing::debug!(target: TARGET, "{text}"),
        Level::TRACE => tracing::trace!(target: TARGET, "{text}"),
    }
}
