//! Row 9: from the host's word to a recogniser that goes by it, in a show that runs.
//!
//! The picture is a thing that nobody sells. It is named, and then unsaid, over and over; each time the show says when it has
//! learned that, which it does once the gallery goes by it and the lesson is on disk.

use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::demo_data::DemoData;
use crate::run::live::Line;
use hawker_wire::live::LiveEvent;
use std::time::{Duration, Instant};

/// Left out of the catalogue, so that it is a thing nobody sells; and what it is said to be.
const STRANGE: &str = "YL-STETH-01";
const PICTURE: &str = "assets/demo/photos/stethoscope-1.jpg";
const SAID_TO_BE: &str = "XM-CANE-RED";

/// While models load, nothing can be named.
const LOADS_WITHIN: Duration = Duration::from_secs(40);
const AGAIN: Duration = Duration::from_millis(500);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("learned")?;
    let data = stage.data(&folder, true)?;
    stage.canvas(&data, Canvas::HD)?;
    ask(stage, &data, &["catalog", "remove", STRANGE])?;
    let lessons = stage.pick(10, 40);
    let mut command = stage.live(&data);
    command.args(["--no-platform", "--no-pin-clips", "--source", PICTURE, "--record"]).arg(folder.join("show.mkv"));
    let mut took = Vec::new();
    let mut said: Option<Instant> = None;
    let mut next = Instant::now();
    let mut failed = None;
    let seconds = Duration::from_secs(lessons as u64) + LOADS_WITHIN;
    stage.play(&mut command, seconds, &mut |_, line| {
        if let (Some(since), Some(true)) = (said, line.map(is_learned)) {
            took.push(since.elapsed().as_secs_f64());
            (said, next) = (None, Instant::now() + AGAIN);
        }
        if said.is_some() || took.len() == lessons || Instant::now() < next {
            return;
        }
        let begun = Instant::now();
        let word: &[&str] =
            if took.len().is_multiple_of(2) { &["show", "name", SAID_TO_BE] } else { &["show", "undo"] };
        match ask(stage, &data, word) {
            Ok(()) => said = Some(begun),
            Err(why) => {
                failed = Some(why);
                next = Instant::now() + AGAIN;
            }
        }
    })?;
    if took.len() < lessons {
        let why = failed.unwrap_or_else(|| "the show never said so".to_owned());
        return Err(format!("{} of {lessons} corrections were learned: {why}", took.len()));
    }
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    let slowest = took.last().copied().unwrap_or(f64::NAN);
    Ok(Measured {
        value: slowest,
        n: took.len() as u64,
        note: Some(format!("slowest; median {:.2} s, the command's own start included", at(0.5))),
        ..Measured::default()
    })
}

fn is_learned(line: &Line) -> bool {
    matches!(line.event.as_ref().map(|line| &line.event), Some(LiveEvent::Learned { .. }))
}

fn ask(stage: &Stage, data: &DemoData, words: &[&str]) -> Result<(), String> {
    let mut command = data.command(&stage.workspace.program(stage.programs.folder(), "hawker-cli"));
    ffmpeg::output(command.args(words)).map(drop)
}
