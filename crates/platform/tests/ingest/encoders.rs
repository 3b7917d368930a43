//! Real encoders, as processes that end with the test.

use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

/// ffmpeg with test picture and tone, keyframe every second, in real time.
pub fn ffmpeg(url: &str) -> Child {
    let input =
        ["-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-re", "-f", "lavfi", "-i", "sine=frequency=440"];
    let video = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25", "-pix_fmt", "yuv420p"];
    let audio = ["-c:a", "aac", "-ar", "44100", "-f", "flv"];
    let args = ["-hide_banner", "-loglevel", "error", "-nostdin"];
    spawn(Command::new("ffmpeg").args(args).args(input).args(video).args(audio).arg(url))
}

/// GStreamer's rtmp2sink with the same.
pub fn gstreamer(url: &str) -> Child {
    let pipeline = format!(
        "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 ! \
         x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 bitrate=500 ! h264parse ! flvmux name=m streamable=true ! rtmp2sink location={url} \
         audiotestsrc is-live=true ! audio/x-raw,rate=44100 ! avenc_aac ! aacparse ! m."
    );
    spawn(Command::new("gst-launch-1.0").arg("-q").args(pipeline.split_whitespace()))
}

fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap()
}

/// Waits for an encoder that gives up by itself.
pub async fn given_up(encoder: Child) -> Output {
    let output = tokio::time::timeout(Duration::from_secs(30), encoder.wait_with_output()).await;
    output.expect("an encoder that is refused gives up within 30 s").unwrap()
}

/// What ffprobe says about a file: codecs in order, and any complaint.
pub async fn probe(file: &std::path::Path) -> (String, String) {
    let mut command = Command::new("ffprobe");
    command.args([
        "-hide_banner",
        "-loglevel",
        "warning",
        "-show_entries",
        "stream=codec_name,width,height,sample_rate",
    ]);
    let output = command.args(["-count_packets", "-of", "compact=nk=1:p=0"]).arg(file).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}
