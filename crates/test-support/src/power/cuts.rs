//! The loop: a till sells on a disk, the power is cut, and what the next till finds is held to what was acknowledged.

use super::disk::PowerDisk;
use crate::{
    chance::Chance,
    till::{Finding, Line, Told},
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};
use uuid::Uuid;

/// Cuts that one disk sees, one after the other: what a cut left is what the next one meets. Each such row begins with an
/// empty disk, and so with a store that is just being made.
const CUTS_IN_A_ROW: u32 = 10;
/// One cut of three comes within so many changes: while a store is made, or recovers from the cut before.
const EARLY: usize = 400;
/// The others come within so many: some hundred sales, and a checkpoint of the log or two.
const LATE: usize = 8_000;

/// How many cuts, and by which seed.
#[derive(Clone, Copy, Debug)]
pub struct PowerCuts {
    pub cuts: u32,
    pub seed: u64,
    /// Disks at work at the same time.
    pub lanes: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CutsReport {
    pub seed: u64,
    pub cuts: u32,
    /// Sales that a till had acknowledged.
    pub acknowledged: u64,
    pub lost: u64,
    pub doubled: u64,
    /// Other rules that did not hold.
    pub broken: u64,
    /// Stores that did not open after a cut.
    pub failed_opens: u64,
    /// Changes that the disks saw.
    pub changes: u64,
    /// Each finding, with the row and the cut that showed it.
    pub findings: Vec<String>,
}

impl PowerCuts {
    /// `till` gives the program for a folder on the disk; it says [`Line`]s and sells until it is killed.
    /// Errors: a disk can't be mounted, a till not started.
    pub fn run(&self, till: impl Fn(&Path) -> Command + Sync) -> io::Result<CutsReport> {
        let next = AtomicU32::new(0);
        let rows = self.cuts.div_ceil(CUTS_IN_A_ROW);
        let report = Mutex::new(CutsReport { seed: self.seed, ..CutsReport::default() });
        let lane = || -> io::Result<()> {
            loop {
                let row = next.fetch_add(1, Ordering::SeqCst);
                if row >= rows {
                    return Ok(());
                }
                let cuts = CUTS_IN_A_ROW.min(self.cuts - row * CUTS_IN_A_ROW);
                let done = Row::begin(self.seed, row)?.run(cuts, &till)?;
                report.lock().unwrap_or_else(PoisonError::into_inner).add(done);
            }
        };
        std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..self.lanes.max(1)).map(|_| scope.spawn(lane)).collect();
            lanes.into_iter().try_for_each(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl CutsReport {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn add(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.broken += other.broken;
        self.failed_opens += other.failed_opens;
        self.changes += other.changes;
        self.findings.extend(other.findings);
    }
}

/// One disk and what is known to lie on it.
struct Row {
    number: u32,
    disk: PowerDisk,
    chance: Chance,
    received: i64,
    orders: BTreeSet<Uuid>,
    report: CutsReport,
}

/// What a till said until it was killed.
#[derive(Default)]
struct Heard {
    told: Option<Told>,
    received: i64,
    sold: Vec<Uuid>,
    /// Why it ended by itself, with the power on.
    refused: Option<String>,
}

impl Row {
    fn begin(seed: u64, number: u32) -> io::Result<Self> {
        let mut chance = Chance::seeded(seed);
        let chance = Chance::seeded(chance.number() ^ u64::from(number));
        let report = CutsReport::default();
        Ok(Self { number, disk: PowerDisk::mount()?, chance, received: 0, orders: BTreeSet::new(), report })
    }

    fn run(mut self, cuts: u32, till: &impl Fn(&Path) -> Command) -> io::Result<CutsReport> {
        for _ in 0..cuts {
            let within = if self.chance.below(3) == 0 { EARLY } else { LATE };
            self.disk.cut_after(self.chance.below(within) as u64);
            let heard = self.hear(till, false)?;
            self.report.cuts += 1;
            self.report.changes += self.disk.changes();
            if !self.take(heard) {
                return Ok(self.report);
            }
            self.disk.power_up(self.chance.number())?;
        }
        let last = self.hear(till, true)?;
        self.take(last);
        Ok(self.report)
    }

    /// Runs a till until the power is cut, or until it has told what it holds.
    fn hear(&self, till: &impl Fn(&Path) -> Command, only_told: bool) -> io::Result<Heard> {
        let mut command = till(&self.disk.path().join("data"));
        let mut child = Killed(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?);
        let said = child.0.stdout.take().ok_or_else(|| io::Error::other("the till has no output"))?;
        std::thread::scope(|scope| {
            let heard = scope.spawn(|| listen(said, &self.disk, only_told));
            self.disk.wait_for_the_cut();
            child.kill()?;
            Ok(heard.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    /// Judges what was said; false when the store is lost and the row over.
    fn take(&mut self, heard: Heard) -> bool {
        if let Some(told) = &heard.told {
            for finding in told.check(self.received, &self.orders) {
                match &finding {
                    Finding::Lost(count) => self.report.lost += count,
                    Finding::Doubled(count) => self.report.doubled += count,
                    Finding::Broken(_) => self.report.broken += 1,
                }
                self.finding(&format!("{finding:?}"));
            }
            // What is there now was there after the power came back, so it is durable; what is lost is counted once.
            self.received = told.received;
            self.orders = told.orders.iter().map(|(order, _)| *order).collect();
        }
        self.received += heard.received;
        self.report.acknowledged += heard.sold.len() as u64;
        self.orders.extend(heard.sold);
        if let Some(why) = heard.refused {
            self.report.failed_opens += 1;
            self.report.lost += self.orders.len() as u64;
            self.finding(&why);
            return false;
        }
        true
    }

    fn finding(&mut self, what: &str) {
        self.report.findings.push(format!("row {}, before cut {}: {what}", self.number, self.report.cuts));
    }
}

/// Reads to the end, or to the first thing told. Cuts the power then, so that nobody waits for a till that is gone.
fn listen(said: ChildStdout, disk: &PowerDisk, only_told: bool) -> Heard {
    let mut heard = Heard::default();
    let mut refusal = "the till ended without a word".to_owned();
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        // A line that was cut off by the kill acknowledges nothing.
        let Ok(line) = serde_json::from_str::<Line>(&line) else { continue };
        match line {
            Line::Opened(told) | Line::InStep(told) => heard.told = Some(told),
            Line::Received(pieces) => heard.received += pieces,
            Line::Sold(order) => heard.sold.push(order),
            Line::Refused(why) => refusal = why,
        }
        if only_told && heard.told.is_some() {
            disk.cut();
            return heard;
        }
    }
    heard.refused = disk.cut().then_some(refusal);
    heard
}

/// Ends with its owner, the hard way.
struct Killed(Child);

impl Killed {
    fn kill(&mut self) -> io::Result<()> {
        self.0.kill()?;
        self.0.wait().map(drop)
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
