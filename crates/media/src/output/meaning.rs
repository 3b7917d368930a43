//! What the words of a sink mean. Pure.

/// Which kind of end a sink's error tells of, before anything is known about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The server said no to this publisher.
    Denied,
    /// Its certificate is not accepted.
    BadCertificate,
    /// It answered nothing.
    Silence,
    Other,
}

/// `why` is the error in the sink's words, `not_authorized` whether its code says that.
///
/// GLib's words follow the system's language, its numbers don't: of the IO errors 24 is a time-out, of the TLS errors 2 a
/// certificate that is not accepted.
pub(super) fn of(why: &str, not_authorized: bool) -> Said {
    let lower = why.to_lowercase();
    let denied = ["denied", "badname", "unauthorized", "authorization", "rejected"];
    if lower.contains("g-tls-error-quark, code 2") {
        Said::BadCertificate
    } else if not_authorized || denied.iter().any(|word| lower.contains(word)) {
        Said::Denied
    } else if lower.contains("g-io-error-quark, code 24") || lower.contains("timed out") {
        Said::Silence
    } else {
        Said::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_servers_and_libraries_are_understood() {
        let table = [
            (
                "Failed to connect: Unacceptable TLS certificate (domain g-tls-error-quark, code 2)",
                false,
                Said::BadCertificate,
            ),
            ("Failed to connect: 不可接受的 TLS 证书 (domain g-tls-error-quark, code 2)", false, Said::BadCertificate),
            ("Failed to connect: handshake (domain g-tls-error-quark, code 4)", false, Said::Other),
            ("publish failed: NetStream.Publish.BadName", false, Said::Denied),
            ("anything", true, Said::Denied),
            ("(domain g-io-error-quark, code 24)", false, Said::Silence),
            ("Could not read: connection reset", false, Said::Other),
        ];
        for (why, not_authorized, want) in table {
            assert_eq!(of(why, not_authorized), want, "{why}");
        }
    }
}
