//! Row 12: the processor is taken away for 20 s. Does the show keep real time, and how soon is it itself again?
//!
//! It is itself again when its pictures come at their full rate and nothing is lowered any more, whichever is later.

use super::canvases::lowered;
use crate::bench::figure::Measured;
use crate::bench::parts::burner::{Burner, giving_way};
use crate::bench::parts::ffmpeg::{Count, Counter};
use crate::bench::parts::metrics::Metrics;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::live::{Line, summary};
use std::time::{Duration, Instant};

const BEGINS: Duration = Duration::from_secs(10);
const TAKES: Duration = Duration::from_secs(20);
const AFTER: Duration = Duration::from_secs(20);
/// Share of every core that is taken. What is left is less than the encoder alone wants.
const SHARE: f64 = 0.85;
/// The stream's own time may fall this far behind the clock, seconds: that is a viewer's buffer.
const BEHIND_S: f64 = 1.0;
/// Nominal is this many frames a second, over this long.
const NOMINAL_FPS: f64 = 29.0;
const OVER: Duration = Duration::from_secs(2);
/// How often it is asked what is lowered.
const ASK: Duration = Duration::from_millis(500);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("overload")?;
    let data = stage.data(&folder, true)?;
    stage.canvas(&data, Canvas::HD)?;
    let server = Nginx::start(&folder.join("server"))?;
    let counter = Counter::start(&server.url("show"))?;
    let mut command = stage.live(&data);
    command.args(["--no-platform", "--to", &server.url("show"), "--source"]).arg(stage.clip()?);
    let mut burner = None;
    let mut on_air: Option<Instant> = None;
    let mut levers = Vec::new();
    let mut failed = None;
    let played = stage.play(&mut giving_way(&command), BEGINS + TAKES + AFTER, &mut |_, line| {
        if line.is_some_and(Line::is_on_air) {
            on_air.get_or_insert_with(Instant::now);
        }
        let Some(elapsed) = on_air.map(|at| at.elapsed()) else { return };
        if (BEGINS..BEGINS + TAKES).contains(&elapsed) {
            burner.get_or_insert_with(|| Burner::start(SHARE));
        } else if elapsed >= BEGINS + TAKES {
            burner = None;
        }
        let due = levers.last().is_none_or(|last: &Levers| last.at.elapsed() >= ASK);
        // Asking is work too: while the processor is taken, the show's own lines say what it gives up.
        if due && elapsed < BEGINS + TAKES + AFTER - ASK && burner.is_none() {
            match Metrics::of(stage, &data) {
                Ok(metrics) => levers.push(Levers::read(&metrics)),
                Err(why) => failed = Some(why),
            }
        }
    })?;
    if let Some(why) = failed {
        return Err(format!("the show could not be asked what is lowered: {why}"));
    }
    let counts = counter.counts();
    let over = played.on_air + BEGINS + TAKES;
    let starved = fps(&counts, over - TAKES + Duration::from_secs(2), over).unwrap_or(0.0);
    let back = nominal_from(&counts, over).ok_or("it never got back to its frame rate")?;
    let raised = raised_from(&levers, over).ok_or("something was still lowered at the end")?;
    let steps = steps_down(&levers, over);
    let behind = behind_s(&counts, played.on_air + Duration::from_secs(3)).ok_or("the subscriber got nothing")?;
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    let shed = lowered(&played.lines);
    let since = |at: Instant| at.saturating_duration_since(over).as_secs_f64();
    let note = format!(
        "{:.0} % of every core taken; {starved:.1} fps meanwhile; full rate again after {:.2} s, nothing lowered any more after \
         {:.2} s; at most {behind:.2} s behind the clock (bar {BEHIND_S}); {} frames dropped; {steps} steps down{}: {}",
        SHARE * 100.0,
        since(back),
        since(raised),
        summary.frames.dropped.values().sum::<u64>(),
        if steps == 0 { ", so that the load was NOT felt and nothing is proved" } else { "" },
        if shed.is_empty() { "nothing".to_owned() } else { shed.join("; ") }
    );
    Ok(Measured {
        value: since(back).max(since(raised)),
        n: summary.frames.encoded,
        note: Some(note),
        broken: behind > BEHIND_S || steps == 0,
        ..Measured::default()
    })
}

/// How the governor stood at a moment.
#[derive(Clone, Copy, Debug)]
struct Levers {
    at: Instant,
    lowered: bool,
    steps_down: u64,
}

impl Levers {
    fn read(metrics: &Metrics) -> Self {
        Self {
            at: Instant::now(),
            lowered: metrics.value("hawker_governor_lowered", "lever").is_some(),
            steps_down: metrics.plain("hawker_governor_steps_down_total").unwrap_or_default() as u64,
        }
    }
}

/// The first look from `over` on after which nothing was ever found lowered.
fn raised_from(levers: &[Levers], over: Instant) -> Option<Instant> {
    let after = || levers.iter().filter(|look| look.at >= over);
    let last_low = after().filter(|look| look.lowered).map(|look| look.at).next_back();
    after().find(|look| last_low.is_none_or(|low| look.at > low)).map(|look| look.at)
}

/// Steps that the load cost: those before it began are the start's.
fn steps_down(levers: &[Levers], over: Instant) -> u64 {
    let before = levers.iter().filter(|look| look.at < over - TAKES).map(|look| look.steps_down).next_back();
    let end = levers.last().map_or(0, |look| look.steps_down);
    end.saturating_sub(before.unwrap_or(0))
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

    #[test]
    fn levers_that_go_down_again_are_not_up_yet() {
        let over = Instant::now() + TAKES;
        let at = |s: f64, lowered, steps_down| Levers { at: over + Duration::from_secs_f64(s), lowered, steps_down };
        let before = Levers { at: over - TAKES - Duration::from_secs(1), lowered: false, steps_down: 2 };
        let looks = [before, at(0.5, true, 5), at(1.0, false, 5), at(1.5, true, 6), at(2.0, false, 6)];
        assert_eq!(raised_from(&looks, over), Some(looks[4].at));
        assert_eq!(raised_from(&looks[..4], over), None, "the last look found one lowered");
        assert_eq!(raised_from(&looks[..1], over), None, "nobody looked after it");
        assert_eq!(steps_down(&looks, over), 4);
        assert_eq!(steps_down(&[before], over), 0);
    }
}
