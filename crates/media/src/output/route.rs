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

    /// True if what began on `before` has lost its way, and there is another: an address it sent from is no longer this
    /// computer's first, or it had none. One that is added harms nobody.
    fn stands_in_for(self, before: Self) -> bool {
        let is_any = |way: Self| way.0.iter().any(Option::is_some);
        let lost = self.0.iter().zip(before.0).any(|(now, before)| before.is_some() && *now != before);
        is_any(self) && (lost || !is_any(before))
    }
}

/// Watches for a new way out, from an attempt's beginning to the end of the pause behind it.
#[derive(Debug)]
pub(super) struct LookOut {
    /// When the attempt began.
    began: Way,
    known: Way,
    /// A way was found and nobody went it yet.
    found: bool,
    next: Instant,
}

impl LookOut {
    pub(super) fn new() -> Self {
        let began = Way::now();
        Self { began, known: began, found: false, next: Instant::now() + EVERY }
    }

    /// Whether the attempt hangs on a way that is gone while there is another.
    pub(super) fn has_lost_its_way(&mut self) -> bool {
        self.finds_a_way() && self.known.stands_in_for(self.began)
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
    fn an_attempt_is_in_vain_when_its_own_way_is_gone_and_not_when_one_is_added() {
        let home = Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5)));
        let phone = Some(IpAddr::V4(Ipv4Addr::new(172, 20, 10, 2)));
        let (six, other_six) = (Some(IpAddr::V6(Ipv6Addr::LOCALHOST)), Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        for (before, now, want) in [
            ([home, None], [phone, None], true),
            ([None, None], [home, None], true),
            ([home, six], [home, other_six], true),
            ([home, None], [home, six], false),
            ([home, None], [None, None], false),
            ([home, None], [home, None], false),
        ] {
            assert_eq!(Way(now).stands_in_for(Way(before)), want, "{before:?} -> {now:?}");
        }
    }

    #[test]
    fn a_way_that_went_and_came_during_one_attempt_is_found_and_stays_found() {
        let home = Way([Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5))), None]);
        let mut look_out = LookOut { began: home, known: home, found: false, next: Instant::now() };
        let seen = [home, Way::default(), Way::default(), home, home].map(|now| {
            look_out.look(now);
            look_out.found
        });
        assert_eq!(seen, [false, false, false, true, true]);
    }
}
