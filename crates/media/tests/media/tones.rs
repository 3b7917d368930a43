//! How loud what was recorded is, and which pitch it has.

use std::{path::Path, process::Command};

/// Samples a second.
pub const RATE: usize = 48_000;

/// The sound of a recording, its left channel.
pub fn sound_of(film: &Path) -> Vec<f32> {
    let out = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(film)
        .args(["-vn", "-af", "aresample=async=1:first_pts=0", "-ac", "2", "-ar", "48000", "-f", "f32le", "-"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    left(&out.stdout)
}

/// One of two channels: who mixes them may add or take some decibels.
pub fn left(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(8).map(|both| f32::from_le_bytes([both[0], both[1], both[2], both[3]])).collect()
}

pub fn between(sound: &[f32], from_ms: u64, to_ms: u64) -> &[f32] {
    let at = |ms: u64| (usize::try_from(ms).unwrap() * RATE / 1_000).min(sound.len());
    let part = &sound[at(from_ms)..at(to_ms)];
    assert!(part.len() > RATE / 4, "there is sound from {from_ms} to {to_ms} ms: {} samples in all", sound.len());
    part
}

/// How loud one pitch is. Units: dBFS.
pub fn tone_db(sound: &[f32], hz: f64) -> f64 {
    let turn = std::f64::consts::TAU * hz / RATE as f64;
    let parts = sound.iter().enumerate().map(|(at, sample)| {
        let (sin, cos) = (turn * at as f64).sin_cos();
        (f64::from(*sample) * cos, f64::from(*sample) * sin)
    });
    let (real, imaginary) = parts.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    20.0 * (2.0 * real.hypot(imaginary) / sound.len() as f64).max(1e-9).log10()
}

/// The same in the pieces of 10 ms that are whole, by the ninth tenth of them: a sound server that a busy machine keeps waiting
/// leaves something out in every period of some 20 ms, and where the wave begins anew both sides take each other away.
pub fn steady_db(sound: &[f32], hz: f64) -> f64 {
    let mut parts: Vec<f64> = sound.chunks_exact(RATE / 100).map(|part| tone_db(part, hz)).collect();
    parts.sort_by(f64::total_cmp);
    parts[parts.len() * 9 / 10]
}

/// The share of its pieces of 10 ms in which a tone is as loud as it is played, by 3 dB.
pub fn whole(sound: &[f32], hz: f64, played_db: f64) -> f64 {
    let pieces = sound.chunks_exact(RATE / 100);
    let all = pieces.len();
    pieces.filter(|piece| (tone_db(piece, hz) - played_db).abs() <= 3.0).count() as f64 / all as f64
}

pub fn peak_db(sound: &[f32]) -> f64 {
    20.0 * f64::from(sound.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()))).max(1e-9).log10()
}

#[track_caller]
pub fn near(what: &str, db: f64, want_db: f64, by_db: f64) {
    assert!((db - want_db).abs() <= by_db, "{what}: {db:.1} dB instead of {want_db:.1}");
}
