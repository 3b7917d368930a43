//! Finding the marks in a file.

use crate::{MarkError, strip};
use std::path::Path;
use std::process::{Command, Stdio};

/// One decoded picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Presentation time in the file, seconds.
    pub pts_s: f64,
    /// The clip's frame it shows and whether that flashes; none where the strip is not in the picture.
    pub mark: Option<(u16, bool)>,
}

/// Everything found in one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub pictures: Vec<Look>,
    /// When each beep begins, seconds, on the same time line.
    pub beeps_s: Vec<f64>,
    /// RMS of the sound inside the beeps, of full scale 1.
    pub beep_rms: f64,
    /// Samples a second and channels, as the file has them.
    pub sample_rate_hz: u32,
    pub channels: u32,
}

impl Seen {
    /// What was seen until the clip began anew: from there on numbers say nothing about where in it one is.
    #[must_use]
    pub fn first_round(mut self) -> Self {
        let numbers = |look: &Look| look.mark.map(|mark| mark.0);
        let mut highest = 0;
        let again = self.pictures.iter().position(|look| {
            let number = numbers(look).unwrap_or(highest);
            let back = number < highest / 2;
            highest = highest.max(number);
            back
        });
        if let Some(again) = again {
            let end_s = self.pictures.get(again).map_or(f64::MAX, |look| look.pts_s);
            self.pictures.truncate(again);
            self.beeps_s.retain(|beep| *beep < end_s);
        }
        self
    }
}

/// The sound is looked at in steps of a millisecond.
const STEP_HZ: usize = 1_000;
/// Sound is heard at this rate, whatever the file has.
const RATE_HZ: u32 = 48_000;
/// Quieter than this is silence, of full scale 1.
const FLOOR: f64 = 0.02;
/// Beeps are further apart than this, and coding smears none so far. Milliseconds.
const QUIET_MS: usize = 150;

/// Decodes the whole file. Errors: as [`MarkError`] says.
pub fn look(file: &Path) -> Result<Seen, MarkError> {
    let unreadable = |why: &str| MarkError::Unreadable { file: file.display().to_string(), why: why.to_owned() };
    let shrink = format!(
        "crop=iw:max(2\\,floor(ih/{}/2)*2):0:0,scale={}:1:flags=area,format=gray,showinfo",
        strip::SHARE,
        strip::BLOCKS
    );
    let video = ["-map", "0:v:0", "-vf", &shrink, "-fps_mode", "passthrough", "-f", "rawvideo", "-"];
    let (rows, said) = decode(file, &video)?;
    let times = times_in(&said);
    let pictures: Vec<Look> = times
        .iter()
        .zip(rows.chunks_exact(strip::BLOCKS))
        .map(|(pts_s, row)| Look { pts_s: *pts_s, mark: strip::read(row) })
        .collect();
    if pictures.is_empty() || times.len() != rows.len() / strip::BLOCKS {
        return Err(unreadable(&format!("{} times for {} pictures", times.len(), rows.len() / strip::BLOCKS)));
    }
    // Resampled without filling holes, so that each block keeps the time it is stamped with.
    let hear = format!("ashowinfo,aresample={RATE_HZ},aformat=sample_fmts=s16:channel_layouts=mono,ashowinfo");
    let (bytes, said) = decode(file, &["-map", "0:a:0", "-af", &hear, "-f", "s16le", "-"])?;
    let blocks = blocks_in(&said);
    let samples: Vec<f64> = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| f64::from(i16::from_le_bytes(*pair)) / f64::from(i16::MAX))
        .collect();
    let (beeps_s, beep_rms) = beeps(&samples, &placed(&blocks, RATE_HZ));
    let (sample_rate_hz, channels) = form_in(&said);
    Ok(Seen { pictures, beeps_s, beep_rms, sample_rate_hz, channels })
}

fn decode(file: &Path, args: &[&str]) -> Result<(Vec<u8>, String), MarkError> {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-copyts", "-i"]).arg(file).args(args);
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|source| MarkError::Start { program: "ffmpeg", source })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return Ok((output.stdout, said));
    }
    let said = said.lines().last().unwrap_or_default().to_owned();
    Err(MarkError::Failed { program: "ffmpeg", file: file.display().to_string(), said })
}

/// The value after `key` in a line of showinfo or ashowinfo.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split_once(key)?.1.trim_start().split([' ', '\t']).next()
}

fn times_in(said: &str) -> Vec<f64> {
    let lines = said.lines().filter(|line| line.contains("showinfo") && line.contains(" n:"));
    lines.filter_map(|line| value(line, "pts_time:")?.parse().ok()).collect()
}

