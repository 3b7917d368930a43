//! Whether this computer has a way out, and whether the way changed. No packet is sent: a UDP socket that is connected
//! asks the system's table of routes, and its own address tells which network it would use.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

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
}
