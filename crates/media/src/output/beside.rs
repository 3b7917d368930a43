//! How the destinations of a program fare beside each other: whether it is one of them that takes too little, or the network
//! that all share.

use crate::SecretUrl;
use hawker_domain::DestinationId;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A destination whose queue is longer may be the next that loses pictures.
const SHORT_QUEUE_MS: u64 = 300;

/// What destinations share on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Road {
    /// It never leaves this computer, and so says nothing about the network.
    Inside,
    Network,
}

impl Road {
    /// None for a camera: nothing is sent anywhere.
    pub(crate) fn to(url: &SecretUrl) -> Option<Self> {
        let sent = url.scheme() != SecretUrl::VIRTUAL_CAMERA;
        sent.then(|| if url.is_loopback() { Self::Inside } else { Self::Network })
    }
}

/// How a destination that is connected fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub road: Road,
    /// It loses no pictures that anybody would notice.
    pub loses_nothing: bool,
    /// Milliseconds of pictures that wait.
    pub queue_ms: u64,
    /// What left over the last second.
    pub taken_bps: u64,
}

/// What the others that are connected tell of a slow destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// There is none on the same road to compare it with.
    None,
    /// One at least is fine on it.
    Fine,
    /// None is fine.
    Slow,
}

impl Standing {
    /// Another one that fares well on the same road shows that the road is not what keeps this one back. On a road that is
    /// too narrow for both, one that always has something waiting gets no less than one that has not: so the other has to
    /// take at least as much.
    pub(crate) fn among(&self, others: impl Iterator<Item = Self>) -> Others {
        let on_road = others.filter(|other| other.road == self.road);
        on_road.fold(Others::None, |so_far, other| {
            let fine = other.loses_nothing && other.queue_ms <= SHORT_QUEUE_MS && other.taken_bps >= self.taken_bps;
            if fine || so_far == Others::Fine { Others::Fine } else { Others::Slow }
        })
    }
}

/// How those that are connected now fare; each keeps its own line.
#[derive(Debug, Default)]
pub(crate) struct Beside(Mutex<BTreeMap<DestinationId, Standing>>);

impl Beside {
    /// Notes how `id` fares; how the others on its road do.
    pub(super) fn note(&self, id: DestinationId, now: Standing) -> Others {
        let mut all = self.lock();
        all.insert(id, now);
        now.among(all.iter().filter(|(other, _)| **other != id).map(|(_, standing)| *standing))
    }

    /// It is not connected any more.
    pub(super) fn leave(&self, id: DestinationId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<DestinationId, Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SLOW: Standing = Standing { road: Road::Network, loses_nothing: false, queue_ms: 1_900, taken_bps: 800_000 };
    const FINE: Standing = Standing { loses_nothing: true, queue_ms: 0, taken_bps: 2_600_000, ..SLOW };

    #[test]
    fn one_that_takes_as_much_on_the_same_road_clears_the_road() {
        let table = [
            ("it is the only one", vec![], Others::None),
            ("another one is fine", vec![FINE], Others::Fine),
            ("another one is slow too", vec![SLOW], Others::Slow),
            ("one of two others is fine", vec![FINE, SLOW], Others::Fine),
            ("the platform on this computer is fine", vec![Standing { road: Road::Inside, ..FINE }], Others::None),
            ("a small picture gets through", vec![Standing { taken_bps: 600_000, ..FINE }], Others::Slow),
            ("the other one is about to lose some", vec![Standing { queue_ms: 1_500, ..FINE }], Others::Slow),
        ];
        for (name, others, want) in table {
            assert_eq!(SLOW.among(others.into_iter()), want, "{name}");
        }
    }

    #[test]
    fn one_that_is_not_connected_says_nothing() {
        let (beside, [slow, other]) = (Beside::default(), [1, 2].map(|n| DestinationId(uuid::Uuid::from_u128(n))));
        assert_eq!(beside.note(other, FINE), Others::None, "nobody else is there");
        assert_eq!(beside.note(slow, SLOW), Others::Fine);
        beside.leave(other);
        assert_eq!(beside.note(slow, SLOW), Others::None);
    }

    #[test]
    fn addresses_of_this_computer_leave_it_on_no_road() {
        let road = |url| Road::to(&SecretUrl::parse(url).unwrap());
        assert_eq!(road("rtmp://127.0.0.1:1935/live/k"), Some(Road::Inside));
        assert_eq!(road("rtmps://live.example/app/k"), Some(Road::Network));
        assert_eq!(road("virtual-camera:Hawker"), None);
    }
}
