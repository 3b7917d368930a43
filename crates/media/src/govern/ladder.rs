//! The rungs from everything to the least, each one lever lower than the one before. Pure.

use hawker_domain::overload::LeverSetting;

/// Recognition is never off: at one look a second a product in the hand is still found.
const WATCH_LEAST: u32 = 1;
/// Enough for the host to see what is on air.
const PREVIEW_LOWERED: u32 = 5;
/// Below this a show looks broken.
const FPS_LEAST: u32 = 10;
/// Below this nothing on a package can be read.
const SHORT_SIDE_LEAST: u32 = 270;

/// What the show runs with when nothing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nominal {
    /// Pictures a second for recognition; 0 where none runs.
    pub watch_fps: u32,
    /// Pictures a second for the host's window.
    pub preview_fps: u32,
    /// Whether skin is being smoothed.
    pub beauty: bool,
    /// Pictures a second of the canvas.
    pub fps: u32,
    /// Shorter side of the canvas, pixels; of the largest where there are several.
    pub short_side: u32,
}

/// Share of the canvas's sides that is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// 720p stays 720p.
    #[default]
    Full,
    /// 720p becomes 540p.
    ThreeQuarters,
    /// 720p becomes 360p.
    Half,
}

impl Scale {
    /// A side at this scale, pixels; even.
    pub fn of(self, side: u32) -> u32 {
        let scaled = match self {
            Self::Full => side,
            Self::ThreeQuarters => side / 4 * 3 + side % 4 * 3 / 4,
            Self::Half => side / 2,
        };
        scaled & !1
    }

    /// Share of the work of a picture, shrinking it included: measured with x264 at 720p (ADR 0008). Halving is cheap,
    /// three quarters are not.
    fn work(self) -> f32 {
        match self {
            Self::Full => 1.0,
            Self::ThreeQuarters => 0.8,
            Self::Half => 0.36,
        }
    }
}

/// Where every lever stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Setpoint {
    pub watch_fps: u32,
    pub preview_fps: u32,
    pub beauty_allowed: bool,
    pub fps: u32,
    pub scale: Scale,
}

impl Setpoint {
    /// Encoder work a second against that of `other`.
    pub(super) fn work_against(&self, other: &Self) -> f32 {
        let work = |s: &Self| s.scale.work() * s.fps.max(1) as f32;
        work(self) / work(other)
    }
}

/// One step down: where the levers stand after it, and which one moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rung {
    pub at: Setpoint,
    /// Of the lever that is lower than one rung above.
    pub lowered: LeverSetting,
    /// Of the same lever one rung above.
    pub before: LeverSetting,
}

/// Everything at its nominal place.
pub(super) fn top(nominal: &Nominal) -> Setpoint {
    Setpoint {
        watch_fps: nominal.watch_fps,
        preview_fps: nominal.preview_fps,
        beauty_allowed: true,
        fps: nominal.fps,
        scale: Scale::Full,
    }
}

/// The rungs below [`top`], from the first to the last. A step that would change nothing is not among them.
pub(super) fn ladder(nominal: &Nominal) -> Vec<Rung> {
    let mut rungs: Vec<Rung> = Vec::new();
    let mut at = top(nominal);
    let (watch, fps) = (nominal.watch_fps, nominal.fps);
    let wishes = [
        LeverSetting::Recognition { per_second: (watch / 2).max(WATCH_LEAST) },
        LeverSetting::Recognition { per_second: WATCH_LEAST },
        LeverSetting::Preview { per_second: PREVIEW_LOWERED },
        LeverSetting::Beauty { allowed: false },
        LeverSetting::FrameRate { per_second: (fps * 2 / 3).max(FPS_LEAST) },
        LeverSetting::FrameRate { per_second: (fps / 2).max(FPS_LEAST) },
        LeverSetting::Resolution { short_side: Scale::ThreeQuarters.of(nominal.short_side) },
        LeverSetting::Resolution { short_side: Scale::Half.of(nominal.short_side) },
    ];
    for wish in wishes {
        let before = standing(&at, wish, nominal);
        let useful = match (wish, before) {
            (LeverSetting::Beauty { .. }, _) => nominal.beauty,
            (LeverSetting::Resolution { short_side }, LeverSetting::Resolution { short_side: now }) => {
                short_side < now && short_side >= SHORT_SIDE_LEAST
            }
            (
                LeverSetting::Recognition { per_second }
                | LeverSetting::Preview { per_second }
                | LeverSetting::FrameRate { per_second },
                LeverSetting::Recognition { per_second: now }
                | LeverSetting::Preview { per_second: now }
                | LeverSetting::FrameRate { per_second: now },
            ) => per_second < now,
            _ => false,
        };
        if useful {
            at = moved(at, wish);
            rungs.push(Rung { at, lowered: wish, before });
        }
    }
    rungs
}

