//! Places a show is published to. Their keys go into the encrypted store and come out only for the pipeline.

use crate::errors::{Outcome, bad_input, not_found};
use crate::show::{Destination, Publish, Request};
use crate::studio::Studio;
use crate::view::{DestinationChange, DestinationView, NewDestination};
use hawker_domain::{DestinationId, DestinationWay};
use hawker_media::{LONGEST_DELAY_MS, SecretUrl};
use hawker_wire::ErrorCode;
use std::time::Duration;
use url::Url;

/// Long enough for a far server, short enough for a person who waits.
const TEST_WITHIN: Duration = Duration::from_secs(5);

impl Studio {
    pub async fn destinations(&self) -> Outcome<Vec<DestinationView>> {
        let stored = self.store().destinations().await?;
        Ok(stored
            .into_iter()
            .map(|kept| DestinationView { id: kept.id, name: kept.name, url: kept.redacted_url, way: kept.way })
            .collect())
    }

    /// Errors: `bad_input` for an address no output can use, or a name that is taken.
    pub async fn add_destination(&self, new: NewDestination) -> Outcome<DestinationView> {
        let _turn = self.inner.destinations_turn.lock().await;
        let name = new.name.trim();
        if name.is_empty() {
            return Err(bad_input("a destination needs a name"));
        }
        let taken = self.destinations().await?.into_iter().any(|kept| kept.name == name);
        if taken {
            return Err(bad_input(format!("a destination named {name:?} exists already")));
        }
        check_url(&new.url)?;
        check_way(&new.way, &new.url)?;
        let id = self.store().add_destination(name, new.url.trim(), &new.way).await?;
        self.kept_destination(id).await
    }

    /// Gives a destination another address, or another way that shows go to it. A running show that goes there follows at
    /// once. Errors: `not_found`, `bad_input`.
    pub async fn change_destination(&self, id: DestinationId, change: DestinationChange) -> Outcome<DestinationView> {
        let _turn = self.inner.destinations_turn.lock().await;
        self.change_in_turn(id, change).await
    }

    /// Of two who change one destination the second sees what the first did.
    async fn change_in_turn(&self, id: DestinationId, change: DestinationChange) -> Outcome<DestinationView> {
        let kept = self.destination(id).await?;
        let url = change.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        if let Some(url) = url {
            check_url(url)?;
        }
        check_way(&change.way, url.unwrap_or_else(|| kept.url.expose()))?;
        self.store().change_destination(id, url, &change.way).await?;
        let now = Publish::Changed(self.destination(id).await?);
        match self.ask(|reply| Request::Publish(Box::new(now), reply)).await? {
            Err(failure) if failure.code != ErrorCode::NotLive => Err(failure),
            _ => self.kept_destination(id).await,
        }
    }

    /// Sends the running show to a destination that it does not go to yet, or anew to one that it does: the platform's own
    /// among them. Errors: `not_live`, `not_found`.
    pub async fn publish(&self, id: DestinationId) -> Outcome<()> {
        let turn = self.inner.destinations_turn.lock().await;
        let what = match self.destination(id).await {
            Ok(kept) => Publish::To(kept),
            Err(failure) if failure.code == ErrorCode::NotFound => Publish::Again(id),
            Err(failure) => return Err(failure),
        };
        drop(turn);
        self.ask(|reply| Request::Publish(Box::new(what), reply)).await?
    }

    /// Ends one destination of the running show and leaves the others alone. Errors: `not_live`, `not_found`.
    pub async fn unpublish(&self, id: DestinationId) -> Outcome<()> {
        self.ask(|reply| Request::Publish(Box::new(Publish::End(id)), reply)).await?
    }

    /// Lets the line of this destination decide the bitrate that all who get the same picture share, in place of another
    /// one, or no longer; a running show follows. Errors: `not_found`, `bad_input` for a camera.
    pub async fn set_primary_destination(&self, id: DestinationId, primary: bool) -> Outcome<DestinationView> {
        let _turn = self.inner.destinations_turn.lock().await;
        let way = DestinationWay { primary, ..self.kept_destination(id).await?.way };
        self.change_in_turn(id, DestinationChange { url: None, way }).await
    }

    /// Errors: `not_found`.
    pub async fn remove_destination(&self, id: DestinationId) -> Outcome<()> {
        let _turn = self.inner.destinations_turn.lock().await;
        Ok(self.store().remove_destination(id).await?)
    }

    /// The destination of that name. Errors: `not_found`.
    pub async fn destination_named(&self, name: &str) -> Outcome<DestinationView> {
        let all = self.destinations().await?;
        all.into_iter().find(|kept| kept.name == name).ok_or_else(|| {
            not_found("destination", name).hint("`hawker destinations list` shows them; `destinations add` makes one")
        })
    }

