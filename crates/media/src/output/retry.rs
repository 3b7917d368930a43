//! When to try again, and when to give up. Pure.

use hawker_domain::reason::OutputWhy;
use std::time::Duration;

/// A server may hold the session of a connection that broke; after this it won't let go any more.
const OLD_SESSION: Duration = Duration::from_secs(60);
/// As long as a restart of a server takes, a closed port is worth a look every half a second.
const RESTART: Duration = Duration::from_secs(90);
/// A server that hangs up on a new publisher may be starting; twice in a row it is said, and that it may be us.
const REFUSALS: u32 = 2;

/// How an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection, or it broke: the network or the server.
    Unreachable(String),
    /// The computer is there, and nobody listens on it: the server is starting again.
    PortClosed(String),
    /// Somebody took the connection and said nothing on it.
    Mute(String),
    /// The server said no to this publisher.
    Denied(String),
    /// The server hung up before it took the first picture.
    HungUp(String),
    /// Connected, and it takes nothing.
    Behind(String),
    /// The computer slept for so long: whatever was connected is not any more.
    Slept(Duration),
    /// The canvas that it shows was given up: there is nothing to send any more.
    NoPicture(String),
    /// What is wrong does not mend itself: a certificate, a passphrase. While a show runs it still may, so there it is
    /// tried for as long as an old session is waited for.
    Final { why: String, why_code: OutputWhy },
}

/// What follows from a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again after this pause. The reason is for people.
    Again {
        after: Duration,
        why: String,
        why_code: OutputWhy,
    },
    GiveUp {
        why: String,
        why_code: OutputWhy,
    },
}

/// What is known about a destination.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// It took pictures at least once in this show.
    pub succeeded: bool,
    /// The server took pictures of an earlier connection of this show, and may still hold its session.
    pub may_be_held: bool,
    /// Failed attempts since it was last live (or since the start).
    pub failures: u32,
    hang_ups: u32,
}

impl History {
    pub(crate) fn live(&mut self) {
        *self = Self { succeeded: true, ..Self::default() };
    }

    /// Decides. `down` is the time since it was lost, `deadline` when the platform closes the room, `luck` 0..1.
    pub(crate) fn failed(&mut self, failure: Failure, down: Duration, deadline: Option<Duration>, luck: f64) -> Next {
        if let Failure::NoPicture(why) = failure {
            return Next::GiveUp { why, why_code: OutputWhy::EncodeLost };
        }
        let woken = matches!(failure, Failure::Slept(_));
        self.failures += u32::from(!woken);
        self.hang_ups = if matches!(failure, Failure::HungUp(_)) { self.hang_ups + 1 } else { 0 };
        let after = pause(self.failures, luck);
        let quick = matches!(failure, Failure::PortClosed(_)) && down < RESTART;
        let after = if quick { after.min(pause(2, luck)) } else { after };
        if self.succeeded && deadline.is_some_and(|deadline| down >= deadline) {
            let why = "the platform has closed the room; give this destination the new address".into();
            return Next::GiveUp { why, why_code: OutputWhy::RoomClosed };
        }
        if let Failure::Slept(length) = failure {
            let why = crate::sleep::said(length);
            return Next::Again { after: Duration::ZERO, why, why_code: OutputWhy::Slept };
        }
        if let Failure::Final { why, why_code } = failure {
            let hopeless = !self.succeeded || down >= OLD_SESSION;
            return if hopeless { Next::GiveUp { why, why_code } } else { Next::Again { after, why, why_code } };
        }
        let known = self.succeeded || self.may_be_held;
        let refused = match &failure {
            Failure::Denied(_) => true,
            Failure::HungUp(_) => self.hang_ups >= REFUSALS || known,
            Failure::Unreachable(_)
            | Failure::PortClosed(_)
            | Failure::Mute(_)
            | Failure::Behind(_)
            | Failure::Slept(_)
            | Failure::NoPicture(_)
            | Failure::Final { .. } => false,
        };
        match (refused, known) {
            (true, false) if matches!(failure, Failure::HungUp(_)) => Next::GiveUp {
                why:
                    "the server hung up twice: it refuses the key, or is only starting; check the address, and publish \
                     to it again once the server runs"
                        .into(),
                why_code: OutputWhy::RefusedOrStarting,
            },
            (true, false) => Next::GiveUp {
                why: "key refused: the server does not let this key publish; copy the address from the platform again"
                    .into(),
                why_code: OutputWhy::KeyRefused,
            },
            (true, true) if down >= OLD_SESSION => Next::GiveUp {
                why: "the server still refuses after 60 s; copy the address from the platform again".into(),
                why_code: OutputWhy::KeyRefused,
            },
            (true, true) => Next::Again {
                after,
                why: "the server still holds the old session".into(),
                why_code: OutputWhy::SessionHeld,
            },
            (false, _) => {
                let (why, why_code) = match failure {
                    Failure::Unreachable(why) | Failure::PortClosed(why) => (why, OutputWhy::Unreachable),
                    Failure::Mute(why) => (why, OutputWhy::Mute),
                    Failure::Final { why, why_code } => (why, why_code),
                    Failure::NoPicture(why) => (why, OutputWhy::EncodeLost),
                    Failure::Slept(_) => (String::new(), OutputWhy::Slept),
                    Failure::Denied(why) => (why, OutputWhy::KeyRefused),
                    Failure::HungUp(why) => (why, OutputWhy::HungUp),
                    Failure::Behind(why) => (why, OutputWhy::Behind),
                };
                Next::Again { after, why, why_code }
            }
        }
    }
}