/// Where the lever of `wish` stands at `at`.
fn standing(at: &Setpoint, wish: LeverSetting, nominal: &Nominal) -> LeverSetting {
    match wish {
        LeverSetting::Recognition { .. } => LeverSetting::Recognition { per_second: at.watch_fps },
        LeverSetting::Preview { .. } => LeverSetting::Preview { per_second: at.preview_fps },
        LeverSetting::Beauty { .. } => LeverSetting::Beauty { allowed: at.beauty_allowed },
        LeverSetting::FrameRate { .. } => LeverSetting::FrameRate { per_second: at.fps },
        LeverSetting::Resolution { .. } => LeverSetting::Resolution { short_side: at.scale.of(nominal.short_side) },
    }
}

fn moved(at: Setpoint, to: LeverSetting) -> Setpoint {
    match to {
        LeverSetting::Recognition { per_second } => Setpoint { watch_fps: per_second, ..at },
        LeverSetting::Preview { per_second } => Setpoint { preview_fps: per_second, ..at },
        LeverSetting::Beauty { allowed } => Setpoint { beauty_allowed: allowed, ..at },
        LeverSetting::FrameRate { per_second } => Setpoint { fps: per_second, ..at },
        LeverSetting::Resolution { .. } if at.scale == Scale::Full => Setpoint { scale: Scale::ThreeQuarters, ..at },
        LeverSetting::Resolution { .. } => Setpoint { scale: Scale::Half, ..at },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOMINAL: Nominal = Nominal { watch_fps: 5, preview_fps: 15, beauty: true, fps: 30, short_side: 720 };

    fn lowered(nominal: Nominal) -> Vec<LeverSetting> {
        ladder(&nominal).iter().map(|rung| rung.lowered).collect()
    }

    #[test]
    fn the_ladder_goes_down_in_the_order_of_what_viewers_miss() {
        use LeverSetting::{Beauty, FrameRate, Preview, Recognition, Resolution};
        let want = [
            Recognition { per_second: 2 },
            Recognition { per_second: 1 },
            Preview { per_second: 5 },
            Beauty { allowed: false },
            FrameRate { per_second: 20 },
            FrameRate { per_second: 15 },
            Resolution { short_side: 540 },
            Resolution { short_side: 360 },
        ];
        assert_eq!(lowered(NOMINAL), want);
        assert!(ladder(&NOMINAL).windows(2).all(|w| w[0].lowered.lever() <= w[1].lowered.lever()));
    }

    #[test]
    fn a_step_that_changes_nothing_is_left_out() {
        let none = lowered(Nominal { watch_fps: 0, preview_fps: 5, beauty: false, fps: 10, short_side: 270 });
        assert!(none.is_empty(), "{none:?}");
        let small = lowered(Nominal { short_side: 360, ..NOMINAL });
        assert_eq!(small.last(), Some(&LeverSetting::Resolution { short_side: 270 }), "180p is too little");
        let slow = lowered(Nominal { fps: 15, ..NOMINAL });
        let rates: Vec<_> = slow.iter().filter(|s| matches!(s, LeverSetting::FrameRate { .. })).collect();
        assert_eq!(rates, [&LeverSetting::FrameRate { per_second: 10 }]);
    }

    #[test]
    fn every_rung_knows_what_it_goes_back_to() {
        let rungs = ladder(&NOMINAL);
        assert_eq!(rungs[5].before, LeverSetting::FrameRate { per_second: 20 });
        assert_eq!(rungs[7].before, LeverSetting::Resolution { short_side: 540 });
        assert_eq!(rungs[3].before, LeverSetting::Beauty { allowed: true });
        assert_eq!(rungs[7].at.scale, Scale::Half);
        let work = rungs[7].at.work_against(&top(&NOMINAL));
        assert!((work - 0.18).abs() < 1e-6, "half the pictures at a third of the work: {work}");
    }

    #[test]
    fn scaled_sides_are_even() {
        for side in [64, 270, 360, 540, 720, 722, 1080, 1280, 1920] {
            for scale in [Scale::Full, Scale::ThreeQuarters, Scale::Half] {
                assert!(scale.of(side).is_multiple_of(2), "{side} at {scale:?}");
            }
        }
        assert_eq!((Scale::ThreeQuarters.of(1280), Scale::ThreeQuarters.of(720)), (960, 540));
    }
}
