//! From a flash before the camera to the same flash decoded at a subscriber, over loopback RTMP.
//!
//! The camera is a PipeWire camera, the path of a real one; a flash counts from the moment its first frame is handed
//! over. The subscriber is ffmpeg, reading what `hawker-cli` publishes and decoding it without delay.

use super::super::figure::{Measured, percentile};
use super::camera::Camera;
use super::ffmpeg;
use super::stage::Stage;
use std::io::Read;
use std::process::Stdio;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

/// Pictures are looked at in this size, one byte a pixel.
const LOOK: (usize, usize) = (16, 9);
/// The middle between black and white.
const BRIGHT: u64 = 128;
/// Before that the show is still settling: encoder, connection, first keyframe.
const SETTLE: Duration = Duration::from_secs(4);
/// A later sight of a flash would be the next one's.
const LONGEST: Duration = Duration::from_millis(1_200);
const QUEUE: usize = 1024;

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("delay")?;
    let data = stage.data(&folder, false)?;
    let camera = Camera::start()?;
    // Nothing is buffered for analysis, and one thread: frame threads would each hold a frame back.
    let quick =
        ["-fflags", "nobuffer", "-flags", "low_delay", "-threads", "1", "-probesize", "2048", "-analyzeduration", "0"];
    let scale = format!("scale={}:{},format=gray", LOOK.0, LOOK.1);
    let raw =
        ["-map", "0:v:0", "-vf", &scale, "-fps_mode", "passthrough", "-flush_packets", "1", "-f", "rawvideo", "-"];
    let mut receiver = ffmpeg::receive(&quick, &raw, Stdio::piped())?;
    let (sender, sights) = sync_channel(QUEUE);
    if let Some(stdout) = receiver.child.stdout.take() {
        std::thread::spawn(move || watch(stdout, &sender));
    }
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    let source = camera.lend(&mut command);
    command.args(["--no-platform", "--to", &receiver.url, "--source", &source]);
    let on_air = SETTLE + Duration::from_secs(stage.pick(40, 180));
    let played = stage.play(&mut command, on_air, &mut |_, _| {})?;
    let settled = played.on_air + SETTLE;
    let flashes: Vec<Instant> = camera.flashes().into_iter().filter(|at| *at >= settled).collect();
    let sights: Vec<Instant> = sights.try_iter().collect();
    let delays = delays_ms(&flashes, &sights);
    let median = percentile(&delays, 0.5).ok_or("the subscriber saw no flash")?;
    let p95 = percentile(&delays, 0.95).unwrap_or(median);
    let note = format!(
        "p95 {p95:.0} ms; PipeWire camera, subscriber is ffmpeg; {} of {} flashes seen",
        delays.len(),
        flashes.len()
    );
    Ok(Measured { value: median, n: delays.len() as u64, note: Some(note), ..Measured::default() })
}

/// Tells every change from dark to bright.
fn watch(mut pictures: impl Read, sights: &std::sync::mpsc::SyncSender<Instant>) {
    let mut picture = vec![0_u8; LOOK.0 * LOOK.1];
    let mut was_bright = true;
    while pictures.read_exact(&mut picture).is_ok() {
        let sum: u64 = picture.iter().map(|pixel| u64::from(*pixel)).sum();
        let is_bright = sum > BRIGHT * picture.len() as u64;
        if is_bright && !was_bright && sights.send(Instant::now()).is_err() {
            return;
        }
        was_bright = is_bright;
    }
}

/// Each flash with the first sight after it.
fn delays_ms(flashes: &[Instant], sights: &[Instant]) -> Vec<f64> {
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
    fn only_the_step_from_dark_to_bright_is_a_sight() {
        let size = LOOK.0 * LOOK.1;
        let pictures: Vec<u8> = [16, 16, 235, 235, 16, 235].iter().flat_map(|luma| vec![*luma; size]).collect();
        let (sender, sights) = sync_channel(QUEUE);
        watch(pictures.as_slice(), &sender);
        assert_eq!(sights.try_iter().count(), 2);
    }
}
