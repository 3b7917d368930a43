//! Ours: the card is a product pinned by hand, the preview is off without a window, recognition has no models.

use super::{Job, Running, Shown};
use crate::bench::media::delay::SKU;

pub(super) fn start(job: &Job<'_>) -> Result<Running, String> {
    let data = job.stage.data(&job.folder, true)?;
    job.stage.canvas(&data, job.canvas)?;
    let mut command = job.stage.live(&data);
    job.stage.without_recognition(&job.folder, &mut command)?;
    command.args(["--no-platform", "--pin", SKU, "--to", &job.url]).arg("--record").arg(job.recording());
    match &job.shown {
        Shown::Clip(clip) => command.arg("--source").arg(clip),
        Shown::Screen(display) => command.args(["--source", "screen"]).env("DISPLAY", display),
    };
    job.spawn(&mut command)
}
