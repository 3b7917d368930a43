//! A plain GStreamer pipeline of the shape that ours has, without anything that keeps it alive.

use super::{AUDIO_BPS, Job, KEYFRAME_S, Running, Shown};
use std::process::Command;

pub(super) fn start(job: &Job<'_>) -> Result<Running, String> {
    let canvas = job.canvas;
    let (card, x, y) = &job.card;
    let raw = format!(
        "video/x-raw,format=I420,width={},height={},framerate={}/1,pixel-aspect-ratio=1/1",
        canvas.width, canvas.height, canvas.fps
    );
    let (picture, sound) = match &job.shown {
        Shown::Clip(clip) => (
            format!(
                "filesrc location={} ! decodebin name=d d. ! queue max-size-buffers=3 ! identity sync=true",
                clip.display()
            ),
            "d. ! queue".to_owned(),
        ),
        Shown::Screen(display) => (
            format!("ximagesrc display-name={display} use-damage=false show-pointer=false"),
            "audiotestsrc is-live=true wave=silence".to_owned(),
        ),
    };
    let line = format!(
        "{picture} ! videoconvert ! videoscale ! videorate ! {raw} \
         ! gdkpixbufoverlay location={} offset-x={x} offset-y={y} ! queue max-size-buffers=3 leaky=downstream \
         ! x264enc bitrate={} speed-preset=superfast tune=zerolatency pass=cbr bframes=0 vbv-buf-capacity=1000 key-int-max={} \
         option-string=scenecut=0 ! h264parse ! tee name=v \
         {sound} ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 ! avenc_aac bitrate={AUDIO_BPS} ! aacparse \
         ! tee name=a \
         flvmux name=f streamable=true ! rtmp2sink location={} sync=false async=false \
         matroskamux name=m ! filesink location={} async=false \
         v. ! queue ! f. a. ! queue ! f. v. ! queue ! m. a. ! queue ! m.",
        card.display(),
        canvas.bitrate_bps / 1000,
        canvas.fps * KEYFRAME_S,
        job.url,
        job.recording().display()
    );
    let mut command = Command::new("gst-launch-1.0");
    // -e: an interrupt finishes the recording.
    command.args(["-q", "-e"]).args(line.split_whitespace());
    job.spawn(&mut command)
}
