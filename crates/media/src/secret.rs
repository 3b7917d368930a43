//! Destination addresses hold stream keys. They are kept in [`SecretUrl`], and every text that comes out of GStreamer
//! passes [`redact`], because its messages quote full locations. What is secret in an address that is in use is taken out there
//! also where it stands alone (`known`).

use std::{borrow::Cow, fmt};
use url::Url;

/// An address with a key in it. `Debug` and `Display` show it without user, password, last path segment and query; of one that
/// begins with http or https they show the host alone, since services put their keys anywhere in the path.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

/// A text that is no address. The text itself is not repeated: it may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the destination address is not valid: {0}; it looks like rtmp://host/app/key")]
pub struct BadUrl(url::ParseError);

impl SecretUrl {
    /// Scheme of the canvas as a camera of this computer; the camera's name follows it.
    pub const VIRTUAL_CAMERA: &'static str = "virtual-camera";

    /// Reads `text`. Errors: [`BadUrl`].
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let text = text.trim();
        // `srt://:9000?mode=listener` is how everybody writes "on all my addresses", and no URL.
        let listening = text.strip_prefix("srt://:").map(|rest| format!("srt://0.0.0.0:{rest}"));
        Url::parse(listening.as_deref().unwrap_or(text)).map(Self).map_err(BadUrl)
    }

    /// The address as it may be shown: the key's place holds `***`.
    pub fn redacted(&self) -> String {
        redact_url(&self.0)
    }

    /// The whole address, for the element that connects. Never log it.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// True if the address is on this machine.
    pub fn is_loopback(&self) -> bool {
        if self.0.scheme() == Self::VIRTUAL_CAMERA {
            return true;
        }
        match self.0.host() {
            // For schemes the URL standard does not know, such as rtmp, an IPv4 address is kept as a name.
            Some(url::Host::Domain(name)) => {
                name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            }
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    /// The token for a WHIP server: what stands before the host, as `https://TOKEN@host/…` or `https://user:password@host/…`.
    pub(crate) fn bearer(&self) -> Option<String> {
        let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let key = match (decoded(self.0.username()), self.0.password().map(decoded)) {
            (user, Some(password)) => format!("{user}:{password}"),
            (user, None) => user,
        };
        Some(key).filter(|key| is_web(&self.0) && !key.is_empty())
    }

    /// What stands before the host, as it is written there.
    pub(crate) fn user_and_password(&self) -> (String, Option<String>) {
        (self.0.username().to_owned(), self.0.password().map(str::to_owned))
    }

    /// The parts of the path, as they are written.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.0.path_segments().into_iter().flatten().map(str::to_owned).collect()
    }

    /// True if the key would go through the open internet without encryption: `http` to a place that is neither this machine nor
    /// in its own network.
    pub fn tells_its_key(&self) -> bool {
        let near = match self.0.host() {
            Some(url::Host::Domain(name)) => !name.contains('.') || name.ends_with(".local"),
            Some(url::Host::Ipv4(ip)) => ip.is_private() || ip.is_link_local(),
            Some(url::Host::Ipv6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
            None => false,
        };
        self.0.scheme() == "http" && !near && !self.is_loopback()
    }

    /// Host and port to connect to. None for an address without a host.
    pub(crate) fn endpoint(&self) -> Option<(String, u16)> {
        let default = match self.0.scheme() {
            "rtmps" | "https" => 443,
            "http" => 80,
            _ => 1935,
        };
        let host = self.0.host_str()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        Some((host, self.0.port().unwrap_or(default)))
    }

    /// As [`Self::endpoint`], where the address itself says the port.
    pub(crate) fn endpoint_or_none(&self) -> Option<(String, u16)> {
        self.0.port().and(self.endpoint())
    }

    /// Names and values of the query, in order. A plus stays a plus.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let query = self.0.query().unwrap_or_default().replace('+', "%2B");
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The name in a [`Self::VIRTUAL_CAMERA`] address.
    pub(crate) fn camera_name(&self) -> Option<String> {
        let name = self.0.path().trim_matches('/').replace('+', "%2B").replace(['&', '='], " ");
        let decoded = url::form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name.trim().to_owned());
        decoded.filter(|_| self.0.scheme() == Self::VIRTUAL_CAMERA)
    }

    /// True if both lead to the same place with the same key, however they are written.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let place = |url: &Self| {
            let host = url.endpoint().map(|(host, port)| (host.to_ascii_lowercase(), port));
            let path = url.0.path().trim_matches('/').to_owned();
            (url.0.scheme().to_owned(), host, path, url.0.query().map(str::to_owned), url.bearer())
        };
        place(self) == place(other)
    }

    /// The parts of the address that must appear nowhere, longest first.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let whole = [self.0.password(), self.0.query(), last_segment(&self.0)];
        let whole = whole.into_iter().flatten().map(str::to_owned);
        let user = Some(self.0.username()).filter(|_| is_web(&self.0)).map(str::to_owned);
        // Short ones are words such as "whip" and "live".
        let path = self.0.path_segments().filter(|_| is_web(&self.0)).into_iter().flatten();
        let path = path.filter(|segment| segment.len() >= 8).map(str::to_owned);
        let whole = whole.chain(user).chain(self.bearer()).chain(path);
        // A library may quote a parameter without the rest; these are no secrets and may be parts of other words.
        let open = ["mode", "latency", "pbkeylen"];
        let values = self.parameters().into_iter().filter(|(name, _)| !open.contains(&name.as_str()));
        let mut parts: Vec<String> =
            whole.chain(values.map(|(_, value)| value)).filter(|part| part.len() >= 3).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        parts
    }

    /// `text` without any part of this address that is secret.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut clean = redact(text);
        for secret in self.secrets() {
            clean = clean.replace(&secret, "***");
        }
        clean
    }
}

