//! Where a PostgreSQL database is and who opens it, without the password wherever it is shown.

use sqlx::postgres::PgConnectOptions;
use std::{fmt, str::FromStr};

/// A `postgres://` URL that was read. Neither `Debug` nor `Display` says its password.
#[derive(Clone)]
pub struct PostgresUrl {
    pub(super) options: PgConnectOptions,
}

/// Parameters behind a question mark that mean something. Another one is a mistake: who writes "sslmod" believes that the
/// certificate is looked at.
const PARAMETERS: [&str; 11] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// It says nothing of the text, which may hold a password: one with a question mark looks like parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error(
        "the address of the database can't be read; it is written postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as %XX"
    )]
    Unreadable,
    #[error("the address of the database has a parameter that means nothing; known are {}", PARAMETERS.join(", "))]
    Parameter,
}

impl FromStr for PostgresUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let url = url::Url::parse(text).map_err(|_| BadUrl::Unreadable)?;
        if !matches!(url.scheme(), "postgres" | "postgresql") || url.cannot_be_a_base() {
            return Err(BadUrl::Unreadable);
        }
        if !url.query_pairs().all(|(name, _)| PARAMETERS.contains(&&*name)) {
            return Err(BadUrl::Parameter);
        }
        let options: PgConnectOptions = text.parse().map_err(|_| BadUrl::Unreadable)?;
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
        let wrong = [
            "postgres://ada:s3cr#t@[:5433/shop",
            "postgres://ada:?s3cr=t@db/shop",
            "mysql://ada:s3cret@db/shop",
            "ada:s3cret@db",
        ];
        for text in wrong {
            let error = text.parse::<PostgresUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr"), "{error}");
        }
    }

    #[test]
    fn a_parameter_that_means_nothing_is_refused() {
        let wrong = "postgres://ada@db/shop?sslmod=verify-full&pasword=canary".parse::<PostgresUrl>().unwrap_err();
        assert_eq!(wrong, BadUrl::Parameter);
        let right = "postgres://ada@db/shop?sslmode=verify-full&host=/run/postgresql".parse::<PostgresUrl>().unwrap();
        assert_eq!(right.to_string(), "\"shop\" at /run/postgresql");
    }

    #[test]
    fn a_socket_and_a_user_s_own_database_are_named() {
        let url: PostgresUrl = "postgresql://ada@%2Frun%2Fpostgresql".parse().unwrap();
        assert_eq!(url.to_string(), "\"ada\" at /run/postgresql");
    }
}
