//! What became of the marks on the way. Pure.

use crate::Seen;

/// How far sound and picture are apart, and how that changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offsets {
    /// Sound behind picture at each mark that has both, milliseconds; with the second of the mark.
    pub each: Vec<(f64, f64)>,
    /// The largest of them without its sign, milliseconds.
    pub worst_ms: f64,
    /// Middle of them, milliseconds.
    pub mean_ms: f64,
    /// Of the straight line through them, milliseconds a minute.
    pub slope_ms_per_min: f64,
}

/// How much may differ. Named, so that a golden says what it forgives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Sound against picture, beyond what the clip itself has, milliseconds.
    pub offset_ms: f64,
    /// Marks that may be missing, of those the clip has in the stretch that was seen.
    pub marks_missing: usize,
    /// The beeps' loudness, decibels.
    pub loudness_db: f64,
    /// Longest time the same picture may stand beyond the clip's own, milliseconds.
    pub hold_ms: f64,
}

/// One picture of a canvas of 30 frames a second.
const SLOT_MS: f64 = 1000.0 / 30.0;

impl Tolerance {
    /// What the studio may do to a clip of so many frames a second on a canvas of 30.
    ///
    /// A slot shows the newest picture there is, so that a picture waits up to one slot, and stands for one more where the
    /// next comes just behind it. Of a clip with more frames than the canvas, the first of a flash may be one that is not
    /// shown. Of all 300 clips of the matrix none came out with more than 26 ms (47 at 60 frames a second), one slot and 0.1 dB.
    pub fn studio(fps: u32) -> Self {
        let unshown_ms = if fps > 30 { 1000.0 / f64::from(fps) } else { 0.0 };
        Self { offset_ms: SLOT_MS + unshown_ms, marks_missing: 0, loudness_db: 0.5, hold_ms: SLOT_MS + 5.0 }
    }

    /// The same beside other work, which may cost a slot its picture.
    pub fn beside_other_work(self) -> Self {
        Self { offset_ms: self.offset_ms + SLOT_MS, hold_ms: self.hold_ms + SLOT_MS, ..self }
    }
}

/// Offsets beyond half of this belong to another mark. Seconds.
const NEIGHBOUR_S: f64 = 1.0;

/// Flashes that begin, as (second, number of the clip's frame).
fn flashes(seen: &Seen) -> Vec<(f64, u16)> {
    let mut lit = true;
    let mut begins = Vec::new();
    for look in &seen.pictures {
        let Some((number, flash)) = look.mark else { continue };
        if flash && !lit {
            begins.push((look.pts_s, number));
        }
        lit = flash;
    }
    begins
}

/// Sound behind picture at each flash, with the frame's number. Milliseconds.
fn pairs(seen: &Seen) -> Vec<(f64, u16, f64)> {
    let nearest = |at: f64| {
        let beeps = seen.beeps_s.iter().map(|beep| beep - at).filter(|apart| apart.abs() < NEIGHBOUR_S / 2.0);
        beeps.min_by(|a, b| a.abs().total_cmp(&b.abs()))
    };
    flashes(seen).into_iter().filter_map(|(at, number)| Some((at, number, nearest(at)? * 1000.0))).collect()
}

/// How sound and picture moved apart between the clip and what came out: what the clip itself has is taken off.
pub fn offsets(clip: &Seen, out: &Seen, period_frames: u32) -> Offsets {
    let own = pairs(clip);
    // A flash can lose its first frame on the way; its mark is the nearest that the clip has.
    let of_mark = |number: u16| {
        let near = own.iter().min_by_key(|(_, mark, _)| mark.abs_diff(number))?;
        (u32::from(near.1.abs_diff(number)) < period_frames / 2).then_some(near.2)
    };
    let each: Vec<(f64, f64)> =
        pairs(out).into_iter().filter_map(|(at, number, apart)| Some((at, apart - of_mark(number)?))).collect();
    let worst_ms = each.iter().map(|(_, apart)| apart.abs()).fold(0.0, f64::max);
    let mean_ms = each.iter().map(|(_, apart)| apart).sum::<f64>() / each.len().max(1) as f64;
    Offsets { worst_ms, mean_ms, slope_ms_per_min: slope(&each) * 60.0, each }
}

/// Of the least squares line.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (mean_x, mean_y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let over: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let under: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if under > 0.0 { over / under } else { 0.0 }
}

/// Longest time the same frame of the clip stands in what came out, seconds: what a gap in capture looks like.
pub fn longest_hold_s(seen: &Seen, from_s: f64, to_s: f64) -> f64 {
    let shown = seen.pictures.iter().filter(|look| (from_s..to_s).contains(&look.pts_s));
    let mut since: Option<(f64, Option<u16>)> = None;
    let mut longest: f64 = 0.0;
    for look in shown {
        let number = look.mark.map(|(number, _)| number);
        match since {
            Some((_, same)) if same == number => {}
            _ => {
                if let Some((start, _)) = since {
                    longest = longest.max(look.pts_s - start);
                }
                since = Some((look.pts_s, number));
            }
        }
    }
    longest
}

/// By how much what came out differs from the clip.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Sound against picture, the largest without its sign, milliseconds.
    pub offset_ms: f64,
    /// The beeps' loudness against the clip's, decibels.
    pub louder_db: f64,
    /// Longest time that one picture stands beyond the clip's own, milliseconds.
    pub held_ms: f64,
}