impl From<Url> for SecretUrl {
    fn from(url: Url) -> Self {
        Self(url)
    }
}

impl std::str::FromStr for SecretUrl {
    type Err = BadUrl;
    fn from_str(text: &str) -> Result<Self, BadUrl> {
        Self::parse(text)
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretUrl({})", self.redacted())
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

/// `text` with every address in it stripped of user, password, last path segment and query, and without what is secret in an
/// address that this process uses, wherever it stands.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, _) = rest.split_at(at);
        let scheme = before
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
            .map_or(0, |i| i + before.get(i..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8));
        let start = rest.get(scheme..).unwrap_or_default();
        let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`".contains(c);
        let end = start.find(ends).unwrap_or(start.len());
        // Commas and the like may stand within a key; at the end they are the sentence's.
        let end = start.get(..end).map_or(end, |address| address.trim_end_matches([',', ';', ')', '.']).len());
        out.push_str(rest.get(..scheme).unwrap_or_default());
        let (address, after) = start.split_at(end);
        match Url::parse(address) {
            Ok(url) => out.push_str(&redact_url(&url)),
            Err(_) => out.push_str("***"),
        }
        rest = after;
    }
    out.push_str(rest);
    crate::known::hide(Cow::Owned(out)).into_owned()
}

/// Services put their keys anywhere in such addresses.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Where keys stand.
fn last_segment(url: &Url) -> Option<&str> {
    url.path_segments()?.rev().find(|segment| !segment.is_empty())
}

fn redact_url(url: &Url) -> String {
    if url.scheme() == SecretUrl::VIRTUAL_CAMERA {
        return url.to_string();
    }
    let mut shown = format!("{}://", url.scheme());
    if let Some(host) = url.host_str() {
        shown.push_str(host);
    }
    if let Some(port) = url.port() {
        shown.push_str(&format!(":{port}"));
    }
    let segments: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    // A slash at the end makes an empty last segment of no secret, and the key is the one before it.
    let kept = segments.iter().rposition(|segment| !segment.is_empty()).filter(|_| !is_web(url)).unwrap_or(0);
    for segment in segments.iter().take(kept) {
        shown.push('/');
        shown.push_str(segment);
    }
    if segments.iter().any(|s| !s.is_empty()) || url.query().is_some() {
        shown.push_str("/***");
    }
    shown
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, local) in [
            ("rtmp://127.0.0.1:1935/live/k", true),
            ("rtmp://localhost/live/k", true),
            ("rtmp://[::1]/live/k", true),
            ("rtmp://127.0.0.1.example.com/live/k", false),
            ("rtmp://192.168.1.2/live/k", false),
            ("rtmp://live.example.com/live/k", false),
            ("virtual-camera:Hawker", true),
            ("srt://:9000?mode=listener", false),
        ] {
            assert_eq!(SecretUrl::parse(url).unwrap().is_loopback(), local, "{url}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_key() {
        let table = [
            ("rtmp://live.example.com/app/s3cr3t-key", "rtmp://live.example.com/app/***"),
            ("rtmp://user:pa55@h:1936/live/k?token=abc", "rtmp://h:1936/live/***"),
            ("srt://h:9000?streamid=publish:k", "srt://h:9000/***"),
            ("rtmp://h/live", "rtmp://h/***"),
            ("rtmp://h/live/s3cr3t-key/", "rtmp://h/live/***"),
            ("rtmp://h/live/s3cr3t-key//?a=b", "rtmp://h/live/***"),
            ("rtmp://h", "rtmp://h"),
            ("srt://:9000?mode=listener&passphrase=s3cr3t-key", "srt://0.0.0.0:9000/***"),
            ("virtual-camera:Hawker", "virtual-camera:Hawker"),
            ("https://s3cr3t-key@live.example/whip/s3cr3t-key/publish", "https://live.example/***"),
            ("https://live.example/", "https://live.example"),
        ];
        for (full, shown) in table {
            let url = SecretUrl::parse(full).unwrap();
            assert_eq!(url.redacted(), shown);
            assert!(!format!("{url:?} {url}").contains("key") || !full.contains("s3cr3t"));
        }
    }

    #[test]
    fn a_message_that_quotes_an_address_loses_the_key_only() {
        let text = "Could not connect to 'rtmp://u:p@h:1935/live/KEY?x=1', then rtmps://é/ and 播rtmp://h/a/KEY2 end";
        let clean = redact(text);
        assert!(!clean.contains("KEY") && !clean.contains("u:p"), "{clean}");
        let within = redact("(srt://h:9000?a=1;b=KEY,KEY), rtmp://h/live/KEY;KEY.");
        assert_eq!(within, "(srt://h:9000/***), rtmp://h/live/***.");
        assert!(
            clean.starts_with("Could not connect to 'rtmp://h:1935/live/***', then") && clean.ends_with(" end"),
            "{clean}"
        );
    }

    #[test]
    fn a_key_without_its_address_is_scrubbed_too() {
        let url = SecretUrl::parse("rtmp://h/live/KEY123?token=zzzz").unwrap();
        assert_eq!(url.scrub("publish of 'KEY123?token=zzzz' denied"), "publish of '***?***' denied");
        let url = SecretUrl::parse("rtmp://h/live/KEY123/").unwrap();
        assert_eq!(url.scrub("publish of 'KEY123/' denied"), "publish of '***/' denied");
    }

    #[test]
    fn a_passphrase_and_a_stream_id_are_scrubbed_however_they_are_quoted() {
        let url = SecretUrl::parse("srt://h:9000?mode=caller&passphrase=p%2Bss-phrase&streamid=publish:K3Y").unwrap();
        let clean =
            url.scrub("caller with p+ss-phrase for publish:K3Y at srt://h:9000?passphrase=p%2Bss-phrase failed");
        assert_eq!(clean, "caller with *** for *** at srt://h:9000/*** failed");
    }

    #[test]
    fn the_same_place_is_known_however_it_is_written() {
        let table = [
            ("rtmp://H.example/live/k", "rtmp://h.example:1935/live/k", true),
            ("rtmp://h/live/k/", "rtmp://h/live/k", true),
            ("rtmp://h/live/k", "rtmp://h/live/k2", false),
            ("rtmp://h/live/k?a=1", "rtmp://h/live/k?a=2", false),
            ("rtmp://h/live/k", "rtmps://h/live/k", false),
            ("srt://:9000?mode=listener", "srt://0.0.0.0:9000?mode=listener", true),
            ("virtual-camera:one", "virtual-camera:two", false),
            ("https://k1@live.example/whip", "https://k2@live.example:443/whip", false),
            ("https://k%31@live.example/whip", "https://k1@live.example:443/whip/", true),
        ];
        for (one, other, same) in table {
            let [one, other] = [one, other].map(|url| SecretUrl::parse(url).unwrap());
            assert_eq!(one.is_same_place(&other), same, "{one} {other}");
        }
    }

    #[test]
    fn the_token_of_a_whip_server_stands_before_its_host() {
        for (url, want) in [
            ("https://live_42_aBc@live.example/v2/offer", Some("live_42_aBc")),
            ("https://a%2Fb%3D%3D@live.example/whip", Some("a/b==")),
            ("https://user:pass@live.example/whip", Some("user:pass")),
            ("https://live.example/whip", None),
            ("rtmp://user@live.example/live/k", None),
        ] {
            let url = SecretUrl::parse(url).unwrap();
            assert_eq!(url.bearer().as_deref(), want, "{url}");
            if let Some(key) = want {
                assert_eq!(url.scrub(&format!("Bearer {key} is wrong")), "Bearer *** is wrong");
            }
        }
    }

    #[test]
    fn a_key_goes_unencrypted_through_the_own_network_alone() {
        for (url, open) in [
            ("https://live.example/whip", false),
            ("http://live.example/whip", true),
            ("http://8.8.8.8/whip", true),
            ("http://192.168.1.5:8889/live/whip", false),
            ("http://127.0.0.1:8889/live/whip", false),
            ("http://media:8889/live/whip", false),
            ("http://media.local/whip", false),
            ("http://[fd00::1]/whip", false),
            ("http://[2001:db8::1]/whip", true),
            ("rtmp://live.example/live/k", false),
        ] {
            assert_eq!(SecretUrl::parse(url).unwrap().tells_its_key(), open, "{url}");
        }
    }

    #[test]
    fn the_error_of_a_bad_address_does_not_repeat_it() {
        assert!(!SecretUrl::parse("not a url KEY").unwrap_err().to_string().contains("KEY"));
    }
}
