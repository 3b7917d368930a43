//! `cargo xtask matrix`: every combination of sound rate, channels, frame rate and course, as clips through the whole
//! program into its recording. Sound against picture, loudness and the pictures themselves are compared, never bytes. The
//! tests play a few of these; this plays all.

use super::clips;
use super::isolation::kept_recording;
use crate::bench::figure::Mode;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::bench::{Build, OF_A_SHOW, build};
use crate::exec::say;
use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;
use hawker_marks::{Cell, Difference, Tolerance, judge, look};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Options of `cargo xtask matrix`.
#[derive(Debug, clap::Args)]
pub struct Matrix {
    /// Only the few that the tests play.
    #[arg(long)]
    few: bool,
    /// Only those whose name holds this, such as 96000 or mono-25.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// With the development build.
    #[arg(long)]
    dev: bool,
}

/// So many shows at once: each is small and waits most of its time.
const AT_ONCE: usize = 3;
/// The clip loops; its first round is judged.
const ON_AIR: Duration = Duration::from_secs(7);
const SIZE: Canvas = Canvas { width: 320, height: 180, fps: 30, bitrate_bps: 600_000 };

/// Plays them. Errors: `Unmet` with every cell that differs.
pub fn matrix(workspace: &Workspace, options: &Matrix) -> Outcome<()> {
    let programs = if options.dev { Build::Development } else { Build::Release };
    let stage = build(workspace, Mode::Quick, programs, &OF_A_SHOW)?;
    let cells = if options.few { hawker_marks::few() } else { hawker_marks::whole() };
    let wanted = |cell: &Cell| options.only.as_ref().is_none_or(|text| cell.name().contains(text));
    let waiting: VecDeque<Cell> = cells.into_iter().filter(wanted).collect();
    let count = waiting.len();
    let (waiting, findings) = (Mutex::new(waiting), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                while let Some(cell) = next() {
                    let (found, by) = play(&stage, &cell).unwrap_or_else(|why| (vec![why], Difference::default()));
                    let words = if found.is_empty() { "as the clip".to_owned() } else { found.join("; ") };
                    let Difference { offset_ms, louder_db, held_ms } = by;
                    let by = format!("sound {offset_ms:.0} ms, {louder_db:+.1} dB, a picture {held_ms:+.0} ms longer");
                    say(format!("{}: {words} ({by})", cell.name()));
                    if !found.is_empty() {
                        findings.lock().unwrap_or_else(PoisonError::into_inner).push(cell.name());
                    }
                }
            });
        }
    });
    let findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
    if findings.is_empty() {
        say(format!("all {count} came out as they went in"));
        return Ok(());
    }
    let what = format!("{} of {count} differ: {}", findings.len(), findings.join(", "));
    Err(Trouble::unmet(what, "the lines above say how; `--only NAME` plays one again"))
}

/// What differs between a clip and the recording of a show of it, and by how much.
fn play(stage: &Stage, cell: &Cell) -> Result<(Vec<String>, Difference), String> {
    let clip = clips::marked(stage, &cell.clip)?;
    let folder = stage.folder(&format!("matrix-{}", cell.name()))?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, SIZE)?;
    let recording = folder.join("show.mkv");
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    command.args(["--no-platform", "--mic", "source", "--source"]).arg(&clip).arg("--record").arg(&recording);
    stage.play(&mut command, ON_AIR, &mut |_, _| {})?;
    let seen = |path: &std::path::Path| look(path).map_err(|error| error.to_string());
    let out = seen(&kept_recording(&recording)?)?.first_round();
    let (clip, period) = (seen(&clip)?, cell.clip.flash_every);
    let found =
        (judge(&clip, &out, period, Tolerance::studio(cell.clip.fps)), Difference::between(&clip, &out, period));
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(found)
}
