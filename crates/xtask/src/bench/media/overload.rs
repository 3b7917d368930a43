//! Row 12: the processor is taken away for 20 s. Does the show keep real time, and how soon is it itself again?

use super::canvases::lowered;
use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg::{Count, Counter};
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::live::summary;
use std::time::{Duration, Instant};

const BEGINS: Duration = Duration::from_secs(10);
const TAKES: Duration = Duration::from_secs(20);
const AFTER: Duration = Duration::from_secs(20);
/// The stream's own time may fall this far behind the clock, seconds: that is a viewer's buffer.
const BEHIND_S: f64 = 1.0;
/// Nominal is this many frames a second, over this long.
const NOMINAL_FPS: f64 = 29.0;
const OVER: Duration = Duration::from_secs(2);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("overload")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, Canvas::HD)?;
    let server = Nginx::start(&folder.join("server"))?;
    let counter = Counter::start(&server.url("show"))?;
    let mut command = stage.live(&data);
    let fault = format!("cpu@{}s:{}s", BEGINS.as_secs(), TAKES.as_secs());
    command.args(["--no-platform", "--fault", &fault, "--to", &server.url("show"), "--source"]).arg(stage.clip()?);
    let played = stage.play(&mut command, BEGINS + TAKES + AFTER, &mut |_, _| {})?;
    let counts = counter.counts();
    let over = played.on_air + BEGINS + TAKES;
    let starved = fps(&counts, over - TAKES + Duration::from_secs(2), over).unwrap_or(0.0);
    let back = nominal_from(&counts, over).ok_or("it never got back to its frame rate")?;
    let behind = behind_s(&counts, played.on_air + Duration::from_secs(3)).ok_or("the subscriber got nothing")?;
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    let shed = lowered(&played.lines);
    let note = format!(
        "{starved:.1} fps while starved; at most {behind:.2} s behind the clock (bar {BEHIND_S}); {} frames dropped; lowered: {}",
        summary.frames.dropped.values().sum::<u64>(),
        if shed.is_empty() { "nothing".to_owned() } else { shed.join("; ") }
    );
    Ok(Measured {
        value: back.saturating_duration_since(over).as_secs_f64(),
        n: summary.frames.encoded,
        note: Some(note),
        broken: behind > BEHIND_S,
        ..Measured::default()
    })
}

/// Frames a second between two moments.
pub fn fps(counts: &[Count], from: Instant, to: Instant) -> Option<f64> {
    let inside: Vec<&Count> = counts.iter().filter(|count| count.at >= from && count.at <= to).collect();
    let (first, last) = (inside.first()?, inside.last()?);
    let seconds = last.at.duration_since(first.at).as_secs_f64();
    (seconds > 0.0).then(|| last.frames.saturating_sub(first.frames) as f64 / seconds)
}

/// The first moment from `over` on from which the rate is nominal.
fn nominal_from(counts: &[Count], over: Instant) -> Option<Instant> {
    let from = counts.iter().filter(|count| count.at >= over).map(|count| count.at);
    from.into_iter().find(|at| {
        let whole = counts.last().is_some_and(|last| last.at >= *at + OVER);
        whole && fps(counts, *at, *at + OVER).is_some_and(|fps| fps >= NOMINAL_FPS)
    })
}

/// How far the stream's time fell behind the clock, against where it was at `from`. Seconds.
fn behind_s(counts: &[Count], from: Instant) -> Option<f64> {
    let settled: Vec<&Count> = counts.iter().filter(|count| count.at >= from).collect();
    let first = settled.first()?;
    let late = |count: &&Count| count.at.duration_since(first.at).as_secs_f64() - (count.stream_s - first.stream_s);
    settled.iter().map(late).max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Five looks a second: 30 fps, 10 fps from second 10 to 20, and the stream a little late in there.
    fn counts(start: Instant) -> Vec<Count> {
        let mut frames = 0.0;
        (0..200)
            .map(|n| {
                let s = f64::from(n) / 5.0;
                let starved = (10.0..20.0).contains(&s);
                frames += if starved { 2.0 } else { 6.0 };
                let late = if starved { 0.4 } else { 0.0 };
                Count { at: start + Duration::from_secs_f64(s), frames: frames as u64, stream_s: s - late }
            })
            .collect()
    }

    #[test]
    fn the_way_back_is_measured_from_the_end_of_the_overload() {
        let start = Instant::now();
        let counts = counts(start);
        let over = start + Duration::from_secs(20);
        let back = nominal_from(&counts, over).unwrap().duration_since(over).as_secs_f64();
        assert!(back < 0.5, "{back}");
        assert!(
            (fps(&counts, over - Duration::from_secs(8), over - Duration::from_secs(1)).unwrap() - 10.0).abs() < 0.5
        );
        assert!((behind_s(&counts, start).unwrap() - 0.4).abs() < 0.01);
        assert_eq!(nominal_from(&counts[..90], over), None);
    }
}
