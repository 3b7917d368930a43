//! What the host says during a show is learned, kept, and can be taken back.

use hawker_tests::{Hawker, Studio, asset, eventually};
use serde_json::Value;
use std::fs;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// A catalogue of four products of the demo, and a picture of something else as the camera.
pub fn catalogue(studio: &Studio) -> (String, String) {
    let folder = studio.folder().join("goods");
    fs::create_dir_all(&folder).unwrap();
    let mut text = "sku,title,price,currency,images\n".to_owned();
    for slug in ["milk", "power-bank", "noodles", "ginger"] {
        let photos: Vec<String> = (1..=3).map(|n| format!("{slug}-{n}.jpg")).collect();
        for photo in &photos {
            fs::copy(asset(&format!("demo/photos/{photo}")), folder.join(photo)).unwrap();
        }
        text += &format!("{slug},{slug},9.90,CNY,{}\n", photos.join(";"));
    }
    let csv = folder.join("catalog.csv");
    fs::write(&csv, text).unwrap();
    let strange = asset("demo/photos/stethoscope-1.jpg");
    (csv.to_str().unwrap().to_owned(), strange.to_str().unwrap().to_owned())
}

fn tagged(line: &Value, sku: &str, state: &str) -> bool {
    line["event"] == "tag" && line["sku"] == sku && line["state"] == state
}

fn learned(line: &Value, sku: &str, is_it: bool) -> bool {
    line["event"] == "learned" && line["sku"] == sku && line["is_it"] == is_it
}

