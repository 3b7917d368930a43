//! What each part of the sound costs on this machine.

use super::{
    CHANNELS, RATE, chain::Chain, decibel::factor, duck::Duck, limiter::Limiter, loudness::Loudness, meter::Meter,
    mix::Mix, resample::Resampler,
};
use hawker_domain::sound::{Compressor, Duck as DuckSettings, Filters, Gate, InputSettings, MixSettings};
use std::time::Instant;

/// The cost of one part.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SoundCost {
    pub part: &'static str,
    /// Time of one core for a second of stereo. Units: milliseconds.
    pub ms_per_s: f64,
}

/// Measures every part on `seconds` of a generated sound. Blocking.
pub fn sound_costs(seconds: usize) -> Vec<SoundCost> {
    let sound: Vec<Vec<f32>> = (0..seconds * 100).map(piece).collect();
    let (gate, compressor) = (Some(Gate::default()), Some(Compressor::default()));
    let filters = |noise_suppression, gate, compressor| Filters { noise_suppression, gate, compressor };
    let mut costs = Vec::new();
    let mut measure = |part, run: &mut dyn FnMut(&[f32], u64)| {
        let began = Instant::now();
        sound.iter().zip(0..).for_each(|(piece, n)| run(piece, n));
        costs.push(SoundCost { part, ms_per_s: began.elapsed().as_secs_f64() * 1000.0 / seconds.max(1) as f64 });
    };
    let parts = [
        ("noise suppression", filters(100, None, None)),
        ("gate", filters(0, gate, None)),
        ("compressor", filters(0, None, compressor)),
    ];
    for (part, filters) in parts {
        let mut chain = Chain::default();
        chain.set(&filters);
        measure(part, &mut |piece, _| drop(std::hint::black_box(chain.process(piece.to_vec()))));
    }
    let mut duck = Duck::default();
    duck.set(Some(DuckSettings::default()));
    measure("ducking", &mut |piece, _| {
        duck.process(&mut piece.to_vec(), piece.get(..piece.len() / CHANNELS).unwrap_or(piece))
    });
    let mut loudness = Loudness::default();
    measure("loudness", &mut |piece, _| {
        loudness.watch();
        loudness.process(&mut piece.to_vec());
    });
    let mut limiter = Limiter::at(-1.0);
    limiter.stand_by();
    measure("limiter", &mut |piece, _| drop(std::hint::black_box(limiter.process(piece.to_vec()))));
    let (mut resampler, mut out) = (Resampler::default(), Vec::new());
    resampler.engage();
    measure("drift correction", &mut |piece, _| {
        out.clear();
        resampler.process(piece, 1.000_1, &mut out);
    });
    let mut meter = Meter::default();
    measure("meter", &mut |piece, _| {
        meter.hear(piece);
        std::hint::black_box(meter.level());
    });
    let plain = filters(0, None, None);
    for (part, mut mix) in [
        ("whole mix, one plain input", Mixes::of(1, plain.clone())),
        ("whole mix, four plain inputs", Mixes::of(4, plain)),
        ("whole mix, one input with all filters", Mixes::of(1, filters(100, gate, compressor))),
    ] {
        measure(part, &mut |piece, n| mix.hear_all(piece, n * 10_000_000));
    }
    costs
}

/// Ten milliseconds of a wavering tone.
fn piece(n: usize) -> Vec<f32> {
    let frames = RATE as usize / 100;
    let level = factor(-12.0) * (1.0 + (n as f32 * 0.05).sin()) / 2.0;
    (0..frames).flat_map(|frame| [((n * frames + frame) as f32 * 0.03).sin() * level; CHANNELS]).collect()
}

/// A mix whose inputs all hear the same.
struct Mixes {
    mix: Mix,
    count: u64,
}

impl Mixes {
    fn of(count: u64, filters: Filters) -> Self {
        let mut mix = Mix::new(&MixSettings::default());
        let settings = InputSettings { filters, ..InputSettings::default() };
        (0..count).for_each(|n| mix.add(n, n.to_string().as_str().into(), true, settings.clone()));
        Self { mix, count }
    }

    fn hear_all(&mut self, piece: &[f32], at_ns: u64) {
        (0..self.count).for_each(|n| self.mix.hear(n, piece, at_ns, at_ns + 10_000_000));
        self.mix.run(at_ns + 10_000_000, |piece| drop(std::hint::black_box(piece)));
    }
}