impl Difference {
    /// Measures it; `period_frames` lie between two flashes of the clip.
    pub fn between(clip: &Seen, out: &Seen, period_frames: u32) -> Self {
        let hold_ms = |seen: &Seen| longest_hold_s(seen, f64::MIN, f64::MAX) * 1000.0;
        Self {
            offset_ms: offsets(clip, out, period_frames).worst_ms,
            louder_db: 20.0 * (out.beep_rms / clip.beep_rms.max(1e-9)).max(1e-9).log10(),
            held_ms: hold_ms(out) - hold_ms(clip),
        }
    }
}

/// Every way in which what came out differs from the clip by more than `tolerance`. Empty is good.
pub fn judge(clip: &Seen, out: &Seen, period_frames: u32, tolerance: Tolerance) -> Vec<String> {
    let mut findings = Vec::new();
    let found = offsets(clip, out, period_frames);
    if let Some((at, apart)) = found.each.iter().find(|(_, apart)| apart.abs() > tolerance.offset_ms) {
        findings.push(format!("sound is {apart:.0} ms behind the picture at {at:.2} s"));
    }
    let marks = |seen: &Seen| flashes(seen).len();
    let first = out.pictures.iter().find_map(|look| look.mark).map_or(0, |mark| mark.0);
    let last = out.pictures.iter().rev().find_map(|look| look.mark).map_or(0, |mark| mark.0);
    // A mark at either edge may be cut off with its sound.
    let inside = |number: u16| number > first && u32::from(number) + period_frames / 3 < u32::from(last);
    let expected = pairs(clip).iter().filter(|(_, number, _)| inside(*number)).count();
    if found.each.len() + tolerance.marks_missing < expected {
        findings.push(format!(
            "{} of {expected} marks came out with their beep, {} flashes",
            found.each.len(),
            marks(out)
        ));
    }
    let Difference { louder_db, held_ms, .. } = Difference::between(clip, out, period_frames);
    if louder_db.abs() > tolerance.loudness_db {
        findings.push(format!("the beeps are {louder_db:.1} dB louder than the clip's"));
    }
    if held_ms > tolerance.hold_ms {
        findings.push(format!("one picture stands for {held_ms:.0} ms longer than any in the clip"));
    }
    let backwards = out.pictures.windows(2).find(|pair| matches!(pair, [a, b] if b.pts_s <= a.pts_s));
    if let Some([a, b]) = backwards {
        findings.push(format!("the picture's time goes back from {} to {} s", a.pts_s, b.pts_s));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Look;

    const TOLERANCE: Tolerance = Tolerance { offset_ms: 40.0, marks_missing: 0, loudness_db: 2.0, hold_ms: 40.0 };

    /// Ten seconds at 30 frames a second from frame `from`, a flash a second, the sound late by `late_ms(second)`.
    fn seen(from: u16, late_ms: impl Fn(f64) -> f64) -> Seen {
        let at = |index: u16| f64::from(index) / 30.0;
        let mark = |n: u16| (n, n % 30 < 4);
        let pictures = (0..300).map(|i| Look { pts_s: at(i), mark: Some(mark(from + i)) }).collect();
        let begins = (0..300).filter(|i| (from + i).is_multiple_of(30) && (from + i) > 0).map(at);
        let beeps_s = begins.map(|t| t + late_ms(t) / 1000.0).collect();
        Seen { pictures, beeps_s, beep_rms: 0.35, sample_rate_hz: 48_000, channels: 2 }
    }

    #[test]
    fn what_the_clip_itself_has_is_no_fault_of_the_way() {
        let (clip, out) = (seen(0, |_| 12.0), seen(7, |_| 20.0));
        let found = offsets(&clip, &out, 30);
        assert!((found.mean_ms - 8.0).abs() < 0.01 && (found.worst_ms - 8.0).abs() < 0.01, "{found:?}");
        assert!(found.slope_ms_per_min.abs() < 0.01);
        assert_eq!(judge(&clip, &out, 30, TOLERANCE), Vec::<String>::new());
    }

    #[test]
    fn a_drift_is_a_slope() {
        let (clip, out) = (seen(0, |_| 0.0), seen(0, |t| t * 0.5));
        assert!((offsets(&clip, &out, 30).slope_ms_per_min - 30.0).abs() < 0.1);
    }

    #[test]
    fn late_sound_lost_marks_quiet_beeps_and_a_frozen_picture_are_found() {
        let clip = seen(0, |_| 0.0);
        let said = |out: &Seen| judge(&clip, out, 30, TOLERANCE).join("; ");
        assert!(said(&seen(0, |_| 60.0)).contains("60 ms behind"));
        let mut silent = seen(0, |_| 0.0);
        silent.beeps_s.truncate(3);
        assert!(said(&silent).contains("marks came out"));
        let mut quiet = seen(0, |_| 0.0);
        quiet.beep_rms = 0.1;
        assert!(said(&quiet).contains("dB"));
        let mut frozen = seen(0, |_| 0.0);
        for look in frozen.pictures.iter_mut().skip(100).take(10) {
            look.mark = Some((100, false));
        }
        assert!(said(&frozen).contains("longer than any"));
        let mut back = seen(0, |_| 0.0);
        if let Some(look) = back.pictures.get_mut(50) {
            look.pts_s = 0.0;
        }
        assert!(said(&back).contains("goes back"));
    }
}
