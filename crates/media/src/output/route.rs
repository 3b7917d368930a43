//! Whether this computer has a way out, and whether the way changed. No packet is sent: a UDP socket that is connected
//! asks the system's table of routes, and its own address tells which network it would use.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

/// How often the table of routes is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// Addresses for documentation that nobody has: only the default route leads there.
const ANYWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

/// The addresses this computer would send from, for IPv4 and IPv6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Way([Option<IpAddr>; 2]);

impl Way {
    pub(super) fn now() -> Self {
        Self(ANYWHERE.map(|target| {
            let local: IpAddr = match target {
                IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            let socket = UdpSocket::bind((local, 0)).ok()?;
            socket.connect(SocketAddr::new(target, 9)).ok()?;
            socket.local_addr().ok().map(|address| address.ip())
        }))
    }

    /// True if there is a way out that was not there `before`: the cable is in again, or another network took over.
    pub(super) fn is_new_since(self, before: Self) -> bool {
        self.0.iter().zip(before.0).any(|(now, before)| now.is_some() && *now != before)
    }
}

/// Watches for a new way out, from an attempt's beginning to the end of the pause behind it.
#[derive(Debug)]
pub(super) struct LookOut {
    known: Way,
    /// A way was found and nobody went it yet.
    found: bool,
    next: Instant,
}

impl LookOut {
    pub(super) fn new() -> Self {
        Self { known: Way::now(), found: false, next: Instant::now() + EVERY }
    }

    /// Whether there is a way out that was not there before. To be asked often: it looks now and then. Once it found one it
    /// says so from then on.
    pub(super) fn finds_a_way(&mut self) -> bool {
        if Instant::now() >= self.next {
            self.next = Instant::now() + EVERY;
            self.look(Way::now());
        }
        self.found
    }

    /// A way that went counts as gone from then on.
    fn look(&mut self, now: Way) {
        self.found |= now.is_new_since(self.known);
        self.known = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_comes_or_changes_is_new_and_one_that_goes_is_not() {
        let home = Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5)));
        let phone = Some(IpAddr::V4(Ipv4Addr::new(172, 20, 10, 2)));
        let six = Some(IpAddr::V6(Ipv6Addr::LOCALHOST));
        let table = [
            ([None, None], [home, None], true),
            ([home, None], [phone, None], true),
            ([home, None], [home, six], true),
            ([home, None], [home, None], false),
            ([home, six], [home, None], false),
            ([home, None], [None, None], false),
        ];
        for (before, now, want) in table {
            assert_eq!(Way(now).is_new_since(Way(before)), want, "{before:?} -> {now:?}");
        }
        assert!(!Way::now().is_new_since(Way::now()), "looking changes nothing");
    }

    #[test]
    fn a_way_that_went_and_came_during_one_attempt_is_found_and_stays_found() {
        let home = Way([Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5))), None]);
        let mut look_out = LookOut { known: home, found: false, next: Instant::now() };
        let seen = [home, Way::default(), Way::default(), home, home].map(|now| {
            look_out.look(now);
            look_out.found
        });
        assert_eq!(seen, [false, false, false, true, true]);
    }
}
