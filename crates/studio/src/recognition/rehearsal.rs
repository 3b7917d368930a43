//! Rehearsal of the catalogue: its photos judged against each other, before a host stands before the camera.

use super::gallery;
use super::provider::{self, Measure};
use super::worker::{runtime, unavailable};
use crate::config::StudioConfig;
use crate::errors::Outcome;
use hawker_domain::Sku;
use hawker_store::Store;
use hawker_vision::read::Words;
use hawker_vision::rehearsal::{Rehearsal, Rehearsed, photo_fault, rehearse};
use hawker_vision::{Gallery, PhotoVectors, Recogniser, RecogniserConfig};
use std::collections::HashMap;
use tokio::runtime::Handle;

/// Rehearses these products. Blocking; takes about a second for each ten photos that were never looked at before.
/// Errors: `model_unavailable`.
pub fn run(config: &StudioConfig, handle: &Handle, store: &Store, skus: Vec<Sku>) -> Outcome<Rehearsal> {
    let runtime = runtime(config.onnxruntime.as_deref())?;
    let providers = provider::order(config, &runtime, Measure::Never);
    let settings = RecogniserConfig { words: Words::Off, providers, ..RecogniserConfig::default() };
    let loaded = Recogniser::load(&config.models_dir, &runtime, settings, Gallery::build(Vec::new()));
    let mut recogniser = loaded.map_err(unavailable)?;
    gallery::embed_missing(handle, store, &mut recogniser, &skus)?;
    let mut places: HashMap<Sku, usize> = HashMap::new();
    let mut items = Vec::new();
    for sku in skus {
        let mut faults = Vec::new();
        for photo in handle.block_on(store.photos_of(&sku))? {
            let jpeg = handle.block_on(store.photo(photo))?;
            faults.extend(gallery::decode(&jpeg).ok().as_ref().and_then(photo_fault));
        }
        places.insert(sku.clone(), items.len());
        items.push(Rehearsed { sku, photos: Vec::new(), faults });
    }
    let known = |sku: Sku, photos: Vec<PhotoVectors>| {
        let item = places.get(&sku).and_then(|place| items.get_mut(*place));
        if let Some(item) = item {
            item.photos = photos;
        }
    };
    gallery::each_product(handle, store, recogniser.model_id(), known)?;
    Ok(rehearse(&items))
}
