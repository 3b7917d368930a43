//! The mix as a whole, with time moved by hand.

use super::{
    CHANNELS, RATE,
    mix::Mix,
    signal::{rms_db, silence, tone},
    timeline::Piece,
};
use hawker_domain::{
    sound::{Duck, Filters, InputSettings, MixSettings},
    sound_change::MonitorOf,
};

const MS: u64 = 1_000_000;

/// A mix and everything that came out of it.
struct Show {
    mix: Mix,
    heard: Vec<f32>,
    first: Option<u64>,
    /// The latest a frame came out after it was captured, milliseconds.
    latest_ms: f64,
}

impl Show {
    fn new() -> Self {
        Self { mix: Mix::new(&MixSettings::default()), heard: Vec::new(), first: None, latest_ms: 0.0 }
    }

    fn with(inputs: &[(&str, InputSettings)]) -> Self {
        let mut show = Self::new();
        inputs.iter().zip(0..).for_each(|((id, settings), n)| show.mix.add(n, (*id).into(), true, settings.clone()));
        show
    }

    fn run(&mut self, now_ns: u64) {
        let (heard, first, latest) = (&mut self.heard, &mut self.first, &mut self.latest_ms);
        self.mix.run(now_ns, |Piece { frame, samples }| {
            let begin = *first.get_or_insert(frame);
            assert_eq!(frame, begin + (heard.len() / CHANNELS) as u64, "the line has no hole and no overlap");
            heard.extend(samples);
            let at_ms = frame as f64 * 1000.0 / f64::from(RATE);
            *latest = latest.max(now_ns as f64 / MS as f64 - at_ms);
        });
    }

    /// Input `number` delivers `samples` in pieces of 10 ms from `from_ms`, each when it is over; others are asked by
    /// `also` at the same time.
    fn play(&mut self, from_ms: u64, to_ms: u64, mut deliver: impl FnMut(&mut Mix, u64, u64)) {
        for at in (from_ms..to_ms).step_by(10) {
            deliver(&mut self.mix, at * MS, (at + 10) * MS);
            self.run((at + 10) * MS);
        }
    }

    /// What came out between two running times.
    fn part(&self, from_ms: u64, to_ms: u64) -> &[f32] {
        let first = self.first.unwrap();
        let index = |ms: u64| ((ms * 48).saturating_sub(first) as usize * CHANNELS).min(self.heard.len());
        &self.heard[index(from_ms)..index(to_ms)]
    }
}

fn piece_of(sound: &[f32], at_ns: u64) -> &[f32] {
    let from = (at_ns / MS) as usize * 48 * CHANNELS % (sound.len() - 960);
    &sound[from..from + 960]
}

fn plain() -> InputSettings {
    InputSettings::default()
}

#[test]
fn one_plain_input_passes_untouched_the_moment_it_comes() {
    let mut show = Show::with(&[("mic", plain())]);
    let sound = tone(440.0, 0.5, 1.0);
    show.play(1_000, 1_990, |mix, at, now| mix.hear(0, &sound[..960], at, now));
    assert!((show.latest_ms - 10.0).abs() < 0.1, "its own length and nothing more: {} ms", show.latest_ms);
    assert_eq!(show.part(1_010, 1_020), &sound[..960], "after the fade-in of the beginning nothing is changed");
    assert_eq!(show.mix.gap_ms(), 0);
}

#[test]
fn all_filters_together_add_less_than_40_ms_and_move_nothing() {
    let filters =
        Filters { noise_suppression: 100, gate: Some(Default::default()), compressor: Some(Default::default()) };
    let mut show = Show::with(&[("mic", InputSettings { filters, ..plain() }), ("clip", plain())]);
    let sound = tone(440.0, 0.3, 1.0);
    show.play(0, 3_000, |mix, at, now| {
        mix.hear(0, &sound[..960], at, now);
        mix.hear(1, piece_of(&silence(0.1), 0), at, now);
    });
    assert!(show.latest_ms - 10.0 < 40.0, "{} ms", show.latest_ms);
    assert_eq!(show.mix.gap_ms(), 0);
}

#[test]
fn inputs_are_summed_where_they_belong() {
    let mut show = Show::with(&[("a", plain()), ("b", plain())]);
    let (a, b) = (vec![0.25; 960], vec![0.125; 960]);
    show.play(0, 500, |mix, at, now| {
        mix.hear(0, &a, at, now);
        // The other one comes 30 ms later than it was captured, and is waited for.
        if at >= 30 * MS {
            mix.hear(1, &b, at - 30 * MS, now);
        }
    });
    let sum = show.part(100, 400);
    assert!(sum.len() > 20_000 && sum.iter().all(|sample| (sample - 0.375).abs() < 1e-4), "{:?}", &sum[..4]);
    assert!(show.latest_ms < 65.0, "as late as the later one, the least block and the limiter: {}", show.latest_ms);
    assert!(show.mix.gap_ms() <= 40, "only before it came at all: {}", show.mix.gap_ms());
}

