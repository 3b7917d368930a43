//! The ports an embedded platform had, so that it comes back where open pages and shared links look for it.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

/// Of the last start. None is a port that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ports {
    pub http: Option<u16>,
    pub rtmp: Option<u16>,
}

impl Ports {
    /// What was written last; nothing where it can't be read.
    pub(crate) fn read(data_dir: &Path) -> Self {
        let text = std::fs::read_to_string(file(data_dir)).unwrap_or_default();
        let known: Self = serde_json::from_str(&text).unwrap_or_default();
        let usable = |port: Option<u16>| port.filter(|port| *port != 0);
        Self { http: usable(known.http), rtmp: usable(known.rtmp) }
    }

    pub(crate) fn of(http: &TcpListener, rtmp: &TcpListener) -> Self {
        let port = |listener: &TcpListener| listener.local_addr().ok().map(|address| address.port());
        Self { http: port(http), rtmp: port(rtmp) }
    }

    /// Keeps them. Failing at it costs the next start its ports, no more, so it is only logged.
    pub(crate) fn write(self, data_dir: &Path) {
        let written = serde_json::to_vec(&self).map_err(std::io::Error::other);
        if let Err(error) = written.and_then(|text| std::fs::write(file(data_dir), text)) {
            tracing::warn!(%error, "the ports are not remembered");
        }
    }
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("ports.json")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ports_are_remembered_and_a_broken_note_is_none() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Ports::read(dir.path()), Ports::default());
        let ports = Ports { http: Some(40_001), rtmp: Some(40_002) };
        ports.write(dir.path());
        assert_eq!(Ports::read(dir.path()), ports);
        for broken in ["", "{", "[]", "{\"http\":0,\"rtmp\":99999}", "{\"http\":0}"] {
            std::fs::write(file(dir.path()), broken).unwrap();
            assert_eq!(Ports::read(dir.path()), Ports::default(), "{broken}");
        }
    }
}
