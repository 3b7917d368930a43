//! The configuration file: every key, what may stand behind it, and words that name the key when something else does.
//!
//! What the command line or the environment says counts before it. A relative path in it begins at the file's own folder.

use crate::{
    PlatformConfig,
    clock::MINUTE_US,
    db::postgres::PostgresUrl,
    limits::{Rate, RateLimits},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{
    fmt::Display,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};
use url::Url;

/// Longest hold of goods that are not paid: whoever wants them meanwhile sees them sold out.
const HOLD_MINUTES: std::ops::RangeInclusive<u8> = 1..=60;
/// Longest wait for a balancer to look elsewhere before the platform stops.
const DRAIN_SECONDS: std::ops::RangeInclusive<u16> = 0..=300;
/// More proxies in a row than anybody has.
const TRUSTED_HOPS: std::ops::RangeInclusive<u8> = 0..=8;

/// What a file says; none of a key it does not have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub data_dir: Option<PathBuf>,
    pub database_key_file: Option<PathBuf>,
    #[serde(default, deserialize_with = "text")]
    pub database: Option<PostgresUrl>,
    #[serde(default, deserialize_with = "socket")]
    pub http: Option<SocketAddr>,
    #[serde(default, deserialize_with = "socket")]
    pub rtmp: Option<SocketAddr>,
    #[serde(default, deserialize_with = "socket")]
    pub ops: Option<SocketAddr>,
    pub logs_dir: Option<PathBuf>,
    #[serde(default, deserialize_with = "public_url")]
    pub public_url: Option<Url>,
    #[serde(default, deserialize_with = "public_rtmp")]
    pub public_rtmp: Option<String>,
    #[serde(default, deserialize_with = "trusted_hops")]
    pub trusted_hops: Option<u8>,
    #[serde(default, deserialize_with = "hold_minutes")]
    pub hold_minutes: Option<u8>,
    #[serde(default, deserialize_with = "drain_seconds")]
    pub drain_seconds: Option<u16>,
    #[serde(default)]
    pub limits: Limits,
}

/// Requests of one address.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    #[serde(default, deserialize_with = "rate")]
    pub log_in: Option<Rate>,
    #[serde(default, deserialize_with = "rate")]
    pub buy: Option<Rate>,
    #[serde(default, deserialize_with = "rate")]
    pub chat: Option<Rate>,
    #[serde(default, deserialize_with = "rate")]
    pub behaviour: Option<Rate>,
}

/// Why a file is not taken. None of it holds.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the configuration {0} can't be read: {1}")]
    Read(PathBuf, #[source] std::io::Error),
    #[error(
        "others on this machine can read {0}, which holds the address of the database; `chmod 600` it, or put the address into \
         the variable HAWKER_PLATFORM_DATABASE"
    )]
    OpenToOthers(PathBuf),
    #[error("{file}, line {line}: {key}{message}")]
    Wrong { file: PathBuf, line: usize, key: String, message: String },
}

