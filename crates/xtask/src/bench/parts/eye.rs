//! From a flash before the camera to the same flash decoded at a subscriber.
//!
//! A flash counts from the moment its first frame is handed over. The subscriber is ffmpeg, which reads what is published
//! and decodes it without delay.

use super::ffmpeg::{self, Receiver};
use std::io::Read;
use std::process::Stdio;
use std::sync::mpsc::{Receiver as Sights, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Pictures are looked at in this size, one byte a pixel.
const LOOK: (usize, usize) = (16, 9);
/// The middle between black and white.
pub const BRIGHT: u8 = 128;
/// A later sight of a flash would be the next one's.
const LONGEST: Duration = Duration::from_millis(1_200);
const QUEUE: usize = 8_192;

/// One decoded picture: when, and how bright it is on the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    pub at: Instant,
    pub level: u8,
}

/// A subscriber with an eye. It takes one publisher.
pub struct Eye {
    receiver: Receiver,
    sights: Sights<Sight>,
}

impl Eye {
    /// Opens it. Errors: ffmpeg is missing or does not listen.
    pub fn open() -> Result<Self, String> {
        // Nothing is buffered for analysis, and one thread: frame threads would each hold a frame back.
        let quick = [
            "-fflags",
            "nobuffer",
            "-flags",
            "low_delay",
            "-threads",
            "1",
            "-probesize",
            "2048",
            "-analyzeduration",
            "0",
        ];
        let scale = format!("scale={}:{},format=gray", LOOK.0, LOOK.1);
        let raw =
            ["-map", "0:v:0", "-vf", &scale, "-fps_mode", "passthrough", "-flush_packets", "1", "-f", "rawvideo", "-"];
        let mut receiver = ffmpeg::receive(&quick, &raw, Stdio::piped())?;
        let (sender, sights) = sync_channel(QUEUE);
        if let Some(stdout) = receiver.child.stdout.take() {
            std::thread::spawn(move || watch(stdout, &sender));
        }
        Ok(Self { receiver, sights })
    }

    /// Where to publish to.
    pub fn url(&self) -> &str {
        &self.receiver.url
    }

    /// Every picture since the last call.
    pub fn sights(&self) -> Vec<Sight> {
        self.sights.try_iter().collect()
    }
}

fn watch(mut pictures: impl Read, sights: &SyncSender<Sight>) {
    let mut picture = vec![0_u8; LOOK.0 * LOOK.1];
    while pictures.read_exact(&mut picture).is_ok() {
        let sum: u64 = picture.iter().map(|pixel| u64::from(*pixel)).sum();
        let level = u8::try_from(sum / picture.len() as u64).unwrap_or(u8::MAX);
        if sights.send(Sight { at: Instant::now(), level }).is_err() {
            return;
        }
    }
}

/// The moments at which it got bright.
pub fn steps(sights: &[Sight]) -> Vec<Instant> {
    let pairs = sights.windows(2);
    let step = |pair: &[Sight]| match pair {
        [dark, bright] => (dark.level <= BRIGHT && bright.level > BRIGHT).then_some(bright.at),
        _ => None,
    };
    pairs.filter_map(step).collect()
}

/// Each flash with the first sight after it, milliseconds.
pub fn delays_ms(flashes: &[Instant], sights: &[Instant]) -> Vec<f64> {
    let delay = |flash: &Instant| {
        let sight = sights.iter().find(|sight| *sight >= flash)?;
        let delay = sight.duration_since(*flash);
        (delay <= LONGEST).then_some(delay.as_secs_f64() * 1000.0)
    };
    flashes.iter().filter_map(delay).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flash_that_was_not_seen_takes_no_other_flashs_sight() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let delays = delays_ms(&[at(0), at(1_500), at(3_000)], &[at(60), at(3_080)]);
        assert_eq!(delays, [60.0, 80.0]);
    }

    #[test]
    fn only_the_step_from_dark_to_bright_counts() {
        let size = LOOK.0 * LOOK.1;
        let pictures: Vec<u8> = [235, 16, 16, 235, 235, 16, 235].iter().flat_map(|luma| vec![*luma; size]).collect();
        let (sender, sights) = sync_channel(QUEUE);
        watch(pictures.as_slice(), &sender);
        let sights: Vec<Sight> = sights.try_iter().collect();
        assert_eq!(sights.len(), 7);
        assert_eq!(steps(&sights).len(), 2);
    }
}
