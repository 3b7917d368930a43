//! The HTTP half of WHIP (RFC 9725): the offer is posted, the answer comes back, and the session is deleted at the end.

use super::{
    answer::{self, Answer},
    ice::{self, IceServer},
};
use crate::{
    SecretUrl,
    output::{retry::Failure, tls},
};
use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, LINK, LOCATION},
};
use std::{error::Error, time::Duration};
use url::Url;

/// For a connection, and for a whole question with its answer.
const CONNECT: Duration = Duration::from_secs(4);
const ANSWER: Duration = Duration::from_secs(8);
/// Neither a show that begins nor one that ends waits longer for what it can do without.
const SHORT: Duration = Duration::from_secs(2);
/// A server that sends us on more often leads nowhere.
const MOST_HOPS: usize = 3;
/// Answers are a few kilobytes.
const LONGEST_ANSWER: usize = 256 * 1024;
const SDP: &str = "application/sdp";

/// A session that the server has taken.
pub(super) struct Accepted {
    pub answer: String,
    /// What is deleted at the end.
    pub session: Option<Place>,
    pub ice: Vec<IceServer>,
}

/// An address without its key, and the key. Never log it.
#[derive(Clone)]
pub(super) struct Place {
    url: Url,
    key: Option<String>,
}

impl Place {
    fn of(url: &SecretUrl) -> Option<Self> {
        let mut plain = Url::parse(url.expose()).ok()?;
        plain.set_username("").ok()?;
        plain.set_password(None).ok()?;
        Some(Self { url: plain, key: url.bearer() })
    }

    /// The session that this address opened at `url`; the key goes to no other server.
    fn of_session(&self, url: Url) -> Self {
        let same = url.origin() == self.url.origin();
        Self { url: bare(url), key: self.key.clone().filter(|_| same) }
    }

    fn ask(&self, client: &Client, method: reqwest::Method) -> reqwest::RequestBuilder {
        let request = client.request(method, self.url.clone());
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }
}

