//! The catalogue's photos as vectors: computed once, kept in the store, and computed again when the model changes.

use super::printed::printed;
use crate::errors::{Outcome, internal};
use futures_util::StreamExt;
use hawker_av::VideoFrame;
use hawker_domain::{PhotoId, Sku};
use hawker_domain::{Product, Variant};
use hawker_store::{LessonVector, Store, StoreError};
use hawker_vision::read::Names;
use hawker_vision::{Gallery, GalleryBuilder, Lesson, PhotoVectors, Recogniser};
use hawker_wire::{ErrorCode, Failure};
use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Products of one gallery: every look is held against each of them. The rest of a catalogue stands behind them.
const MOST_SHOWN: usize = 5_000;

/// Which products a show is recognised by.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub order: Vec<Sku>,
    /// Those of the running order, and as many others as there is room for.
    skus: HashSet<Sku>,
    /// What those of them are variants of that are one.
    variant_of: HashMap<Sku, String>,
    /// There are more than these.
    has_more: bool,
}

impl Shown {
    /// Blocking; `handle` runs the store.
    pub fn load(handle: &Handle, store: &Store) -> Outcome<Self> {
        let order: Vec<Sku> = handle.block_on(store.setting(crate::settings::RUNNING_ORDER))?.unwrap_or_default();
        let products = handle.block_on(store.all_products())?;
        let mut skus: HashSet<Sku> = order.iter().cloned().collect();
        let others = products.iter().map(|product| product.sku.clone());
        skus.extend(others.take(MOST_SHOWN.saturating_sub(skus.len())));
        let has_more = products.len() > skus.len();
        let shown = products.into_iter().filter(|product| skus.contains(&product.sku));
        let variant_of = shown.filter_map(|product| Some((product.sku, product.variant?.of))).collect();
        Ok(Self { order, skus, variant_of, has_more })
    }

    pub fn holds(&self, sku: &Sku) -> bool {
        self.skus.contains(sku)
    }

    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// The first of the running order, or, where there is none, of the products; so many at most.
    pub fn first(&self, most: usize) -> Vec<Sku> {
        if !self.order.is_empty() {
            return self.order.iter().take(most).cloned().collect();
        }
        let mut skus: Vec<Sku> = self.skus.iter().cloned().collect();
        skus.sort();
        skus.truncate(most);
        skus
    }
}

/// The gallery of the shown products, as far as their photos have vectors, and of what hosts taught. Blocking.
pub fn build(handle: &Handle, store: &Store, recogniser: &mut Recogniser, shown: &Shown) -> Outcome<Gallery> {
    let model = recogniser.model_id().to_owned();
    let mut builder = GalleryBuilder::default();
    builder.variants(shown.variant_of.clone());
    if shown.has_more {
        // Of a large catalogue those that are wanted alone: reading the others only to leave them out takes a minute.
        let mut skus: Vec<&Sku> = shown.skus.iter().collect();
        skus.sort();
        for sku in skus {
            builder.add(sku.clone(), &photos_of(handle, store, &model, sku)?);
        }
    } else {
        each_product(handle, store, &model, |sku, photos| builder.add(sku, &photos))?;
    }
    // Those about other products are taken in with them.
    for lesson in lessons(handle, store, recogniser)?.into_iter().filter(|lesson| shown.holds(&lesson.sku)) {
        builder.teach(lesson);
    }
    Ok(builder.build())
}

/// Hands over every product that has vectors, one after another: a catalogue's are too many to hold at once. Those that are damaged
/// are left out and erased. Blocking.
pub fn each_product(
    handle: &Handle,
    store: &Store,
    model: &str,
    mut take: impl FnMut(Sku, Vec<PhotoVectors>),
) -> Outcome<()> {
    let mut stored = pin!(store.vectors(model));
    let mut current: Option<(Sku, Vec<PhotoVectors>)> = None;
    let mut damaged = Vec::new();
    while let Some(one) = handle.block_on(stored.next()) {
        let (sku, photo, bytes) = one?;
        let Some(vectors) = read(&sku, photo, &bytes, &mut damaged) else { continue };
        match &mut current {
            Some((same, photos)) if *same == sku => photos.push(vectors),
            _ => {
                if let Some((sku, photos)) = current.replace((sku, vec![vectors])) {
                    take(sku, photos);
                }
            }
        }
    }
    if let Some((sku, photos)) = current {
        take(sku, photos);
    }
    forget(handle, store, model, damaged);
    Ok(())
}