    /// Whether something listens at the destination's address. Errors: `unreachable`.
    pub async fn test_destination(&self, id: DestinationId) -> Outcome<()> {
        let destination = self.destination(id).await?;
        let url = Url::parse(destination.url.expose()).map_err(|_| bad_input("the stored address is no URL"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if url.scheme() == SecretUrl::VIRTUAL_CAMERA {
            return Ok(());
        }
        let port = url.port().or(match url.scheme() {
            "rtmps" | "https" => Some(443),
            "http" => Some(80),
            _ => Some(1935),
        });
        let unreachable = |why: String| {
            hawker_wire::Failure::new(
                hawker_wire::ErrorCode::Unreachable,
                format!("{} does not answer: {why}", destination.url.redacted()),
            )
            .hint("check the address and your network")
        };
        if url.scheme() == "srt" {
            // SRT answers no stranger; what can be found out is whether the name is known.
            let found = tokio::net::lookup_host((host, port.unwrap_or_default())).await;
            return found.map(drop).map_err(|error| unreachable(error.to_string()));
        }
        let connect = tokio::net::TcpStream::connect((host, port.unwrap_or(1935)));
        match tokio::time::timeout(TEST_WITHIN, connect).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(unreachable(error.to_string())),
            Err(_) => Err(unreachable(format!("no answer for {} s", TEST_WITHIN.as_secs()))),
        }
    }

    async fn kept_destination(&self, id: DestinationId) -> Outcome<DestinationView> {
        let kept = self.destinations().await?.into_iter().find(|kept| kept.id == id);
        kept.ok_or_else(|| not_found("destination", &id.to_string()))
    }

    pub(crate) async fn destination(&self, id: DestinationId) -> Outcome<Destination> {
        let kept = self.kept_destination(id).await?;
        let url = self.store().destination_url(id).await?;
        Ok(Destination { id, name: kept.name, url: any_url(&url)?, way: kept.way, instead: Default::default() })
    }
}

/// Refuses what this address can't have.
fn check_way(way: &DestinationWay, url: &str) -> Outcome<()> {
    if way.deadline_s == Some(0) {
        return Err(bad_input("a room that closes after 0 s is closed")
            .hint("leave the deadline out if the platform names none"));
    }
    if way.delay_ms > LONGEST_DELAY_MS {
        return Err(bad_input(format!("a delay of {} s is too long", way.delay_ms / 1_000))
            .hint(format!("at most {} s", LONGEST_DELAY_MS / 1_000)));
    }
    let camera = SecretUrl::parse(url).is_ok_and(|url| url.scheme() == SecretUrl::VIRTUAL_CAMERA);
    if camera && (way.delay_ms > 0 || way.rendition.is_some()) {
        return Err(bad_input("a virtual camera has neither a delay nor a smaller picture"));
    }
    if camera && way.primary {
        return Err(bad_input("a virtual camera has no line that could decide the bitrate")
            .hint("make a destination primary that is sent to over the network"));
    }
    Ok(())
}

/// Refuses addresses no output can use.
fn check_url(text: &str) -> Outcome<()> {
    let address = SecretUrl::parse(text).map_err(|error| bad_input(error.to_string()))?;
    let has_host = Url::parse(address.expose()).is_ok_and(|url| url.host_str().is_some());
    match address.scheme() {
        "http" if address.tells_its_key() => Err(bad_input("over http:// everybody on the way can read the key")
            .hint("use https://; http:// is for this machine and its own network")),
        "rtmp" | "rtmps" | "srt" | "http" | "https" if has_host => Ok(()),
        // It waits for whoever calls.
        "srt" if address.expose().starts_with("srt://:") => Ok(()),
        SecretUrl::VIRTUAL_CAMERA => Ok(()),
        other => Err(bad_input(format!("can't publish to {other}: addresses"))
            .hint("use rtmp://, rtmps://, srt://, https://TOKEN@HOST/… (WHIP) or virtual-camera:NAME")),
    }
}

/// An address given on the command line. Errors: `bad_input` unless it is one of this machine's own: a key of anyone
/// else must not stand in a list of processes.
pub fn local_url(text: &str) -> Outcome<SecretUrl> {
    let url = any_url(text)?;
    if url.is_loopback() {
        return Ok(url);
    }
    Err(bad_input(format!("{} is not on this machine", url.redacted())).hint(
        "store it by `hawker destinations add NAME` and pass --to @NAME, or pass --to - and the address on stdin",
    ))
}

/// An address from a place where secrets may stand. Errors: `bad_input`.
pub fn any_url(text: &str) -> Outcome<SecretUrl> {
    check_url(text)?;
    SecretUrl::parse(text.trim()).map_err(|error| bad_input(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_asked_for_nothing_it_can_not_have() {
        let way = |delay_ms, rendition| DestinationWay { delay_ms, rendition, ..DestinationWay::default() };
        let small = Some(hawker_domain::Rendition::P360);
        for (url, way, ok) in [
            ("rtmp://live.example/app/key", way(60_000, small), true),
            ("rtmp://live.example/app/key", way(60_001, None), false),
            ("virtual-camera:Hawker", way(0, None), true),
            ("virtual-camera:Hawker", way(1_000, None), false),
            ("virtual-camera:Hawker", way(0, small), false),
        ] {
            assert_eq!(check_way(&way, url).is_ok(), ok, "{url} {way:?}");
        }
        let primary = DestinationWay { primary: true, ..DestinationWay::default() };
        assert!(check_way(&primary, "srt://live.example:9000").is_ok());
        assert!(check_way(&primary, "virtual-camera:Hawker").is_err());
        let closed = DestinationWay { deadline_s: Some(0), ..DestinationWay::default() };
        assert!(check_way(&closed, "rtmp://live.example/app/key").is_err());
    }

    #[test]
    fn only_addresses_an_output_can_use_are_kept() {
        for (url, ok) in [
            ("rtmp://live.example/app/key", true),
            ("rtmps://live.example/app/key", true),
            ("srt://live.example:9000?streamid=x", true),
            ("srt://:9000?mode=listener", true),
            ("virtual-camera:Hawker", true),
            ("https://token@live.example/whip", true),
            ("http://token@live.example/whip", false),
            ("http://10.0.0.2:8889/live/whip", true),
            ("ftp://live.example", false),
            ("file:///etc/passwd", false),
            ("nonsense", false),
        ] {
            assert_eq!(check_url(url).is_ok(), ok, "{url}");
        }
    }
}
