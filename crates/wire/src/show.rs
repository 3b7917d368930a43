//! Shows and pins, as the studio reports them.

use hawker_domain::{ShowId, ShowMs, Sku, TagId};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/shows`. The id is the studio's own, so that asking twice makes one show.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateShow {
    pub show_id: ShowId,
    pub title: String,
    /// SKUs in the order the host means to show them.
    #[serde(default)]
    pub running_order: Vec<Sku>,
}

/// `PUT /api/v1/shows/{show_id}/running-order`: the order changed while the show runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutRunningOrder {
    /// At most 500; an empty one shows the whole catalogue.
    pub running_order: Vec<Sku>,
}

/// Answer. The publish token stands in the ingest URL's last segment: treat the URL as a secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct ShowCreated {
    pub show_id: ShowId,
    /// Full publish addresses, best first: `rtmp://host:port/live/<token>`.
    pub ingest_urls: Vec<String>,
    /// The page to give to viewers: `http://host:port/s/<show_id>`.
    pub viewer_url: String,
    /// The page asks which variant a buyer means; see [`PutPin::variants`]. False from a platform that would sell the first one.
    #[serde(default)]
    pub asks_variants: bool,
}

/// `PUT /api/v1/shows/{show_id}/pin`: what viewers see as the current product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PutPin {
    pub tag_id: TagId,
    /// None takes the card away.
    pub sku: Option<Sku>,
    /// All variants of the product, where it is not known which of them it is: buyers choose. `sku` is one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Sku>,
    /// The frame the pin belongs to; the page changes its card when the picture gets there.
    pub at: ShowMs,
}
