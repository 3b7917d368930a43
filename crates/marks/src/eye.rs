//! Finding the marks in a file.

use crate::ear::{Loudness, beeps, placed};
use crate::{MarkError, strip};
use std::io::{BufRead, BufReader, Read};
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

/// Sound is heard at this rate, whatever the file has.
const RATE_HZ: u32 = 48_000;
/// So much of what the decoder gives is taken at once.
const CHUNK: usize = 64 * 1024;

/// Decodes the whole file as it comes, so that an hour of it needs some tens of megabytes. Errors: as [`MarkError`] says.
pub fn look(file: &Path) -> Result<Seen, MarkError> {
    let unreadable = |why: &str| MarkError::Unreadable { file: file.display().to_string(), why: why.to_owned() };
    let shrink = format!(
        "crop=iw:max(2\\,floor(ih/{}/2)*2):0:0,scale={}:1:flags=area,format=gray,showinfo",
        strip::SHARE,
        strip::BLOCKS
    );
    let video = ["-map", "0:v:0", "-vf", &shrink, "-fps_mode", "passthrough", "-f", "rawvideo", "-"];
    let (mut times, mut rows) = (Vec::new(), Vec::new());
    decode(file, &video, &mut |line| times.extend(time_in(line)), &mut |bytes| rows.extend_from_slice(bytes))?;
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
    let audio = ["-map", "0:a:0", "-af", &hear, "-f", "s16le", "-"];
    let (mut blocks, mut form, mut loudness) = (Vec::new(), None, Loudness::default());
    let mut said = |line: &str| {
        blocks.extend(block_in(line));
        form = form.or_else(|| form_in(line));
    };
    decode(file, &audio, &mut said, &mut |bytes| loudness.take(bytes))?;
    let (beeps_s, beep_rms) = beeps(&loudness.finish(), &placed(&blocks, RATE_HZ));
    let (sample_rate_hz, channels) = form.unwrap_or_default();
    Ok(Seen { pictures, beeps_s, beep_rms, sample_rate_hz, channels })
}

/// Hands on each line of what ffmpeg says and what it decodes, as they come.
fn decode(
    file: &Path,
    args: &[&str],
    said: &mut (dyn FnMut(&str) + Send),
    decoded: &mut dyn FnMut(&[u8]),
) -> Result<(), MarkError> {
    let start = |source| MarkError::Start { program: "ffmpeg", source };
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-copyts", "-i"]).arg(file).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(start)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let last = std::thread::scope(|scope| {
        // Both are emptied at the same time: a full pipe would hold ffmpeg up for ever.
        let listener = scope.spawn(move || {
            let mut last = String::new();
            for line in stderr.into_iter().flat_map(|stderr| BufReader::new(stderr).split(b'\n').map_while(Result::ok))
            {
                last = String::from_utf8_lossy(&line).into_owned();
                said(&last);
            }
            last
        });
        let mut chunk = vec![0; CHUNK];
        let mut stdout = stdout;
        while let Some(count) =
            stdout.as_mut().and_then(|stdout| stdout.read(&mut chunk).ok().filter(|count| *count > 0))
        {
            decoded(chunk.get(..count).unwrap_or_default());
        }
        listener.join().unwrap_or_default()
    });
    if child.wait().map_err(start)?.success() {
        return Ok(());
    }
    Err(MarkError::Failed { program: "ffmpeg", file: file.display().to_string(), said: last })
}

/// The value after `key` in a line of showinfo or ashowinfo.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split_once(key)?.1.trim_start().split([' ', '\t']).next()
}

/// When a picture is shown.
fn time_in(line: &str) -> Option<f64> {
    let told = line.contains("showinfo") && line.contains(" n:");
    value(line, "pts_time:").filter(|_| told)?.parse().ok()
}

/// Start of a block of the last `ashowinfo` and its samples.
fn block_in(line: &str) -> Option<(f64, usize)> {
    // The fourth filter of the chain; the first says the same of what is mono at that rate already.
    let told = line.contains("ashowinfo_3 ");
    Some((value(line, "pts_time:").filter(|_| told)?.parse().ok()?, value(line, "nb_samples:")?.parse().ok()?))
}

/// Rate and channels of a block; the first told is what the file has, before it was changed.
fn form_in(line: &str) -> Option<(u32, u32)> {
    let told = line.contains("ashowinfo");
    let number = |key: &str| value(line, key).and_then(|text| text.parse().ok());
    Some((number(" rate:").filter(|_| told)?, number("channels:").unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Clip;

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
