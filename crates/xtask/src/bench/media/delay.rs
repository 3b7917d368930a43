//! Row 9: from a flash before the camera to the same flash at a subscriber, with a card in the picture; and with two
//! cameras on the canvas.

use crate::bench::figure::{Measured, percentile};
use crate::bench::parts::camera::Camera;
use crate::bench::parts::eye::{Eye, delays_ms, steps};
use crate::bench::parts::stage::Stage;
use std::time::{Duration, Instant};

/// Second and third bar of the row, milliseconds.
const P95_MS: f64 = 120.0;
const TWO_INPUTS_MS: f64 = 150.0;
/// Fewer say nothing of a median.
const ENOUGH: usize = 25;
/// Before that the show is still settling: encoder, connection, first keyframe.
const SETTLE: Duration = Duration::from_secs(4);
/// One of the demo catalogue's products.
pub const SKU: &str = "QY-TEA-JAS";

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let on_air = Duration::from_secs(stage.pick(42, 180));
    let one = flashes(stage, on_air, false)?;
    let median = percentile(&one, 0.5).ok_or("the subscriber saw no flash")?;
    let p95 = percentile(&one, 0.95).unwrap_or(median);
    let two = flashes(stage, on_air, true);
    let two_median = two.as_ref().ok().and_then(|delays| percentile(delays, 0.5));
    let words = match (&two, two_median) {
        (_, Some(median)) => format!("two cameras {median:.0} ms (bar {TWO_INPUTS_MS})"),
        (Err(why), _) => format!("two cameras could not be measured: {why}"),
        (Ok(_), None) => "two cameras: no flash was seen".to_owned(),
    };
    Ok(Measured {
        value: median,
        n: one.len() as u64,
        note: Some(format!("p95 {p95:.0} ms (bar {P95_MS}); {words}; PipeWire camera, subscriber is ffmpeg")),
        broken: p95 > P95_MS || one.len() < ENOUGH || two_median.is_none_or(|median| median > TWO_INPUTS_MS),
        ..Measured::default()
    })
}

/// Delays of one show, milliseconds.
fn flashes(stage: &Stage, on_air: Duration, two: bool) -> Result<Vec<f64>, String> {
    let folder = stage.folder(if two { "delay-two" } else { "delay-one" })?;
    let data = stage.data(&folder, true)?;
    let mut camera = Camera::start()?;
    let eye = Eye::open()?;
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    let source = camera.lend(&mut command);
    command.args(["--no-platform", "--pin", SKU, "--to", eye.url(), "--source", &source]);
    if two {
        command.args(["--source", &camera.second()?]);
    }
    let played = stage.play(&mut command, SETTLE + on_air, &mut |_, _| {})?;
    let settled = played.on_air + SETTLE;
    let flashes: Vec<Instant> = camera.flashes().into_iter().filter(|at| *at >= settled).collect();
    Ok(delays_ms(&flashes, &steps(&eye.sights())))
}
