//! What is kept of orders from comments, and the ways in which they change.

use super::{ChangeShowError, Held, ReserveError, StockNews, StoreError};
use async_trait::async_trait;
use hawker_domain::{
    ChatId, ClaimId, Money, ReservationId, SellerId, ShowId, ShowMs, Sku, ViewerId,
    claim::{Claim, Goods, Heard},
    order::OrderLine,
};
use hawker_wire::{claim::ClaimRules, viewer::Say};
use std::collections::BTreeMap;

/// What reading a comment of a show takes.
pub struct Claimable {
    pub shop_name: String,
    pub rules: ClaimRules,
    /// What is sold, in the order of the show.
    pub goods: Vec<Goods>,
    /// What was on the card at the moment the viewer saw.
    pub pin: Option<Pinned>,
}

/// A product on the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    pub sku: Sku,
    /// It is not known which variant is shown.
    pub is_open: bool,
}

/// A message, and what it was read as.
pub struct NewChat {
    pub seller: SellerId,
    pub show: ShowId,
    pub chat_id: ChatId,
    pub said: Say,
    /// Who wrote it, where that can be told anything.
    pub viewer: Option<ViewerId>,
    pub heard: Heard,
    /// The claim it becomes, if it becomes one.
    pub claim_id: ClaimId,
    pub now_us: i64,
}

/// A viewer's claims, the newest first, each that waits with its place by now; and what their products are called.
#[derive(Debug, Default)]
pub struct OwnRows {
    pub claims: Vec<Claim>,
    pub titles: BTreeMap<Sku, String>,
}

/// What a pay link leads to.
pub struct ClaimPage {
    /// One that waits has its place by now.
    pub claim: Claim,
    pub title: String,
    pub shop_name: String,
    pub is_running: bool,
    /// At the prices that are held, or, where nothing is, at those of now.
    pub lines: Vec<OrderLine>,
    pub goods: Money,
    pub shipping: Money,
    /// A payment of it is not decided.
    pub is_paying: bool,
}

#[async_trait]
pub trait ClaimStore {
    /// How comments of a show buy from now on; none: they buy nothing, and what was claimed before keeps the rules it was claimed by.
    async fn put_claim_rules(
        &self,
        seller: SellerId,
        show: ShowId,
        rules: Option<&ClaimRules>,
    ) -> Result<(), ChangeShowError>;
    /// None: there is no such show, or its comments buy nothing. `at`: the moment the viewer saw; none: now.
    async fn claimable(&self, show: ShowId, at: Option<ShowMs>) -> Result<Option<Claimable>, StoreError>;
    /// Keeps the message, puts it into the feed and does what it asks for, all in one transaction. None: it came before.
    async fn hear(&self, chat: NewChat) -> Result<Option<Vec<StockNews>>, StoreError>;
    /// At most 20: those that are open before those that are over.
    async fn own_claims(&self, show: ShowId, viewer: ViewerId) -> Result<OwnRows, StoreError>;
    async fn claim_page(&self, claim: ClaimId, now_us: i64) -> Result<Option<ClaimPage>, StoreError>;
    /// The goods of a claim that may be paid, held by `reservation` where nothing holds them yet. Errors: `Expired` where it
    /// may not be paid any more, `OutOfStock` where others were faster, `Closed` where the stock is being checked.
    async fn hold_claim(&self, claim: ClaimId, reservation: ReservationId, now_us: i64) -> Result<Held, ReserveError>;
    /// Ends invitations whose time is over.
    async fn end_invitations(&self, now_us: i64) -> Result<(), StoreError>;
    /// Sellers for whose goods somebody waits.
    async fn sellers_waited_for(&self) -> Result<Vec<SellerId>, StoreError>;
    /// Gives what is there to who waits for it, first come first.
    async fn promote(&self, seller: SellerId, now_us: i64) -> Result<Vec<StockNews>, StoreError>;
    /// Whose page has to hear of a claim, and whose feed has grown by it; they count as told.
    async fn claims_to_tell(&self) -> Result<Vec<(SellerId, ViewerId)>, StoreError>;
}