impl Settings {
    /// Reads a file. Errors: [`SettingsError`], which says nothing of the values of a database's address.
    pub fn read(file: &Path) -> Result<Self, SettingsError> {
        let unread = |error| SettingsError::Read(file.to_owned(), error);
        let text = std::fs::read_to_string(file).map_err(unread)?;
        let mut settings = Self::parse(file, &text)?;
        if settings.database.is_some() && is_open_to_others(file).map_err(unread)? {
            return Err(SettingsError::OpenToOthers(file.to_owned()));
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        let paths = [&mut settings.data_dir, &mut settings.database_key_file, &mut settings.logs_dir];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
        Ok(settings)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, SettingsError> {
        let wrong = |key: String, error: &toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            // A parser's own words may quote the line, and with it a password.
            SettingsError::Wrong { file: file.to_owned(), line, key, message: error.message().to_owned() }
        };
        let parsed = toml::Deserializer::parse(text).map_err(|error| wrong(String::new(), &error))?;
        serde_path_to_error::deserialize(parsed).map_err(|error| {
            let path = error.path().to_string();
            let key = if path == "." { String::new() } else { format!("\"{path}\": ") };
            wrong(key, error.inner())
        })
    }

    /// Puts what the file says in the place of what stands in `config`.
    pub fn apply(self, config: &mut PlatformConfig) {
        config.key_file = self.database_key_file.or_else(|| config.key_file.take());
        config.database = self.database.or_else(|| config.database.take());
        config.http = self.http.unwrap_or(config.http);
        config.rtmp = self.rtmp.unwrap_or(config.rtmp);
        config.ops = self.ops.or(config.ops);
        config.public_url = self.public_url.or_else(|| config.public_url.take());
        config.public_rtmp = self.public_rtmp.or_else(|| config.public_rtmp.take());
        config.trusted_hops = self.trusted_hops.unwrap_or(config.trusted_hops);
        config.hold_us = self.hold_minutes.map_or(config.hold_us, |minutes| i64::from(minutes) * MINUTE_US);
        config.drain = self.drain_seconds.map_or(config.drain, |seconds| Duration::from_secs(seconds.into()));
        let before = config.limits;
        config.limits = RateLimits {
            log_in: self.limits.log_in.unwrap_or(before.log_in),
            buy: self.limits.buy.unwrap_or(before.buy),
            chat: self.limits.chat.unwrap_or(before.chat),
            behaviour: self.limits.behaviour.unwrap_or(before.behaviour),
        };
    }
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(file)?.permissions().mode() & 0o077 != 0)
}

/// Windows keeps a user's files to the user.
#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> std::io::Result<bool> {
    Ok(false)
}

fn text<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(value: D) -> Result<Option<T>, D::Error> {
    String::deserialize(value)?.parse().map(Some).map_err(D::Error::custom)
}

fn socket<'de, D: Deserializer<'de>>(value: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(value)?;
    let wrong = |_| D::Error::custom(format!("{text:?} is no address with a port, as \"127.0.0.1:8080\" is"));
    text.parse().map(Some).map_err(wrong)
}

fn public_url<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(value)?;
    let is_plain = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let url = Url::parse(&text).ok().filter(is_plain);
    let wrong = || D::Error::custom("it is written https://live.example.org, with nothing behind the name but a port");
    url.map(Some).ok_or_else(wrong)
}

fn public_rtmp<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(value)?;
    let has_host = |url: &Url| matches!(url.scheme(), "rtmp" | "rtmps") && url.has_host() && url.path().len() > 1;
    let wrong = || D::Error::custom("it is written rtmp://live.example.org/live, without the publish token");
    Url::parse(&text).ok().filter(has_host).ok_or_else(wrong)?;
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

fn trusted_hops<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    within(u8::deserialize(value)?, &TRUSTED_HOPS)
}

fn hold_minutes<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u8>, D::Error> {
    within(u8::deserialize(value)?, &HOLD_MINUTES)
}

fn drain_seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u16>, D::Error> {
    within(u16::deserialize(value)?, &DRAIN_SECONDS)
}

