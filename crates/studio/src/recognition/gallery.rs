//! The catalogue's photos as vectors: computed once, kept in the store, and computed again when the model changes.

use crate::errors::{Outcome, internal};
use futures_util::StreamExt;
use hawker_av::VideoFrame;
use hawker_domain::Sku;
use hawker_domain::product::Product;
use hawker_store::{LessonVector, Store};
use hawker_vision::read::Names;
use hawker_vision::{Gallery, GalleryBuilder, Lesson, PhotoVectors, Recogniser};
use hawker_wire::{ErrorCode, Failure};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Embeds what has no vector yet and builds the gallery of everything that has. `wanted` is asked before each photo; when
/// it says no, what is embedded so far makes the gallery and the rest follows next time. Blocking; `handle` runs the store.
pub fn build(
    handle: &Handle,
    store: &Store,
    recogniser: &mut Recogniser,
    wanted: impl Fn() -> bool,
) -> Outcome<Gallery> {
    let model = recogniser.model_id().to_owned();
    embed_missing(handle, store, recogniser, wanted)?;
    let mut builder = GalleryBuilder::default();
    let mut stored = pin!(store.vectors(&model));
    let mut current: Option<(Sku, Vec<PhotoVectors>)> = None;
    while let Some(one) = handle.block_on(stored.next()) {
        let (sku, _, bytes) = one?;
        let vectors =
            PhotoVectors::from_bytes(&bytes).map_err(|error| internal("a stored vector is damaged", error))?;
        match &mut current {
            Some((same, photos)) if *same == sku => photos.push(vectors),
            _ => {
                if let Some((sku, photos)) = current.replace((sku, vec![vectors])) {
                    builder.add(sku, &photos);
                }
            }
        }
    }
    if let Some((sku, photos)) = current {
        builder.add(sku, &photos);
    }
    for lesson in lessons(handle, store, recogniser)? {
        builder.teach(lesson);
    }
    Ok(builder.build())
}

/// Embeds the photos that this model has not seen, as long as it is `wanted`. Blocking; `handle` runs the store.
pub fn embed_missing(
    handle: &Handle,
    store: &Store,
    recogniser: &mut Recogniser,
    wanted: impl Fn() -> bool,
) -> Outcome<()> {
    let model = recogniser.model_id().to_owned();
    let missing = handle.block_on(store.photos_without_vector(&model))?;
    if !missing.is_empty() {
        tracing::info!(photos = missing.len(), "embedding the catalogue's photos");
    }
    for (sku, photo) in missing {
        if !wanted() {
            break;
        }
        let jpeg = handle.block_on(store.photo(photo))?;
        let frame = match decode(&jpeg) {
            Ok(frame) => frame,
            Err(failure) => {
                tracing::warn!(%sku, "a photo is left out: {failure}");
                continue;
            }
        };
        let vectors = recogniser.embed_photo(&frame).map_err(|error| internal("can't embed a photo", error))?;
        handle.block_on(store.put_vector(photo, &model, &vectors.to_bytes()))?;
    }
    Ok(())
}

/// What hosts taught, oldest first; learned anew from the pictures of it where the model is another one.
fn lessons(handle: &Handle, store: &Store, recogniser: &mut Recogniser) -> Outcome<Vec<Lesson>> {
    let model = recogniser.model_id().to_owned();
    handle.block_on(store.forget_old_lessons())?;
    for id in handle.block_on(store.lessons_without_vector(&model))? {
        let mut learn = || -> Outcome<()> {
            let crop = decode(&handle.block_on(store.lesson_crop(id))?)?;
            let looks = recogniser.embed_crop(&crop).map_err(|error| internal("can't embed a crop", error))?;
            Ok(handle.block_on(store.put_lesson_vector(id, &model, &looks.to_bytes()))?)
        };
        // The host may take it back meanwhile.
        if let Err(failure) = learn() {
            tracing::warn!(%id, "a correction is left out: {failure}");
        }
    }
    let known = handle.block_on(store.lesson_vectors(&model))?;
    let lesson = |known: LessonVector| match PhotoVectors::from_bytes(&known.vector) {
        Ok(looks) => Some(Lesson { sku: known.sku, is_it: known.is_it, looks }),
        Err(error) => {
            tracing::warn!(sku = %known.sku, "a correction is left out: {error}");
            None
        }
    };
    Ok(known.into_iter().filter_map(lesson).collect())
}

/// What every product is called. Blocking; `handle` runs the store.
pub fn names(handle: &Handle, store: &Store) -> Outcome<HashMap<Sku, Names>> {
    let products = handle.block_on(store.all_products())?;
    let names = |product: Product| {
        let Product { sku, title, brand, aliases, barcode, .. } = product;
        (sku, Names { title, brand, aliases, barcode, printed: Vec::new() })
    };
    Ok(products.into_iter().map(names).collect())
}

/// A stored photo as a frame of packed RGB. Errors: `damaged`.
pub fn decode(jpeg: &[u8]) -> Outcome<VideoFrame> {
    let damaged = |why: String| Failure::new(ErrorCode::Damaged, format!("a photo can't be decoded: {why}"));
    let picture = image::load_from_memory(jpeg).map_err(|error| damaged(error.to_string()))?.into_rgb8();
    let (width, height) = picture.dimensions();
    VideoFrame::rgb(width, height, Arc::from(picture.into_raw())).map_err(|error| damaged(error.to_string()))
}
