//! Who of this platform goes to the server next for a seller's lock.
//!
//! Who waits there has a connection meanwhile. Were all to wait there who want the same lock, one shop's sale would have every
//! connection, and the other shops' changes and all log-ins would wait for it. Invariant: of the connections that write, two at
//! most are a seller's: that of the transaction at work, and that of the one that is next.

use super::PATIENCE;
use crate::db::StoreError;
use hawker_domain::SellerId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::OwnedMutexGuard;

/// Queues remembered before those that nobody is in are looked for: some ten kilobytes.
const QUEUES: usize = 256;

/// Fair: first come, first served.
type Queue = tokio::sync::Mutex<()>;

/// See the module.
#[derive(Default)]
pub(super) struct Turns {
    queues: Mutex<HashMap<SellerId, Weak<Queue>>>,
}

impl Turns {
    /// Waits until it is the caller's turn to ask for the seller's lock; it is over when the answer is dropped. Errors: `Busy`
    /// after [`PATIENCE`].
    pub async fn of(&self, seller: SellerId) -> Result<OwnedMutexGuard<()>, StoreError> {
        let queue = self.queue(seller);
        tokio::time::timeout(PATIENCE, queue.lock_owned()).await.map_err(|_| StoreError::Busy)
    }

    /// The lock over the map is held for a look into it.
    fn queue(&self, seller: SellerId) -> Arc<Queue> {
        // A panic while the map was changed leaves it usable.
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = queues.get(&seller).and_then(Weak::upgrade) {
            return known;
        }
        if queues.len() >= QUEUES {
            queues.retain(|_, queue| queue.strong_count() > 0);
        }
        let queue = Arc::new(Queue::new(()));
        queues.insert(seller, Arc::downgrade(&queue));
        queue
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn one_of_a_seller_s_has_the_turn_and_queues_without_anybody_are_forgotten() {
        let turns = Turns::default();
        let (ada, bob) = (SellerId(Uuid::now_v7()), SellerId(Uuid::now_v7()));
        let first = turns.of(ada).await.unwrap();
        assert!(turns.queue(ada).try_lock().is_err(), "the next one waits");
        assert!(turns.queue(bob).try_lock().is_ok(), "another seller's does not");
        for _ in 0..QUEUES {
            drop(turns.of(SellerId(Uuid::now_v7())).await.unwrap());
        }
        assert!(turns.queues.lock().unwrap().len() <= QUEUES);
        assert!(turns.queue(ada).try_lock().is_err(), "the one somebody is in stays");
        drop(first);
        assert!(turns.queue(ada).try_lock().is_ok());
    }
}
