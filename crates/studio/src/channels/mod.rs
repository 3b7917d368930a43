//! Comments of several platforms at once: an adapter for each, one owner for all.
//!
//! Owns: which channels are read, that every comment is taken once, what is missing and whether it was asked for, and where each
//! channel was left. Must not know: the show, the window. What was taken goes to the show's owner, which comments belong to.
//! An adapter runs in a task of its own ([`reader`]), so that one that hangs holds up no other; decisions are
//! `hawker_domain::channel`'s.

mod adapter;
mod own_chat;
mod owner;
mod reader;
mod recorded;
#[cfg(test)]
mod tests;

pub use adapter::{Batch, ChannelAdapter};
pub use own_chat::OwnFeed;
pub use owner::{ChannelNews, Channels};
pub use recorded::RecordedChannel;
