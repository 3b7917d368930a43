//! The ffmpeg program: one encode, sent and recorded by its tee.

use super::{AUDIO_BPS, Job, KEYFRAME_S, Running, Shown};
use std::process::Command;

pub(super) fn start(job: &Job<'_>) -> Result<Running, String> {
    let canvas = job.canvas;
    let (card, x, y) = &job.card;
    let rate = canvas.fps.to_string();
    let bits = format!("{}k", canvas.bitrate_bps / 1000);
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-y", "-loglevel", "warning"]);
    let sound = match &job.shown {
        Shown::Clip(clip) => {
            command.args(["-re", "-stream_loop", "-1", "-i"]).arg(clip);
            "0:a:0"
        }
        Shown::Screen(display) => {
            let size = format!("{}x{}", canvas.width, canvas.height);
            command.args([
                "-f",
                "x11grab",
                "-draw_mouse",
                "0",
                "-framerate",
                &rate,
                "-video_size",
                &size,
                "-i",
                display,
            ]);
            command.args(["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"]);
            "1:a:0"
        }
    };
    command.args(["-loop", "1", "-framerate", "1", "-i"]).arg(card);
    let card_input = if sound == "0:a:0" { 1 } else { 2 };
    let graph = format!(
        "[0:v]fps={rate},scale={}:{},format=yuv420p[p];[p][{card_input}:v]overlay={x}:{y}:format=yuv420[v]",
        canvas.width, canvas.height
    );
    let gop = (canvas.fps * KEYFRAME_S).to_string();
    command.args(["-filter_complex", &graph, "-map", "[v]", "-map", sound, "-ar", "48000", "-ac", "2"]);
    command.args(["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-bf", "0", "-sc_threshold", "0"]);
    // As that tune asks for and everybody else does it: pictures in slices. By itself the program has frames coded side by side,
    // which delays the stream by as many and saves some milliseconds.
    command.args(["-thread_type", "slice"]);
    command.args(["-b:v", &bits, "-maxrate", &bits, "-bufsize", &bits, "-g", &gop]);
    command.args(["-c:a", "aac", "-b:a", &AUDIO_BPS.to_string(), "-flags", "+global_header", "-f", "tee"]);
    command.arg(format!("[f=flv]{}|[f=matroska]{}", job.url, job.recording().display()));
    job.spawn(&mut command)
}
