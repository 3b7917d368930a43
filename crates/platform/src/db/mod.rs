//! What the platform keeps, as traits by noun: in the embedded database, or on a PostgreSQL server.
//!
//! Owns: the questions and changes, each one transaction, and what may come of them. Must not know: SQL or HTTP.
//! Entry point: [`Store`]. Invariant: whatever belongs to a seller is asked for with that seller's id.

pub mod claims;
pub mod devices;
pub mod key;
pub mod offers;
pub mod payments;
pub mod postgres;
pub mod quarantine;
pub mod rights;
pub(crate) mod shared;
pub mod sqlite;
pub mod upkeep;

pub use claims::*;
pub use devices::*;
pub use offers::*;
pub use payments::*;
pub use quarantine::*;
pub use rights::*;
pub use upkeep::UpkeepStore;

use async_trait::async_trait;
use hawker_domain::{
    DeviceId, Money, OpId, OrderId, ReservationId, SellerId, ShowId, ShowMs, Sku, ViewerId, claim::Shipping,
    offer::Coupon, stock::StockLevel,
};
use hawker_wire::{
    catalogue::Listing,
    feed::{FeedEvent, FeedPage, FeedParted, FeedPosition, OpsAcked, OpsForgotten, ReturnFeed},
    ops::{OpEnvelope, OpResult},
    order::Buyer,
    show::{CreateShow, PutPin},
    viewer::{Behaviour, PublicPin, PublicProduct},
};
use std::collections::{BTreeMap, HashSet};

/// A 256-bit hash of a token, a body or a payload.
pub type Hash = [u8; 32];

