//! One model over the network: whole, or the rest of it.

use super::address::{is_here, may_follow};
use super::error::PullError;
use super::part::Part;
use super::{PullProgress, is_there};
use hawker_infer::ModelSpec;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use std::path::Path;
use std::time::Duration;
use url::Url;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Between two pieces; a large model as a whole may take hours.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);
/// Addresses a server may send us on to, one after the other.
const MOST_REDIRECTS: usize = 5;

/// What is fetched, and where to.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub name: &'a str,
    pub url: &'a Url,
    pub path: &'a Path,
    pub spec: &'a ModelSpec,
}

/// Fetches a model and puts it in its place. False: another process has put it there meanwhile. Errors: [`PullError`]; what may
/// still be of use stays for the next time.
pub async fn fetch(wanted: &Wanted<'_>, tell: &mut (dyn FnMut(PullProgress<'_>) + Send)) -> Result<bool, PullError> {
    let mut part = Part::open(wanted.name, wanted.path)?;
    let there = is_there(wanted.spec, wanted.path).await;
    if there.map_err(|source| PullError::Write { path: wanted.path.to_owned(), source })? {
        part.remove();
        return Ok(false);
    }
    match fill(wanted, &mut part, tell).await {
        Ok(()) => part.finish().map(|()| true),
        Err(error) => {
            if part.bytes() == 0 || matches!(error, PullError::TooLong { .. } | PullError::Hash { .. }) {
                part.remove();
            }
            Err(error)
        }
    }
}

