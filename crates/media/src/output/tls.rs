//! Whom a TLS connection trusts, and what is wrong with a certificate that is refused.
//!
//! rtmp2sink uses GIO's TLS and says of every bad certificate the same words. What is wrong is found by a handshake of our
//! own through the same library, so that both judge alike.

use crate::MediaError;
use gio::prelude::*;
use hawker_domain::reason::OutputWhy;
use std::{
    cell::Cell,
    path::Path,
    rc::Rc,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Somebody has said whom to trust, which counts more than the environment.
static CHOSEN: AtomicBool = AtomicBool::new(false);
/// The authorities that were named, for those who speak TLS by another library.
static AUTHORITIES: Mutex<Option<Vec<u8>>> = Mutex::new(None);
/// Seconds a server may take to show its certificate.
const PATIENCE_S: u32 = 5;

/// A certificate that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Untrusted,
    OtherName,
    Expired,
}

impl Flaw {
    /// In the order in which a person can do something about it.
    fn of(flags: gio::TlsCertificateFlags) -> Self {
        use gio::TlsCertificateFlags as F;
        if flags.intersects(F::EXPIRED | F::NOT_ACTIVATED) && !flags.contains(F::UNKNOWN_CA) {
            Self::Expired
        } else if flags.contains(F::BAD_IDENTITY) && !flags.contains(F::UNKNOWN_CA) {
            Self::OtherName
        } else {
            Self::Untrusted
        }
    }

    pub(crate) fn why(self, host: &str) -> String {
        match self {
            Self::Untrusted => format!("the certificate of {host} is not trusted: no authority known here signed it"),
            Self::OtherName => format!("the certificate of {host} is for another name"),
            Self::Expired => {
                format!(
                    "the certificate of {host} has expired or is not valid yet; see that this computer's clock is right"
                )
            }
        }
    }

    pub(crate) fn code(self) -> OutputWhy {
        match self {
            Self::Untrusted => OutputWhy::CertificateUntrusted,
            Self::OtherName => OutputWhy::CertificateName,
            Self::Expired => OutputWhy::CertificateExpired,
        }
    }
}

/// True if this GLib can speak TLS; on Debian the package glib-networking brings it.
pub(crate) fn available() -> bool {
    gio::TlsBackend::default().supports_tls()
}

/// From now on TLS servers are trusted that the authorities in `file` signed (PEM, one or more), and no others. Without a
/// call the system's authorities count, or those in the file that `SSL_CERT_FILE` names. For the whole process.
///
/// Errors: [`MediaError::Pipeline`] if the file can't be read or holds no certificate.
pub fn trust(file: &Path) -> Result<(), MediaError> {
    let what = format!("certificates in {}", file.display());
    let authorities = gio::TlsCertificate::list_new_from_file(file).map_err(|e| MediaError::pipeline(&what, e))?;
    if authorities.is_empty() {
        return Err(MediaError::pipeline(&what, "there are none"));
    }
    let pem = std::fs::read(file).map_err(|e| MediaError::pipeline(&what, e))?;
    // The database wants a whole path.
    let file = std::path::absolute(file).map_err(|e| MediaError::pipeline(&what, e))?;
    let database = gio::TlsFileDatabase::new(file).map_err(|e| MediaError::pipeline(&what, e))?;
    gio::TlsBackend::default().set_default_database(Some(&database));
    *AUTHORITIES.lock().unwrap_or_else(PoisonError::into_inner) = Some(pem);
    CHOSEN.store(true, Ordering::SeqCst);
    Ok(())
}

/// The only authorities that are trusted, as PEM; none where nobody named any.
pub(super) fn authorities() -> Option<Vec<u8>> {
    AUTHORITIES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Does what `SSL_CERT_FILE` asks for.
pub(crate) fn trust_as_asked() {
    let file = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty() && !CHOSEN.load(Ordering::SeqCst));
    let Some(file) = file else { return };
    if let Err(error) = trust(Path::new(&file)) {
        tracing::warn!(%error, "SSL_CERT_FILE is not used");
    }
}

/// What is wrong with the certificate of `host`. None if nothing is, or nobody answers. Blocking, some seconds.
pub(super) fn flaw(host: &str, port: u16) -> Option<Flaw> {
    let client = gio::SocketClient::new();
    client.set_timeout(PATIENCE_S);
    client.set_tls(true);
    let found = Rc::new(Cell::new(None));
    let seen = found.clone();
    client.connect_event(move |_, event, _, connection| {
        let tls = connection.and_then(|connection| connection.downcast_ref::<gio::TlsConnection>());
        if let (gio::SocketClientEvent::TlsHandshaking, Some(tls)) = (event, tls) {
            let seen = seen.clone();
            tls.connect_accept_certificate(move |_, _, flags| {
                seen.set(Some(Flaw::of(flags)));
                false
            });
        }
    });
    let place = gio::NetworkAddress::new(host, port);
    let _ = SocketClientExt::connect(&client, &place, None::<&gio::Cancellable>);
    found.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flaw_told_is_the_one_to_mend_first() {
        use gio::TlsCertificateFlags as F;
        let table = [
            (F::UNKNOWN_CA, Flaw::Untrusted),
            (F::UNKNOWN_CA | F::BAD_IDENTITY | F::EXPIRED, Flaw::Untrusted),
            (F::BAD_IDENTITY, Flaw::OtherName),
            (F::BAD_IDENTITY | F::EXPIRED, Flaw::Expired),
            (F::NOT_ACTIVATED, Flaw::Expired),
            (F::INSECURE, Flaw::Untrusted),
        ];
        for (flags, want) in table {
            assert_eq!(Flaw::of(flags), want, "{flags:?}");
            assert!(Flaw::of(flags).why("host.example").contains("host.example"));
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("none.pem");
        assert!(trust(&file).is_err(), "a file that is not there");
        std::fs::write(&file, "nothing").expect("written");
        assert!(trust(&file).is_err());
    }
}
