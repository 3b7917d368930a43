//! The picture sources of a program, each with its keeper. Which of them recognition watches is a choice.

use super::hold::Hold;
use crate::{
    I420Mut, MediaError, Plane, SkinSmoother, SourceSpec,
    canvas::{CanvasInput, Looks, WatchTap},
    clock::Timebase,
    event::Events,
    scene::{Layout, Look},
    source::{AudioTap, DecoderProgram, Keeper, KeeperConfig, Kind, Leaves, Shape, SourcePlan, Taps, Wait},
};
use hawker_av::VideoFrame;
use hawker_domain::SourceId;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// Lock order: running, then watched.
pub(super) struct Sources {
    running: Mutex<BTreeMap<SourceId, Running>>,
    /// Whose pictures recognition gets.
    watched: Arc<Mutex<Watched>>,
    pub looks: Arc<Looks>,
    /// Jumps of the sources' clocks.
    pub jumps: Arc<AtomicU64>,
    beauty: Arc<Beauty>,
    pub captured: Arc<AtomicU64>,
    /// Pictures that the queues behind devices had no room for.
    pub leaked: Arc<AtomicU64>,
    hold: Arc<Hold>,
    shared: Shared,
}

/// Skin smoothing of what cameras and clips show.
#[derive(Debug)]
struct Beauty {
    /// 0 to 100.
    strength: AtomicU8,
    /// The computer has time for it.
    allowed: AtomicBool,
}

struct Running {
    spec: SourceSpec,
    keeper: Keeper,
}

struct Watched {
    id: Option<SourceId>,
    tap: Option<WatchTap>,
    sender: watch::Sender<Option<VideoFrame>>,
    fps: u32,
}

/// What every source is built with.
pub(super) struct Shared {
    pub time: Arc<Timebase>,
    pub events: Events,
    pub inputs: Vec<CanvasInput>,
    pub shape: Shape,
    /// Longest side of a picture.
    pub largest: u32,
    pub repeat: bool,
    pub decoder: Option<DecoderProgram>,
    pub leaves: Leaves,
}

impl Sources {
    pub(super) fn new(
        shared: Shared,
        looks: Arc<Looks>,
        watch_fps: u32,
        sender: watch::Sender<Option<VideoFrame>>,
    ) -> Self {
        let watched = Watched { id: None, tap: None, sender, fps: watch_fps };
        let (inputs, seen) = (shared.inputs.clone(), looks.clone());
        let deliver = Arc::new(move |id: &SourceId, look: &Look, shown_ns: u64| {
            seen.set(id, look);
            inputs.iter().for_each(|input| input.offer(id, look, shown_ns));
        });
        Self {
            running: Mutex::default(),
            watched: Arc::new(Mutex::new(watched)),
            looks,
            beauty: Arc::new(Beauty { strength: AtomicU8::new(0), allowed: AtomicBool::new(true) }),
            jumps: Arc::default(),
            captured: Arc::default(),
            leaked: Arc::default(),
            hold: Arc::new(Hold::new(shared.time.clone(), deliver)),
            shared,
        }
    }

    /// Starts a source; one of this name that runs is replaced, and the slate stands there until the new one delivers.
    /// `sound` takes what it says. One that is `needed` is waited for until its first picture, but nobody waits for a person
    /// who is asked what to share. Errors: why it can't be had; then there is no source of this name.
    pub(super) fn add(
        &self,
        id: &SourceId,
        spec: &SourceSpec,
        sound: Option<AudioTap>,
        needed: bool,
    ) -> Result<(), MediaError> {
        let former = self.running().remove(id).map(|running| running.keeper);
        if let Some(former) = &former {
            former.retire();
            self.shared.events.forget_source(id);
            self.hold.forget(id);
        }
        let lost = self.looks.add(id, former.is_some());
        let plan = SourcePlan::Picture {
            spec: spec.clone(),
            shape: self.shared.shape,
            largest: self.shared.largest,
            repeat: self.shared.repeat,
            ask: 0,
        };
        let taps = Taps {
            video: Some(self.tap(id.clone(), spec)),
            audio: sound,
            jumps: self.jumps.clone(),
            lost: self.leaked.clone(),
            leave: self.shared.leaves.of(id, spec),
            ..Taps::default()
        };
        let config = KeeperConfig {
            kind: Kind::Picture(id.clone()),
            wait: if needed && !plan.is_asked_for() { Wait::Needed } else { Wait::Not },
            begins_lost: former.is_some(),
            former,
            plan,
            taps,
            decoder: self.shared.decoder.clone(),
            lost,
        };
        match Keeper::start(config, self.shared.time.clone(), self.shared.events.clone()) {
            Ok(keeper) => {
                self.running().insert(id.clone(), Running { spec: spec.clone(), keeper });
                Ok(())
            }
            Err(error) => {
                self.looks.remove(id);
                Err(error)
            }
        }
    }

    /// As [`Self::remove`], and what the person said of it is forgotten.
    pub(super) fn part_with(&self, id: &SourceId) {
        self.remove(id);
        self.shared.leaves.forget(id);
    }