/// 0.25 s, 0.5 s, then 1 s, each with up to 20 % more or less so that many studios do not come back in step.
fn pause(failures: u32, luck: f64) -> Duration {
    let base = match failures {
        0 | 1 => 0.25,
        2 => 0.5,
        _ => 1.0,
    };
    Duration::from_secs_f64(base * (0.8 + 0.4 * luck.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn away() -> Failure {
        Failure::Unreachable("connection refused".into())
    }

    #[test]
    fn pauses_grow_to_a_second_and_stay_there() {
        let mut history = History::default();
        let pauses: Vec<_> = (0..5)
            .map(|_| match history.failed(away(), S(0), None, 0.5) {
                Next::Again { after, .. } => after.as_millis(),
                Next::GiveUp { why, .. } => unreachable!("{why}"),
            })
            .collect();
        assert_eq!(pauses, [250, 500, 1000, 1000, 1000]);
        assert_eq!((pause(3, 0.0), pause(3, 1.0)), (Duration::from_millis(800), Duration::from_millis(1200)));
    }

    #[test]
    fn a_closed_port_is_looked_at_often_for_as_long_as_a_restart_takes() {
        let mut history = History::default();
        history.live();
        let mut after = |down| match history.failed(Failure::PortClosed(String::new()), S(down), None, 0.5) {
            Next::Again { after, .. } => after.as_millis(),
            Next::GiveUp { why, .. } => unreachable!("{why}"),
        };
        assert_eq!([after(0), after(1), after(2), after(60), after(89), after(90)], [250, 500, 500, 500, 500, 1000]);
    }

    #[test]
    fn what_does_not_mend_itself_is_not_tried_for_ever() {
        let flaw = || Failure::Final { why: "expired".into(), why_code: OutputWhy::CertificateExpired };
        let gives_up = |next: &Next| matches!(next, Next::GiveUp { why_code: OutputWhy::CertificateExpired, .. });
        assert!(gives_up(&History::default().failed(flaw(), S(0), None, 0.5)));
        let mut history = History::default();
        history.live();
        assert!(matches!(history.failed(flaw(), S(59), None, 0.5), Next::Again { .. }), "it may be changed mid-show");
        assert!(gives_up(&history.failed(flaw(), S(60), None, 0.5)));
    }

    #[test]
    fn a_first_connect_that_finds_nobody_is_tried_again_for_ever() {
        let mut history = History::default();
        for failure in [away(), Failure::Mute("it says nothing".into())] {
            let tried = |n| matches!(history.failed(failure.clone(), S(n), Some(S(60)), 0.5), Next::Again { .. });
            assert!((0..500).all(tried), "{failure:?}");
        }
    }

    #[test]
    fn one_that_is_published_to_again_waits_for_its_own_old_session() {
        let mut again = History { may_be_held: true, ..History::default() };
        let next = again.failed(Failure::Denied("no".into()), S(1), None, 0.5);
        assert!(matches!(next, Next::Again { why_code: OutputWhy::SessionHeld, .. }), "{next:?}");
        let next = again.failed(Failure::Denied("no".into()), S(60), None, 0.5);
        assert!(matches!(next, Next::GiveUp { why_code: OutputWhy::KeyRefused, .. }), "{next:?}");
    }

    #[test]
    fn a_refused_key_is_said_at_once_but_a_held_session_is_waited_for() {
        let denied = || Failure::Denied("no".into());
        let gives_up = |next: Next| matches!(next, Next::GiveUp { .. });
        assert!(gives_up(History::default().failed(denied(), S(0), None, 0.5)));
        let mut starting = History::default();
        assert!(!gives_up(starting.failed(Failure::HungUp(String::new()), S(0), None, 0.5)), "once may be a restart");
        let twice = starting.failed(Failure::HungUp(String::new()), S(0), None, 0.5);
        assert!(
            matches!(&twice, Next::GiveUp { why, why_code: OutputWhy::RefusedOrStarting } if why.contains("or is only starting")),
            "nobody said that the key is wrong: {twice:?}"
        );
        let mut once_live = History::default();
        once_live.live();
        assert!(!gives_up(once_live.failed(denied(), S(59), None, 0.5)));
        assert!(gives_up(once_live.failed(denied(), S(60), None, 0.5)));
    }

    #[test]
    fn after_a_sleep_it_is_tried_at_once_unless_the_room_is_closed_by_then() {
        let slept = |seconds, deadline| {
            let mut history = History::default();
            history.live();
            history.failures = 7;
            let next = history.failed(Failure::Slept(S(seconds)), S(seconds), deadline, 0.5);
            (next, history.failures)
        };
        let again =
            |next: &Next| matches!(next, Next::Again { after, why_code: OutputWhy::Slept, .. } if after.is_zero());
        for (seconds, deadline) in [(12, None), (12, Some(S(60))), (40_000, None)] {
            let (next, failures) = slept(seconds, deadline);
            assert!(again(&next) && failures == 7, "{seconds} {deadline:?}: {next:?}");
        }
        let (next, _) = slept(61, Some(S(60)));
        assert!(matches!(next, Next::GiveUp { why_code: OutputWhy::RoomClosed, .. }), "{next:?}");
        let first = History::default().failed(Failure::Slept(S(61)), S(61), Some(S(60)), 0.5);
        assert!(again(&first), "nobody was in the room yet");
    }

    #[test]
    fn every_reason_has_its_code() {
        let code = |next| match next {
            Next::Again { why_code, .. } | Next::GiveUp { why_code, .. } => why_code,
        };
        let text = String::new;
        let first = |failure| code(History::default().failed(failure, S(0), None, 0.5));
        assert_eq!(first(Failure::Unreachable(text())), OutputWhy::Unreachable);
        assert_eq!(first(Failure::Mute(text())), OutputWhy::Mute);
        assert_eq!(first(Failure::Behind(text())), OutputWhy::Behind);
        assert_eq!(first(Failure::HungUp(text())), OutputWhy::HungUp);
        assert_eq!(first(Failure::Denied(text())), OutputWhy::KeyRefused);
        let again = |failure, down| {
            let mut history = History::default();
            history.live();
            code(history.failed(failure, S(down), Some(S(90)), 0.5))
        };
        assert_eq!(again(Failure::Denied(text()), 5), OutputWhy::SessionHeld);
        assert_eq!(again(Failure::Denied(text()), 60), OutputWhy::KeyRefused);
        assert_eq!(again(Failure::Behind(text()), 90), OutputWhy::RoomClosed);
    }

    #[test]
    fn a_destination_without_a_picture_is_not_tried_again_whatever_it_did_before() {
        for live in [false, true] {
            let mut history = History::default();
            (0..2).for_each(|n| drop(history.failed(away(), S(n), None, 0.5)));
            if live {
                history.live();
            }
            let next = history.failed(Failure::NoPicture("gone".into()), S(0), Some(S(60)), 0.5);
            assert_eq!(next, Next::GiveUp { why: "gone".into(), why_code: OutputWhy::EncodeLost });
        }
    }

    #[test]
    fn nobody_waits_for_a_room_that_is_closed() {
        let mut history = History::default();
        history.live();
        assert!(matches!(history.failed(away(), S(59), Some(S(60)), 0.5), Next::Again { .. }));
        assert!(matches!(history.failed(away(), S(60), Some(S(60)), 0.5), Next::GiveUp { .. }));
    }
}
