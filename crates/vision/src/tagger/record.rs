//! What the tagger was told and what it said, written down one JSON line a step, so that a decision can be looked into and made
//! again under other rules.
//!
//! Holds no picture: scores, words that were read or said, and the catalogue's own names.

use super::{Calibration, Observation, Spoken, TagChange, Variants};
use crate::read::{Names, Reading};
use crate::shot::{Shot, ShotClues};
use hawker_domain::{ShowMs, Sku};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;

/// One thing that happened, in its order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// From here on the scores are those of these products.
    Products {
        skus: Vec<Sku>,
        calibration: Calibration,
    },
    /// One product more, last in their order, or in the place of another that is none of them any more. Written by former
    /// versions; now it is [`Step::Lineup`].
    Product {
        sku: Sku,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_place_of: Option<Sku>,
    },
    /// These are the products from here on, and so are their places; what was seen of those that stay counts on.
    Lineup {
        skus: Vec<Sku>,
    },
    /// Which of them are variants of one, and which of those have no photos; see [`Variants`].
    Variants {
        families: Vec<Vec<Sku>>,
        bare: Vec<Sku>,
    },
    /// What products are called, and what stands on them; those that are not named here keep the names they had.
    Names {
        names: BTreeMap<Sku, Names>,
    },
    /// The show's running order; empty: every product is as likely as the others.
    Order {
        skus: Vec<Sku>,
    },
    /// One look at one track; see [`super::Observation`].
    Look {
        track_id: u32,
        now_ms: u64,
        at: ShowMs,
        scores: Vec<f32>,
        weight: f32,
        relatives: Vec<u32>,
    },
    /// The newest picture of a track is being read.
    Reading {
        track_id: u32,
    },
    /// What was read on a track.
    Read {
        track_id: u32,
        reading: Reading,
    },
    /// Products are called something else: what was read and said until now counts no more.
    Unread,
    Spoken(Spoken),
    /// What was measured of a picture, the track of its largest thing, and the kind of shot that it was held to be.
    Shot {
        now_ms: u64,
        at: ShowMs,
        clues: ShotClues,
        main: Option<u32>,
        shot: Option<Shot>,
    },
    /// The host said what a track is not, or that it has been told what it is.
    Reject {
        track_id: u32,
        sku: Sku,
    },
    Accept {
        track_id: u32,
    },
    /// A track has left the picture.
    End {
        track_id: u32,
        at: ShowMs,
    },
    /// What had left under this number is there again.
    Back {
        track_id: u32,
    },
    /// Another source or a new show: nothing seen before counts.
    StartOver,
    /// What was said in answer.
    Tag(TagChange),
}

impl Step {
    pub(crate) fn names<'a>(of: impl IntoIterator<Item = (&'a Sku, &'a Names)>) -> Self {
        Self::Names { names: of.into_iter().map(|(sku, names)| (sku.clone(), names.clone())).collect() }
    }
}

impl From<&Variants> for Step {
    fn from(variants: &Variants) -> Self {
        Self::Variants { families: variants.families.clone(), bare: variants.bare.clone() }
    }
}

impl From<Observation<'_>> for Step {
    fn from(seen: Observation<'_>) -> Self {
        let Observation { track_id, now_ms, at, scores, weight, relatives } = seen;
        let (scores, relatives) = (scores.to_vec(), relatives.to_vec());
        Self::Look { track_id, now_ms, at, scores, weight, relatives }
    }
}

/// Writes steps, each line and its end at once. One that can't be written ends the record, and [`Record::finish`] says so; recognition goes on.
pub struct Record {
    to: Option<Box<dyn Write + Send>>,
    failed: Option<std::io::Error>,
}

impl Record {
    /// Nothing is written.
    pub const OFF: Self = Self { to: None, failed: None };

    pub fn new(to: Box<dyn Write + Send>) -> Self {
        Self { to: Some(to), failed: None }
    }

    /// Writes the step that `make` builds, where anything is written at all.
    pub fn step(&mut self, make: impl FnOnce() -> Step) {
        let Some(to) = &mut self.to else { return };
        let written = serde_json::to_string(&make()).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|line| to.write_all((line + "\n").as_bytes())) {
            tracing::warn!("evidence is not recorded any more: {error}");
            (self.to, self.failed) = (None, Some(error));
        }
    }

    /// Writes out what is still held back. Errors: the disk's own, also of an earlier step.
    pub fn finish(&mut self) -> std::io::Result<()> {
        let flushed = self.to.take().map_or(Ok(()), |mut to| to.flush());
        self.failed.take().map_or(flushed, Err)
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("on", &self.to.is_some()).finish()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::warn!("the end of the recorded evidence is lost: {error}");
        }
    }
}