#[test]
fn a_missing_input_is_waited_for_once_and_holds_up_nobody_after() {
    let mut show = Show::with(&[("a", plain()), ("b", plain())]);
    let a = vec![0.25; 960];
    show.play(0, 1_000, |mix, at, now| {
        mix.hear(0, &a, at, now);
        if at < 500 * MS {
            mix.hear(1, &a, at, now);
        }
    });
    assert!(show.latest_ms < 180.0, "150 ms of patience: {}", show.latest_ms);
    show.latest_ms = 0.0;
    show.play(1_000, 1_500, |mix, at, now| mix.hear(0, &a, at, now));
    assert!(show.latest_ms < 25.0, "once it is known to be missing: {}", show.latest_ms);
    let gap = show.mix.gap_ms();
    assert!((960..=1_005).contains(&gap), "what did not come is counted: {gap} ms");
    // It comes back, exactly in its place: both together again.
    show.play(1_500, 2_000, |mix, at, now| {
        mix.hear(0, &a, at, now);
        mix.hear(1, &a, at, now);
    });
    assert!(show.part(1_600, 1_900).iter().all(|sample| (sample - 0.5).abs() < 1e-4));
}

#[test]
fn a_lone_microphone_that_is_missing_becomes_silence_and_finds_its_place_again() {
    let mut show = Show::with(&[("mic", plain())]);
    let sound = vec![0.5; 960];
    show.play(0, 500, |mix, at, now| mix.hear(0, &sound, at, now));
    show.play(500, 1_500, |_, _, _| {});
    assert!(show.part(600, 1_300).iter().all(|sample| *sample == 0.0));
    show.play(1_500, 2_000, |mix, at, now| mix.hear(0, &sound, at, now));
    assert!((950..=1_010).contains(&show.mix.gap_ms()), "{}", show.mix.gap_ms());
    assert!(show.part(1_600, 1_900).iter().all(|sample| *sample == 0.5));
}

#[test]
fn without_any_input_silence_keeps_up_and_is_no_gap() {
    let mut show = Show::new();
    show.play(0, 1_000, |_, _, _| {});
    assert_eq!(show.heard.len(), 990 * 48 * CHANNELS, "from the first look until now");
    assert_eq!(show.mix.gap_ms(), 0);
}

#[test]
fn sound_that_always_comes_late_is_waited_for_in_the_end() {
    let mut show = Show::with(&[("a", plain()), ("b", plain())]);
    let a = vec![0.25; 960];
    show.play(0, 3_000, |mix, at, now| {
        mix.hear(0, &a, at, now);
        if at >= 260 * MS {
            mix.hear(1, &a, at - 260 * MS, now);
        }
    });
    assert!(show.part(2_000, 2_600).iter().all(|sample| (sample - 0.5).abs() < 1e-4), "a wireless microphone is heard");
}

#[test]
fn a_machine_that_stood_still_owes_no_hour_of_silence() {
    let mut show = Show::with(&[("a", plain())]);
    show.play(0, 100, |mix, at, now| mix.hear(0, &[0.1; 960], at, now));
    let mut blocks = Vec::new();
    let hour = 3_600_000 * MS;
    show.mix.run(hour, |piece| blocks.push(piece));
    let frames: usize = blocks.iter().map(|piece| piece.samples.len() / CHANNELS).sum();
    assert_eq!(frames, 3 * RATE as usize);
    assert!((3_599_000..3_600_000).contains(&show.mix.gap_ms()), "and all of it is counted: {}", show.mix.gap_ms());
}

#[test]
fn an_offset_delays_one_input_and_a_negative_one_waits_for_the_picture() {
    let pulse_at = |offset_ms: i32, picture_ms: u32| {
        let mut show = Show::with(&[("a", InputSettings { offset_ms, ..plain() })]);
        show.mix.delay_by_picture(picture_ms);
        let (mut pulse, quiet) = (vec![0.0; 960], vec![0.0; 960]);
        pulse[480] = 0.5;
        show.play(0, 2_000, |mix, at, now| mix.hear(0, if at == 1_000 * MS { &pulse } else { &quiet }, at, now));
        let found = show.heard.iter().position(|sample| *sample == 0.5).unwrap() / CHANNELS;
        (show.first.unwrap() + found as u64) as f64 / 48.0 - 1_005.0
    };
    for (offset, picture, want) in [(0, 0, 0.0), (120, 0, 120.0), (-80, 0, 0.0), (-80, 100, 20.0), (40, 100, 140.0)] {
        assert_eq!(pulse_at(offset, picture), want, "{offset} ms beside a picture held back by {picture} ms");
    }
}

