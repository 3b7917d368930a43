//! Follows the clock of a device that is not the program's. Pure.
//!
//! Every piece says when it was captured; the line says where it would lie. The difference has three causes, and each is
//! answered in its own way: jitter is averaged away, drift is followed by a tiny change of speed, and sound that is
//! missing (or came twice) is answered at once, by placing what comes anew.

/// A piece this far off is no jitter: sound is missing. Units: seconds.
const GAP_S: f64 = 0.060;
/// Pieces this far off, all to the same side and for [`GAP_RUN_S`], are none either.
const GAP_LEAST_S: f64 = 0.020;
const GAP_RUN_S: f64 = 0.150;
/// Where the pieces lie on the average of their first seconds is where they are kept.
const SETTLE_S: f64 = 2.0;
/// But no further off than this.
const MOST_REFERENCE_S: f64 = 0.010;
/// Jitter is averaged over about this long.
const SMOOTH_S: f64 = 2.0;
/// Nothing is stretched before the drift has come to this: most devices share the program's clock.
const ENGAGE_S: f64 = 0.001_5;
/// How fast the loop answers: a drift that sets in is followed within a minute, and is off by 1.5 ms meanwhile.
const LOOP_HZ: f64 = 0.05;
/// Devices are up to 200 ppm off; beyond this it is not a clock.
const MOST_DRIFT: f64 = 0.000_5;
/// And no change of pitch that could be heard.
const MOST_STRETCH: f64 = 0.001;

/// What to do with a piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Follow {
    /// It follows what came before, at this speed: frames in for one frame out.
    At(f64),
    /// It does not: place it by its time.
    Anew,
}

#[derive(Debug, Default)]
pub(super) struct Drift {
    /// Sound heard since it was last placed anew, seconds.
    heard_s: f64,
    /// Sum of what was off, weighed by length, while settling; then where the pieces are kept, seconds.
    settling: f64,
    reference: Option<f64>,
    /// What is off, smoothed and against the reference, seconds.
    off_s: f64,
    /// How long pieces have been off to one side: seconds, signed.
    run_s: f64,
    /// Stretch learned so far: seconds out for a second in, above 1.
    learned: f64,
    engaged: bool,
}

impl Drift {
    /// Hears that a piece of `length_s` lies `off_s` later than the line would put it.
    pub(super) fn hear(&mut self, off_s: f64, length_s: f64) -> Follow {
        if self.is_gap(off_s, length_s) {
            return Follow::Anew;
        }
        self.heard_s += length_s;
        let Some(reference) = self.reference else {
            self.settle(off_s, length_s);
            return Follow::At(1.0 / (1.0 + self.learned));
        };
        self.off_s += (off_s - reference - self.off_s) * length_s / (SMOOTH_S + length_s);
        if !self.engaged && self.off_s.abs() > ENGAGE_S {
            self.engaged = true;
            self.learned = (self.off_s / (self.heard_s - SETTLE_S / 2.0)).clamp(-MOST_DRIFT, MOST_DRIFT);
        }
        if !self.engaged {
            return Follow::At(1.0);
        }
        self.learned += LOOP_HZ * LOOP_HZ * self.off_s * length_s;
        self.learned = self.learned.clamp(-MOST_DRIFT, MOST_DRIFT);
        let stretch = (self.learned + 2.0 * LOOP_HZ * self.off_s).clamp(-MOST_STRETCH, MOST_STRETCH);
        Follow::At(1.0 / (1.0 + stretch))
    }

    /// The sound was placed anew. The device is the same, so what was learned of its clock stays.
    pub(super) fn placed(&mut self) {
        *self = Self { learned: self.learned, engaged: self.engaged, ..Self::default() };
    }

    /// True once its speed counts.
    pub(super) fn engaged(&self) -> bool {
        self.engaged
    }

    /// How much faster than the program's the device's clock runs; none while that is too little to follow. Units: ppm.
    pub(super) fn ppm(&self) -> Option<f32> {
        self.engaged.then_some((-self.learned * 1e6) as f32)
    }

