//! An hour of sound from devices with clocks of their own, jitter and losses, played in seconds: what the tests ask for and
//! what `cargo xtask bench media` reports.

use super::{
    CHANNELS, RATE,
    timeline::{Piece, Timeline},
};

const PIECE: usize = 480;
/// A pulse every so many seconds tells where the sound lies; it is wide enough to be found to a fraction of a frame.
const PULSE_EVERY_S: f64 = 1.0;
const PULSE_FRAMES: f64 = 24.0;
/// After a loss it may take this long until the sound lies right again: the time to tell a loss from jitter.
const MEND_S: f64 = 0.2;

/// The devices of the bench: a fast clock, a slow one with long losses, and one that jitters most.
const DEVICES: [Device; 3] = [
    Device { name: "fast", ppm: 200.0, jitter_ms: 8.0, losses: Some((45.0, 3)) },
    Device { name: "slow", ppm: -200.0, jitter_ms: 8.0, losses: Some((60.0, 30)) },
    Device { name: "steady and wild", ppm: 0.0, jitter_ms: 18.0, losses: Some((30.0, 1)) },
];

/// How far the sound of one device lay from where it belongs. A fifth of a second after each loss is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct HourOfSound {
    pub device: &'static str,
    /// The largest distance in either direction, milliseconds.
    pub worst_ms: f64,
    pub slope_ms_per_min: f64,
    /// Marks that were found, of one a second.
    pub marks: usize,
}

/// Plays `minutes` of sound of each device, faster than it sounds.
pub fn hours_of_sound(minutes: usize) -> Vec<HourOfSound> {
    DEVICES.iter().map(|device| play(device, minutes)).collect()
}

/// A plain generator of numbers between -1 and 1.
pub(super) struct Chance(pub u64);

impl Chance {
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A device as it is, and what it does to its sound.
struct Device {
    name: &'static str,
    ppm: f64,
    /// Its times are late by up to this, evenly.
    jitter_ms: f64,
    /// Every so many seconds, so many pieces are lost.
    losses: Option<(f64, usize)>,
}

fn play(device: &Device, minutes: usize) -> HourOfSound {
    let rate = f64::from(RATE) * (1.0 + device.ppm / 1e6);
    let (mut line, mut chance, mut finder) = (Timeline::default(), Chance(11), Finder::default());
    let (mut next_loss, mut losses, mut lose) = (device.losses.map_or(f64::MAX, |(every, _)| every), Vec::new(), 0);
    let start = 1.0;
    for n in 0..(minutes * 60) as u64 * u64::from(RATE) / PIECE as u64 {
        let captured = start + (n * PIECE as u64) as f64 / rate;
        if let Some((every, count)) = device.losses.filter(|_| captured > next_loss) {
            lose = count;
            next_loss = captured + every * (1.0 + 0.5 * chance.next());
        }
        if lose > 0 {
            lose -= 1;
            losses.push(captured);
            continue;
        }
        let samples: Vec<f32> =
            (0..PIECE).flat_map(|frame| [pulse(captured + frame as f64 / rate); CHANNELS]).collect();
        let late = device.jitter_ms * (0.5 + 0.5 * chance.next()) / 1000.0;
        let stamped = ((captured + late) * 1e9) as u64;
        if let Some(piece) = line.place(&samples, stamped, stamped + 10_000_000) {
            finder.look(&piece);
        }
    }
    let mended = |t: &f64| !losses.iter().any(|lost| (lost - 0.02..lost + MEND_S + 0.01).contains(t));
    let found: Vec<(f64, f64)> = finder.offsets().into_iter().filter(|(t, _)| mended(t)).collect();
    let worst_ms = found.iter().fold(0.0f64, |worst, (_, off)| worst.max(off.abs()));
    HourOfSound { device: device.name, worst_ms, slope_ms_per_min: slope(&found), marks: found.len() }
}

/// What sounds at a time: a pulse half a second after every full one.
fn pulse(t: f64) -> f32 {
    let x = ((t / PULSE_EVERY_S).fract() - 0.5) * PULSE_EVERY_S * f64::from(RATE) / PULSE_FRAMES;
    if x.abs() < 1.0 { (0.5 + 0.5 * (x * std::f64::consts::PI).cos()) as f32 * 0.5 } else { 0.0 }
}

/// Finds pulses by their centre of mass.
#[derive(Default)]
struct Finder {
    weight: f64,
    moment: f64,
    last: u64,
    centres: Vec<f64>,
}

impl Finder {
    fn look(&mut self, piece: &Piece) {
        for (sample, n) in piece.samples.iter().step_by(CHANNELS).zip(piece.frame..) {
            if *sample > 0.01 {
                self.weight += f64::from(*sample);
                self.moment += f64::from(*sample) * n as f64;
                self.last = n;
            } else if self.weight > 0.0 && n > self.last + 50 {
                // Half a pulse, cut by a loss, tells nothing.
                if self.weight > PULSE_FRAMES * 0.4 {
                    self.centres.push(self.moment / self.weight / f64::from(RATE));
                }
                (self.weight, self.moment) = (0.0, 0.0);
            }
        }
    }

    /// When each pulse was made, and how much later it is heard: seconds, milliseconds.
    fn offsets(&self) -> Vec<(f64, f64)> {
        let made = |at: f64| (at / PULSE_EVERY_S).floor() * PULSE_EVERY_S + 0.5 * PULSE_EVERY_S;
        self.centres.iter().map(|at| (made(*at), (at - made(*at)) * 1000.0)).collect()
    }
}

/// The straight line through all points: milliseconds a minute.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (t, y) = points.iter().fold((0.0, 0.0), |(t, y), point| (t + point.0 / n, y + point.1 / n));
    let (up, down) = points
        .iter()
        .fold((0.0, 0.0), |(up, down), point| (up + (point.0 - t) * (point.1 - y), down + (point.0 - t).powi(2)));
    up / down * 60.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sound_keeps_the_pictures_time_for_an_hour_whatever_the_device_does() {
        for HourOfSound { device: name, worst_ms, slope_ms_per_min, marks } in hours_of_sound(60) {
            assert!(marks > 3_300, "{name}: {marks} marks of 3,600 were found");
            assert!(worst_ms < 40.0, "{name}: {worst_ms} ms off");
            assert!(slope_ms_per_min.abs() < 1.0, "{name}: it moves by {slope_ms_per_min} ms a minute");
        }
    }

    #[test]
    fn a_device_that_drifts_is_never_cut_and_never_clicks() {
        let rate = f64::from(RATE) * 1.000_2;
        let (mut line, mut heard) = (Timeline::default(), Vec::<f32>::new());
        for n in 0..300 * 100u64 {
            let captured = 1.0 + (n * PIECE as u64) as f64 / rate;
            let samples: Vec<f32> = (n * PIECE as u64..)
                .take(PIECE)
                .flat_map(|k| [(k as f64 * 0.1).sin() as f32 * 0.5; CHANNELS])
                .collect();
            let stamped = ((captured + [0.0, 0.004, 0.002][n as usize % 3]) * 1e9) as u64;
            heard.extend(line.place(&samples, stamped, stamped).unwrap().samples.iter().step_by(CHANNELS));
        }
        assert_eq!(line.gap_ms(), 0);
        let ppm = line.drift().ppm().unwrap();
        assert!((ppm - 200.0).abs() < 5.0, "{ppm} ppm");
        let bend = heard.windows(3).skip(480).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0, f32::max);
        assert!(bend < 0.5 * 0.1 * 0.1 * 1.02, "{bend}: a click");
    }
}