#[test]
fn changes_on_air_do_not_click() {
    let mut show = Show::with(&[("a", plain())]);
    let sound = tone(200.0, 0.4, 2.0);
    let quietly = InputSettings { gain_db: -20.0, ..plain() };
    let muted = InputSettings { muted: Some(true), ..plain() };
    let later = InputSettings { offset_ms: 90, ..plain() };
    let changes = [(500, quietly), (800, plain()), (1_100, muted), (1_400, plain()), (1_700, later), (2_100, plain())];
    for at in (0..2_500).step_by(10) {
        if let Some((_, settings)) = changes.iter().find(|(when, _)| *when == at) {
            show.mix.set_input(&"a".into(), settings);
        }
        show.play(at, at + 10, |mix, at, now| mix.hear(0, piece_of(&sound, at % (1_000 * MS)), at, now));
    }
    let left: Vec<f32> = show.heard.iter().step_by(CHANNELS).copied().collect();
    let step = left.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    let own = 0.4 * std::f32::consts::TAU * 200.0 / 48_000.0;
    assert!(step < own * 1.5, "{step} against {own} of the tone itself");
    assert!(rms_db(show.part(1_200, 1_380)) < -150.0, "muted is silent");
    assert!((rms_db(show.part(600, 780)) - rms_db(show.part(300, 480)) + 20.0).abs() < 0.1);
    assert_eq!(show.mix.gap_ms(), 0, "what was asked for is no gap");
}

#[test]
fn music_goes_down_while_the_microphone_speaks_and_not_when_it_is_muted() {
    for muted in [false, true] {
        let duck = Some(Duck { by: vec!["mic".into()], depth_db: 12.0, ..Duck::default() });
        let mic = InputSettings { muted: Some(muted), ..plain() };
        let mut show = Show::with(&[("mic", mic), ("music", InputSettings { duck, ..plain() })]);
        // Speech at 200 Hz in one channel only tells the two apart.
        let voice: Vec<f32> = tone(200.0, 0.2, 1.0).as_chunks::<2>().0.iter().flat_map(|[l, _]| [*l, 0.0]).collect();
        let music: Vec<f32> = tone(200.0, 0.2, 1.0).as_chunks::<2>().0.iter().flat_map(|[_, r]| [0.0, *r]).collect();
        show.play(0, 2_000, |mix, at, now| {
            mix.hear(0, piece_of(&voice, at % (900 * MS)), at, now);
            mix.hear(1, piece_of(&music, at % (900 * MS)), at, now);
        });
        let right: Vec<f32> = show.part(1_000, 1_900).iter().skip(1).step_by(CHANNELS).copied().collect();
        let moved = rms_db(&right) - (20.0 * (0.2f32 / 2f32.sqrt()).log10());
        let want = if muted { 0.0 } else { -12.0 };
        assert!((moved - want).abs() < 0.4, "muted {muted}: {moved} dB");
    }
}

#[test]
fn broken_samples_do_not_get_into_the_mix() {
    let mut show = Show::with(&[("a", plain()), ("b", plain())]);
    let good = vec![0.25; 960];
    let mut bad = vec![0.0; 960];
    bad[100] = f32::NAN;
    bad[101] = f32::INFINITY;
    bad[102] = 1e30;
    show.play(0, 1_000, |mix, at, now| {
        mix.hear(0, &good, at, now);
        mix.hear(1, if at == 300 * MS { &bad } else { &[0.0; 960] }, at, now);
    });
    let ceiling = 10f32.powf(-1.0 / 20.0);
    assert!(show.heard.iter().all(|sample| sample.abs() <= ceiling), "no sample is louder than the ceiling");
    assert!((rms_db(show.part(900, 980)) + 12.04).abs() < 0.1, "and the rest goes on");
}

#[test]
fn the_monitor_hears_an_input_even_while_it_is_muted() {
    let mut show = Show::with(&[("a", InputSettings { muted: Some(true), ..plain() })]);
    show.mix.listen(Some(MonitorOf::Input("a".into())));
    show.play(0, 500, |mix, at, now| mix.hear(0, &[0.25; 960], at, now));
    let overheard = show.mix.overheard();
    assert_eq!(overheard.last(), Some(&0.25));
    assert_eq!(show.heard.last(), Some(&0.0));
    show.mix.listen(Some(MonitorOf::Mix));
    show.play(500, 600, |mix, at, now| mix.hear(0, &[0.25; 960], at, now));
    assert_eq!(show.mix.overheard().last(), Some(&0.0), "the mix is what the viewers hear");
}

#[test]
fn an_input_that_leaves_and_one_that_comes_disturb_nobody() {
    let mut show = Show::with(&[("a", plain()), ("b", plain())]);
    let sound = vec![0.25; 960];
    show.play(0, 500, |mix, at, now| (0..2).for_each(|n| mix.hear(n, &sound, at, now)));
    show.mix.remove(&"b".into());
    show.play(500, 1_000, |mix, at, now| mix.hear(0, &sound, at, now));
    show.mix.add(7, "c".into(), true, plain());
    show.play(1_000, 2_000, |mix, at, now| [0, 7].into_iter().for_each(|n| mix.hear(n, &sound, at, now)));
    let left: Vec<f32> = show.part(100, 1_900).iter().step_by(CHANNELS).copied().collect();
    let step = left.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    assert!(step < 0.005, "{step} is a click");
    assert!(show.part(1_700, 1_900).iter().all(|sample| (sample - 0.5).abs() < 1e-4));
    assert!(show.mix.gap_ms() < 40, "only the first moments of the newcomer: {}", show.mix.gap_ms());
}
