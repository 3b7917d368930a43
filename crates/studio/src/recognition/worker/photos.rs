//! Photos of the catalogue, looked at and read one at a time while nothing else is to be done.

use super::{RecognitionEvent, Worker};
use crate::recognition::gallery;
use crate::recognition::waiting::{Progress, WaitingPhotos};
use crate::recognition::wishes::Wishes;
use hawker_domain::{PhotoId, Sku};
use hawker_vision::Recogniser;
use std::time::{Duration, Instant};

/// Progress is told this often, and this often what was learned meanwhile is made use of.
const TOLD_EVERY: Duration = Duration::from_millis(500);
const BUILT_EVERY: Duration = Duration::from_secs(60);

/// So often a photo is tried that the store or the models fail on.
const MOST_TRIES: usize = 4;

impl Worker {
    /// Looks at one photo of the catalogue. The gallery is built anew now and then, and after the last.
    pub(super) fn learn_photo(&mut self, mut engine: Option<Recogniser>) -> Option<Recogniser> {
        let next = self.waiting.next(Instant::now());
        let (Some(recogniser), Some((sku, photo))) = (engine.as_mut(), next) else {
            self.waiting = WaitingPhotos::default();
            return engine;
        };
        self.embed(recogniser, (&sku, photo));
        if self.shown.holds(&sku) {
            self.is_stale = true;
        } else if self.shown.has_more()
            && let Ok(photos) = gallery::photos_of(&self.handle, &self.store, recogniser.model_id(), &sku)
        {
            recogniser.put_behind(&sku, &photos);
            // The one that is being made ready may have passed it by.
            self.fill_again |= self.filling.is_some();
        }
        self.tell_progress(self.waiting.progress());
        if self.waiting.is_empty() {
            return self.reload(engine);
        }
        if self.is_stale
            && self.built.elapsed() >= BUILT_EVERY
            && let Err(failure) = self.build(recogniser)
        {
            tracing::warn!("what was learned is not made use of yet: {failure}");
        }
        engine
    }

    /// What the products are called now.
    pub(super) fn rename(&self, recogniser: &mut Recogniser) {
        match gallery::names(&self.handle, &self.store, recogniser.reader_id()) {
            Ok(names) => recogniser.set_names(names),
            Err(failure) => tracing::warn!("words are compared with the products' former names: {failure}"),
        }
    }

    /// Which photos are to be read. Not on air: nothing is read then, and the store is asked product by product.
    pub(super) fn find_unread(&mut self, recogniser: &Recogniser) {
        self.find_later = self.wished.borrow().on_air;
        if self.find_later {
            return;
        }
        let (store, reader_id) = ((&self.handle, &self.store), recogniser.reader_id().map(str::to_owned));
        if let Err(failure) = self.printed.find(store, reader_id, &self.shown, &self.given_up) {
            tracing::warn!("what stands on the photos is not read: {failure}");
        }
    }

    /// What stands on a photo could be read now.
    pub(super) fn may_read(&self, recogniser: Option<&Recogniser>, wishes: &Wishes) -> bool {
        recogniser.is_some() && !wishes.on_air && self.printed.are_waiting()
    }

    /// Has one photo read.
    pub(super) fn read_photo(&mut self, recogniser: Option<&mut Recogniser>) {
        let Some(recogniser) = recogniser else { return };
        if let Err(photo) = self.printed.begin(&self.handle, &self.store, recogniser) {
            self.given_up.insert(photo);
        }
    }

    /// One that can't be decoded is left alone until the next start, and so is one that something else went wrong with again and
    /// again; a disk that was full for a moment costs no photo.
    pub(super) fn embed(&mut self, recogniser: &mut Recogniser, photo: (&Sku, PhotoId)) {
        let is_over = match gallery::embed(&self.handle, &self.store, recogniser, photo) {
            Ok(embedded) => !embedded,
            Err(failure) => {
                tracing::warn!(sku = %photo.0, "a photo was not looked at: {failure}");
                if self.unlucky.entry(photo.1).or_default().failed(Instant::now()) < MOST_TRIES {
                    return;
                }
                true
            }
        };
        self.unlucky.remove(&photo.1);
        if is_over {
            self.given_up.insert(photo.1);
        }
    }

    /// How far the photos are, now and then and at the end.
    pub(super) fn tell_progress(&mut self, progress: Option<Progress>) {
        let now = Instant::now();
        if progress.is_none() || self.told.is_none_or(|told| now.duration_since(told) >= TOLD_EVERY) {
            self.told = progress.map(|_| now);
            let _ = self.events.blocking_send(RecognitionEvent::Learning(progress));
        }
    }
}
