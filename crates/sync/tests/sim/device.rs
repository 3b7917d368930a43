//! A studio: a real store in a folder, and its copies.

use crate::{
    clock::DeviceClock,
    facts::Known,
    weather::{Sky, Weather},
};
use hawker_store::Store;
use hawker_sync::{Sync, SyncReport};
use hawker_wire::Failure;
use std::{fs, path::Path};
use tempfile::TempDir;

const KEY: [u8; 32] = [7; 32];

/// A folder in memory where the machine has one: a run writes much and lasts a second.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// What lies on the disk right now, as a power cut or a careless copy would find it.
pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        // Shared memory of those who have it open; it is made anew.
        if entry.file_type().unwrap().is_file() && !name.to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

async fn open(dir: &Path, clock: &DeviceClock) -> Store {
    Store::open_keyed_by(dir, KEY, clock.clock()).await.unwrap()
}

/// A copy of a store and what it knew.
pub struct Backup {
    dir: TempDir,
    pub known: Known,
}

pub struct Device {
    pub store: Store,
    dir: TempDir,
    pub weather: Weather,
    pub backup: Option<Backup>,
    /// How often a backup was put back.
    put_backs: usize,
    clock: DeviceClock,
}

/// Says, beside the database, how far its numbers were used.
const HIGH_WATER: &str = "high-water.json";

/// What becomes of it when a backup is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    /// The database alone was put back.
    Kept,
    /// The whole folder was.
    PutBackToo,
    /// A new machine, or a folder that was emptied first.
    Gone,
}

/// Each in its turn: the dice of a seed fall as they did before there was a choice.
const BESIDE: [Beside; 3] = [Beside::Kept, Beside::PutBackToo, Beside::Gone];

impl Device {
    pub async fn new(weather: Weather, clock: DeviceClock) -> Self {
        Self::in_folder(folder(), weather, clock).await
    }

    async fn in_folder(dir: TempDir, weather: Weather, clock: DeviceClock) -> Self {
        let store = open(dir.path(), &clock).await;
        Self { store, dir, weather, backup: None, put_backs: 0, clock }
    }

    /// One pass. A network that fails is no violation; a sync that says that it needs a person is.
    pub async fn sync(&self, sky: Sky) -> Result<SyncReport, Failure> {
        self.weather.set(sky);
        let done = Sync::new(self.store.clone(), self.weather.clone()).sync_once().await;
        self.weather.set(Sky::Clear);
        done
    }

    pub async fn make_backup(&mut self) {
        let dir = folder();
        copy(self.dir.path(), dir.path());
        self.backup = Some(Backup { dir, known: Known::of(&self.store).await });
    }

    /// The machine dies and starts again on what was on the disk.
    pub async fn crash(&mut self) {
        let dir = folder();
        copy(self.dir.path(), dir.path());
        self.go_on_in(dir).await;
    }

    /// The backup takes the place of what was there since.
    pub async fn put_back(&mut self) {
        let dir = folder();
        copy(self.backup.as_ref().expect("a backup").dir.path(), dir.path());
        let (newer, put_back) = (self.dir.path().join(HIGH_WATER), dir.path().join(HIGH_WATER));
        let beside = BESIDE[self.put_backs % BESIDE.len()];
        self.put_backs += 1;
        match beside {
            Beside::Kept if newer.exists() => {
                fs::copy(newer, put_back).unwrap();
            }
            Beside::Gone if put_back.exists() => fs::remove_file(put_back).unwrap(),
            Beside::Kept | Beside::Gone | Beside::PutBackToo => {}
        }
        self.go_on_in(dir).await;
    }

    /// A second machine with the same data.
    pub async fn cloned(&mut self, weather: Weather) -> Self {
        let dir = folder();
        copy(self.dir.path(), dir.path());
        Self::in_folder(dir, weather, self.clock.other()).await
    }

    async fn go_on_in(&mut self, dir: TempDir) {
        self.store.close().await;
        self.clock.leap();
        self.store = open(dir.path(), &self.clock).await;
        self.dir = dir;
    }
}
