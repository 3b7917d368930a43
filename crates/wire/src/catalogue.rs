//! Products as the platform sells them.

use hawker_domain::{Money, Sku};
use serde::{Deserialize, Serialize};

/// One product of `PUT /api/v1/catalogue` (upsert by SKU). Stock is not in here: it moves by ops alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub sku: Sku,
    pub title: String,
    #[serde(default)]
    pub brand: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub description: String,
    pub price: Money,
}

/// `PUT /api/v1/catalogue`. The photo follows by `PUT /api/v1/catalogue/{sku}/photo`, body image/jpeg, at most 2 MiB;
/// `DELETE` on the same path takes it away, also where there is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PutCatalogue {
    pub listings: Vec<Listing>,
}

/// `POST /api/v1/catalogue/delist`: these are no longer sold. Said twice it changes nothing; a SKU the platform does not
/// know is passed over. A later `PUT /api/v1/catalogue` sells them again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delist {
    pub skus: Vec<Sku>,
}
