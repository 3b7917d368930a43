//! Row 4: sound against picture. An hour of it runs on a hand-driven clock in the media crate; beside it a clip with a
//! beep at each flash goes through the whole program to a subscriber.

use super::clips;
use super::example::{self, Hour};
use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg::Copy;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use hawker_marks::{Clip, Course, Offsets, look, offsets};
use std::time::Duration;

const OFFSET_MS: f64 = 40.0;
const SLOPE_MS_PER_MIN: f64 = 1.0;

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let real = through_the_program(stage)?;
    let seen = real.each.len();
    let words = format!(
        "through the whole program: {:.1} ms on average, {:.1} ms at most, {:+.2} ms/min over {seen} marks",
        real.mean_ms, real.worst_ms, real.slope_ms_per_min
    );
    let real_breaks = real.worst_ms >= OFFSET_MS || seen < 10;
    match example::run::<Hour>(stage, "hour") {
        Ok(hour) => Ok(Measured {
            value: hour.offset_ms.abs(),
            n: hour.n,
            note: Some(format!("slope {:+.3} ms/min over {:.0} min; {words}", hour.slope_ms_per_min, hour.minutes)),
            broken: real_breaks || hour.slope_ms_per_min.abs() >= SLOPE_MS_PER_MIN || hour.minutes < 60.0,
            ..Measured::default()
        }),
        Err(why) => Ok(Measured {
            value: real.worst_ms,
            n: seen as u64,
            note: Some(format!("not an hour: {why}; {words}")),
            broken: true,
            ..Measured::default()
        }),
    }
}

/// A clip whose frames jitter and are partly missing, from a file to a subscriber.
fn through_the_program(stage: &Stage) -> Result<Offsets, String> {
    let folder = stage.folder("offset")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, Canvas::SMALL)?;
    let seconds = stage.pick(60, 600);
    let mut both = Offsets::default();
    for course in [Course::Jitter, Course::Drops] {
        let clip = Clip { course, seconds: seconds / 2 + 15, ..Clip::of(0) };
        let file = clips::marked(stage, &clip)?;
        let server = Nginx::start(&folder.join(format!("{course:?}")))?;
        let copy = Copy::start(&server.url("show"), &folder.join(format!("{course:?}.flv")))?;
        let mut command = stage.live(&data);
        stage.without_recognition(&folder, &mut command)?;
        command.args(["--no-platform", "--mic", "source", "--to", &server.url("show"), "--source"]).arg(&file);
        stage.play(&mut command, Duration::from_secs(u64::from(seconds) / 2), &mut |_, _| {})?;
        let eye = |path: &std::path::Path| look(path).map_err(|error| error.to_string());
        let found = offsets(&eye(&file)?, &eye(&copy.finish())?, clip.flash_every);
        if found.each.len() < 5 {
            return Err(format!("only {} marks came out", found.each.len()));
        }
        both.worst_ms = both.worst_ms.max(found.worst_ms);
        if found.slope_ms_per_min.abs() > both.slope_ms_per_min.abs() {
            both.slope_ms_per_min = found.slope_ms_per_min;
        }
        both.each.extend(found.each);
    }
    both.mean_ms = both.each.iter().map(|(_, apart)| apart).sum::<f64>() / both.each.len() as f64;
    Ok(both)
}
