//! A computer that is too busy: what is given up then, in a show that runs.

use crate::{
    skin::{Luma, skin},
    support::*,
};
use hawker_domain::CanvasShape;
use hawker_media::{
    CanvasConfig, Fault, Figures, Levels, MediaEvent, MediaStats, Program, ProgramConfig, Scale, Setpoint, prometheus,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// What was seen of a show at a moment, by its own time.
#[derive(Clone)]
struct Moment {
    ms: u64,
    looks: u64,
    previews: u64,
    composed: u64,
}

/// A show whose every part is looked at all the time.
struct Watch {
    looks: Arc<AtomicU64>,
    previews: Arc<AtomicU64>,
    newest: Arc<Mutex<Option<bytes::Bytes>>>,
    over: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
    /// Every place at which the levers stood, from when.
    stood: Vec<(u64, Setpoint)>,
}

impl Watch {
    fn start(program: &Program) -> Self {
        let (looks, previews, over) =
            (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let newest = Arc::<Mutex<Option<bytes::Bytes>>>::default();
        let (mut frames, mut preview) = (program.frames(), program.preview(CanvasShape::Landscape).unwrap());
        let wait = Duration::from_millis;
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (count, ended) = (looks.clone(), over.clone());
        let looking = std::thread::spawn(move || {
            runtime().block_on(async {
                while !ended.load(Ordering::SeqCst) {
                    if matches!(tokio::time::timeout(wait(100), frames.changed()).await, Ok(Ok(()))) {
                        frames.mark_unchanged();
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        });
        let (count, ended, kept) = (previews.clone(), over.clone(), newest.clone());
        let previewing = std::thread::spawn(move || {
            runtime().block_on(async {
                let mut seq = 0;
                while !ended.load(Ordering::SeqCst) {
                    if let Ok(Some(next)) = tokio::time::timeout(wait(1_000), preview.next(seq)).await {
                        seq = next.seq;
                        *kept.lock().unwrap() = Some(next.jpeg);
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        });
        Self { looks, previews, newest, over, threads: vec![looking, previewing], stood: Vec::new() }
    }

    /// Where the levers stand; none before the governor was asked.
    fn setpoint(&mut self, program: &Program) -> Option<Setpoint> {
        let now = program.stats().governor?.setpoint;
        if self.stood.last().is_none_or(|(_, before)| *before != now) {
            self.stood.push((program.show_ms().0, now));
        }
        Some(now)
    }

    fn moment(&self, program: &Program) -> Moment {
        let count = |count: &AtomicU64| count.load(Ordering::SeqCst);
        Moment {
            ms: program.show_ms().0,
            looks: count(&self.looks),
            previews: count(&self.previews),
            composed: program.stats().frames.composed,
        }
    }

    /// Until the levers have stood in a way for so long; what was seen at both ends of that time.
    fn stands(
        &mut self,
        program: &Program,
        what: &str,
        length_ms: u64,
        mut wanted: impl FnMut(&Setpoint) -> bool,
    ) -> [Moment; 2] {
        let mut since: Option<Moment> = None;
        let mut until_now = None;
        until(what, || {
            let now = self.moment(program);
            if self.setpoint(program).is_none_or(|setpoint| !wanted(&setpoint)) {
                since = None;
            } else if since.as_ref().is_none_or(|since| now.ms < since.ms + length_ms) {
                since = since.take().or(Some(now));
            } else {
                until_now = Some(now);
            }
            until_now.is_some()
        });
        [since.unwrap(), until_now.unwrap()]
    }

    fn preview_noise(&self) -> f64 {
        Luma::of_jpeg(self.newest.lock().unwrap().as_ref().unwrap()).skin_noise()
    }

    fn end(self) -> Vec<(u64, Setpoint)> {
        self.over.store(true, Ordering::SeqCst);
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
        self.stood
    }
}

/// How many a second.
fn rate([from, to]: &[Moment; 2], count: impl Fn(&Moment) -> u64) -> f64 {
    (count(to) - count(from)) as f64 * 1_000.0 / (to.ms - from.ms) as f64
}

fn page(stats: &MediaStats) -> String {
    prometheus(Figures { stats, sound: &Levels::default(), process: None })
}

/// The levers' places in the words of the host, in the order in which they are given up.
const GIVEN_UP: [&str; 5] = [
    "products are looked for",
    "the preview here is lowered",
    "skin smoothing is paused",
    "pictures per second lowered",
    "resolution lowered",
];

#[test]
fn a_busy_computer_gives_up_what_viewers_do_not_see_first_and_takes_all_of_it_back() {
    let dir = tempfile::tempdir().unwrap();
    let canvas = CanvasConfig { shape: CanvasShape::Landscape, width: 1280, height: 720, bitrate_bps: 2_500_000 };
    let (program, mut events) = Listener::start(ProgramConfig {
        sources: sources(skin(dir.path(), (1280, 720))),
        canvases: vec![canvas],
        watch_fps: 5,
        beauty: 80,
        ..config()
    });
    let mut watch = Watch::start(&program);
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    let top = Setpoint { watch_fps: 5, preview_fps: 15, beauty_allowed: true, fps: 30, scale: Scale::Full };
    let calm = watch.stands(&program, "all is well", 2_000, |setpoint| *setpoint == top);
    let smooth = watch.preview_noise();

    // More threads each time, until so many take the processor that even the size is given up.
    let burn = || program.inject(Fault::Cpu(Duration::from_secs(2)));
    let mut burnt = 0;
    let busy = watch.stands(&program, "all is given up", 5_000, |setpoint| {
        if program.show_ms().0 >= burnt {
            burn();
            burnt = program.show_ms().0 + if setpoint.scale == Scale::Full { 300 } else { 1_000 };
        }
        setpoint.scale != Scale::Full
    });
    let lowered = program.stats();
    let noisy = watch.preview_noise();
    let again = watch.stands(&program, "all is back", 2_500, |setpoint| *setpoint == top);
    let metrics = page(&program.stats());
    recorded_to(&program, again[1].ms);
    let stood = watch.end();
    let recorded = program.stop().finish().recording.unwrap();

    let told: Vec<String> = events.all().into_iter().filter_map(overload).collect();
    let first = GIVEN_UP.map(|words| told.iter().position(|said| said.contains(words)));
    assert!(first.iter().all(Option::is_some) && first.is_sorted(), "said in this order: {first:?} {told:?}");
    let lowered = page(&lowered);
    for lever in ["recognition_per_second", "preview_per_second", "beauty", "frames_per_second", "short_side_pixels"] {
        let line = format!("hawker_governor_lowered{{lever=\"{lever}\"}}");
        assert!(lowered.contains(&line) && !metrics.contains(&line), "{line} while it is lowered: {lowered}");
    }
    // What is looked at really comes less often, and then as often as before.
    let rates =
        |span: &[Moment; 2]| [rate(span, |at| at.looks), rate(span, |at| at.previews), rate(span, |at| at.composed)];
    let [calm, busy, again] = [calm, busy, again].map(|span| rates(&span));
    for [looks, previews, _] in [calm, again] {
        assert!(looks > 3.5 && previews > 10.0, "{calm:?} {busy:?} {again:?}");
    }
    let [looks, previews, composed] = busy;
    // A third of the canvas's fifteen; pictures that waited when the load began come at once.
    assert!(looks < 2.0 && previews < 0.6 * composed, "{calm:?} {busy:?} {again:?}");
    assert!(noisy > 3.0 * smooth, "skin is not smoothed while there is no time for it: {noisy:.1}, {smooth:.1}");
    recorded_as_it_stood(
        &recorded.parts.iter().map(|part| (part.began.0, part.path.clone())).collect::<Vec<_>>(),
        &stood,
    );
}

fn overload(event: MediaEvent) -> Option<String> {
    match event {
        MediaEvent::Overload { lowered: true, words } => Some(words.en),
        _ => None,
    }
}

/// Each file has one size and, where the levers stood still, as many pictures a second as they allowed.
fn recorded_as_it_stood(parts: &[(u64, PathBuf)], stood: &[(u64, Setpoint)]) {
    let height = |film: &Path| {
        let found = probe(film, &["-select_streams", "v", "-show_entries", "stream=height"]);
        found["streams"][0]["height"].as_u64().unwrap()
    };
    let heights: Vec<u64> = parts.iter().map(|(_, film)| height(film)).collect();
    assert!(heights.first() == Some(&720) && heights.last() == Some(&720), "{heights:?}");
    let deepest = stood.iter().map(|(_, setpoint)| setpoint.scale).max().unwrap();
    let least = u64::from(deepest.of(720));
    assert!(heights.contains(&least) && least < 720, "{heights:?}");
    let mut pictures: Vec<u64> = Vec::new();
    for (began, film) in parts {
        let times = packets(film, "v");
        let first = times[0].0;
        pictures.extend(times.iter().map(|(at, _)| began + ((at - first) * 1_000.0) as u64));
    }
    let slowest = stood.iter().map(|(_, setpoint)| setpoint.fps).min().unwrap();
    assert_eq!(slowest, 15, "{stood:?}");
    let mut compared = 0;
    for pair in stood.windows(2).filter(|pair| pair[0].1.fps == slowest) {
        let (from, to) = (pair[0].0 + 500, pair[1].0.saturating_sub(100));
        let count = pictures.iter().filter(|at| (from..to).contains(*at)).count() as u64;
        if to > from + 500 {
            compared += 1;
            let most = (to - from) * u64::from(slowest) / 1_000 + 3;
            assert!(count <= most, "{count} pictures from {from} to {to} ms, {most} at most");
        }
    }
    assert!(compared > 0, "{stood:?}");
    let last = pictures.last().unwrap();
    let count = pictures.iter().filter(|at| **at + 2_000 > *last).count();
    assert!(count > 50, "all pictures are back: {count} in two seconds");
}