/// The database did not do it. Nothing of the transaction remains.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the disk that holds the platform's database is full")]
    DiskFull,
    /// Tried again later it may be done.
    #[error("others change the same seller's things for too long")]
    Busy,
    #[error("the database failed: {0}")]
    Database(#[source] sqlx::Error),
    #[error("a stored record can't be read: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// What one seller has is at fault, or is held by somebody: others' work may go on. False where nothing can be done for anybody.
    pub(crate) fn is_of_one_seller(&self) -> bool {
        match self {
            Self::Busy | Self::Unreadable(_) => true,
            Self::DiskFull => false,
            Self::Database(error) => error.as_database_error().is_some_and(|said| {
                said.is_check_violation() || said.is_foreign_key_violation() || said.is_unique_violation()
            }),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(said) if sqlite::is_full(said) || postgres::is_full(said) => Self::DiskFull,
            Some(said) if postgres::is_busy(said) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

#[async_trait]
pub trait CloseStore {
    /// Lets what is under way end and closes all connections.
    async fn close(&self);
}

/// Everything the platform keeps.
pub trait Store:
    AccountStore
    + DeviceStore
    + CatalogueStore
    + ShowStore
    + OrderStore
    + OfferStore
    + PaymentStore
    + ClaimStore
    + FulfilmentStore
    + SyncStore
    + RightsStore
    + UpkeepStore
    + QuarantineStore
    + CloseStore
    + Send
    + Sync
    + 'static
{
}
impl<T> Store for T where
    T: AccountStore
        + DeviceStore
        + CatalogueStore
        + ShowStore
        + OrderStore
        + OfferStore
        + PaymentStore
        + ClaimStore
        + FulfilmentStore
        + SyncStore
        + RightsStore
        + UpkeepStore
        + QuarantineStore
        + CloseStore
        + Send
        + Sync
        + 'static
{
}

pub struct NewSeller {
    pub seller_id: SellerId,
    pub email: String,
    pub password_hash: String,
    pub shop_name: String,
    pub at_us: i64,
}

/// Hashes of a fresh pair of tokens and when they end.
pub struct NewTokens {
    pub access: Hash,
    pub access_expires_us: i64,
    pub refresh: Hash,
    pub refresh_expires_us: i64,
    pub at_us: i64,
}

/// What became of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    Rotated(SellerId),
    /// Used before: somebody has a copy, so the whole family is revoked now.
    Reused(SellerId),
    /// Unknown, run out, or of a revoked family.
    Refused,
}

#[async_trait]
pub trait AccountStore {
    /// False: the address is taken.
    async fn create_seller(&self, new: NewSeller) -> Result<bool, StoreError>;
    /// The seller and the password's hash.
    async fn seller_by_email(&self, email: &str) -> Result<Option<(SellerId, String)>, StoreError>;
    /// Puts the hash `after` in the place of `before`, revokes every family of the seller and opens one. False, and nothing is
    /// changed: `before` is not what is stored.
    async fn change_password(
        &self,
        seller: SellerId,
        before: &str,
        after: &str,
        tokens: NewTokens,
    ) -> Result<bool, StoreError>;
    /// Opens a family for whoever proved to know the password of the hash `proven`. False, and nothing is changed: that is not what is
    /// stored any more, and every log-in of before has ended.
    async fn issue_tokens(&self, seller: SellerId, proven: &str, tokens: NewTokens) -> Result<bool, StoreError>;
    async fn rotate_refresh(&self, used: Hash, tokens: NewTokens) -> Result<Refreshed, StoreError>;
    async fn seller_of_access(&self, access: Hash, now_us: i64) -> Result<Option<SignedIn>, StoreError>;
    /// Forgets tokens that ran out; the number of families forgotten.
    async fn forget_expired_tokens(&self, now_us: i64) -> Result<u64, StoreError>;
}

#[async_trait]
pub trait CatalogueStore {
    /// Upsert by SKU, all or nothing. True: something is sold that was not before.
    async fn put_listings(&self, seller: SellerId, listings: &[Listing]) -> Result<bool, StoreError>;
    /// These are no longer sold, all or nothing: off the shelf, their photos and pins gone. What is held or ordered
    /// stays, and so does the stock. True: one of them was sold before.
    async fn delist(&self, seller: SellerId, skus: &[Sku]) -> Result<bool, StoreError>;
    /// False: no such listing.
    async fn put_photo(&self, seller: SellerId, sku: &Sku, photo_id: &str, jpeg: &[u8]) -> Result<bool, StoreError>;
    /// Takes away a product's photo, if it has one.
    async fn remove_photo(&self, seller: SellerId, sku: &Sku) -> Result<(), StoreError>;
    /// Public: the id is a hash nobody guesses, and viewers see it.
    async fn photo(&self, photo_id: &str) -> Result<Option<Vec<u8>>, StoreError>;
    async fn stock_level(&self, seller: SellerId, sku: &Sku) -> Result<Option<StockLevel>, StoreError>;
}

/// Why a show was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateShowError {
    #[error("this show has ended")]
    Ended,
    #[error("this show id is taken")]
    Taken,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a seller's show was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeShowError {
    #[error("there is no such show")]
    NoShow,
    #[error("this show has ended")]
    Ended,
    #[error("the sku \"{0}\" is not in the catalogue")]
    NoListing(Sku),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every open page is told all variants of a pin; nobody chooses among more.
pub(crate) const VARIANTS_MAX: usize = 200;

/// What a viewer may know of a show, less what only the running process knows.
pub struct ShowPage {
    pub seller: SellerId,
    pub title: String,
    pub shop_name: String,
    pub shelf: Vec<PublicProduct>,
    pub pin: Option<PublicPin>,
    pub ended: bool,
}

#[async_trait]
pub trait ShowStore {
    /// Makes the show, or gives the seller's own show a new publish token.
    async fn create_show(
        &self,
        seller: SellerId,
        show: &CreateShow,
        publish: Hash,
        now_us: i64,
    ) -> Result<(), CreateShowError>;
    /// Ends it and forgets its publish token. True: it had not ended before.
    async fn end_show(&self, seller: SellerId, show: ShowId, now_us: i64) -> Result<bool, ChangeShowError>;
    /// The shelf's order from now on. True: it is another than before.
    async fn put_running_order(&self, seller: SellerId, show: ShowId, order: &[Sku]) -> Result<bool, ChangeShowError>;
    /// Those of these products that are sold.
    async fn listed(&self, seller: SellerId, skus: &[Sku]) -> Result<HashSet<Sku>, StoreError>;
    async fn put_pin(&self, seller: SellerId, show: ShowId, pin: &PutPin, now_us: i64) -> Result<(), ChangeShowError>;
    async fn show_by_publish_token(&self, publish: Hash) -> Result<Option<ShowId>, StoreError>;
    /// The seller of a show, and whether it has ended.
    async fn show_owner(&self, show: ShowId) -> Result<Option<(SellerId, bool)>, StoreError>;
    async fn show_page(&self, show: ShowId) -> Result<Option<ShowPage>, StoreError>;
    async fn add_behaviour(
        &self,
        seller: SellerId,
        show: ShowId,
        seen: &Behaviour,
        now_us: i64,
    ) -> Result<(), StoreError>;
}

pub struct NewReservation {
    pub reservation_id: ReservationId,
    pub show: ShowId,
    pub idem_key: String,
    pub body_hash: Hash,
    /// Summed per SKU, 1 to 99 pieces each.
    pub lines: BTreeMap<Sku, u32>,
    pub at: Option<ShowMs>,
    /// Whose page or comment asks, where it says so: who it is in this show.
    pub viewer: Option<ViewerId>,
    /// What sending costs beside the goods.
    pub shipping: Option<Shipping>,
    pub coupon: Option<Coupon>,
    /// Hash of the page's name for who buys, the same in all shows; none of a comment.
    pub payer_page: Option<Hash>,
    pub now_us: i64,
    pub expires_us: i64,
}

/// Goods that are held.
pub struct Held {
    pub reservation_id: ReservationId,
    pub seller: SellerId,
    pub total: Money,
    pub expires_us: i64,
    /// What viewers of the seller's shows see changed; empty for a repeated request.
    pub stock: Vec<StockNews>,
    /// Pieces of offers were spent or came back.
    pub offers_moved: bool,
}

/// How many pieces of a SKU the next buyer may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockNews {
    pub sku: Sku,
    pub available: i64,
    /// Pieces of an offer were spent or came back with it.
    pub offer_moved: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ReserveError {
    #[error("there is no such show")]
    NoShow,
    #[error("this show has ended")]
    Ended,
    #[error("the sku \"{0}\" is not sold here")]
    UnknownSku(Sku),
    #[error("{left} of \"{sku}\" left")]
    OutOfStock { sku: Sku, left: i64 },
    #[error("the stock of this shop is being checked")]
    Closed,
    #[error("the code \"{0}\" gives nothing here: it is another one, it is over, or its pieces are gone")]
    Coupon(Coupon),
    #[error("the reservation ran out")]
    Expired,
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    #[error("these products can't be paid together: {0}")]
    Money(#[from] hawker_domain::MoneyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[async_trait]
pub trait OrderStore {
    /// All lines or none; the same key and body answers the same reservation. Pieces are priced by the offers that are open to the
    /// buyer, and spend them; what the same viewer holds of these products in this show, and is not paying, is let go of first.
    async fn reserve(&self, new: NewReservation) -> Result<Held, ReserveError>;
    /// Puts goods back whose time ran out, unless a payment for them is not decided.
    async fn release_expired(&self, now_us: i64) -> Result<Vec<(SellerId, StockNews)>, StoreError>;
}

#[async_trait]
pub trait FulfilmentStore {
    /// Names and addresses for packing, of those orders that are paid and not delivered; each look is written down first.
    async fn reveal_buyers(
        &self,
        seller: SellerId,
        order_ids: &[OrderId],
        now_us: i64,
    ) -> Result<Vec<Buyer>, StoreError>;
}

/// What a device says that it was told before it sends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acknowledged<'a> {
    /// How far it has read the feed.
    pub seen: Option<&'a FeedPosition>,
    /// The op before those it sends that it had an answer to.
    pub acked_op: Option<OpId>,
}

/// What was applied, and what stopped the rest.
pub struct Applied {
    pub results: Vec<OpResult>,
    pub wanted_seq: u64,
    pub stopped: Option<OpsStop>,
    pub stock: Vec<StockNews>,
}

/// Why the platform takes no further op of this request. What came before it is applied and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpsStop {
    #[error("the device is not registered")]
    UnknownDevice,
    #[error("the device's epoch is over")]
    Fenced,
    #[error("ops are missing before this one")]
    Gap,
    #[error("this number belongs to another op")]
    Fork,
    #[error("this op id came before with another payload")]
    OtherPayload,
    #[error("the hash is not the payload's")]
    BadHash,
    #[error("the op is not signed with its device's key")]
    BadSignature,
    #[error("the device has read another feed than this one")]
    Parted,
}

/// What a device finds behind the entry it read last.
pub enum FeedRead {
    Page(FeedPage),
    /// The device's feed is another one from some entry on: the platform was put back to an earlier state.
    Parted(FeedParted),
    /// Ops that the device has an answer to are gone.
    Forgotten(OpsForgotten),
}

/// What became of entries that a device gave back.
#[derive(Debug)]
pub struct TakenBack {
    pub restored: u32,
    /// Entries that this database did not write, or not under the key it has now.
    pub foreign: u32,
    pub stock: Vec<StockNews>,
}

#[async_trait]
pub trait SyncStore {
    /// Effect, result and cursor of each op in one transaction; a known op answers its stored result.
    async fn apply_ops(
        &self,
        seller: SellerId,
        device: DeviceId,
        ops: &[OpEnvelope],
        told: Acknowledged<'_>,
        now_us: i64,
    ) -> Result<Applied, StoreError>;
    /// What follows `seen`. `acked`: how far the device's own ops were answered.
    async fn feed_after(
        &self,
        seller: SellerId,
        seen: &FeedPosition,
        acked: Option<&OpsAcked>,
        limit: u32,
    ) -> Result<FeedRead, StoreError>;
    /// Orders and changes that a device read and this database lost hold again, each once, and are told anew. All entries or
    /// none. Buyers wait until the devices have said what rights they have.
    async fn take_back(&self, seller: SellerId, form: &ReturnFeed, now_us: i64) -> Result<TakenBack, StoreError>;
    /// Applies what was kept for a newer version and can be read by now. Returns how many.
    async fn apply_kept(&self, now_us: i64) -> Result<u32, StoreError>;
    /// Puts one event into the feed.
    async fn append_feed(&self, seller: SellerId, event: FeedEvent, now_us: i64) -> Result<u64, StoreError>;
}
