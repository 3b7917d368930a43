//! Passwords: argon2id, off the async threads, and the same cost for a name nobody has.

use crate::{error::ApiError, state::App};
use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use std::sync::OnceLock;

/// Longest password hashed; argon2 would take more, but nobody types it.
const MAX_BYTES: usize = 1024;
/// Shortest password taken, in characters.
const MIN_CHARS: usize = 10;

/// Hashes a new password. Errors: too short or too long.
pub async fn hash(app: &App, password: String) -> Result<String, ApiError> {
    if password.chars().count() < MIN_CHARS || password.len() > MAX_BYTES {
        return Err(ApiError::bad_input(format!("the password must have at least {MIN_CHARS} characters"))
            .hint("a sentence is easy to remember and hard to guess"));
    }
    let _turn = app.hashing.acquire().await.map_err(|error| ApiError::internal(&error))?;
    let hashed = tokio::task::spawn_blocking(move || hash_blocking(&password)).await;
    hashed.map_err(|error| ApiError::internal(&error))?.map_err(|error| ApiError::internal(&error))
}

/// Whether `password` fits `stored`; without a stored one the same work is done and the answer is no.
pub async fn fits(app: &App, password: String, stored: Option<String>) -> Result<bool, ApiError> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let _turn = app.hashing.acquire().await.map_err(|error| ApiError::internal(&error))?;
    let checked = tokio::task::spawn_blocking(move || verify_blocking(&password, stored.as_deref())).await;
    checked.map_err(|error| ApiError::internal(&error))
}

fn hash_blocking(password: &str) -> Result<String, String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| error.to_string())?;
    let salt = SaltString::encode_b64(&salt).map_err(|error| error.to_string())?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

fn verify_blocking(password: &str, stored: Option<&str>) -> bool {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let nobody = NOBODY.get_or_init(|| hash_blocking("nobody has this password").unwrap_or_default());
    let Ok(hash) = PasswordHash::new(stored.unwrap_or(nobody)) else { return false };
    let fits = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    fits && stored.is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_right_password_of_somebody_fits() {
        let stored = hash_blocking("correct horse").unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(verify_blocking("correct horse", Some(&stored)));
        assert!(!verify_blocking("wrong horse", Some(&stored)));
        assert!(!verify_blocking("nobody has this password", None), "a name nobody has never opens");
        assert!(!verify_blocking("x", Some("not a hash")));
    }
}
