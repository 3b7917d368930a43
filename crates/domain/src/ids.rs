//! Identifiers. Each is a UUIDv7 in a type of its own, so that an order's id can't be passed where a show's belongs.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use ts_rs::TS;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(as = "String")]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

id! {
    /// One product of a seller's catalogue.
    ProductId,
    /// One photo of a product.
    PhotoId,
    /// One correction that recognition learned from.
    LessonId,
    /// One show, from "go live" to "end", reconnects included.
    ShowId,
    /// One order.
    OrderId,
    /// One offer: pieces of a product at a price of their own.
    OfferId,
    /// Goods held for a buyer until a time.
    ReservationId,
    /// One recognised (or hand-made) mention of a product in the picture.
    TagId,
    /// One place a show is published to.
    DestinationId,
    /// One seller (the tenant of everything on the platform).
    SellerId,
    /// One studio installation of a seller.
    DeviceId,
    /// One change on its way from a device to the platform.
    OpId,
    /// One edit of the catalogue that did not count, on the list of a device.
    ConflictId,
    /// One chat message.
    ChatId,
    /// One question of a platform that was put back: what rights have you?
    ChallengeId,
    /// Goods of a sale that came back at the table.
    ReturnId,
    /// One time that a till was open.
    TillId,
    /// What one comment asks for.
    ClaimId,
    /// Who wrote it: one page in one show, nobody's name.
    ViewerId,
}
