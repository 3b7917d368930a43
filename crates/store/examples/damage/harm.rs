//! Which damage is done where: planned by seed, then done to a copy.

use std::fs;
use std::io;
use std::path::Path;

/// The database's page; a frame of the WAL has 24 bytes before each, the file 32 before the first.
const PAGE_BYTES: u64 = 4096;

/// What is said of the WAL beside it. It is copied and never damaged: damaged alone it says nothing, and all data are there.
const ACKED: &str = "hawker.db-acked";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Main,
    Wal,
}

impl Target {
    pub fn file(self) -> &'static str {
        match self {
            Self::Main => "hawker.db",
            Self::Wal => "hawker.db-wal",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "main file",
            Self::Wal => "WAL",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Bit,
    Page,
    Cut,
    Emptied,
    Removed,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bit => "one bit",
            Self::Page => "4 KiB of zeros",
            Self::Cut => "cut off",
            Self::Emptied => "emptied",
            Self::Removed => "removed",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Harm {
    pub target: Target,
    pub kind: Kind,
    /// Byte of the file.
    at: u64,
    bit: u8,
}

/// Four fifths of `count` are single bits, half of them in each file; the rest are pages and cuts, and each file is emptied and
/// removed once.
pub fn plan(folder: &Path, seed: u64, count: usize) -> io::Result<Vec<Harm>> {
    let mut state = seed;
    let mut plan = Vec::with_capacity(count + 4);
    for target in [Target::Main, Target::Wal] {
        let bytes = fs::metadata(folder.join(target.file()))?.len();
        for number in 0..count / 2 {
            let kind = match number % 10 {
                8 => Kind::Page,
                9 => Kind::Cut,
                _ => Kind::Bit,
            };
            let random = next(&mut state);
            let at = random % bytes.max(1);
            let at = if kind == Kind::Page { at / PAGE_BYTES * PAGE_BYTES } else { at };
            plan.push(Harm { target, kind, at, bit: (random >> 61) as u8 });
        }
        plan.extend([Kind::Emptied, Kind::Removed].map(|kind| Harm { target, kind, at: 0, bit: 0 }));
    }
    Ok(plan)
}

/// SplitMix64. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Harm {
    pub fn apply(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(self.target.file());
        if self.kind == Kind::Removed {
            return fs::remove_file(path);
        }
        let mut bytes = fs::read(&path)?;
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        match self.kind {
            Kind::Bit => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << self.bit),
            Kind::Page => bytes.iter_mut().skip(at).take(PAGE_BYTES as usize).for_each(|byte| *byte = 0),
            Kind::Cut => bytes.truncate(at),
            Kind::Emptied | Kind::Removed => bytes.clear(),
        }
        fs::write(path, bytes)
    }

    pub fn words(&self) -> String {
        format!("{}: {} at {}", self.target.name(), self.kind.name(), self.at)
    }
}

/// What opens the store, and the store: no logs, no lock.
pub fn copy(folder: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for name in ["key.json", Target::Main.file(), Target::Wal.file()] {
        fs::copy(folder.join(name), to.join(name))?;
    }
    fs::copy(folder.join(ACKED), to.join(ACKED))?;
    Ok(())
}
