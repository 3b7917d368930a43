//! OBS as Debian has it, without a screen: profile and scenes are written by us, its window lies in an Xvfb, and without a
//! graphics card llvmpipe draws.

use super::{AUDIO_BPS, Job, KEYFRAME_S, Running, Screen, Shown};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

pub(super) fn start(job: &Job<'_>) -> Result<Running, String> {
    let settings = job.folder.join("config/obs-studio");
    let put =
        |path: &Path, text: String| crate::workspace::write(path, text.as_bytes()).map_err(|error| error.to_string());
    put(&settings.join("global.ini"), GLOBAL.to_owned())?;
    put(&settings.join("basic/profiles/Bench/basic.ini"), profile(job))?;
    put(&settings.join("basic/profiles/Bench/service.json"), service(&job.url)?.to_string())?;
    put(&settings.join("basic/scenes/Bench.json"), scenes(job).to_string())?;
    let run = job.folder.join("run");
    std::fs::create_dir_all(&run).map_err(|error| format!("{}: {error}", run.display()))?;
    let screen = Screen::open(1280, 720)?;
    let mut command = Command::new("obs");
    command.args(["--multi", "--profile", "Bench", "--collection", "Bench", "--scene", "Scene"]);
    command.args(["--startstreaming", "--startrecording"]).env("DISPLAY", &screen.display);
    command.env("HOME", &job.folder).env("XDG_CONFIG_HOME", job.folder.join("config")).env("XDG_RUNTIME_DIR", run);
    command.env("LIBGL_ALWAYS_SOFTWARE", "1").env("QT_QPA_PLATFORM", "xcb").env_remove("WAYLAND_DISPLAY");
    let mut started = job.spawn(&mut command).map_err(|why| format!("{why}; install obs-studio"))?;
    started.beside = Some(screen);
    Ok(started)
}

/// Without a first-run wizard, an update check or a question.
const GLOBAL: &str = "[General]\nFirstRun=true\nEnableAutoUpdates=false\n[Basic]\nProfile=Bench\nProfileDir=Bench\n\
    SceneCollection=Bench\nSceneCollectionFile=Bench\n[BasicWindow]\nSysTrayEnabled=false\n";

fn profile(job: &Job<'_>) -> String {
    let canvas = job.canvas;
    format!(
        "[General]\nName=Bench\n[Video]\nBaseCX={w}\nBaseCY={h}\nOutputCX={w}\nOutputCY={h}\nFPSType=1\nFPSInt={fps}\n\
         [Output]\nMode=Simple\n[SimpleOutput]\nVBitrate={video}\nABitrate={audio}\nUseAdvanced=true\nPreset=superfast\n\
         x264Settings=tune=zerolatency bframes=0 scenecut=0 keyint={gop}\nStreamEncoder=x264\nRecQuality=Stream\nRecFormat=mkv\n\
         FilePath={folder}\n[Audio]\nSampleRate=48000\nChannelSetup=Stereo\n",
        w = canvas.width,
        h = canvas.height,
        fps = canvas.fps,
        video = canvas.bitrate_bps / 1000,
        audio = AUDIO_BPS / 1000,
        gop = canvas.fps * KEYFRAME_S,
        folder = job.folder.display(),
    )
}

fn service(url: &str) -> Result<Value, String> {
    let (server, key) = url.rsplit_once('/').ok_or("the address has no stream name")?;
    let settings = json!({"server": server, "key": key, "use_auth": false, "bwtest": false});
    Ok(json!({"type": "rtmp_custom", "settings": settings}))
}

fn scenes(job: &Job<'_>) -> Value {
    let source = |id: &str, name: &str, settings: Value| json!({"id": id, "versioned_id": id, "name": name, "settings": settings});
    let shown = match &job.shown {
        Shown::Clip(clip) => {
            let settings = json!({"local_file": clip, "is_local_file": true, "looping": true, "hw_decode": false});
            source("ffmpeg_source", "Shown", settings)
        }
        Shown::Screen(display) => {
            let settings = json!({"screen": 0, "show_cursor": false, "advanced": true, "server": display});
            source("xshm_input", "Shown", settings)
        }
    };
    let (card, x, y) = &job.card;
    let items = json!([item("Shown", 1, 0, 0), item("Card", 2, *x, *y)]);
    json!({
        "name": "Bench", "current_scene": "Scene", "current_program_scene": "Scene", "scene_order": [{"name": "Scene"}],
        "sources": [
            source("scene", "Scene", json!({"id_counter": 2, "items": items})),
            shown,
            source("image_source", "Card", json!({"file": card})),
        ]
    })
}

fn item(name: &str, id: u32, x: u32, y: u32) -> Value {
    json!({
        "name": name, "id": id, "visible": true, "locked": false, "rot": 0.0, "align": 5, "bounds_type": 0, "bounds_align": 0,
        "pos": {"x": f64::from(x), "y": f64::from(y)}, "scale": {"x": 1.0, "y": 1.0}, "bounds": {"x": 0.0, "y": 0.0},
        "crop_left": 0, "crop_top": 0, "crop_right": 0, "crop_bottom": 0
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_streams_name_is_the_key() {
        let service = service("rtmp://127.0.0.1:9/live/show").unwrap();
        assert_eq!(service["settings"]["server"], "rtmp://127.0.0.1:9/live");
        assert_eq!(service["settings"]["key"], "show");
        assert!(super::service("none").is_err());
    }
}