/// Goes on with what is there; where the whole is wrong then, it is fetched once more from its beginning.
async fn fill(
    wanted: &Wanted<'_>,
    part: &mut Part,
    tell: &mut (dyn FnMut(PullProgress<'_>) + Send),
) -> Result<(), PullError> {
    if part.bytes() > wanted.spec.bytes {
        part.clear()?;
    }
    check_space(wanted, part)?;
    let client = client(wanted)?;
    for turn in 0.. {
        let is_whole = part.bytes() == wanted.spec.bytes;
        let begun_anew = !is_whole && transfer(&client, wanted, part, tell).await? == 0;
        if part.is(wanted.spec).await? {
            return Ok(());
        }
        if begun_anew || turn > 0 {
            break;
        }
        tracing::info!(model.name = wanted.name, "what was there of the model is of another file; it is fetched anew");
        part.clear()?;
    }
    Err(PullError::Hash { name: wanted.name.to_owned(), url: wanted.url.to_string() })
}

/// Fetches what is missing. Answers from which byte on it was given: 0 where it was begun anew.
async fn transfer(
    client: &Client,
    wanted: &Wanted<'_>,
    part: &mut Part,
    tell: &mut (dyn FnMut(PullProgress<'_>) + Send),
) -> Result<u64, PullError> {
    let (name, url, total) = (wanted.name, wanted.url.to_string(), wanted.spec.bytes);
    let (mut response, from) = ask(client, wanted, part.bytes()).await?;
    if from == 0 {
        part.clear()?;
    }
    loop {
        tell(PullProgress { name, bytes: part.bytes(), total });
        let piece = match response.chunk().await {
            Ok(Some(piece)) => piece,
            Ok(None) if part.bytes() == total => return Ok(from),
            Ok(None) | Err(_) => {
                return Err(PullError::Cut { name: name.to_owned(), url, have: part.bytes(), want: total });
            }
        };
        if part.bytes() + piece.len() as u64 > total {
            return Err(PullError::TooLong { name: name.to_owned(), url, want: total });
        }
        part.add(&piece)?;
    }
}

/// Asks for the rest behind `have`, or for the whole where the server does not give just that. Answers what it gives, and from
/// which byte on.
async fn ask(client: &Client, wanted: &Wanted<'_>, have: u64) -> Result<(Response, u64), PullError> {
    if have > 0 {
        let rest = client.get(wanted.url.clone()).header(RANGE, format!("bytes={have}-"));
        let response = send(rest, wanted).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if goes_on(&response, have, wanted.spec.bytes) => return Ok((response, have)),
            // It knows nothing of ranges and gives the whole.
            StatusCode::OK => return whole(response, wanted),
            // Its file is another one than before.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {}
            status => return Err(refused(wanted, status)),
        }
    }
    let response = send(client.get(wanted.url.clone()), wanted).await?;
    match response.status() {
        StatusCode::OK => whole(response, wanted),
        status => Err(refused(wanted, status)),
    }
}

/// An answer with the whole file, if that has the right size as far as it is said.
fn whole(response: Response, wanted: &Wanted<'_>) -> Result<(Response, u64), PullError> {
    let want = wanted.spec.bytes;
    match response.content_length() {
        Some(got) if got != want => {
            let (name, url) = (wanted.name.to_owned(), wanted.url.to_string());
            Err(PullError::Size { name, url, want, got })
        }
        _ => Ok((response, 0)),
    }
}

fn goes_on(response: &Response, have: u64, total: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.and_then(content_range).is_some_and(|range| range == (have, total))
}

/// The first byte and the size of the whole, of `bytes 5-9/10`. Source: RFC 9110, 14.4.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, total.trim().parse().ok()?))
}

async fn send(request: reqwest::RequestBuilder, wanted: &Wanted<'_>) -> Result<Response, PullError> {
    // Of a compressed file neither the size nor a range would mean anything.
    let sent = request.header(ACCEPT_ENCODING, "identity").send().await;
    sent.map_err(|error| {
        let (name, url) = (wanted.name.to_owned(), wanted.url.to_string());
        let is_redirect = error.is_redirect();
        let error = error.without_url();
        let why = crate::errors::chain(&error);
        if is_redirect { PullError::Redirect { name, url, why } } else { PullError::Unreachable { url, why } }
    })
}

fn refused(wanted: &Wanted<'_>, status: StatusCode) -> PullError {
    let (name, url, status) = (wanted.name.to_owned(), wanted.url.to_string(), status.as_u16());
    match status {
        429 | 500.. => PullError::Later { url, status },
        _ => PullError::Status { name, url, status },
    }
}

fn client(wanted: &Wanted<'_>) -> Result<Client, PullError> {
    let redirects = Policy::custom(|attempt| {
        if attempt.previous().len() > MOST_REDIRECTS {
            return attempt.error("it sends us on and on");
        }
        match may_follow(attempt.url()) {
            Ok(()) => attempt.follow(),
            Err(why) => attempt.error(why),
        }
    });
    let mut builder = Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(SILENCE_LIMIT)
        .redirect(redirects)
        .referer(false)
        .https_only(wanted.url.scheme() == "https");
    if is_here(wanted.url) {
        // The system's proxy can't reach this machine.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| PullError::Network(error.to_string()))
}

/// Errors: the rest does not fit. A disk that can't be asked is tried.
fn check_space(wanted: &Wanted<'_>, part: &Part) -> Result<(), PullError> {
    let folder = wanted.path.parent().unwrap_or(Path::new("."));
    let needed = wanted.spec.bytes.saturating_sub(part.bytes());
    match fs4::available_space(folder) {
        Ok(free) if free < needed => Err(PullError::NoSpace {
            name: wanted.name.to_owned(),
            folder: folder.to_owned(),
            needed: needed.div_ceil(1_000_000),
            free: free / 1_000_000,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_says_where_it_begins_and_how_long_the_whole_is() {
        for (text, want) in [
            ("bytes 5-9/10", Some((5, 10))),
            (" bytes 0-0/1 ", Some((0, 1))),
            ("bytes 5-9/*", None),
            ("bytes */10", None),
            ("lines 5-9/10", None),
            ("bytes 5/10", None),
            ("bytes -5-9/10", None),
            ("bytes 5-9/99999999999999999999", None),
            ("", None),
        ] {
            assert_eq!(content_range(text), want, "{text}");
        }
    }
}
