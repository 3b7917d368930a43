//! How long a change on a screen takes to a subscriber, for ours and the others: the screen is what all of them capture.

use super::clips;
use super::peers::{Job, Peer, Running, Screen, Shown};
use crate::bench::figure::percentile;
use crate::bench::parts::eye::{Eye, delays_ms, steps};
use crate::bench::parts::stage::{Canvas, Stage};
use std::time::{Duration, Instant};

const LIVE_WITHIN: Duration = Duration::from_secs(25);
/// Now and then ffmpeg's listener answers a publisher with a command that lacks its number. GStreamer's plain sink then waits
/// for ever: that is the receiver's fault, and no matter of latency, so each may begin anew.
const TRIES: u32 = 3;
const SETTLE: Duration = Duration::from_secs(4);
/// Dark and bright in turns, each longer than any delay we look for; never in step with frames or keyframes.
const DARK: Duration = Duration::from_millis(370);
const BRIGHT: Duration = Duration::from_millis(930);

/// Median, milliseconds. Errors: what is missing, or that no flash was seen.
pub fn measure(stage: &Stage, peer: Peer) -> Result<f64, String> {
    let screen = Screen::open(Canvas::HD.width, Canvas::HD.height)?;
    screen.fill("black")?;
    let mut tried = 0;
    let (eye, running) = loop {
        tried += 1;
        match publishing(stage, peer, &screen) {
            Ok(both) => break both,
            Err(why) if tried == TRIES => return Err(why),
            Err(_) => {}
        }
    };
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

/// The eye and the program whose pictures reach it. Errors: as [`measure`], and that nothing was published.
fn publishing(stage: &Stage, peer: Peer, screen: &Screen) -> Result<(Eye, Running), String> {
    let canvas = Canvas::HD;
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
    Ok((eye, running))
}