    /// Ends a source; scenes that show it show nothing there.
    pub(super) fn remove(&self, id: &SourceId) {
        let gone = self.running().remove(id);
        if let Some(mut gone) = gone {
            gone.keeper.stop();
            self.shared.events.forget_source(id);
            self.hold.forget(id);
            self.looks.remove(id);
        }
    }

    pub(super) fn ids(&self) -> Vec<SourceId> {
        self.running().keys().cloned().collect()
    }

    pub(super) fn has(&self, id: &SourceId) -> bool {
        self.running().contains_key(id)
    }

    /// Recognition gets the pictures of this source from now on.
    pub(super) fn watch(&self, id: &SourceId) {
        let spec = self.running().get(id).map(|running| running.spec.to_string()).unwrap_or_else(|| id.to_string());
        let mut watched = lock(&self.watched);
        let tap = WatchTap::new(watched.fps, Arc::from(spec), watched.sender.clone());
        (watched.id, watched.tap) = (Some(id.clone()), Some(tap));
    }

    /// Pictures a second for recognition from now on.
    pub(super) fn set_watch_fps(&self, fps: u32) {
        let id = {
            let mut watched = lock(&self.watched);
            watched.fps = fps;
            watched.id.clone()
        };
        if let Some(id) = id {
            self.watch(&id);
        }
    }

    /// All pictures are shown so much later from now on. Units: milliseconds.
    pub(super) fn hold_back(&self, delay_ms: u32) {
        self.hold.set(delay_ms);
    }

    /// How much skin is smoothed, 0 (not at all) to 100.
    pub(super) fn set_beauty(&self, strength: u8) {
        self.beauty.strength.store(strength.min(100), Ordering::Relaxed);
    }

    pub(super) fn beautifies(&self) -> bool {
        self.beauty.strength.load(Ordering::Relaxed) > 0
    }

    pub(super) fn allow_beauty(&self, allowed: bool) {
        self.beauty.allowed.store(allowed, Ordering::Relaxed);
    }

    pub(super) fn watched(&self) -> Option<SourceId> {
        lock(&self.watched).id.clone()
    }

    /// Loses a source on purpose, for this long; all of them where none is named.
    pub(super) fn vanish(&self, id: Option<&SourceId>, away: Duration) {
        let running = self.running();
        let meant = running.iter().filter(|(name, _)| id.is_none_or(|id| id == *name));
        meant.for_each(|(_, running)| running.keeper.vanish(away));
    }

    pub(super) fn stop(&self) {
        self.hold.stop();
        let all = std::mem::take(&mut *self.running());
        for (_, mut running) in all {
            running.keeper.stop();
        }
    }

    /// Where a source puts its pictures: to recognition first, then to whoever draws.
    fn tap(&self, id: SourceId, spec: &SourceSpec) -> Arc<dyn Fn(Look, u64) + Send + Sync> {
        let people = !matches!(spec, SourceSpec::Screen { .. } | SourceSpec::Window(_) | SourceSpec::Image(_));
        let (beauty, smoother) = (self.beauty.clone(), Mutex::new(SkinSmoother::new()));
        let (watched, captured) = (self.watched.clone(), self.captured.clone());
        let (hold, time) = (self.hold.clone(), self.shared.time.clone());
        Arc::new(move |look, captured_ns| {
            captured.fetch_add(1, Ordering::Relaxed);
            {
                let mut watched = lock(&watched);
                if watched.id.as_ref() == Some(&id)
                    && let Some(tap) = &mut watched.tap
                {
                    tap.offer(&look, captured_ns, &time);
                }
            }
            let strength = beauty.strength.load(Ordering::Relaxed);
            let look = if people && strength > 0 && beauty.allowed.load(Ordering::Relaxed) {
                smoothed(&mut lock(&smoother), &look, strength).unwrap_or(look)
            } else {
                look
            };
            hold.take(&id, &look, captured_ns);
        })
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<SourceId, Running>> {
        lock(&self.running)
    }
}

/// A copy with smooth skin; recognition has seen the picture as it is. None if the bytes are no picture.
fn smoothed(smoother: &mut SkinSmoother, look: &Look, strength: u8) -> Option<Look> {
    let mut buffer = look.buffer.copy_deep().ok()?;
    {
        let mut map = buffer.get_mut()?.map_writable().ok()?;
        let Layout { width, height, offset: [_, blue, _], stride: [stride, chroma_stride, _], .. } = look.layout;
        let (luma, chroma) = map.as_mut_slice().split_at_mut_checked(blue)?;
        let [_, blue, red] = look.layout.offset;
        let (blue, red) = chroma.split_at_checked(red - blue)?;
        let planes = [blue, red].map(|data| Plane { data, stride: chroma_stride });
        smoother.smooth(I420Mut::new((width, height), luma, stride, planes).ok()?, strength);
    }
    Some(Look { buffer, layout: look.layout })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