    /// How far the sound lies from its time, smoothed: positive where it is heard too early. Units: milliseconds.
    pub(super) fn off_ms(&self) -> f32 {
        let off_s = match self.reference {
            Some(reference) => self.off_s + reference,
            None if self.heard_s > 0.0 => self.settling / self.heard_s,
            None => 0.0,
        };
        (off_s * 1000.0) as f32
    }

    fn is_gap(&mut self, off_s: f64, length_s: f64) -> bool {
        if off_s.abs() > GAP_S {
            return true;
        }
        if off_s.abs() < GAP_LEAST_S {
            self.run_s = 0.0;
        } else if self.run_s * off_s < 0.0 {
            self.run_s = length_s.copysign(off_s);
        } else {
            self.run_s += length_s.copysign(off_s);
        }
        self.run_s.abs() >= GAP_RUN_S
    }

    fn settle(&mut self, off_s: f64, length_s: f64) {
        self.settling += off_s * length_s;
        if self.heard_s < SETTLE_S {
            return;
        }
        let mean = self.settling / self.heard_s;
        let reference = mean.clamp(-MOST_REFERENCE_S, MOST_REFERENCE_S);
        self.reference = Some(reference);
        self.off_s = mean - reference;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears pieces of 10 ms that are off as `off_ms` says by their number; the line itself is not moved.
    fn hear(drift: &mut Drift, pieces: usize, off_ms: impl Fn(usize) -> f64) -> Option<usize> {
        (0..pieces).find(|n| drift.hear(off_ms(*n) / 1000.0, 0.01) == Follow::Anew)
    }

    #[test]
    fn missing_sound_is_told_from_jitter() {
        let mut drift = Drift::default();
        assert_eq!(hear(&mut drift, 1, |_| 61.0), Some(0), "at once, where it is much");
        assert_eq!(hear(&mut Drift::default(), 100, |_| 25.0), Some(14), "within 150 ms, where it is little");
        assert_eq!(hear(&mut Drift::default(), 100, |_| -30.0), Some(14), "sound that came twice likewise");
        assert_eq!(hear(&mut Drift::default(), 1_000, |n| (n % 7) as f64 * 8.0), None, "single late pieces are none");
        assert_eq!(hear(&mut Drift::default(), 1_000, |n| if n % 2 == 0 { 30.0 } else { -30.0 }), None);
    }

    #[test]
    fn a_steady_clock_is_left_alone_however_it_jitters() {
        let mut drift = Drift::default();
        hear(&mut drift, 60_000, |n| 5.0 + (n % 5) as f64 * 2.0);
        assert!(!drift.engaged(), "{} ms off", drift.off_ms());
        assert_eq!(drift.ppm(), None);
    }

    /// A device `ppm` fast, with a line that follows: returns the drift heard after `seconds` and the worst offset after
    /// the first two minutes, milliseconds.
    fn followed(ppm: f64, seconds: usize) -> (f32, f64) {
        let (mut drift, mut captured, mut placed, mut worst) = (Drift::default(), 0.0, 0.0, 0.0f64);
        for n in 0..seconds * 100 {
            let jitter = [0.0, 4.0, 1.0, 7.0, 2.0][n % 5] / 1000.0;
            let Follow::At(speed) = drift.hear(captured + jitter - placed, 0.01) else { panic!("no gap was made") };
            captured += 0.01 / (1.0 + ppm / 1e6);
            placed += if drift.engaged() { 0.01 / speed } else { 0.01 };
            if n > 12_000 {
                worst = worst.max((captured - placed).abs() * 1000.0);
            }
        }
        (drift.ppm().unwrap_or_default(), worst)
    }

    #[test]
    fn the_drift_of_a_device_is_learned_and_followed() {
        for ppm in [-200.0, 60.0, 200.0, 400.0] {
            let (heard, worst) = followed(ppm, 600);
            assert!((f64::from(heard) - ppm).abs() < 2.0, "{ppm} ppm heard as {heard}");
            assert!(worst < 4.0, "{ppm} ppm: {worst} ms, of which 2.8 are the mean of the jitter");
        }
    }
}
