//! The card of a product on the canvas: a generated picture with the product in it goes through `hawker live`, recognition
//! pins the product, and a frame of the recording is compared with `card.png`.

use crate::regions::Region;
use hawker_tests::{Picture, ShowClock, Studio, asset, eventually, frame, probe, root, write_png};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// From the pin to the card on the canvas it takes a drawing thread's turn; a second and a half is far more.
const CARD_IS_UP_S: f64 = 1.5;

/// The canvas' lower left, where the card stands, at half its size: enough to judge, small enough to keep. The colours are
/// those of HD, as players take them.
const CUT: &str = "crop=616:240:0:480,scale=308:120:flags=area:in_color_matrix=bt709";
const CUT_SIZE: (usize, usize) = (308, 120);

// Parts of the cut.
const BACKDROP: Region = Region { x: 298, y: 0, width: 10, height: 120 };
const GROUND: Region = Region { x: 100, y: 61, width: 180, height: 8 };
const PHOTO: Region = Region { x: 26, y: 27, width: 60, height: 60 };
const TITLE: Region = Region { x: 98, y: 26, width: 190, height: 30 };
const PRICE: Region = Region { x: 98, y: 72, width: 80, height: 20 };

/// What H.264 at the show's bitrate and the way to its colours and back cost a calm region (3.6 on a slow gradient); a card
/// that lost its see-through ground would be 18 away.
const CODED: f64 = 6.0;
/// The thumbnail is scaled once more on its way onto the card, and has detail that an encoder softens.
const CODED_PHOTO: f64 = 8.0;
/// Another machine may have other fonts: letters of another cut, in the same place and size.
const OTHER_FONT: f64 = 60.0;
const OTHER_INK: std::ops::RangeInclusive<f64> = 0.5..=2.0;

#[test]
fn the_card_of_a_pinned_product_looks_as_it_was_judged() {
    let studio = Studio::new();
    let shop = studio.folder().join("shop");
    few_products(&shop);
    studio.json(&["catalog", "import", shop.to_str().unwrap()]);
    let picture = studio.folder().join("picture.png");
    paint(&picture);
    let recording = studio.folder().join("show.mkv");
    let source = picture.to_str().unwrap();
    let arguments = ["live", "--source", source, "--no-platform", "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&arguments, None);
    let pin = show.wait_for("the product is pinned", SOON, |line| line["event"] == "tag" && line["state"] == "pinned");
    assert_eq!(pin["sku"], "LJ-NUTS-500");
    let wanted_ms = pin["t_ms"].as_u64().unwrap() + (CARD_IS_UP_S * 1000.0) as u64;
    // Half a second more than is looked at: the newest pictures are still on their way to the disk.
    let enough_s = wanted_ms as f64 / 1000.0 + 0.5;
    eventually("the card is recorded", SOON, || {
        (probe(recording.to_str().unwrap(), None).duration() > enough_s).then_some(())
    });
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let recorded = PathBuf::from(lines.last().unwrap()["recording"]["path"].as_str().unwrap());
    let seen = frame(&recorded, ShowClock::read(&recorded).seconds_at(wanted_ms), CUT, CUT_SIZE);
    let source = frame(&picture, 0.0, CUT, CUT_SIZE);
    let problems = compare(&seen, &source);
    if !problems.is_empty() {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("card.seen.png");
        write_png(&seen, &place);
        panic!("{}\nwhat was seen: {}", problems.join("\n"), place.display());
    }
}

/// Where the frame is not what was judged, as sentences.
fn compare(seen: &Picture, source: &Picture) -> Vec<String> {
    let kept = root().join("tests/golden/card.png");
    if !kept.exists() {
        return vec![format!("there is no {} to compare with", kept.display())];
    }
    let judged = frame(&kept, 0.0, "null", CUT_SIZE);
    let mut problems = Vec::new();
    let near = [
        ("the backdrop beside the card", BACKDROP, source, CODED),
        ("the card's ground", GROUND, &judged, CODED),
        ("the photo", PHOTO, &judged, CODED_PHOTO),
        ("the title", TITLE, &judged, OTHER_FONT),
        ("the price", PRICE, &judged, OTHER_FONT),
    ];
    for (name, region, wanted, tolerance) in near {
        let difference = region.difference(seen, wanted);
        println!("{name}: {difference:.1} of {tolerance:.1}");
        if difference > tolerance {
            problems.push(format!("{name} is {difference:.1} steps away, at most {tolerance:.1} were expected"));
        }
    }
    for (name, region) in [("the title", TITLE), ("the price", PRICE)] {
        let ratio = region.ink(seen) / region.ink(&judged);
        println!("{name}: {ratio:.2} times the ink");
        if !OTHER_INK.contains(&ratio) {
            problems.push(format!("{name} has {ratio:.2} times the ink it had"));
        }
    }
    problems
}

/// The product and two others of the demo catalogue: enough to choose from, quickly learnt.
fn few_products(shop: &Path) {
    const SKUS: [&str; 4] = ["sku", "LJ-NUTS-500", "CC-CHIP-SEA", "MY-SHAM-400"];
    std::fs::create_dir_all(shop.join("photos")).unwrap();
    let whole = std::fs::read_to_string(asset("demo/catalog.csv")).unwrap();
    let rows = whole.lines().filter(|row| SKUS.contains(&row.split(',').next().unwrap()));
    let table: String = rows.map(|row| format!("{row}\n")).collect();
    for photo in table.split([',', ';', '\n']).filter(|cell| cell.starts_with("photos/")) {
        std::fs::copy(asset(&format!("demo/{photo}")), shop.join(photo)).unwrap();
    }
    std::fs::write(shop.join("catalog.csv"), table).unwrap();
}

/// A backdrop of two slow gradients with a photo of the product in its middle, above the card's place.
fn paint(to: &Path) {
    let backdrop = "color=gray:s=1280x720,geq=r='60+X/16':g='90+Y/12':b='150-X/20'";
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-f", "lavfi", "-i", backdrop, "-i"])
        .arg(asset("demo/photos/nuts-1.jpg"))
        .args(["-filter_complex", "[1]scale=-2:400[photo];[0][photo]overlay=(W-w)/2:100", "-frames:v", "1"])
        .arg(to)
        .status()
        .expect("ffmpeg is installed by `cargo xtask setup`");
    assert!(done.success(), "the picture can be painted");
}
