//! Row 4: sound against picture. A clip whose frames jitter and are partly missing goes through the whole program to a
//! subscriber, for an hour in full; beside it an hour of the sound's line alone, on a clock that is driven by hand.

use super::clips;
use super::example::{self, Hour};
use crate::bench::figure::{Measured, Mode, percentile};
use crate::bench::parts::ffmpeg::Copy;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use hawker_marks::{Channels, Clip, Course, Offsets, look, offsets};
use std::time::Duration;

const OFFSET_MS: f64 = 40.0;
const SLOPE_MS_PER_MIN: f64 = 1.0;
/// A show of so many seconds is an hour but for what a subscriber misses of it.
const HOUR_S: u64 = 3_600;
const QUICK_S: u64 = 60;
/// What may be missing of an hour of marks at both edges. Minutes.
const EDGES_MIN: f64 = 0.2;
/// This share of the marks must have come out. A clip that is played through loses none.
const SEEN: f64 = 0.99;

/// Nine minutes fit the counter in the frames more than once, and cost seconds to make. Sound at a rate that the studio has to
/// change, one channel: an hour of it is a third of a gigabyte.
fn clip(seconds: u32) -> Clip {
    let small = Clip { width: 320, height: 180, course: Course::JitterAndDrops, ..Clip::of(seconds) };
    Clip { sample_rate_hz: 44_100, channels: Channels::Mono, ..small }
}

const ROUND_S: u32 = 540;
const ROUNDS: u32 = 7;

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let program = through_the_program(stage)?;
    Ok(judged(stage.mode, &program, example::run::<Hour>(stage, "hour")))
}

/// From a file to a subscriber.
fn through_the_program(stage: &Stage) -> Result<Offsets, String> {
    let folder = stage.folder("offset")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, Canvas::SMALL)?;
    let (on_air_s, round_s, rounds) = stage.pick((QUICK_S, QUICK_S as u32 + 15, 1), (HOUR_S, ROUND_S, ROUNDS));
    let clip = clip(round_s);
    let round = clips::marked(stage, &clip)?;
    let file = clips::marked_for_long(stage, &clip, rounds)?;
    let server = Nginx::start(&folder.join("server"))?;
    let copy = Copy::start(&server.url("show"), &folder.join("show.flv"))?;
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    command.args(["--no-platform", "--mic", "source", "--to", &server.url("show"), "--source"]).arg(&file);
    stage.play(&mut command, Duration::from_secs(on_air_s), &mut |_, _| {})?;
    let eye = |path: &std::path::Path| look(path).map_err(|error| error.to_string());
    // One round tells what the clip itself has: the others are copies of it.
    let found = offsets(&eye(&round)?, &eye(&copy.finish())?, clip.flash_every);
    if found.each.len() < 10 {
        return Err(format!("only {} marks came out", found.each.len()));
    }
    // An hour of a stream, twice: what the server kept and what the subscriber did.
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(found)
}