fn lessons(studio: &Studio) -> Vec<(String, bool)> {
    let out = studio.run(&["--json", "catalog", "lessons"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let listed: Value = serde_json::from_slice(&out.stdout).unwrap();
    let one = |lesson: &Value| (lesson["sku"].as_str().unwrap().to_owned(), lesson["is_it"].as_bool().unwrap());
    listed.as_array().unwrap().iter().map(one).collect()
}

/// A show of a picture; the models are loaded and the picture is looked at once a thing in it can be named.
pub fn show(studio: &Studio, csv: &str, picture: &str) -> Hawker {
    show_with(studio, csv, picture, &[])
}

fn show_with(studio: &Studio, csv: &str, picture: &str, more: &[&str]) -> Hawker {
    let recording = studio.folder().join("show.mkv");
    let recording = recording.to_str().unwrap();
    let arguments = ["live", "--source", picture, "--no-platform", "--catalog", csv, "--record", recording];
    let mut show = studio.start(&[&arguments[..], &["--no-pin-clips"], more].concat(), None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    show
}

#[test]
fn what_the_host_names_in_one_show_is_pinned_in_the_next_until_it_is_taken_back() {
    let studio = Studio::new();
    let (csv, strange) = catalogue(&studio);
    let mut first = show(&studio, &csv, &strange);
    let unknown = studio.run(&["show", "name", "no-such-product"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no-such-product"), "{unknown:?}");
    eventually("the thing is named", SOON, || studio.run(&["show", "name", "ginger"]).status.success().then_some(()));
    first.wait_for("it is pinned", SOON, |line| tagged(line, "ginger", "pinned"));
    let line = first.wait_for("it is learned", SOON, |line| learned(line, "ginger", true));
    assert_eq!(lessons(&studio), [("ginger".to_owned(), true)]);
    let (lines, status, errors) = first.end();
    assert!(status.success(), "{errors}");
    let by_itself = |line: &&Value| line["event"] == "tag" && line["why"][0] == "image" && line["state"] == "pinned";
    assert_eq!(lines.iter().find(by_itself), None, "nothing else was taken for it");

    let mut second = show(&studio, &csv, &strange);
    let pinned = second.wait_for("it is known by itself", SOON, |line| tagged(line, "ginger", "pinned"));
    assert_eq!(pinned["why"][0], "image", "{pinned}");
    assert!(studio.run(&["show", "undo"]).status.success());
    second.wait_for("it is unlearned", SOON, |line| learned(line, "ginger", false));
    second.wait_for("the pin is gone", SOON, |line| tagged(line, "ginger", "retracted"));
    assert_eq!(lessons(&studio), [("ginger".to_owned(), false), ("ginger".to_owned(), true)]);

    let pictures = studio.folder().join("pictures");
    assert!(studio.run(&["catalog", "lessons", "--pictures", pictures.to_str().unwrap()]).status.success());
    let kept = pictures.join(format!("{}.jpg", line["lesson_id"].as_str().unwrap()));
    assert!(fs::read(kept).unwrap().starts_with(&[0xff, 0xd8]), "the picture it was learned from");
    assert!(studio.run(&["catalog", "forget", line["lesson_id"].as_str().unwrap()]).status.success());
    assert_eq!(lessons(&studio), [("ginger".to_owned(), false)]);
    assert!(studio.run(&["catalog", "forget", "--all"]).status.success());
    assert_eq!(lessons(&studio), []);
    let gone = studio.run(&["catalog", "forget", line["lesson_id"].as_str().unwrap()]);
    assert!(String::from_utf8_lossy(&gone.stderr).contains("not found") || !gone.status.success(), "{gone:?}");
    let _ = second.end();
    assert!(!studio.run(&["show", "name", "ginger"]).status.success(), "nothing is on air");
}

#[test]
fn what_is_pinned_goes_with_the_camera_and_comes_back_with_it() {
    let studio = Studio::new();
    let (csv, _) = catalogue(&studio);
    let noodles = asset("demo/photos/noodles-4.jpg");
    let mut show = show_with(&studio, &csv, noodles.to_str().unwrap(), &["--fault", "camera-lost@20s:2s"]);
    show.wait_for("it is pinned", SOON, |line| tagged(line, "noodles", "pinned"));
    show.forget();
    show.wait_for("the camera is lost", SOON, |line| line["event"] == "source" && line["state"] == "lost");
    let gone = show.wait_for("the card goes", SOON, |line| tagged(line, "noodles", "retracted"));
    let back = show.wait_for("the camera is back", SOON, |line| line["event"] == "source" && line["state"] == "back");
    assert!(gone["t_ms"].as_u64() < back["t_ms"].as_u64(), "viewers see no card of what nobody shows: {gone} {back}");
    show.forget();
    show.wait_for("it is pinned again", SOON, |line| tagged(line, "noodles", "pinned"));
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}

#[test]
fn what_a_show_decided_on_is_decided_again_in_the_same_way() {
    let studio = Studio::new();
    let (csv, strange) = catalogue(&studio);
    let evidence = studio.folder().join("evidence.jsonl");
    let mut show = show_with(&studio, &csv, &strange, &["--record-evidence", evidence.to_str().unwrap()]);
    // A correction that counts, one that takes it back, another order, and photos that build the gallery anew.
    eventually("the thing is named", SOON, || studio.run(&["show", "name", "ginger"]).status.success().then_some(()));
    show.wait_for("it is learned", SOON, |line| learned(line, "ginger", true));
    show.wait_for("it is pinned", SOON, |line| tagged(line, "ginger", "pinned"));
    assert!(studio.run(&["catalog", "order", "milk", "ginger"]).status.success());
    assert!(studio.run(&["show", "undo"]).status.success());
    show.wait_for("it is unlearned", SOON, |line| learned(line, "ginger", false));
    let more = studio.folder().join("goods/more.csv");
    fs::copy(asset("demo/photos/stethoscope-2.jpg"), studio.folder().join("goods/stethoscope-2.jpg")).unwrap();
    fs::write(&more, "sku,title,price,currency,images\nstethoscope,stethoscope,9.90,CNY,stethoscope-2.jpg\n").unwrap();
    assert!(studio.run(&["catalog", "import", more.to_str().unwrap()]).status.success());
    assert!(studio.run(&["catalog", "order", "milk", "stethoscope"]).status.success());
    eventually("it is named as the new one", SOON, || {
        studio.run(&["show", "name", "stethoscope"]).status.success().then_some(())
    });
    show.wait_for("it is learned too", SOON, |line| learned(line, "stethoscope", true));
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");

    let again = studio.json(&["recognise", "--evidence", evidence.to_str().unwrap()]);
    assert_eq!(again["as_recorded"].as_bool(), Some(true), "{again}");
    assert!(again["looks"].as_u64() > Some(5), "{again}");
    let text = fs::read_to_string(&evidence).unwrap();
    let count = |step: &str| text.lines().filter(|line| line.starts_with(&format!(r#"{{"step":"{step}""#))).count();
    assert!(count("reject") >= 1 && count("accept") >= 1 && count("order") >= 2, "corrections and orders are in it");
    assert!(count("products") >= 2, "the gallery was built anew");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&evidence).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn evidence_that_cannot_be_written_is_said_once_and_costs_the_show_nothing() {
    for (to, why) in [("/dev/full", "space"), ("no/such/folder/evidence.jsonl", "No such file")] {
        let studio = Studio::new();
        let (csv, _) = catalogue(&studio);
        let milk = asset("demo/photos/milk-4.jpg");
        let mut show = show_with(&studio, &csv, milk.to_str().unwrap(), &["--record-evidence", to]);
        show.wait_for("it is pinned", SOON, |line| tagged(line, "milk", "pinned"));
        let (lines, status, errors) = show.end();
        assert!(status.success(), "{errors}");
        let told = |line: &&Value| line["event"] == "notice" && line["reason"]["why"] == "evidence_not_kept";
        let notices: Vec<&Value> = lines.iter().filter(told).collect();
        assert_eq!(notices.len(), 1, "{to}: {notices:?}");
        assert!(notices[0]["message"].as_str().unwrap().contains(why), "{to}: {notices:?}");
    }
}

#[test]
fn evidence_is_written_neither_over_a_catalogue_nor_into_the_recording() {
    let studio = Studio::new();
    let (csv, _) = catalogue(&studio);
    let (before, milk) = (fs::read(&csv).unwrap(), asset("demo/photos/milk-4.jpg"));
    let recording = studio.folder().join("show.mkv");
    let recording = recording.to_str().unwrap();
    for to in [csv.as_str(), recording] {
        let arguments = ["live", "--source", milk.to_str().unwrap(), "--no-platform", "--record", recording];
        let refused = studio.run(&[&arguments[..], &["--seconds", "1", "--record-evidence", to]].concat());
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("evidence") && said.contains(to), "{to}: {said}");
    }
    assert_eq!(fs::read(&csv).unwrap(), before);
    assert!(fs::metadata(recording).is_err(), "no show began");
}

#[test]
fn a_rehearsal_says_what_is_ready_and_what_to_photograph() {
    let studio = Studio::new();
    let (csv, _) = catalogue(&studio);
    let imported = studio.run(&["catalog", "import", &csv]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    // The same goods under another number, and a product that nobody photographed.
    let more = studio.folder().join("goods/more.csv");
    fs::write(&more, "sku,title,price,currency,images\nmilk-2,milk,9.90,CNY,milk-1.jpg\nbare,bare,1.00,CNY,\n")
        .unwrap();
    assert!(studio.run(&["catalog", "import", more.to_str().unwrap()]).status.success());
    let out = studio.run(&["--json", "catalog", "rehearse"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let found: Value = serde_json::from_slice(&out.stdout).unwrap();
    let advice = |sku: &str| {
        let product = found["products"].as_array().unwrap().iter().find(|product| product["sku"] == sku).unwrap();
        product["advice"].clone()
    };
    assert_eq!(advice("power-bank"), Value::Array(Vec::new()), "{found}");
    assert_eq!(advice("bare")[0]["what"], "no_photo");
    let same = |sku: &str, other: &str| {
        let wanted = serde_json::json!({ "what": "same_photo", "sku": other });
        assert!(advice(sku).as_array().unwrap().contains(&wanted), "{sku}: {}", advice(sku));
    };
    same("milk", "milk-2");
    same("milk-2", "milk");
    let said = studio.run(&["catalog", "rehearse", "noodles", "bare"]);
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("bare") && said.contains("has no photo") && said.contains("of 2 products are ready"),
        "{said}"
    );
    let unknown = studio.run(&["catalog", "rehearse", "nothing"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("nothing"), "{unknown:?}");
}

#[test]
fn what_is_not_in_the_running_order_is_known_too_once_its_photos_were_looked_at() {
    let studio = Studio::new();
    let (csv, _) = catalogue(&studio);
    assert!(studio.run(&["catalog", "import", &csv]).status.success());
    assert!(studio.run(&["catalog", "order", "milk"]).status.success());
    // A fourth picture of the noodles: its other three are looked at between the frames of the show.
    let noodles = asset("demo/photos/noodles-4.jpg");
    let recording = studio.folder().join("show.mkv");
    let arguments = ["live", "--source", noodles.to_str().unwrap(), "--no-platform", "--no-pin-clips", "--record"];
    let mut show = studio.start(&[&arguments[..], &[recording.to_str().unwrap()]].concat(), None);
    show.wait_for("it is pinned", SOON, |line| tagged(line, "noodles", "pinned"));
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}

#[test]
fn evidence_of_a_clip_is_decided_again_and_what_is_said_in_it_is_heard() {
    let studio = Studio::new();
    let (csv, _) = catalogue(&studio);
    let folder = studio.folder();
    let (clip, milk) = (folder.join("clip.mp4"), asset("demo/photos/milk-4.jpg"));
    let filter = "scale=640:360:force_original_aspect_ratio=decrease,pad=640:360:-1:-1,format=yuv420p";
    let made = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-loop", "1", "-t", "4", "-i"])
        .arg(&milk)
        .args(["-vf", filter, "-r", "10", "-c:v", "libx264", "-preset", "ultrafast"])
        .arg(&clip)
        .status()
        .unwrap();
    assert!(made.success());
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let truth = file("truth.json", r#"[{"sku":"milk","from_ms":0,"to_ms":4000}]"#);
    let spoken = file("spoken.json", r#"[{"words":"this is the milk","t0":0,"t1":90}]"#);
    let (evidence, clip) = (folder.join("evidence.jsonl"), clip.to_str().unwrap());
    let evidence = evidence.to_str().unwrap();
    let arguments = ["recognise", "--catalog", &csv, "--video", clip, "--truth", &truth, "--no-words"];
    let seen = studio.json(&[&arguments[..], &["--spoken", &spoken, "--record-evidence", evidence]].concat());
    assert_eq!((seen["pinned"].as_u64(), seen["wrong_pins"].as_u64()), (Some(1), Some(0)), "{seen}");
    let again = studio.json(&["recognise", "--evidence", evidence, "--truth", &truth]);
    assert_eq!((again["as_recorded"].as_bool(), again["spoken"].as_u64()), (Some(true), Some(1)), "{again}");
    assert_eq!(again["tag_latency_ms_p95"], seen["tag_latency_ms_p95"]);
    let text = fs::read_to_string(evidence).unwrap();
    assert!(text.contains("\"speech\""), "the name that was said is a reason");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(evidence).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let broken = file("broken.jsonl", "{\"step\":\"products\"}\n");
    let refused = studio.run(&["recognise", "--evidence", &broken]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("line 1"), "{said}");
}
