//! How long a change on a screen takes to a subscriber, for ours and the others: the screen is what all of them capture.

use super::clips;
use super::peers::{Job, Peer, Screen, Shown};
use crate::bench::figure::percentile;
use crate::bench::parts::eye::{Eye, delays_ms, steps};
use crate::bench::parts::stage::{Canvas, Stage};
use std::time::{Duration, Instant};

const LIVE_WITHIN: Duration = Duration::from_secs(40);
const SETTLE: Duration = Duration::from_secs(4);
/// Dark and bright in turns, each longer than any delay we look for; never in step with frames or keyframes.
const DARK: Duration = Duration::from_millis(370);
const BRIGHT: Duration = Duration::from_millis(930);

/// Median, milliseconds. Errors: what is missing, or that no flash was seen.
pub fn measure(stage: &Stage, peer: Peer) -> Result<f64, String> {
    let canvas = Canvas::HD;
    let screen = Screen::open(canvas.width, canvas.height)?;
    screen.fill("black")?;
    let eye = Eye::open()?;
    let job = Job {
        stage,
        folder: stage.folder(&format!("lag-{peer:?}"))?,
        canvas,
        shown: Shown::Screen(screen.display.clone()),
        card: clips::card(stage, canvas)?,
        url: eye.url().to_owned(),
    };
    let mut running = job.start(peer)?;
    let asked = Instant::now();
    while eye.sights().is_empty() {
        if running.is_over() || asked.elapsed() > LIVE_WITHIN {
            return Err(format!("{} published nothing: {}", peer.name(), running.last_words()));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(SETTLE);
    let mut flashes = Vec::new();
    for _ in 0..stage.pick(10, 40) {
        screen.fill("black")?;
        std::thread::sleep(DARK);
        flashes.push(screen.fill("white")?);
        std::thread::sleep(BRIGHT);
    }
    let delays = delays_ms(&flashes, &steps(&eye.sights()));
    drop(running.end());
    percentile(&delays, 0.5).ok_or_else(|| format!("no flash came through {}", peer.name()))
}
