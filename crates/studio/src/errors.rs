//! Errors of the crates below, turned into what leaves the studio: a code, what failed, what to do.

use hawker_wire::{ErrorCode, Failure};

/// What every use case answers.
pub type Outcome<T> = Result<T, Failure>;

pub fn bad_input(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::BadInput, message)
}

pub fn not_found(what: &str, name: &str) -> Failure {
    Failure::new(ErrorCode::NotFound, format!("{what} {name:?} does not exist"))
}

/// An error nobody can act on but by reading the log. The chain of causes goes to the log, not to the person.
pub fn internal(what: &str, error: impl std::error::Error) -> Failure {
    tracing::error!(error = %chain(&error), "{what}");
    Failure::new(ErrorCode::Internal, format!("{what}: {error}")).hint("the log of the data directory says more")
}

/// The error and its causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = next.source();
    }
    text
}

/// The owner task answers every request; it is gone only while the studio closes.
pub fn closing() -> Failure {
    Failure::new(ErrorCode::Conflict, "the studio is closing")
}
