//! Addresses of sources: which may stand in a command line, and how they are printed. Pure.

use crate::errors::{Outcome, bad_input};
use hawker_media::{SecretUrl, SourceSpec};
use url::Url;

/// Refuses a source whose address holds a password, a token or a stream key, unless it is one of this machine's own: what
/// is typed stands in the list of processes. Everything that is no address is fine. Errors: `bad_input`.
pub fn check_typed_source(text: &str) -> Outcome<()> {
    let Some(url) = secret_in(text) else { return Ok(()) };
    if url.is_loopback() {
        return Ok(());
    }
    Err(bad_input(format!("the address {url} holds a secret, and everybody on this machine could read it"))
        .hint("pass - instead and the address on stdin"))
}

/// True for a source that is a file by its path, not a device, a window or an address.
pub fn is_path(source: &str) -> bool {
    !source.contains("://") && matches!(SourceSpec::parse(source), Ok(SourceSpec::File(_) | SourceSpec::Image(_)))
}

/// The address as it may be printed: one that holds a secret without it, every other text as it is.
pub fn shown_address(text: &str) -> String {
    match secret_in(text) {
        Some(url) => url.redacted(),
        // What claims to be an address and is none may hold anything.
        None if text.contains("://") && Url::parse(text.trim()).is_err() => "***".to_owned(),
        None => text.to_owned(),
    }
}

/// The address, if it is one that holds a secret: user or password, a query, or the last part of a stream's name.
fn secret_in(text: &str) -> Option<SecretUrl> {
    let text = text.trim();
    if !text.contains("://") {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let has_query = url.query().is_some_and(|query| !query.is_empty());
    let is_stream = matches!(url.scheme(), "rtmp" | "rtmps" | "srt");
    (has_user || has_query || is_stream).then(|| SecretUrl::from(url))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_a_file_is_looked_for_in_a_folder() {
        let files = ["clip.mp4", "a/b.png", "window.mp4"];
        let others =
            ["@cam", "screen", "screen:HDMI-1", "window:Chromium/a.mp4", "test", "file:///a.mp4", "rtsp://a/b"];
        assert!(files.iter().all(|one| is_path(one)) && !others.iter().any(|one| is_path(one)));
    }

    #[test]
    fn a_secret_is_neither_typed_nor_printed() {
        // (address, may be typed, as printed)
        let table = [
            ("@camera", true, "@camera"),
            ("screen", true, "screen"),
            ("clips/a b.mp4", true, "clips/a b.mp4"),
            ("file:///clips/a.mp4", true, "file:///clips/a.mp4"),
            ("https://host.example/clips/a.mp4", true, "https://host.example/clips/a.mp4"),
            ("rtsp://cam.example/1", true, "rtsp://cam.example/1"),
            ("rtsp://ada:secret@cam.example/1", false, "rtsp://cam.example/***"),
            ("rtsp://ada@cam.example/1", false, "rtsp://cam.example/***"),
            ("https://host.example/a.m3u8?token=secret", false, "https://host.example/***"),
            ("rtmp://host.example/live/secret", false, "rtmp://host.example/live/***"),
            ("rtsp://ada:secret@127.0.0.1/1", true, "rtsp://127.0.0.1/***"),
            ("rtmp://localhost/live/secret", true, "rtmp://localhost/live/***"),
            ("rtsp://ada:secret@[broken/1", true, "***"),
        ];
        for (address, typed, printed) in table {
            assert_eq!(check_typed_source(address).is_ok(), typed, "{address}");
            assert_eq!(shown_address(address), printed, "{address}");
        }
        let told = check_typed_source("rtsp://ada:secret@cam.example/1").unwrap_err().to_string();
        assert!(told.contains("cam.example") && told.contains("stdin") && !told.contains("secret@"), "{told}");
    }
}
