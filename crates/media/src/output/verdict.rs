//! What the end of a connection means: the sink's words, and what a look of our own finds.

use super::{
    meaning::{self, Said},
    pipeline::{Absence, absence},
    retry::Failure,
    srt, tls,
    worker::{Ended, POLL, Stage, Worker},
};
use crate::{SecretUrl, elements};
use gstreamer as gst;
use hawker_domain::reason::OutputWhy;
use std::{sync::mpsc, time::Duration};

/// An SRT library gives up on a peer that says nothing after three seconds; an end before that was an answer.
const SRT_ANSWERED: Duration = Duration::from_millis(2_500);

impl Worker {
    /// What the end of a connection means. The first message counts: after an error an EOS follows.
    pub(super) fn meaning(&self, message: &gst::Message, stage: Stage) -> Ended {
        let live = stage == Stage::Live;
        let gst::MessageView::Error(error) = message.view() else {
            let why = "the server closed the connection".to_owned();
            return Ended::Failed(if live { Failure::Unreachable(why) } else { Failure::HungUp(why) });
        };
        let why = self.config.url.scrub(&elements::error_text(error));
        let not_authorized = error.error().kind::<gst::ResourceError>() == Some(gst::ResourceError::NotAuthorized);
        match (live, meaning::of(&why, not_authorized)) {
            (true, _) => Ended::Failed(Failure::Unreachable(why)),
            (false, Said::Denied) => Ended::Failed(Failure::Denied(why)),
            (false, Said::BadCertificate) => self.failed_to_connect(Failure::HungUp(why)),
            // A look of our own would take as long again, and the network may be back by then.
            (false, Said::Silence) if self.history.succeeded => {
                Ended::Failed(Failure::Unreachable(unanswered(&self.config.url)))
            }
            (false, Said::Silence) => self.failed_to_connect(silent(&self.config.url)),
            (false, Said::Other) if self.config.url.scheme() == "srt" => match stage {
                Stage::Unproven(since) if since < SRT_ANSWERED => self.failed_to_connect(self.refused_by_srt()),
                _ => Ended::Failed(Failure::Unreachable(why)),
            },
            // Its server has its say by HTTP; what fails here is on the way.
            (false, Said::Other)
                if matches!(self.config.url.scheme(), SecretUrl::VIRTUAL_CAMERA | "http" | "https") =>
            {
                Ended::Failed(Failure::Unreachable(why))
            }
            (false, Said::Other) => self.failed_to_connect(Failure::HungUp(why)),
        }
    }

    /// SRT tells the caller no reasons, but who has none to refuse lets everybody in.
    fn refused_by_srt(&self) -> Failure {
        let protected = srt::Address::read(&self.config.url).is_ok_and(|address| address.has_passphrase());
        let why = if protected {
            "the SRT server refused the connection: the passphrase or the stream id is wrong"
        } else {
            "the SRT server refused the connection: it wants a passphrase, or does not know the stream id"
        };
        Failure::Final { why: why.into(), why_code: OutputWhy::SrtRefused }
    }

    /// What it means depends on whether anybody is there, and with which certificate. A name server may take long to
    /// answer; a show that ends does not wait for it, nor does anybody for a room that is closed.
    pub(super) fn failed_to_connect(&self, if_somebody_is: Failure) -> Ended {
        let (sender, found) = mpsc::sync_channel(1);
        let url = self.config.url.clone();
        let look = move || {
            let _ = sender.send(look_closer(&url));
        };
        if std::thread::Builder::new().name("hawker-lookup".into()).spawn(look).is_err() {
            return Ended::Failed(if_somebody_is);
        }
        loop {
            match found.recv_timeout(POLL) {
                Ok(Some(failure)) => return Ended::Failed(failure),
                Ok(None) | Err(mpsc::RecvTimeoutError::Disconnected) => return Ended::Failed(if_somebody_is),
                Err(mpsc::RecvTimeoutError::Timeout) if self.stopped() => return Ended::Stopped,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    if let Some(ended) = self.out_of_time() {
                        return ended;
                    }
                }
            }
        }
    }
}

/// What is said of a server that was there and answers no more.
fn unanswered(url: &SecretUrl) -> String {
    let (host, port) = url.endpoint().unwrap_or_default();
    format!("{host}:{port} does not answer any more; check the network")
}

/// What it means that nobody answers. SRT makes no connection that somebody could take: its first packet is a question.
fn silent(url: &SecretUrl) -> Failure {
    if url.scheme() != "srt" {
        return Failure::Mute(mute(url));
    }
    let (host, port) = url.endpoint().unwrap_or_default();
    Failure::Unreachable(format!("{host}:{port} does not answer; check the address and its port, and the network"))
}

/// What is said of a server that takes the connection and answers nothing.
fn mute(url: &SecretUrl) -> String {
    let (host, port) = url.endpoint().unwrap_or_default();
    let kind = url.scheme().to_uppercase();
    format!(
        "{host}:{port} accepted the connection and never answered: no {kind} server may listen there, or it hangs; \
         check the address and its port, and restart the server if it is yours"
    )
}

/// What a look of our own finds wrong with a server. Blocking.
fn look_closer(url: &SecretUrl) -> Option<Failure> {
    match absence(url) {
        Some(Absence { why, port_closed: true }) => return Some(Failure::PortClosed(why)),
        Some(Absence { why, port_closed: false }) => return Some(Failure::Unreachable(why)),
        None => {}
    }
    let (host, port) = url.endpoint().filter(|_| url.scheme() == "rtmps")?;
    let flaw = tls::flaw(&host, port)?;
    Some(Failure::Final { why: flaw.why(&host), why_code: flaw.code() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mute_server_is_named_without_its_key() {
        let said = mute(&SecretUrl::parse("rtmp://live.example/app/sk-secret").unwrap());
        assert!(said.contains("live.example:1935 accepted the connection and never answered"), "{said}");
        assert!(said.contains("no RTMP server") && !said.contains("secret"), "{said}");
        assert!(matches!(silent(&SecretUrl::parse("rtmps://live.example/app/k").unwrap()), Failure::Mute(_)));
        let by_srt = silent(&SecretUrl::parse("srt://live.example:9000").unwrap());
        assert!(matches!(&by_srt, Failure::Unreachable(why) if why.contains("live.example:9000 does not answer")));
        let gone = unanswered(&SecretUrl::parse("srt://live.example:9000?passphrase=sk-secret").unwrap());
        assert_eq!(gone, "live.example:9000 does not answer any more; check the network");
    }
}
