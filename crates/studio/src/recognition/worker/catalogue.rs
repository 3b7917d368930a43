//! What is recognised: the gallery of the shown products, and the rest of the catalogue behind it.

use super::Worker;
use crate::errors::Outcome;
use crate::recognition::filling::Filling;
use crate::recognition::gallery::{self, Shown};
use crate::recognition::projection::{self, Filled, Shelf};
use crate::recognition::waiting::{Progress, WaitingPhotos};
use hawker_domain::{PhotoId, Sku};
use hawker_vision::{Found, Recogniser};
use hawker_wire::{ErrorCode, Failure};
use std::time::Instant;

impl Worker {
    /// Takes products of the catalogue behind the show into the gallery, those of them that are not there.
    pub(super) fn take_in(&self, skus: &[Sku], recogniser: &mut Recogniser) {
        // Without room, reading them from the store at every look would be in vain.
        if skus.is_empty() || !recogniser.has_room() {
            return;
        }
        let stays_out =
            |sku: &Sku, failure: Failure| tracing::warn!(%sku, "a product stays out of what is recognised: {failure}");
        let behind = skus.iter().filter(|sku| !self.shown.holds(sku));
        let found = behind.filter_map(|sku| self.found(sku, recogniser).map_err(|why| stays_out(sku, why)).ok());
        // At once: everybody is told of what came and went a single time.
        let found: Vec<Found> = found.collect();
        recogniser.promote_all(&found);
    }

    /// Takes in one product, so that what was taught of it just now counts from the next look on: of the catalogue behind the show, or
    /// one of the show that had nothing to be known by. Errors: `conflict` where there is no room, and the store's own.
    pub(super) fn bring_in(&self, sku: &Sku, recogniser: &mut Recogniser) -> Outcome<()> {
        let found = self.found(sku, recogniser)?;
        if recogniser.promote_all(&[found]) > 0 {
            return Ok(());
        }
        let why = format!("what was said of {sku} is kept but does not count yet: too many products are tagged");
        Err(Failure::new(ErrorCode::Conflict, why).hint("put it into the running order"))
    }

    /// What is known of a product.
    fn found(&self, sku: &Sku, recogniser: &Recogniser) -> Outcome<Found> {
        let (handle, store, model) = (&self.handle, &self.store, recogniser.model_id());
        let photos = gallery::photos_of(handle, store, model, sku)?;
        let lessons = gallery::lessons_of(handle, store, model, sku)?;
        Ok(Found { sku: sku.clone(), photos, lessons })
    }

    /// Builds the gallery of the shown products. `wait`: photos of the show that are new are looked at first; all others are
    /// while there is time. False: there is nothing to recognise. Errors: the store's; what it knew it still knows.
    pub(super) fn with_gallery(&mut self, recogniser: &mut Recogniser, wait: bool) -> Outcome<bool> {
        self.shown = Shown::load(&self.handle, &self.store)?;
        let mut missing = gallery::missing(&self.handle, &self.store, recogniser)?;
        let waits = |photo: &PhotoId| self.unlucky.get(photo).is_some_and(|again| again.due().is_some());
        missing.retain(|(_, photo)| !self.given_up.contains(photo) && !waits(photo));
        missing.sort_by_key(|(sku, _)| !self.shown.holds(sku));
        let (mut first, mut later) = WaitingPhotos::new(missing, &self.shown.order);
        if !wait {
            later.put_first(std::mem::take(&mut first));
        }
        let total = first.len() + later.left();
        for (done, (sku, photo)) in first.into_iter().enumerate() {
            if self.events.is_closed() {
                break;
            }
            self.tell_progress(Some(Progress { done, total }));
            self.embed(recogniser, (&sku, photo));
        }
        self.waiting = later;
        let is_empty = self.build(recogniser)?;
        self.tell_progress(self.waiting.progress());
        if is_empty && self.waiting.is_empty() {
            return Ok(false);
        }
        recogniser.set_names(gallery::names(&self.handle, &self.store, recogniser.reader_id())?);
        self.find_unread(recogniser);
        self.fill_behind(recogniser);
        Ok(true)
    }

    /// The gallery of what was looked at until now; true where that is nothing.
    pub(super) fn build(&mut self, recogniser: &mut Recogniser) -> Outcome<bool> {
        let gallery = gallery::build(&self.handle, &self.store, recogniser, &self.shown)?;
        let is_empty = gallery.is_empty();
        let behind = recogniser.set_gallery(gallery);
        // With the photos and lessons they have now, before the next look: so their tags stay.
        self.take_in(&behind, recogniser);
        (self.built, self.is_stale) = (Instant::now(), false);
        Ok(is_empty)
    }

    /// Has the rest of a catalogue put behind what is shown, on a thread of its own.
    pub(super) fn fill_behind(&mut self, recogniser: &mut Recogniser) {
        if !self.shown.has_more() {
            recogniser.set_behind(None);
            (self.filling, self.fill_again) = (None, false);
            return;
        }
        // Until the new one is there the old one serves; one at a time is filled.
        if self.filling.is_some() {
            self.fill_again = true;
            return;
        }
        let (handle, store) = (self.handle.clone(), self.store.clone());
        let (fresh, model) = (recogniser.behind(), recogniser.model_id().to_owned());
        self.filling = Filling::start(move |goes_on| {
            let shelf = Shelf { handle: &handle, store: &store, model: &model };
            let failed = |failure| tracing::warn!("products beyond those shown are not recognised: {failure}");
            projection::fill(shelf, fresh, goes_on).map_err(failed).ok().flatten()
        });
    }

    /// The rest of the catalogue is ready, or none could be had: then the one of before goes on.
    pub(super) fn filled(&mut self, filled: Option<Filled>, recogniser: Option<&mut Recogniser>) {
        self.filling = None;
        let again = std::mem::take(&mut self.fill_again);
        let Some(recogniser) = recogniser else { return };
        if let Some(Filled { behind, read, made }) = filled {
            tracing::info!(products = behind.len(), read, made, "the catalogue behind the show is ready");
            recogniser.set_behind(Some(behind));
        }
        if again {
            self.fill_behind(recogniser);
        }
    }
}
