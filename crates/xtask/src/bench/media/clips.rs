//! Clips the rows play, made once and kept.

use crate::bench::parts::ffmpeg::output;
use crate::bench::parts::stage::{Canvas, Stage};
use hawker_marks::Clip;
use image::{Rgba, RgbaImage};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The demo clip in the size of `canvas`, at least `seconds` long, so that nobody has to scale it or begin anew.
pub fn demo(stage: &Stage, canvas: Canvas, seconds: u64) -> Result<PathBuf, String> {
    let file = kept(stage, &format!("demo-{}-{seconds}.mp4", canvas.name()))?;
    if file.is_file() {
        return Ok(file);
    }
    sized(&stage.clip()?, canvas, seconds, &file)?;
    Ok(file)
}

/// The first `round_s` seconds of the demo clip, again and again for `seconds`, in the size of `canvas`: any stretch of
/// `round_s` shows the same pictures, wherever it begins, so what is measured over one costs everybody the same.
pub fn rounds(stage: &Stage, canvas: Canvas, round_s: u64, seconds: u64) -> Result<PathBuf, String> {
    let file = kept(stage, &format!("rounds-{}-{round_s}-{seconds}.mp4", canvas.name()))?;
    if file.is_file() {
        return Ok(file);
    }
    let round = file.with_extension("round.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-y", "-loglevel", "error", "-stream_loop", "-1", "-i"]).arg(stage.clip()?);
    command.args(["-t", &round_s.to_string(), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "8"]);
    output(command.args(["-c:a", "pcm_s16le"]).arg(&round))?;
    sized(&round, canvas, seconds, &file)?;
    std::fs::remove_file(&round).map_err(|error| format!("{}: {error}", round.display()))?;
    Ok(file)
}

/// `source`, from its beginning again where it ends, in the size of `canvas`, into `file`.
fn sized(source: &Path, canvas: Canvas, seconds: u64, file: &Path) -> Result<(), String> {
    let half = file.with_extension("part.mp4");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-y", "-loglevel", "error", "-stream_loop", "-1", "-i"]).arg(source);
    command.args(["-t", &seconds.to_string(), "-vf", &format!("scale={}:{}", canvas.width, canvas.height)]);
    command.args(["-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-g", "60", "-c:a", "aac", "-b:a", "128k"]);
    output(command.arg(&half))?;
    std::fs::rename(&half, file).map_err(|error| format!("{}: {error}", file.display()))
}

/// A few seconds of the demo clip as raw I420 pictures of 1280x720, for a camera that sees it.
pub fn film(stage: &Stage) -> Result<PathBuf, String> {
    let file = kept(stage, "demo-720p30-8.i420")?;
    if file.is_file() {
        return Ok(file);
    }
    let half = file.with_extension("part");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-y", "-loglevel", "error", "-ss", "10", "-i"]).arg(stage.clip()?);
    command.args(["-t", "8", "-an", "-vf", "scale=1280:720", "-pix_fmt", "yuv420p", "-f", "rawvideo"]);
    output(command.arg(&half))?;
    std::fs::rename(&half, &file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// A clip with marks, as `clip` says.
pub fn marked(stage: &Stage, clip: &Clip) -> Result<PathBuf, String> {
    let course = format!("{:?}-{:?}", clip.course, clip.channels).to_lowercase();
    let name = format!(
        "marks-{}x{}p{}-{}-{course}-{}-{}.mkv",
        clip.width, clip.height, clip.fps, clip.seconds, clip.sample_rate_hz, clip.flash_every
    );
    let file = kept(stage, &name)?;
    if file.is_file() {
        return Ok(file);
    }
    let half = file.with_extension("part.mkv");
    clip.write(&half).map_err(|error| error.to_string())?;
    std::fs::rename(&half, &file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// The same clip so many times in one file, without encoding it again: sound and picture go on through every seam, and the
/// numbers of the frames begin anew there. Whole seconds long, so that no mark is cut.
pub fn marked_for_long(stage: &Stage, clip: &Clip, rounds: u32) -> Result<PathBuf, String> {
    let round = marked(stage, clip)?;
    if rounds <= 1 {
        return Ok(round);
    }
    let file = round.with_extension(format!("{rounds}-times.mkv"));
    if file.is_file() {
        return Ok(file);
    }
    let half = file.with_extension("part.mkv");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-y", "-loglevel", "error", "-stream_loop", &(rounds - 1).to_string(), "-i"]);
    output(command.arg(round).args(["-c", "copy"]).arg(&half))?;
    std::fs::rename(&half, &file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// A card for the others, in the size and with the alpha of ours, and where it stands.
pub fn card(stage: &Stage, canvas: Canvas) -> Result<(PathBuf, u32, u32), String> {
    let scaled = |pixels: u32| pixels * canvas.width.min(canvas.height) / 720 / 2 * 2;
    let (width, height, margin) = (scaled(560), scaled(168), scaled(32));
    let file = kept(stage, &format!("card-{}.png", canvas.height))?;
    let ground = RgbaImage::from_fn(width, height, |x, y| {
        let photo = (scaled(16)..scaled(152)).contains(&x) && (scaled(16)..scaled(152)).contains(&y);
        if photo { Rgba([90, 160, 70, 255]) } else { Rgba([0x14, 0x17, 0x1c, 209]) }
    });
    ground.save(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok((file, margin, canvas.height.saturating_sub(height + margin)))
}

fn kept(stage: &Stage, name: &str) -> Result<PathBuf, String> {
    let folder = stage.workspace.kept("bench").join("clips");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.join(name))
}
