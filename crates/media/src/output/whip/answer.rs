//! What a WHIP server's answer means. Pure.

use crate::{SecretUrl, output::retry::Failure};
use hawker_domain::reason::OutputWhy;
use url::Url;

/// What follows from an answer to the offer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It takes the stream; the session's address, where it names one.
    Taken(Option<Url>),
    /// Asked there again. The key goes along: who holds it already says where it is wanted.
    Elsewhere(Url),
    Refused(Failure),
}

/// `asked` is where the offer went, `status` what came back, `location` the header of that name.
pub(super) fn of(asked: &Url, status: u16, location: Option<&str>) -> Answer {
    let place = location.and_then(|text| asked.join(text).ok());
    let host = asked.host_str().unwrap_or_default();
    let refused = |why: String| Answer::Refused(Failure::Final { why, why_code: OutputWhy::BadAddress });
    match (status, place) {
        (200..=299, place) => Answer::Taken(place.filter(|url| is_safe(asked, url))),
        (307 | 308, Some(url)) if is_safe(asked, &url) => Answer::Elsewhere(url),
        (307 | 308, Some(_)) => refused(format!("{host} sends us on to an address without encryption")),
        (300..=399, _) => refused(format!("{host} sends us somewhere else (status {status}); copy the address again")),
        (401 | 403, _) => Answer::Refused(Failure::Denied(format!("{host} refuses the key (status {status})"))),
        (404 | 405 | 410, _) => refused(format!("{host} takes no stream at this address (status {status})")),
        // Somebody publishes there already: maybe we, a moment ago.
        (409, _) => Answer::Refused(Failure::HungUp(format!("{host} has a publisher already"))),
        (408 | 425 | 429 | 500..=599, _) => {
            Answer::Refused(Failure::Unreachable(format!("{host} can't take a stream now (status {status})")))
        }
        _ => refused(format!("{host} does not take our offer of H.264 and Opus (status {status})")),
    }
}

/// Encrypted; or as open as the address that the host chose, and as near.
fn is_safe(asked: &Url, url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => asked.scheme() == "http" && !SecretUrl::from(url.clone()).tells_its_key(),
        _ => false,
    }
}

/// Why there was no answer, by the words of the HTTP client and of what it stands on.
pub(super) fn unanswered(host: &str, words: &str) -> Failure {
    let flaws = [
        ("Expired", "has expired or is not valid yet", OutputWhy::CertificateExpired),
        ("NotValidYet", "has expired or is not valid yet", OutputWhy::CertificateExpired),
        ("NotValidForName", "is for another name", OutputWhy::CertificateName),
        ("UnknownIssuer", "is not trusted: no authority known here signed it", OutputWhy::CertificateUntrusted),
        ("invalid peer certificate", "is not accepted", OutputWhy::CertificateUntrusted),
    ];
    let flaw = flaws.into_iter().find(|(word, ..)| words.contains("invalid peer certificate") && words.contains(word));
    match flaw {
        Some((_, says, why_code)) => Failure::Final { why: format!("the certificate of {host} {says}"), why_code },
        None => Failure::HungUp(format!("{host} broke off the connection")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_answer_tells_whether_to_go_on_to_ask_elsewhere_or_to_give_up() {
        let asked = Url::parse("https://live.example/whip/room").unwrap();
        let url = |text: &str| Url::parse(text).unwrap();
        assert_eq!(of(&asked, 201, Some("/session/7")), Answer::Taken(Some(url("https://live.example/session/7"))));
        assert_eq!(of(&asked, 201, None), Answer::Taken(None));
        assert_eq!(of(&asked, 201, Some("http://10.0.0.1/s")), Answer::Taken(None), "the key is told to nobody openly");
        for (location, want) in
            [("/other", "https://live.example/other"), ("https://eu.example/whip", "https://eu.example/whip")]
        {
            assert_eq!(of(&asked, 307, Some(location)), Answer::Elsewhere(url(want)), "{location}");
        }
        let near = url("http://10.0.0.1:8889/live/whip");
        assert_eq!(of(&near, 308, Some("/x")), Answer::Elsewhere(url("http://10.0.0.1:8889/x")));
        for (status, location, kind) in [
            (302, Some("https://eu.example/"), "final"),
            (307, Some("http://10.0.0.1/whip"), "final"),
            (307, Some("ftp://eu.example/whip"), "final"),
            (307, None, "final"),
            (401, None, "denied"),
            (403, None, "denied"),
            (404, None, "final"),
            (409, None, "hung up"),
            (415, None, "final"),
            (429, None, "again"),
            (503, None, "again"),
        ] {
            let Answer::Refused(failure) = of(&asked, status, location) else { panic!("{status} is no refusal") };
            let is = match failure {
                Failure::Final { .. } => "final",
                Failure::Denied(_) => "denied",
                Failure::HungUp(_) => "hung up",
                _ => "again",
            };
            assert_eq!(is, kind, "{status} {location:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told() {
        for (words, want) in [
            ("invalid peer certificate: UnknownIssuer", Some(OutputWhy::CertificateUntrusted)),
            ("invalid peer certificate: NotValidForNameContext { .. }", Some(OutputWhy::CertificateName)),
            ("invalid peer certificate: ExpiredContext { .. }", Some(OutputWhy::CertificateExpired)),
            ("invalid peer certificate: BadSignature", Some(OutputWhy::CertificateUntrusted)),
            ("connection reset; Expired", None),
        ] {
            let told = match unanswered("live.example", words) {
                Failure::Final { why, why_code } => {
                    assert!(why.contains("live.example"), "{why}");
                    Some(why_code)
                }
                _ => None,
            };
            assert_eq!(told, want, "{words}");
        }
    }
}
