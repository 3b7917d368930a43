//! Receipt printers: one in the network, or a device file of this computer.

use crate::errors::{Outcome, bad_input};
use hawker_domain::failure::FailureWhy;
use hawker_wire::{ErrorCode, Failure, FailureReason};
use std::{fmt, io, path::PathBuf, str::FromStr, time::Duration};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// The port that receipt printers listen at. Source: the "raw" printing of HP JetDirect, which all of them took over.
const RAW_PORT: u16 = 9_100;
/// A printer in the same room answers at once; one that is off never does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a receipt is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Printer {
    Tcp { host: String, port: u16 },
    File(PathBuf),
}

impl FromStr for Printer {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let wrong = || {
            bad_input(format!("\"{text}\" is no printer"))
                .hint("write it like tcp://192.168.1.9:9100 or file:/dev/usb/lp0")
        };
        if let Some(path) = text.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(wrong()) } else { Ok(Self::File(path.into())) };
        }
        let url = url::Url::parse(text).map_err(|_| wrong())?;
        let is_plain = url.scheme() == "tcp" && matches!(url.path(), "" | "/") && url.username().is_empty();
        match url.host_str().filter(|host| !host.is_empty()) {
            Some(host) if is_plain => {
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                Ok(Self::Tcp { host, port: url.port().unwrap_or(RAW_PORT) })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Printer {
    /// Sends the bytes; they were taken when it returns. Errors: `unreachable`, with what was sold safe in the store.
    pub async fn send(&self, bytes: &[u8]) -> Outcome<()> {
        let sent = tokio::time::timeout(PATIENCE, self.write(bytes)).await;
        let late = || Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer"));
        sent.unwrap_or_else(|_| late()).map_err(|why| {
            let reason = FailureReason::from(FailureWhy::PrinterAway).with("printer", self).with("why", &why);
            Failure::new(ErrorCode::Unreachable, format!("the printer {self} can't be reached: {why}"))
                .hint("the sale is kept; see that the printer is on and has paper, then print its receipt again")
                .because(reason)
        })
    }

    async fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp { host, port } => {
                let mut printer = TcpStream::connect((host.as_str(), *port)).await?;
                printer.write_all(bytes).await?;
                // A printer may drop what it has not read when the connection is torn down.
                printer.shutdown().await
            }
            Self::File(path) => {
                let mut options = tokio::fs::OpenOptions::new();
                let mut file = options.append(true).create(true).open(path).await?;
                file.write_all(bytes).await?;
                file.flush().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::{io::AsyncReadExt, net::TcpListener};

    #[test]
    fn a_printer_is_in_the_network_or_a_file() {
        let tcp = |host: &str, port| Some(Printer::Tcp { host: host.to_owned(), port });
        for (text, want) in [
            ("tcp://192.168.1.9:9100", tcp("192.168.1.9", 9_100)),
            ("tcp://printer.local", tcp("printer.local", 9_100)),
            ("tcp://[::1]:7", tcp("::1", 7)),
            ("file:/dev/usb/lp0", Some(Printer::File("/dev/usb/lp0".into()))),
            ("file:///dev/usb/lp0", Some(Printer::File("/dev/usb/lp0".into()))),
            ("file:", None),
            ("192.168.1.9", None),
            ("http://192.168.1.9", None),
            ("tcp://", None),
            ("tcp://host/path", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Printer>().ok(), want, "{text}");
        }
    }

    #[tokio::test]
    async fn what_is_sent_arrives_whole() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let printer = Printer::Tcp { host: "127.0.0.1".to_owned(), port: listener.local_addr().unwrap().port() };
        let bytes: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
        let paper = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut read = Vec::new();
            socket.read_to_end(&mut read).await.unwrap();
            read
        });
        printer.send(&bytes).await.unwrap();
        assert_eq!(paper.await.unwrap(), bytes);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lp0");
        for _ in 0..2 {
            Printer::File(file.clone()).send(b"paper").await.unwrap();
        }
        assert_eq!(std::fs::read(&file).unwrap(), b"paperpaper", "a device is written on");
    }

    #[tokio::test]
    async fn a_printer_that_is_off_is_named() {
        // Bound and dropped: nobody listens there.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let failure = Printer::Tcp { host: "127.0.0.1".to_owned(), port }.send(b"x").await.unwrap_err();
        assert_eq!(failure.code, ErrorCode::Unreachable);
        assert!(failure.message.contains(&format!("127.0.0.1:{port}")), "{failure}");
        assert!(failure.hint.unwrap().contains("the sale is kept"));
        let nowhere = Printer::File("/nowhere/lp0".into()).send(b"x").await.unwrap_err();
        assert_eq!(nowhere.code, ErrorCode::Unreachable);
    }
}
