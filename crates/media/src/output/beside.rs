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

impl Standing {
    /// Another one that fares well on the same road shows that the road is not what keeps this one back. On a road that is
    /// too narrow for both, one that always has something waiting gets no less than one that has not: so the other has to
    /// take at least as much.
    pub(crate) fn is_alone_among(&self, mut others: impl Iterator<Item = Self>) -> bool {
        others.any(|other| {
            let fine = other.loses_nothing && other.queue_ms <= SHORT_QUEUE_MS;
            fine && other.road == self.road && other.taken_bps >= self.taken_bps
        })
    }
}

/// How those that are connected now fare; each keeps its own line.
#[derive(Debug, Default)]
pub(crate) struct Beside(Mutex<BTreeMap<DestinationId, Standing>>);

impl Beside {
    /// Notes how `id` fares. True if it is slow and others on its road are not.
    pub(super) fn note(&self, id: DestinationId, now: Standing) -> bool {
        let mut all = self.lock();
        all.insert(id, now);
        now.is_alone_among(all.iter().filter(|(other, _)| **other != id).map(|(_, standing)| *standing))
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
            ("it is the only one", vec![], false),
            ("another one is fine", vec![FINE], true),
            ("another one is slow too", vec![SLOW], false),
            ("one of two others is fine", vec![SLOW, FINE], true),
            ("the platform on this computer is fine", vec![Standing { road: Road::Inside, ..FINE }], false),
            ("a small picture gets through", vec![Standing { taken_bps: 600_000, ..FINE }], false),
            ("the other one is about to lose some", vec![Standing { queue_ms: 1_500, ..FINE }], false),
        ];
        for (name, others, want) in table {
            assert_eq!(SLOW.is_alone_among(others.into_iter()), want, "{name}");
        }
    }

    #[test]
    fn one_that_is_not_connected_says_nothing() {
        let (beside, [slow, other]) = (Beside::default(), [1, 2].map(|n| DestinationId(uuid::Uuid::from_u128(n))));
        assert!(!beside.note(other, FINE), "nobody else is there");
        assert!(beside.note(slow, SLOW));
        beside.leave(other);
        assert!(!beside.note(slow, SLOW));
    }

    #[test]
    fn addresses_of_this_computer_leave_it_on_no_road() {
        let road = |url| Road::to(&SecretUrl::parse(url).unwrap());
        assert_eq!(road("rtmp://127.0.0.1:1935/live/k"), Some(Road::Inside));
        assert_eq!(road("rtmps://live.example/app/k"), Some(Road::Network));
        assert_eq!(road("virtual-camera:Hawker"), None);
    }
}
