//! Product recognition: detect, track, embed, gallery, fuse over time, decide.
//!
//! Owns: everything between a frame and "this product is in the picture, this sure, for these reasons", and its evaluation.
//! Must not know: where frames come from, what is done with a tag, how vectors are stored.
//! Entry points: [`Recogniser::observe`] for a show, [`Embedder::embed_photo`] for a catalogue, [`evaluate`] for figures.
//! Invariant: says nothing rather than something wrong; below a limit of light, sharpness or size it abstains and says so.

mod attention;
pub mod catalogue_csv;
pub mod detect;
pub mod embed;
mod error;
pub mod evaluate;
pub mod gallery;
mod learn;
mod lineup;
pub mod photo;
pub mod pixels;
pub mod pre;
pub mod priority;
mod promoted;
pub mod quality;
pub mod read;
mod recogniser;
pub mod rehearsal;
pub mod run_through;
mod runs_on;
pub mod shot;
mod still;
pub mod tagger;
pub mod track;
mod wide;
mod words;

pub use embed::{Embedder, PhotoVectors};
pub use error::VisionError;
pub use gallery::{Behind, Gallery, GalleryBuilder, Lesson};
pub use learn::Learned;
pub use quality::Abstained;
pub use recogniser::{Found, FrameReport, Recogniser, RecogniserConfig, TrackReport};
pub use still::StillDecision;
pub use tagger::TagChange;

use hawker_av::VideoFrame;
use hawker_domain::Sku;

/// One product with its photos, as a catalogue hands it over.
#[derive(Clone, Debug)]
pub struct CatalogueItem {
    pub sku: Sku,
    pub title: String,
    pub category: String,
    pub brand: String,
    /// Other names it goes by.
    pub aliases: Vec<String>,
    /// EAN, UPC or the seller's own code; empty when unknown.
    pub barcode: String,
    /// What it is a variant of and what it is called among the others; empty: it is none.
    pub variant_of: String,
    pub option: String,
    /// Decoded photos, RGB.
    pub photos: Vec<VideoFrame>,
}