/// The vectors of one product's photos; those that are damaged are left out and erased. Blocking.
pub fn photos_of(handle: &Handle, store: &Store, model: &str, sku: &Sku) -> Outcome<Vec<PhotoVectors>> {
    Ok(stored_photos_of(handle, store, model, sku)?.into_iter().map(|(_, vectors)| vectors).collect())
}

/// The same, each with its photo.
pub fn stored_photos_of(
    handle: &Handle,
    store: &Store,
    model: &str,
    sku: &Sku,
) -> Outcome<Vec<(PhotoId, PhotoVectors)>> {
    let (stored, mut damaged) = (handle.block_on(store.vectors_of(sku, model))?, Vec::new());
    let read = |(photo, bytes): (PhotoId, Vec<u8>)| Some((photo, read(sku, photo, &bytes, &mut damaged)?));
    let photos = stored.into_iter().filter_map(read).collect();
    forget(handle, store, model, damaged);
    Ok(photos)
}

/// A photo's vectors as they are stored. None: they are damaged, which is one photo less and no reason to recognise nothing.
fn read(sku: &Sku, photo: PhotoId, bytes: &[u8], damaged: &mut Vec<PhotoId>) -> Option<PhotoVectors> {
    match PhotoVectors::from_bytes(bytes) {
        Ok(vectors) => Some(vectors),
        Err(error) => {
            tracing::warn!(%sku, %photo, "what was kept of a photo is damaged; it is looked at again: {error}");
            damaged.push(photo);
            None
        }
    }
}

/// Erases the vectors of these photos, which are new to recognition then. Blocking.
fn forget(handle: &Handle, store: &Store, model: &str, damaged: Vec<PhotoId>) {
    for photo in damaged {
        let (store, model) = (store.clone(), model.to_owned());
        let gone = aside(handle, async move { store.remove_vector(photo, &model).await });
        if let Err(failure) = gone.and_then(|gone| Ok(gone?)) {
            tracing::warn!(%photo, "damaged vectors are not erased: {failure}");
        }
    }
}

/// Changes the store on the runtime's own threads: a thread that gives way to others must not hold the store's only writer. Errors:
/// `internal`, where the change broke off; those of the store come beside.
pub fn aside<T: Send + 'static>(
    handle: &Handle,
    change: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Outcome<Result<T, StoreError>> {
    let changed = handle.block_on(handle.spawn(change));
    changed.map_err(|error| internal("a change of the store broke off", error))
}

/// What hosts taught of one product. Blocking.
pub fn lessons_of(handle: &Handle, store: &Store, model: &str, sku: &Sku) -> Outcome<Vec<Lesson>> {
    Ok(handle.block_on(store.lesson_vectors_of(sku, model))?.into_iter().filter_map(lesson).collect())
}

fn lesson(known: LessonVector) -> Option<Lesson> {
    match PhotoVectors::from_bytes(&known.vector) {
        Ok(looks) => Some(Lesson { sku: known.sku, is_it: known.is_it, looks, made_at_us: known.made_at_us }),
        Err(error) => {
            tracing::warn!(sku = %known.sku, "a correction is left out: {error}");
            None
        }
    }
}

/// Embeds the photos of these products that this model has not seen; one that fails is left out. Blocking; `handle` runs the
/// store.
pub fn embed_missing(handle: &Handle, store: &Store, recogniser: &mut Recogniser, skus: &[Sku]) -> Outcome<()> {
    let wanted: HashSet<&Sku> = skus.iter().collect();
    for (sku, photo) in missing(handle, store, recogniser)?.into_iter().filter(|(sku, _)| wanted.contains(sku)) {
        if let Err(failure) = embed(handle, store, recogniser, (&sku, photo)) {
            tracing::warn!(%sku, "a photo is left out: {failure}");
        }
    }
    Ok(())
}

