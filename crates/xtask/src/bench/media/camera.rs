//! Row 3: a camera is pulled out and put back. How soon does the show say so, and when does its picture come again?
//!
//! The camera is a PipeWire camera, whose process is killed as a cable would be pulled. The picture is watched at a
//! subscriber: black and white are the camera's, what is between them is the slate.

use super::isolation::kept_recording;
use crate::bench::figure::{Measured, percentile};
use crate::bench::parts::camera::Camera;
use crate::bench::parts::eye::{Eye, Sight};
use crate::bench::parts::ffmpeg;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::bench::parts::timeline::Timeline;
use crate::run::live::{Line, summary};
use hawker_wire::live::{LiveEvent, SourceState};
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Second bar of the row.
const BACK_S: f64 = 3.0;
const RECORDING_GAP_MS: f64 = 40.0;
const PLUGGED: Duration = Duration::from_secs(5);
const AWAY: Duration = Duration::from_secs(4);
/// The camera's black and white after coding; the slate's ground lies well inside.
const BLACK: u8 = 10;
const WHITE: u8 = 200;

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("camera")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, Canvas::SMALL)?;
    let times = stage.pick(3, 10);
    let camera = RefCell::new(Camera::start()?);
    let eye = Eye::open()?;
    let (out, back) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let recording = folder.join("show.mkv");
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    let source = camera.borrow().lend(&mut command);
    command.args(["--no-platform", "--to", eye.url(), "--source", &source, "--record"]).arg(&recording);
    let mut timeline = Timeline::default();
    let mut at = PLUGGED;
    for _ in 0..times {
        timeline = timeline.at(at, |_| {
            out.borrow_mut().push(Instant::now());
            camera.borrow_mut().unplug();
            Ok(())
        });
        at += AWAY;
        timeline = timeline.at(at, |_| {
            back.borrow_mut().push(Instant::now());
            camera.borrow_mut().replug()
        });
        at += PLUGGED;
    }
    let played = stage.play(&mut command, at, &mut |show, line| timeline.watch(show, line))?;
    timeline.finish()?;
    let sights = eye.sights();
    let (out, back) = (out.into_inner(), back.into_inner());
    let noticed = out.iter().map(|at| said_after(&played.lines, *at, SourceState::Lost).ok_or("a loss was never said"));
    let noticed = noticed.collect::<Result<Vec<f64>, &str>>()?;
    let pictures = back.iter().map(|at| picture_after(&sights, *at).ok_or("no picture came after the camera was back"));
    let pictures = pictures.collect::<Result<Vec<f64>, &str>>()?;
    let value = percentile(&noticed, 1.0).ok_or("no loss was measured")?;
    let slowest = percentile(&pictures, 1.0).unwrap_or(f64::INFINITY);
    let slate =
        out.iter().zip(&back).all(|(from, to)| sights.iter().any(|s| s.at > *from && s.at < *to && is_slate(s.level)));
    let gap_ms = ffmpeg::longest_gap_ms(&ffmpeg::packets(&kept_recording(&recording)?)?);
    let reconnects: u32 =
        summary(&played.lines).map_or(0, |summary| summary.outputs.iter().map(|output| output.reconnects).sum());
    let note = format!(
        "picture at the subscriber again after {slowest:.2} s at most (bar {BACK_S}); {}; stream touched {reconnects} times, recording \
         gap {gap_ms:.0} ms",
        if slate { "a slate meanwhile" } else { "NO slate meanwhile" }
    );
    Ok(Measured {
        value,
        n: noticed.len() as u64,
        note: Some(note),
        broken: slowest > BACK_S || reconnects > 0 || gap_ms > RECORDING_GAP_MS || !slate,
        ..Measured::default()
    })
}

fn is_slate(level: u8) -> bool {
    (BLACK + 1..WHITE).contains(&level)
}

/// Seconds from `at` to the line that says so.
fn said_after(lines: &[Line], at: Instant, wanted: SourceState) -> Option<f64> {
    let said = lines.iter().find(|line| {
        line.at > at
            && matches!(line.event.as_ref().map(|line| &line.event), Some(LiveEvent::Source { state, .. }) if *state == wanted)
    })?;
    Some(said.at.duration_since(at).as_secs_f64())
}

/// Seconds from `at` to the camera's own picture.
fn picture_after(sights: &[Sight], at: Instant) -> Option<f64> {
    let sight = sights.iter().find(|sight| sight.at > at && !is_slate(sight.level))?;
    Some(sight.at.duration_since(at).as_secs_f64())
}
