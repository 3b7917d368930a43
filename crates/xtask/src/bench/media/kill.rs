//! Row 5: the studio is killed in the middle of a recording, again and again, and the next start makes an MP4 of what is left.

use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg::{duration_ms, output};
use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::demo_data::DemoData;
use crate::run::live::{LiveShow, Next};
use hawker_wire::live::LiveEvent;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What may be lost.
const LOST_MS: f64 = 2_000.0;
const ON_AIR_WITHIN: Duration = Duration::from_secs(20);
/// Longest that MP4s of what was left may take: a start of its own, and for each of them, one after the other.
const MADE_WITHIN: Duration = Duration::from_secs(60);
const MADE_EACH: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("kill")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, Canvas::SMALL)?;
    let mut shows = Vec::new();
    for n in 0..stage.pick(10, 100) {
        let file = folder.join(format!("show-{n}.mkv"));
        let on_air = killed(stage, &data, &folder, &file)?;
        shows.push((file.with_extension("mp4"), on_air));
    }
    recover(stage, &data, &folder, shows.iter().map(|(file, _)| file.clone()).collect())?;
    let mut lost: Vec<f64> = Vec::new();
    let mut broken = Vec::new();
    for (file, on_air) in &shows {
        match playable(file) {
            Ok(duration) => lost.push(on_air.as_secs_f64() * 1000.0 - duration),
            Err(why) => broken.push(why),
        }
    }
    let good = lost.iter().filter(|lost| **lost <= LOST_MS).count();
    let most = lost.iter().fold(0.0, |most: f64, lost| most.max(*lost));
    let words = broken.first().map(|why| format!("; {} not playable: {why}", broken.len())).unwrap_or_default();
    Ok(Measured {
        value: good as f64 / shows.len() as f64 * 100.0,
        n: shows.len() as u64,
        note: Some(format!("at most {most:.0} ms lost{words}")),
        ..Measured::default()
    })
}

/// A show that is killed two to six seconds after it got on air; how long it was on air.
fn killed(stage: &Stage, data: &DemoData, folder: &Path, file: &Path) -> Result<Duration, String> {
    let mut command = show(stage, data, folder)?;
    command.arg("--record").arg(file);
    let mut show = LiveShow::start(&mut command).map_err(|trouble| trouble.to_string())?;
    let (began, length) = (Instant::now(), Duration::from_millis(2_000 + u64::from(chance()?) * 4_000 / 255));
    let mut since = None;
    loop {
        match show.next(LOOK) {
            Next::Line(line) => {
                if matches!(line.event.as_ref().map(|line| &line.event), Some(LiveEvent::OnAir { .. })) {
                    since = Some(line.at);
                }
            }
            Next::Nothing => {}
            Next::Ended => return Err("the show ended before it was killed".into()),
        }
        if since.is_none() && began.elapsed() > ON_AIR_WITHIN {
            return Err("the show never got on air".into());
        }
        if let Some(since) = since.filter(|since| since.elapsed() >= length) {
            let on_air = since.elapsed();
            output(Command::new("kill").args(["-9", &show.pid().to_string()]))?;
            let _ = show.wait();
            return Ok(on_air);
        }
    }
}

/// The next start, which goes on until every MP4 is there.
fn recover(stage: &Stage, data: &DemoData, folder: &Path, files: Vec<PathBuf>) -> Result<(), String> {
    let mut show = LiveShow::start(&mut show(stage, data, folder)?).map_err(|trouble| trouble.to_string())?;
    let (began, within) = (Instant::now(), made_within(files.len()));
    let mut missing = files;
    while !missing.is_empty() && began.elapsed() < within {
        missing.retain(|file| !file.is_file());
        if matches!(show.next(LOOK), Next::Ended) {
            return Err("the next start ended by itself".into());
        }
    }
    show.end();
    while !matches!(show.next(LOOK), Next::Ended) {}
    show.wait().map(drop).map_err(|trouble| trouble.to_string())
}

/// How long the MP4s of so many recordings may take.
fn made_within(recordings: usize) -> Duration {
    MADE_WITHIN.saturating_add(MADE_EACH.saturating_mul(u32::try_from(recordings).unwrap_or(u32::MAX)))
}

fn show(stage: &Stage, data: &DemoData, folder: &Path) -> Result<Command, String> {
    let mut command = stage.live(data);
    stage.without_recognition(folder, &mut command)?;
    command.args(["--no-platform", "--source", "test"]);
    Ok(command)
}

/// Its length in milliseconds, if all of it decodes.
fn playable(file: &Path) -> Result<f64, String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !file.is_file() {
        return Err(format!("{name} was not made"));
    }
    let mut decode = Command::new("ffmpeg");
    decode.args(["-v", "error", "-xerror", "-i"]).arg(file).args(["-f", "null", "-"]);
    output(&mut decode).map_err(|why| format!("{name}: {why}"))?;
    duration_ms(file)
}

fn chance() -> Result<u8, String> {
    let mut byte = [0];
    getrandom::fill(&mut byte).map_err(|error| error.to_string())?;
    Ok(byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_recordings_have_longer_than_ten() {
        for (recordings, want_s) in [(0, 60), (10, 80), (100, 260)] {
            assert_eq!(made_within(recordings), Duration::from_secs(want_s), "{recordings} recordings");
        }
    }
}
