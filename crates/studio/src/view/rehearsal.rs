//! What a rehearsal of the catalogue found, with the names a person knows the products by.

use hawker_domain::Sku;
use hawker_vision::Abstained;
use hawker_vision::rehearsal::{Advice, Readiness, Rehearsal};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// How well the products of a show will be recognised, as far as their photos tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RehearsalView {
    pub scope: RehearsalScope,
    /// In the order of the show.
    pub products: Vec<ReadinessView>,
    /// Products taken for each other, the worst first.
    pub look_alikes: Vec<LookAlikesView>,
}

/// Which products were rehearsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalScope {
    /// Those that were named.
    Named,
    /// Those of the running order.
    Order,
    /// All of the catalogue, as there is no running order.
    All,
}

/// How ready one product is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadinessView {
    pub sku: Sku,
    pub title: String,
    pub photos: usize,
    /// Photos that were held out and shown to the rest: none of a product that has only one.
    pub tested: usize,
    /// Of those, photos that were known, and those known so surely that they would have been pinned.
    pub known: usize,
    pub pinned: usize,
    /// What to do; nothing: it is ready.
    pub advice: Vec<AdviceView>,
}

/// Two products taken for each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LookAlikesView {
    pub a: Sku,
    pub a_title: String,
    pub b: Sku,
    pub b_title: String,
    /// Photos of either that were taken for the other.
    pub confused: usize,
}

/// One thing to do about a product; see [`Advice`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum AdviceView {
    NoPhoto,
    MorePhotos { have: usize, enough: usize },
    TakenFor { sku: Sku, title: String },
    TooDark { count: usize },
    Blurred { count: usize },
    TooSmall { count: usize },
    SamePhoto { sku: Sku, title: String },
    Scattered,
}

impl RehearsalView {
    /// `titles`: of every product.
    pub fn new(scope: RehearsalScope, found: Rehearsal, titles: &HashMap<Sku, String>) -> Self {
        let title = |sku: &Sku| titles.get(sku).cloned().unwrap_or_default();
        let product = |one: Readiness| ReadinessView::new(one, &title);
        let pairs = found.look_alikes.into_iter().map(|pair| LookAlikesView {
            a_title: title(&pair.a),
            b_title: title(&pair.b),
            a: pair.a,
            b: pair.b,
            confused: pair.confused,
        });
        Self { scope, look_alikes: pairs.collect(), products: found.products.into_iter().map(product).collect() }
    }
}

impl ReadinessView {
    pub(super) fn new(one: Readiness, title: &impl Fn(&Sku) -> String) -> Self {
        Self {
            title: title(&one.sku),
            sku: one.sku,
            photos: one.photos,
            tested: one.tested,
            known: one.first,
            pinned: one.pinned,
            advice: one.advice.into_iter().map(|advice| AdviceView::new(advice, title)).collect(),
        }
    }
}

impl AdviceView {
    fn new(advice: Advice, title: &impl Fn(&Sku) -> String) -> Self {
        match advice {
            Advice::NoPhoto => Self::NoPhoto,
            Advice::MorePhotos { have, enough } => Self::MorePhotos { have, enough },
            Advice::TakenFor { sku } => Self::TakenFor { title: title(&sku), sku },
            Advice::BadPhotos { why: Abstained::TooDark, count } => Self::TooDark { count },
            Advice::BadPhotos { why: Abstained::Blurred, count } => Self::Blurred { count },
            Advice::BadPhotos { why: Abstained::TooFar, count } => Self::TooSmall { count },
            Advice::SamePhoto { sku } => Self::SamePhoto { title: title(&sku), sku },
            Advice::Scattered => Self::Scattered,
        }
    }
}