/// Start of each block of the last `ashowinfo` and its samples.
fn blocks_in(said: &str) -> Vec<(f64, usize)> {
    // The fourth filter of the chain; the first says the same of what is mono at that rate already.
    let lines = said.lines().filter(|line| line.contains("ashowinfo_3 "));
    lines
        .filter_map(|line| Some((value(line, "pts_time:")?.parse().ok()?, value(line, "nb_samples:")?.parse().ok()?)))
        .collect()
}

/// Rate and channels of the first block, before it was changed.
fn form_in(said: &str) -> (u32, u32) {
    let first = said.lines().find(|line| line.contains("ashowinfo") && line.contains("rate:")).unwrap_or_default();
    let number = |key: &str| value(first, key).and_then(|text| text.parse().ok()).unwrap_or(0);
    (number(" rate:"), number("channels:"))
}

/// The time of every sample, by blocks: (index of the first sample, seconds).
fn placed(blocks: &[(f64, usize)], rate_hz: u32) -> impl Fn(usize) -> f64 {
    let mut starts = Vec::with_capacity(blocks.len());
    let mut index = 0;
    for (start_s, count) in blocks {
        starts.push((index, *start_s));
        index += count;
    }
    move |sample| {
        let at = starts.partition_point(|(first, _)| *first <= sample).saturating_sub(1);
        let (first, start_s) = starts.get(at).copied().unwrap_or((0, 0.0));
        start_s + (sample.saturating_sub(first)) as f64 / f64::from(rate_hz)
    }
}

/// Where each beep begins: half of its loudness is reached there, so that the smear of a lossy coder does not count.
fn beeps(samples: &[f64], time_s: &impl Fn(usize) -> f64) -> (Vec<f64>, f64) {
    let step = RATE_HZ as usize / STEP_HZ;
    let loudness: Vec<f64> = samples
        .chunks(step)
        .map(|chunk| (chunk.iter().map(|sample| sample * sample).sum::<f64>() / chunk.len() as f64).sqrt())
        .collect();
    let peak = loudness.iter().copied().fold(0.0, f64::max);
    if peak < FLOOR {
        return (Vec::new(), 0.0);
    }
    let half = peak / 2.0;
    let mut begins = Vec::new();
    let mut quiet = QUIET_MS;
    for (index, level) in loudness.iter().enumerate() {
        if *level > half {
            if quiet >= QUIET_MS {
                begins.push(time_s(index * step));
            }
            quiet = 0;
        } else {
            quiet += 1;
        }
    }
    let loud: Vec<f64> = loudness.iter().copied().filter(|level| *level > half).collect();
    let rms = (loud.iter().map(|level| level * level).sum::<f64>() / loud.len().max(1) as f64).sqrt();
    (begins, rms)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Clip;

    #[test]
    fn a_beep_begins_where_its_block_is_stamped() {
        let tone = |n: usize| if n < 4_800 { ((n as f64) * 0.13).sin() * 0.5 } else { 0.0 };
        let samples: Vec<f64> = (0..96_000).map(|n| tone(n % 48_000)).collect();
        // The second block is stamped a tenth of a second late: there was a hole.
        let (found, rms) = beeps(&samples, &placed(&[(1.0, 48_000), (2.1, 48_000)], RATE_HZ));
        assert_eq!(found.len(), 2);
        assert!((found[0] - 1.0).abs() < 0.002 && (found[1] - 2.1).abs() < 0.002, "{found:?}");
        assert!((rms - 0.35).abs() < 0.03, "{rms}");
    }

    #[test]
    fn a_second_round_is_cut_off_with_its_sound() {
        let look = |n: u32| Look { pts_s: f64::from(n) / 30.0, mark: Some(((n % 60) as u16, false)) };
        let seen = Seen { pictures: (0..90).map(look).collect(), beeps_s: vec![0.5, 1.5, 2.5], ..Seen::default() };
        let first = seen.first_round();
        assert_eq!(first.pictures.len(), 60);
        assert_eq!(first.beeps_s, [0.5, 1.5]);
    }

    #[test]
    fn a_clip_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clip.mkv");
        let clip = Clip { width: 320, height: 180, ..Clip::of(4) };
        clip.write(&file).unwrap();
        let seen = look(&file).unwrap();
        assert_eq!(seen.pictures.len(), 120);
        let numbers: Vec<u16> = seen.pictures.iter().map(|look| look.mark.unwrap().0).collect();
        assert_eq!(numbers, (0..120).collect::<Vec<u16>>());
        assert_eq!(seen.beeps_s.len(), 4, "{:?}", seen.beeps_s);
        assert_eq!((seen.sample_rate_hz, seen.channels), (48_000, 2));
    }
}