/// Without a user and a password: what a server names is no place for them.
fn bare(mut url: Url) -> Url {
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Servers for ICE that the endpoint names before it is offered anything. Many name none, and some know no such question.
/// None: it gave no answer.
pub(super) async fn helpers(url: &SecretUrl) -> Option<Vec<IceServer>> {
    let (place, client) = (Place::of(url)?, client()?);
    let response = place.ask(&client, reqwest::Method::OPTIONS).timeout(SHORT).send().await.ok()?;
    if response.status().is_server_error() {
        return None;
    }
    Some(if response.status().is_success() { links(&response) } else { Vec::new() })
}

/// Sends the offer. Errors: why there is no session, in words without secrets.
pub(super) async fn publish(url: &SecretUrl, offer: &str) -> Result<Accepted, Failure> {
    let bad = |why: &str| Failure::Unreachable(why.to_owned());
    let mut place = Place::of(url).ok_or_else(|| bad("the address is not valid"))?;
    let client = client().ok_or_else(|| bad("no secure connection can be made"))?;
    for _ in 0..=MOST_HOPS {
        let request = place.ask(&client, reqwest::Method::POST).header(CONTENT_TYPE, SDP).header(ACCEPT, SDP);
        let response = request.body(offer.to_owned()).send().await.map_err(|error| unanswered(&place.url, error))?;
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        match answer::of(&place.url, response.status().as_u16(), location) {
            Answer::Taken(session) => {
                let ice = links(&response);
                let session = session.map(|url| place.of_session(url));
                return match body(response, &place.url).await {
                    Ok(answer) => Ok(Accepted { answer, session, ice }),
                    Err(failure) => {
                        // It would stand as a publisher that never comes, and keep the next try out.
                        if let Some(session) = &session {
                            delete(session).await;
                        }
                        Err(failure)
                    }
                };
            }
            Answer::Elsewhere(url) => place.url = bare(url),
            Answer::Refused(failure) => return Err(failure),
        }
    }
    Err(bad("the server sends us from address to address"))
}

async fn body(mut response: Response, asked: &Url) -> Result<String, Failure> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| unanswered(asked, error))? {
        body.extend_from_slice(&piece);
        if body.len() > LONGEST_ANSWER {
            return Err(Failure::Unreachable("the server's answer is too long to be one".into()));
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn links(response: &Response) -> Vec<IceServer> {
    ice::servers(response.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok()))
}

/// Tells the server that the session is over. It is over in any case, so a failure is only logged.
pub(super) async fn delete(session: &Place) {
    let Some(client) = client() else { return };
    match session.ask(&client, reqwest::Method::DELETE).timeout(SHORT).send().await.map(|response| response.status()) {
        Ok(status) if status.is_success() || status == StatusCode::NOT_FOUND => {}
        Ok(status) => tracing::debug!(status = status.as_u16(), "a WHIP server does not end the session"),
        Err(error) => tracing::debug!(error = %error.without_url(), "a WHIP server does not hear of the end"),
    }
}

fn client() -> Option<Client> {
    let mut builder =
        Client::builder().connect_timeout(CONNECT).timeout(ANSWER).redirect(reqwest::redirect::Policy::none());
    if let Some(pem) = tls::authorities() {
        builder = builder.tls_built_in_root_certs(false);
        for authority in reqwest::Certificate::from_pem_bundle(&pem).ok()? {
            builder = builder.add_root_certificate(authority);
        }
    }
    builder.build().ok()
}

/// Why a question had no answer. Whether anybody is there at all is found out by a look of our own afterwards.
fn unanswered(asked: &Url, error: reqwest::Error) -> Failure {
    let host = asked.host_str().unwrap_or_default();
    if error.is_timeout() {
        return Failure::Unreachable(format!("{host} gave no answer within {} s", ANSWER.as_secs()));
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        words.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    tracing::debug!(words, "a WHIP offer had no answer");
    answer::unanswered(host, &words)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{
        super::test_server::{Server, answer},
        *,
    };

    const KEY: &str = "a-token-of-a-room";

    fn now<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    fn address(server: &Server) -> SecretUrl {
        SecretUrl::parse(&format!("http://{KEY}@{}/whip", server.address)).unwrap()
    }

    #[test]
    fn a_session_whose_answer_breaks_off_is_deleted_with_the_key() {
        let broken = "HTTP/1.1 201 Created\r\nLocation: /session/7\r\nContent-Length: 1000\r\n\r\nv=0\r\n".to_owned();
        let server = Server::saying([broken, answer("200 OK", "", "")]);
        assert!(now(publish(&address(&server), "offer")).is_err(), "half an answer is none");
        let asked = server.asked();
        assert!(asked[0].starts_with("POST /whip ") && asked[1].starts_with("DELETE /session/7 "), "{asked:?}");
        assert!(asked.iter().all(|head| head.contains(&format!("authorization: bearer {KEY}\r\n"))), "{asked:?}");
    }

    #[test]
    fn the_key_goes_to_no_other_server_with_the_end_of_the_session() {
        for elsewhere in [false, true] {
            let other = Server::saying(elsewhere.then(|| answer("200 OK", "", "")));
            let place = if elsewhere { format!("http://{}/s/1", other.address) } else { "/s/1".to_owned() };
            let own = (!elsewhere).then(|| answer("200 OK", "", ""));
            let taken = answer("201 Created", &format!("Location: {place}\r\n"), "v=0\r\n");
            let server = Server::saying([taken].into_iter().chain(own));
            let accepted = now(publish(&address(&server), "offer")).ok().unwrap();
            now(delete(&accepted.session.unwrap()));
            let (here, there) = (server.asked(), other.asked());
            let end = if elsewhere { &there[0] } else { &here[1] };
            assert!(end.starts_with("DELETE /s/1 "), "{end}");
            assert_eq!(end.contains(KEY), !elsewhere, "{end}");
        }
    }

    #[test]
    fn a_question_for_helpers_that_failed_is_told_from_one_that_names_none() {
        let link = "Link: <stun:stun.example:3478>; rel=\"ice-server\"\r\n";
        for (said, want) in [
            (answer("503 Service Unavailable", "", ""), None),
            (String::new(), None),
            (answer("404 Not Found", "", ""), Some(0)),
            (answer("204 No Content", "", ""), Some(0)),
            (answer("200 OK", link, ""), Some(1)),
        ] {
            let server = Server::saying([said.clone()]);
            let named = now(helpers(&address(&server)));
            assert_eq!(named.map(|servers| servers.len()), want, "{said}");
            assert!(server.asked()[0].starts_with("OPTIONS /whip "));
        }
    }
}