fn within<T: PartialOrd + Display, E: serde::de::Error>(
    number: T,
    range: &std::ops::RangeInclusive<T>,
) -> Result<Option<T>, E> {
    if range.contains(&number) {
        return Ok(Some(number));
    }
    Err(E::custom(format!("{number} is not within {} to {}", range.start(), range.end())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateOfFile {
    burst: u32,
    per_minute: u32,
}

fn rate<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Rate>, D::Error> {
    let RateOfFile { burst, per_minute } = RateOfFile::deserialize(value)?;
    if burst == 0 || per_minute == 0 {
        return Err(D::Error::custom("none at all would shut everybody out; at least 1 is meant"));
    }
    Ok(Some(Rate { burst, per_minute }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_whole_file_is_read_and_what_it_does_not_say_stays() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("platform.toml");
        std::fs::write(
            &file,
            r#"
                data_dir = "data"
                database_key_file = "/etc/hawker/key"
                http = "0.0.0.0:80"
                ops = "127.0.0.1:9464"
                public_url = "https://live.example.org:8443"
                public_rtmp = "rtmps://live.example.org/live/"
                trusted_hops = 1
                hold_minutes = 10
                drain_seconds = 5
                [limits]
                chat = { burst = 3, per_minute = 9 }
            "#,
        )
        .unwrap();
        let settings = Settings::read(&file).unwrap();
        assert_eq!(settings.data_dir.as_deref(), Some(&*dir.path().join("data")), "beside the file");
        let mut config = PlatformConfig::new("x");
        settings.apply(&mut config);
        assert_eq!(config.key_file.as_deref(), Some(Path::new("/etc/hawker/key")));
        assert_eq!((config.http.to_string(), config.rtmp.port()), ("0.0.0.0:80".to_owned(), crate::config::RTMP_PORT));
        assert_eq!(config.public_url.unwrap().as_str(), "https://live.example.org:8443/");
        assert_eq!(config.public_rtmp.as_deref(), Some("rtmps://live.example.org/live"));
        assert_eq!((config.trusted_hops, config.hold_us, config.drain.as_secs()), (1, 10 * MINUTE_US, 5));
        assert_eq!(config.limits.chat, Rate { burst: 3, per_minute: 9 });
        assert_eq!(config.limits.buy, RateLimits::default().buy);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_key_and_line() {
        let table = [
            ("htp = \"127.0.0.1:80\"", 1, "unknown field `htp`"),
            ("\nhttp = \"localhost\"", 2, "\"http\": \"localhost\" is no address with a port"),
            ("http = 80", 1, "\"http\": invalid type"),
            ("trusted_hops = 9", 1, "\"trusted_hops\": 9 is not within 0 to 8"),
            ("hold_minutes = 0", 1, "\"hold_minutes\": 0 is not within 1 to 60"),
            ("public_url = \"https://live.example.org/shop\"", 1, "\"public_url\": it is written https://"),
            ("public_url = \"https://ada:secret@live.example.org\"", 1, "\"public_url\": it is written https://"),
            ("public_rtmp = \"rtmp://live.example.org\"", 1, "\"public_rtmp\": it is written rtmp://"),
            ("[limits]\nbuy = { burst = 3 }", 2, "missing field `per_minute`"),
            ("[limits]\nbuy = { burst = 0, per_minute = 1 }", 2, "\"limits.buy\": none at all"),
            ("[limits]\nbuys = 3", 2, "unknown field `buys`"),
            ("http = ", 1, ""),
        ];
        for (text, line, words) in table {
            let wrong = Settings::parse(Path::new("p.toml"), text).unwrap_err().to_string();
            assert!(wrong.starts_with(&format!("p.toml, line {line}: ")) && wrong.contains(words), "{text}: {wrong}");
        }
    }

    #[test]
    fn a_password_is_neither_said_nor_left_to_others() {
        let wrong = "database = \"postgres://ada:s3cr#t@[:5433/shop\"";
        let error = Settings::parse(Path::new("p.toml"), wrong).unwrap_err();
        assert!(error.to_string().contains("\"database\": the address"), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cr"), "{error}");
        let cut = Settings::parse(Path::new("p.toml"), "database = \"postgres://ada:s3cret@db").unwrap_err();
        assert!(!format!("{cut} {cut:?}").contains("s3cr"), "{cut}");
        if cfg!(unix) {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("platform.toml");
            std::fs::write(&file, "database = \"postgres://ada:s3cret@db/shop\"").unwrap();
            let rights = |mode| {
                #[cfg(unix)]
                std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
                Settings::read(&file)
            };
            assert!(matches!(rights(0o644), Err(SettingsError::OpenToOthers(_))));
            assert_eq!(rights(0o600).unwrap().database.unwrap().to_string(), "\"shop\" at db:5432");
        }
    }
}
