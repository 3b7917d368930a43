//! What stands on the catalogue's own photos: read once, while no show is on air, and kept. It tells packages apart whose title says
//! too little.
//!
//! Not on air: reading takes some 100 MB and most of a core while it runs, and a show that reads what is held up has no room for
//! a second reader; one thread reads both, so that a photo would keep the thing in the hand waiting for up to a second. What is
//! missing when a show begins is read after it.

use super::gallery::{self, Shown};
use crate::errors::{Outcome, internal};
use hawker_domain::{PhotoId, Sku};
use hawker_store::{Store, StoreError};
use hawker_vision::read::Line;
use hawker_vision::{Recogniser, VisionError};
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// The photos of so many products are read, those of the running order where there is one: each adds words that every reading is compared with.
const PRODUCTS_READ: usize = 500;

/// So many in a row that can't be read are no accident: nothing more is read.
const MOST_FAILURES: u32 = 3;

/// What was read is made use of this often, and after the last.
const USED_EVERY: Duration = Duration::from_secs(60);

/// The answer of the thread that reads. None: it has ended before.
pub type Answer = Option<Result<Vec<Line>, VisionError>>;

/// Photos that wait to be read, and the one that is.
#[derive(Debug, Default)]
pub struct PrintedWords {
    reader_id: String,
    unread: VecDeque<(Sku, PhotoId)>,
    reading: Option<Reading>,
    failures: u32,
    /// Something was read that is not made use of yet; since when things are.
    is_news: bool,
    used: Option<Instant>,
}

/// A photo that is being read.
#[derive(Debug)]
struct Reading {
    sku: Sku,
    photo: PhotoId,
    answer: oneshot::Receiver<Result<Vec<Line>, VisionError>>,
}

impl PrintedWords {
    /// What is left to be read for a show: the photos of its running order, or of some of the products; of 500 at
    /// most. `given_up`: photos that can't be decoded. Blocking.
    pub fn find(
        &mut self,
        (handle, store): (&Handle, &Store),
        reader_id: Option<String>,
        shown: &Shown,
        given_up: &HashSet<PhotoId>,
    ) -> Outcome<()> {
        self.unread.clear();
        let Some(reader_id) = reader_id.filter(|_| self.failures < MOST_FAILURES) else { return Ok(()) };
        let reading = self.reading.as_ref().map(|reading| reading.photo);
        for sku in shown.first(PRODUCTS_READ) {
            let photos = handle.block_on(store.photos_without_words(&sku, &reader_id))?;
            let left = photos.into_iter().filter(|photo| !given_up.contains(photo) && Some(*photo) != reading);
            self.unread.extend(left.map(|photo| (sku.clone(), photo)));
        }
        self.reader_id = reader_id;
        Ok(())
    }

    /// A photo could be read now.
    pub fn are_waiting(&self) -> bool {
        self.reading.is_none() && !self.unread.is_empty()
    }

    /// Has the next photo read beside. One that the store doesn't give now is left until the photos are looked for again. Errors: the
    /// photo, where it is gone or can't be decoded. Blocking for as long as the store takes to find it.
    pub fn begin(&mut self, handle: &Handle, store: &Store, recogniser: &mut Recogniser) -> Result<(), PhotoId> {
        let Some((sku, photo)) = self.unread.pop_front() else { return Ok(()) };
        let jpeg = match handle.block_on(store.photo(photo)) {
            Ok(jpeg) => jpeg,
            Err(StoreError::NotFound(_)) => return Err(photo),
            Err(error) => {
                tracing::warn!(%sku, "a photo is not read this time: {error}");
                return Ok(());
            }
        };
        let frame = gallery::decode(&jpeg).map_err(|_| photo)?;
        let (read, answer) = oneshot::channel();
        if recogniser.read_photo_beside(frame, move |lines| _ = read.send(lines)) {
            self.reading = Some(Reading { sku, photo, answer });
        } else {
            // Nothing is read any more.
            self.unread.clear();
        }
        Ok(())
    }

    /// What was read. May be asked again where the answer was not waited for; never answers while nothing is read.
    pub async fn arrived(&mut self) -> Answer {
        match &mut self.reading {
            None => std::future::pending().await,
            Some(reading) => (&mut reading.answer).await.ok(),
        }
    }

    /// Keeps what was read. True where it is time to make use of it: see [`printed`]. `hurry`: a show has begun. Blocking.
    pub fn keep(&mut self, (handle, store): (&Handle, &Store), answer: Answer, now: Instant, hurry: bool) -> bool {
        let Some(Reading { sku, photo, .. }) = self.reading.take() else { return false };
        match answer {
            Some(Ok(lines)) => {
                self.failures = 0;
                match keep((handle, store), photo, &self.reader_id, &lines) {
                    Ok(()) => self.is_news |= !lines.is_empty(),
                    Err(failure) => tracing::warn!(%sku, "what stands on a photo is not kept: {failure}"),
                }
            }
            Some(Err(error)) => self.failed(&sku, &error.to_string()),
            // The models were loaded anew meanwhile; the photo is found again.
            None => tracing::debug!(%sku, "whoever read a photo has ended"),
        }
        let is_time = self.unread.is_empty() || hurry || self.used.is_none_or(|used| now - used >= USED_EVERY);
        if !(self.is_news && is_time) {
            return false;
        }
        (self.is_news, self.used) = (false, Some(now));
        true
    }

    fn failed(&mut self, sku: &Sku, why: &str) {
        self.failures += 1;
        tracing::warn!(%sku, "a photo can't be read: {why}");
        if self.failures >= MOST_FAILURES {
            tracing::warn!("no more photos are read");
            self.unread.clear();
        }
    }
}

fn keep((handle, store): (&Handle, &Store), photo: PhotoId, reader_id: &str, lines: &[Line]) -> Outcome<()> {
    let lines = serde_json::to_string(lines).map_err(|error| internal("what was read can't be kept", error))?;
    let (store, reader_id) = (store.clone(), reader_id.to_owned());
    match gallery::aside(handle, async move { store.put_photo_words(photo, &reader_id, &lines).await })? {
        Err(StoreError::NotFound(_)) => Ok(()),
        kept => Ok(kept?),
    }
}

/// What stands on the photos of products, as far as it was read. Blocking.
pub fn printed(handle: &Handle, store: &Store, reader_id: &str) -> Outcome<HashMap<Sku, Vec<Vec<Line>>>> {
    let mut all: HashMap<Sku, Vec<Vec<Line>>> = HashMap::new();
    for (sku, lines) in handle.block_on(store.photo_words(reader_id))? {
        match serde_json::from_str(&lines) {
            Ok(lines) => all.entry(sku).or_default().push(lines),
            Err(error) => tracing::warn!(%sku, "what stands on a photo is left out: {error}"),
        }
    }
    Ok(all)
}