/// Photos that this model has not seen, by product. Blocking.
pub fn missing(handle: &Handle, store: &Store, recogniser: &Recogniser) -> Outcome<Vec<(Sku, PhotoId)>> {
    let missing = handle.block_on(store.photos_without_vector(recogniser.model_id()))?;
    if !missing.is_empty() {
        tracing::info!(photos = missing.len(), "photos of the catalogue are new to recognition");
    }
    Ok(missing)
}

/// Embeds one photo and keeps its vectors. False: it can't be decoded, or is gone meanwhile. Blocking.
pub fn embed(
    handle: &Handle,
    store: &Store,
    recogniser: &mut Recogniser,
    (sku, photo): (&Sku, PhotoId),
) -> Outcome<bool> {
    let jpeg = match handle.block_on(store.photo(photo)) {
        Ok(jpeg) => jpeg,
        Err(StoreError::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let frame = match decode(&jpeg) {
        Ok(frame) => frame,
        Err(failure) => {
            tracing::warn!(%sku, "a photo is left out: {failure}");
            return Ok(false);
        }
    };
    let vectors = recogniser.embed_photo(&frame).map_err(|error| internal("can't embed a photo", error))?;
    let (store, model, bytes) = (store.clone(), recogniser.model_id().to_owned(), vectors.to_bytes());
    match aside(handle, async move { store.put_vector(photo, &model, &bytes).await })? {
        Err(StoreError::NotFound(_)) => Ok(false),
        kept => Ok(kept.map(|()| true)?),
    }
}

/// What hosts taught, oldest first; learned anew from the pictures of it where the model is another one.
fn lessons(handle: &Handle, store: &Store, recogniser: &mut Recogniser) -> Outcome<Vec<Lesson>> {
    let model = recogniser.model_id().to_owned();
    forget_old_lessons(handle, store);
    for id in handle.block_on(store.lessons_without_vector(&model))? {
        let mut learn = || -> Outcome<()> {
            let crop = decode(&handle.block_on(store.lesson_crop(id))?)?;
            let looks = recogniser.embed_crop(&crop).map_err(|error| internal("can't embed a crop", error))?;
            let (store, model, bytes) = (store.clone(), model.clone(), looks.to_bytes());
            Ok(aside(handle, async move { store.put_lesson_vector(id, &model, &bytes).await })??)
        };
        // The host may take it back meanwhile.
        if let Err(failure) = learn() {
            tracing::warn!(%id, "a correction is left out: {failure}");
        }
    }
    Ok(handle.block_on(store.lesson_vectors(&model))?.into_iter().filter_map(lesson).collect())
}

/// Erases lessons that are too old, which are not read either: where that fails, as on a full disk, nothing else does.
fn forget_old_lessons(handle: &Handle, store: &Store) {
    let housekeeping = store.clone();
    let tidied = aside(handle, async move { housekeeping.forget_old_lessons().await });
    if let Err(failure) = tidied.and_then(|tidied| Ok(tidied?)) {
        tracing::warn!("lessons that are too old are not erased: {failure}");
    }
}

/// What every product is called, and what this reader has found on its photos. Blocking; `handle` runs the store.
pub fn names(handle: &Handle, store: &Store, reader_id: Option<&str>) -> Outcome<HashMap<Sku, Names>> {
    let products = handle.block_on(store.all_products())?;
    let read = reader_id.map(|reader_id| printed(handle, store, reader_id)).transpose()?;
    let mut read = read.unwrap_or_default();
    let names = |product: Product| {
        let Product { sku, title, brand, aliases, barcode, variant, .. } = product;
        let Variant { of: variant_of, option } = variant.unwrap_or_default();
        let printed = read.remove(&sku).unwrap_or_default();
        (sku, Names { title, brand, aliases, barcode, variant_of, option, printed })
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

#[cfg(test)]
#[path = "gallery_tests.rs"]
mod tests;