/// The row, from what the program did and what its sound's line did by hand.
fn judged(mode: Mode, program: &Offsets, by_hand: Result<Hour, String>) -> Measured {
    let seen = program.each.len();
    let at_s = |mark: Option<&(f64, f64)>| mark.map_or(0.0, |mark| mark.0);
    let minutes = (at_s(program.each.last()) - at_s(program.each.first())) / 60.0;
    // A mark a second, one more than there are seconds between them.
    let expected = minutes * 60.0 + 1.0;
    let apart: Vec<f64> = program.each.iter().map(|(_, apart)| apart.abs()).collect();
    let most = percentile(&apart, 0.99).unwrap_or(program.worst_ms);
    let mut words = format!(
        "{seen} marks in {minutes:.1} min through the whole program: {:.1} ms on average, 99 of 100 within {most:.1}, {:.1} at most",
        program.mean_ms, program.worst_ms
    );
    let few = (seen as f64) < expected * SEEN;
    let program_breaks = match mode {
        Mode::Quick => {
            words.push_str("; too short for a slope, which an hour in full has");
            few
        }
        Mode::Full => {
            words.push_str(&format!("; slope {:+.3} ms/min", program.slope_ms_per_min));
            few || program.slope_ms_per_min.abs() >= SLOPE_MS_PER_MIN || minutes < 60.0 - EDGES_MIN
        }
    };
    let (line_ms, line_breaks, line) = match by_hand {
        Ok(hour) => (
            hour.offset_ms.abs(),
            hour.slope_ms_per_min.abs() >= SLOPE_MS_PER_MIN || hour.minutes < 60.0,
            format!(
                "the sound's line driven by hand for {:.0} min, {} marks: {:.1} ms at most, slope {:+.3} ms/min",
                hour.minutes, hour.n, hour.offset_ms, hour.slope_ms_per_min
            ),
        ),
        Err(why) => (0.0, true, format!("the sound's line could not be driven by hand: {why}")),
    };
    let value = program.worst_ms.max(line_ms);
    Measured {
        value,
        n: seen as u64,
        note: Some(format!("{words}; {line}")),
        broken: program_breaks || line_breaks || value >= OFFSET_MS,
        ..Measured::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Marks a second for `seconds`, the sound behind by `ms` and `drift` more each minute.
    fn program(seconds: u32, ms: f64, drift: f64) -> Offsets {
        let each: Vec<(f64, f64)> = (0..seconds).map(f64::from).map(|at| (at, ms + drift * at / 60.0)).collect();
        let worst_ms = each.iter().map(|(_, apart)| apart.abs()).fold(0.0, f64::max);
        Offsets { worst_ms, mean_ms: ms, slope_ms_per_min: drift, each }
    }

    fn hour(offset_ms: f64, slope_ms_per_min: f64) -> Result<Hour, String> {
        Ok(Hour { offset_ms, slope_ms_per_min, minutes: 60.0, n: 3_600 })
    }

    #[test]
    fn each_half_of_the_row_breaks_it_alone() {
        let mut holes = program(3_600, 10.0, 0.0);
        holes.each.retain(|(at, _)| at % 50.0 > 0.5);
        let cases = [
            ("all good", Mode::Full, program(3_595, 10.0, 0.1), hour(5.0, 0.0), false),
            ("the program drifts", Mode::Full, program(3_600, 0.0, -1.0), hour(5.0, 0.0), true),
            ("no hour", Mode::Full, program(3_000, 10.0, 0.0), hour(5.0, 0.0), true),
            ("every fiftieth mark is gone", Mode::Full, holes, hour(5.0, 0.0), true),
            ("the program is far off", Mode::Full, program(3_600, -41.0, 0.0), hour(5.0, 0.0), true),
            ("the line drifts", Mode::Full, program(3_600, 10.0, 0.0), hour(5.0, 1.5), true),
            ("no line", Mode::Full, program(3_600, 10.0, 0.0), Err("it is not there".to_owned()), true),
            ("a minute has no slope worth a judgement", Mode::Quick, program(60, 10.0, 2.0), hour(5.0, 0.0), false),
            ("a minute has an offset", Mode::Quick, program(60, 45.0, 0.0), hour(5.0, 0.0), true),
        ];
        for (what, mode, program, line, broken) in cases {
            assert_eq!(judged(mode, &program, line).broken, broken, "{what}");
        }
    }

    #[test]
    fn the_larger_offset_is_the_figure_and_a_quick_run_says_that_it_has_no_slope() {
        let quick = judged(Mode::Quick, &program(60, 10.0, 0.0), hour(-20.0, 0.0));
        assert_eq!((quick.value, quick.n), (20.0, 60));
        assert!(quick.note.unwrap().contains("too short for a slope"));
        let full = judged(Mode::Full, &program(3_600, -30.0, 0.0), hour(20.0, 0.0));
        assert_eq!(full.value, 30.0);
        assert!(full.note.unwrap().contains("slope +0.000 ms/min"));
    }

    #[test]
    fn an_hour_and_its_start_fit_the_clip_and_no_number_comes_twice_in_a_round() {
        assert!(u64::from(ROUND_S * ROUNDS) > HOUR_S + 60);
        assert!(clip(ROUND_S).fps * ROUND_S < u32::from(u16::MAX));
    }
}
