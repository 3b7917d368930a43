//! Where a PostgreSQL database is and who opens it, without the password wherever it is shown.

use sqlx::postgres::PgConnectOptions;
use std::{fmt, str::FromStr};

/// A `postgres://` URL that was read. Neither `Debug` nor `Display` says its password.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(super) options: PgConnectOptions,
}

/// It says nothing of the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the address of the database can't be read; it is written postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %XX"
)]
pub struct BadUrl;

impl FromStr for PostgresUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let options = text.parse::<PgConnectOptions>().ok().filter(|_| is_postgres).ok_or(BadUrl)?;
        Ok(Self { options: options.application_name("hawker-platform") })
    }
}

impl PostgresUrl {
    /// As PostgreSQL chooses it where the URL names none: the user's name.
    pub(super) fn database(&self) -> &str {
        self.options.get_database().unwrap_or(self.options.get_username())
    }

    pub(super) fn user(&self) -> &str {
        self.options.get_username()
    }

    /// The server: its socket's folder, or host and port.
    pub(super) fn server(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" at {}", self.database(), self.server())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_password_is_shown_nowhere() {
        let url: PostgresUrl = "postgres://ada:s3cr%23t@db.example.org:5433/shop".parse().unwrap();
        assert_eq!(url.to_string(), "\"shop\" at db.example.org:5433");
        assert_eq!(url.user(), "ada");
        assert!(!format!("{url:?} {url}").contains("s3cr"));
        let wrong = ["postgres://ada:s3cr#t@[:5433/shop", "mysql://ada:s3cret@db/shop", "ada:s3cret@db"];
        for text in wrong {
            let error = text.parse::<PostgresUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr"), "{error}");
        }
    }

    #[test]
    fn a_socket_and_a_user_s_own_database_are_named() {
        let url: PostgresUrl = "postgresql://ada@%2Frun%2Fpostgresql".parse().unwrap();
        assert_eq!(url.to_string(), "\"ada\" at /run/postgresql");
    }
}
