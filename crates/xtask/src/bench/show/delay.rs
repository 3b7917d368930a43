//! From a flash before the camera to the same flash decoded at a subscriber, over loopback RTMP.
//!
//! The camera is a PipeWire camera, the path of a real one.

use super::super::figure::{Measured, percentile};
use crate::bench::parts::camera::Camera;
use crate::bench::parts::eye::{Eye, delays_ms, steps};
use crate::bench::parts::stage::Stage;
use std::time::{Duration, Instant};

/// Before that the show is still settling: encoder, connection, first keyframe.
const SETTLE: Duration = Duration::from_secs(4);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("delay")?;
    let data = stage.data(&folder, false)?;
    let camera = Camera::start()?;
    let eye = Eye::open()?;
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    let source = camera.lend(&mut command);
    command.args(["--no-platform", "--to", eye.url(), "--source", &source]);
    let on_air = SETTLE + Duration::from_secs(stage.pick(40, 180));
    let played = stage.play(&mut command, on_air, &mut |_, _| {})?;
    let settled = played.on_air + SETTLE;
    let flashes: Vec<Instant> = camera.flashes().into_iter().filter(|at| *at >= settled).collect();
    let delays = delays_ms(&flashes, &steps(&eye.sights()));
    let median = percentile(&delays, 0.5).ok_or("the subscriber saw no flash")?;
    let p95 = percentile(&delays, 0.95).unwrap_or(median);
    let note = format!(
        "p95 {p95:.0} ms; PipeWire camera, subscriber is ffmpeg; {} of {} flashes seen",
        delays.len(),
        flashes.len()
    );
    Ok(Measured { value: median, n: delays.len() as u64, note: Some(note), ..Measured::default() })
}
