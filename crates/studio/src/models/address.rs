//! Which addresses a model may be fetched from: pure.

use url::{Host, Url};

/// An address that may be asked: https, or plain http on this machine, where nobody stands in between. Errors: why not.
pub fn allowed(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "it is no address")?;
    if has_credentials(&url) {
        return Err("a name or password stands in it");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here(&url) => Ok(url),
        "http" => Err("plain http can be changed on the way, only https is taken"),
        _ => Err("only https is taken"),
    }
}

/// Whether an answer may send us on to this address. Never to plain http, not even on this machine: the server that says so is
/// elsewhere. Errors: why not.
pub fn may_follow(url: &Url) -> Result<(), &'static str> {
    match url.scheme() {
        "https" if !has_credentials(url) => Ok(()),
        "https" => Err("a name or password stands in it"),
        _ => Err("it is not https"),
    }
}

/// Whether an address is on this machine.
pub fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn https_is_asked_everywhere_and_http_on_this_machine_alone() {
        for (text, ok) in [
            ("https://models.example/a.onnx", true),
            ("https://models.example:8443/a.onnx?download=1", true),
            ("HTTPS://models.example/a.onnx", true),
            ("http://127.0.0.1:8080/a.onnx", true),
            ("http://127.8.9.1/a.onnx", true),
            ("http://[::1]:8080/a.onnx", true),
            ("http://localhost/a.onnx", true),
            ("http://models.example/a.onnx", false),
            ("http://192.168.1.2/a.onnx", false),
            ("http://localhost.example/a.onnx", false),
            ("http://127.0.0.1.example/a.onnx", false),
            ("https://me:secret@models.example/a.onnx", false),
            ("https://me@models.example/a.onnx", false),
            ("ftp://models.example/a.onnx", false),
            ("file:///etc/passwd", false),
            ("data:,x", false),
            ("models.example/a.onnx", false),
            ("", false),
        ] {
            assert_eq!(allowed(text).is_ok(), ok, "{text}");
        }
    }

    #[test]
    fn nobody_sends_us_to_plain_http() {
        for (text, ok) in [
            ("https://cdn.example/a.onnx?signature=x", true),
            ("http://cdn.example/a.onnx", false),
            ("http://127.0.0.1/a.onnx", false),
            ("https://me:secret@cdn.example/a.onnx", false),
            ("ftp://cdn.example/a.onnx", false),
        ] {
            assert_eq!(may_follow(&Url::parse(text).unwrap()).is_ok(), ok, "{text}");
        }
    }
}
