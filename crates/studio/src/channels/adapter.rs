//! What an adapter of a platform promises. `docs/adding-a-channel.md` says it in words.

use futures_util::future::BoxFuture;
use hawker_domain::{
    Product,
    channel::{Ask, ChannelComment, ChannelId, ChannelLimits},
};
use hawker_wire::{ErrorCode, Failure};

/// What a channel said, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub comments: Vec<ChannelComment>,
    /// Numbers that carry no comment: numbering, first and last. Never one of a comment that was not given.
    pub passed: Vec<(u64, u64, u64)>,
    /// How many comments there were so far, where the channel says so.
    pub total: Option<u64>,
}

/// A platform, as far as its viewers write and buy there.
pub trait ChannelAdapter: Send {
    fn channel(&self) -> ChannelId;

    fn limits(&self) -> ChannelLimits;

    /// Waits for what the channel says next, an empty batch where it only shows that it is there; none when it is over. Dropped
    /// while it waits, it has lost nothing. Errors: the channel does not answer; it is asked again after a pause.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>, Failure>>;

    /// What was asked for, as far as the channel still has it: the same comments under the same keys. Errors: as [`Self::next`].
    fn back_fill(&mut self, ask: Ask) -> BoxFuture<'_, Result<Vec<ChannelComment>, Failure>>;

    /// Writes there. Errors: the channel takes no answers, or not this one.
    fn reply<'a>(&'a mut self, text: &'a str) -> BoxFuture<'a, Result<(), Failure>> {
        let channel = self.channel();
        let chars = text.chars().count();
        Box::pin(async move {
            let message = format!("{channel} takes no answers from here; {chars} characters were not sent");
            Err(Failure::new(ErrorCode::BadInput, message).hint("write them on the platform itself"))
        })
    }

    /// Puts products into the channel's list. Errors: the channel takes none from here.
    fn list_products<'a>(&'a mut self, products: &'a [Product]) -> BoxFuture<'a, Result<(), Failure>> {
        let channel = self.channel();
        let count = products.len();
        Box::pin(async move {
            let message = format!("{channel} takes no products from here; {count} were not listed");
            Err(Failure::new(ErrorCode::BadInput, message).hint("list them on the platform itself"))
        })
    }
}
