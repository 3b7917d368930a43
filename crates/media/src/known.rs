//! Secrets of the addresses that this process uses, so that they are taken out of every text also where they stand alone: a
//! server asks for "the password of user admin", a library quotes the header that it sends.
//!
//! A secret is kept until the process ends: what was said of a connection may be logged long after it. There are
//! [`KNOWN_MOST`] at most; then the oldest is forgotten.

use crate::SecretUrl;
use gstreamer::glib;
use std::{
    borrow::Cow,
    sync::{PoisonError, RwLock},
};

/// More than the sources and destinations of any show have.
const KNOWN_MOST: usize = 256;
/// What is shorter is part of every other word.
const SHORTEST: usize = 3;
/// Words of an address that say by their length alone that they are keys.
const KEY_LENGTH: usize = 8;
/// What the names of parameters hold that are secret at any length.
const SECRET_NAMES: [&str; 7] = ["pass", "pwd", "key", "token", "secret", "auth", "sign"];

static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// From now on no text that passes [`crate::redact`] holds what is secret in this address, whoever wrote it and however it is
/// quoted: as it stands in the address, decoded, as GStreamer escapes it, or as HTTP sends a user with a password.
pub(crate) fn remember(url: &SecretUrl) {
    // Before the lock: what a library says meanwhile is read under it.
    let secrets = secrets(url);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.retain(|secret| !secrets.contains(secret));
    known.extend(secrets);
    let surplus = known.len().saturating_sub(KNOWN_MOST);
    known.drain(..surplus);
}

/// `text` without any of them.
pub(crate) fn hide(text: Cow<'_, str>) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let mut found: Vec<&String> = known.iter().filter(|secret| text.contains(secret.as_str())).collect();
    // One may be a part of another, of whatever address.
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found.into_iter().fold(text, |text, secret| without(text, secret))
}

/// Only whole words are meant: a user "cam" does not make cameras unreadable.
fn without<'a>(text: Cow<'a, str>, secret: &str) -> Cow<'a, str> {
    if !text.contains(secret) {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (at, found) in text.match_indices(secret) {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + found.len()..).unwrap_or_default());
        let joined = |outside: Option<char>, inside: Option<char>| {
            outside.is_some_and(char::is_alphanumeric) && inside.is_some_and(char::is_alphanumeric)
        };
        let part_of_a_word = joined(before.chars().next_back(), secret.chars().next())
            || joined(after.chars().next(), secret.chars().next_back());
        clean.push_str(text.get(done..at).unwrap_or_default());
        clean.push_str(if part_of_a_word { found } else { "***" });
        done = at + found.len();
    }
    clean.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(clean)
}

/// Longest first: one may be a part of another.
fn secrets(url: &SecretUrl) -> Vec<String> {
    if url.scheme() == SecretUrl::VIRTUAL_CAMERA {
        return Vec::new();
    }
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = url.user_and_password();
    let both = password.as_deref().map(|password| format!("{}:{}", decoded(&user), decoded(password)));
    let as_header = both.map(|both| glib::base64_encode(both.as_bytes()).to_string());
    let parameters = url.parameters().into_iter().filter(|(name, value)| {
        let name = name.to_ascii_lowercase();
        value.len() >= KEY_LENGTH || SECRET_NAMES.iter().any(|secret| name.contains(secret))
    });
    let segments = url.segments().into_iter().filter(|segment| segment.len() >= KEY_LENGTH && !is_file_name(segment));
    let plain = [Some(user), password].into_iter().flatten();
    let plain: Vec<String> = plain.chain(parameters.map(|(_, value)| value)).chain(segments).collect();
    let spelled = plain.iter().flat_map(|text| {
        let decoded = decoded(text);
        [text.clone(), escaped(&decoded), decoded]
    });
    let mut all: Vec<String> =
        spelled.chain(as_header).chain(url.bearer()).filter(|text| text.chars().count() >= SHORTEST).collect();
    all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    all.dedup();
    all
}

/// As GStreamer writes a text within a structure.
fn escaped(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+/:.".contains(c);
    text.chars().fold(String::new(), |mut out, c| {
        if !plain(c) {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// `index.m3u8`, `stream.mp4`: the name of what is played.
fn is_file_name(segment: &str) -> bool {
    segment.rsplit_once('.').is_some_and(|(_, ending)| (2..=4).contains(&ending.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hidden(url: &str, text: &str) -> String {
        let url = SecretUrl::parse(url).unwrap();
        secrets(&url).iter().fold(Cow::Borrowed(text), |text, secret| without(text, secret)).into_owned()
    }

    #[test]
    fn user_and_password_of_a_source_are_hidden_however_they_are_quoted() {
        let camera = "rtsp://hostess:pa%40ss-w0rd@10.0.0.2/stream1";
        let table = [
            ("user \"hostess\" has no access", "user \"***\" has no access"),
            ("password pa%40ss-w0rd or pa@ss-w0rd", "password *** or ***"),
            (r"(string)pa\@ss-w0rd;", "(string)***;"),
            ("Authorization: Basic aG9zdGVzczpwYUBzcy13MHJk", "Authorization: Basic ***"),
            ("hostesses stay, and so do stream1 and 10.0.0.2", "hostesses stay, and so do stream1 and 10.0.0.2"),
        ];
        for (text, want) in table {
            assert_eq!(hidden(camera, text), want);
        }
    }

    #[test]
    fn keys_are_hidden_and_words_are_not() {
        let table = [
            ("rtmp://h/live/sk-3f9a-verysecret", "live: sk-3f9a-verysecret", "live: ***"),
            (
                "https://h/hls/index.m3u8?token=ab3&sub=1",
                "index.m3u8 of sub 1 with ab3",
                "index.m3u8 of sub 1 with ***",
            ),
            ("srt://h:9000?mode=caller&passphrase=short", "caller says short, shortly", "caller says ***, shortly"),
            ("rtmp://h/live", "it is live", "it is live"),
            ("virtual-camera:Hawker-Studio", "Hawker-Studio", "Hawker-Studio"),
        ];
        for (url, text, want) in table {
            assert_eq!(hidden(url, text), want, "{url}");
        }
    }

    #[test]
    fn what_was_remembered_is_taken_out_of_every_text() {
        remember(&SecretUrl::parse("rtsp://u-7741:only-here-7741@h/1").unwrap());
        assert_eq!(crate::redact("401 for u-7741 with only-here-7741"), "401 for *** with ***");
        for n in 0..KNOWN_MOST {
            remember(&SecretUrl::parse(&format!("rtsp://h/1?token=many-{n}-7742")).unwrap());
        }
        assert!(KNOWN.read().unwrap().len() <= KNOWN_MOST);
    }
}
