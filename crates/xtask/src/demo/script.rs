//! What happens when: which thing is held up, how it is turned, lit and covered. Pure: seed in, shots and truth out.

use serde::Serialize;

use super::goods::{CATALOGUE, Dress, Good, STRANGERS};
use super::maths::{Dice, smooth, wander};

/// Frames a second.
pub const FPS: usize = 30;
/// Time of one shot: raised, held, taken away, a breath.
const SHOT_S: f32 = 5.72;
const RAISE_S: f32 = 0.62;
const LOWER_S: f32 = 0.5;
const BREATH_S: f32 = 0.28;
/// Photographs under terms that let the film stay free of share-alike duties; the others appear in the catalogue only.
const FILMED_PHOTOS: [&str; 6] =
    ["candy-cane-red", "christmas-tree", "stethoscope", "mince-pie", "roast-turkey", "lobster"];
/// Every fourth shot shows something that is not in the catalogue.
const STRANGER_EVERY: usize = 4;

/// The kind of a shot, by the name recognition has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Angle {
    Host,
    CloseUp,
    Table,
    Empty,
    Slate,
}

const ANGLES: [Angle; 5] = [Angle::Host, Angle::CloseUp, Angle::Table, Angle::Empty, Angle::Slate];

/// What a film may show.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Of the catalogue: with a label of ours, and photographs.
    pub solids: Vec<Good>,
    pub photos: Vec<Good>,
    /// In no catalogue.
    pub strangers: Vec<Good>,
}

impl Cast {
    /// That of the demo.
    pub fn demo() -> Self {
        let of = |wanted: fn(&Good) -> bool| CATALOGUE.iter().copied().filter(wanted).collect();
        Self {
            solids: of(|good| matches!(good.dress, Dress::Printed(_))),
            photos: of(|good| FILMED_PHOTOS.contains(&good.slug)),
            strangers: STRANGERS.to_vec(),
        }
    }
}

/// One thing held up.
#[derive(Clone, Debug)]
pub struct Shot {
    pub good: Good,
    pub angle: Angle,
    /// Seconds: leaves the counter, held still, starts down, gone.
    pub times: [f32; 4],
    /// Hold pose: yaw, pitch, roll in degrees and the change of yaw over the hold.
    pub yaw: f32,
    pub pitch: f32,
    pub roll: f32,
    pub spin: f32,
    /// Place in the picture, pixels.
    pub at: (f32, f32),
    /// Enlargement against the usual size, at the start of the hold and at its end.
    pub zoom: (f32, f32),
    pub exposure: f32,
    /// -1 cold .. 1 warm.
    pub warmth: f32,
    /// Where the main light comes from, -1 left .. 1 right.
    pub light_from: f32,
    pub left_handed: bool,
    /// A finger of the other hand covers a part between these seconds.
    pub covered: Option<(f32, f32)>,
    /// Someone's shadow goes over the thing.
    pub shadowed: bool,
    pub phase: f32,
}

/// One entry of clip.truth.json. `sku` is empty for things that are not in the catalogue; times in ms from the first frame.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Truth {
    pub sku: String,
    pub shot: Angle,
    /// Held still and in view.
    pub from_ms: u64,
    pub to_ms: u64,
    pub kind: &'static str,
    pub name: &'static str,
    pub raised_from_ms: u64,
    pub gone_at_ms: u64,
    pub yaw_deg: i32,
    pub pitch_deg: i32,
    pub roll_deg: i32,
    pub zoom_percent: i32,
    pub exposure_percent: i32,
    pub warmth_percent: i32,
    pub covered: bool,
    pub shadowed: bool,
}

/// Plans the film.
pub fn plan(cast: &Cast, seed: u64, seconds: f32) -> Vec<Shot> {
    let mut dice = Dice::new(seed, 3);
    let count = ((seconds / SHOT_S) as usize).max(1);
    let solids = shuffled(&mut dice, &cast.solids);
    let photos = shuffled(&mut dice, &cast.photos);
    let strangers = shuffled(&mut dice, &cast.strangers);
    let (mut solid, mut photo, mut stranger) = (solids.iter().cycle(), photos.iter().cycle(), strangers.iter().cycle());
    let mut shots = Vec::with_capacity(count);
    for index in 0..count {
        let good = if index % STRANGER_EVERY == 2 {
            stranger.next()
        } else if index % STRANGER_EVERY == 3 {
            photo.next().or_else(|| solid.next())
        } else {
            solid.next()
        };
        if let Some(good) = good {
            shots.push(shot(&mut dice, *good, 0.35 + index as f32 * SHOT_S));
        }
    }
    shots
}

/// The same film with another kind of shot for each thing, in turn.
pub fn with_angles(mut shots: Vec<Shot>) -> Vec<Shot> {
    shots.iter_mut().zip(ANGLES.into_iter().cycle()).for_each(|(shot, angle)| shot.angle = angle);
    shots
}

fn shot(dice: &mut Dice, good: Good, start: f32) -> Shot {
    let flat = matches!(good.dress, Dress::Own);
    let still = start + RAISE_S;
    let down = start + SHOT_S - LOWER_S - BREATH_S;
    let yaw = dice.sign() * if flat { dice.between(6.0, 20.0) } else { dice.between(10.0, 26.0) };
    let begin = dice.between(still + 0.9, still + 1.9);
    let finger = dice.between(0.0, 1.0) < 0.45;
    let zoom = dice.between(0.86, 1.08);
    let left_handed = dice.next() & 1 == 0;
    // Beside the face, on the side of the hand that holds it.
    let side = if left_handed { -1.0 } else { 1.0 };
    Shot {
        good,
        angle: Angle::Host,
        times: [start, still, down, down + LOWER_S],
        yaw,
        pitch: dice.between(-13.0, 10.0),
        roll: dice.between(-20.0, 20.0) * if flat { 1.0 } else { 0.8 },
        spin: dice.between(-12.0, 12.0),
        at: (640.0 + side * dice.between(80.0, 185.0), dice.between(352.0, 402.0)),
        zoom: (zoom, zoom * dice.between(0.92, 1.2)),
        exposure: dice.between(0.74, 1.08),
        warmth: dice.between(-1.0, 1.0),
        light_from: dice.sign() * dice.between(0.4, 1.0),
        left_handed,
        covered: finger.then_some((begin, begin + dice.between(1.0, 1.6))),
        shadowed: dice.between(0.0, 1.0) < 0.4,
        phase: dice.between(0.0, 40.0),
    }
}

fn shuffled(dice: &mut Dice, of: &[Good]) -> Vec<Good> {
    let mut keyed: Vec<(u64, Good)> = of.iter().map(|good| (dice.next(), *good)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, good)| good).collect()
}

/// How a shot's thing is held at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub at: (f32, f32),
    pub yaw: f32,
    pub pitch: f32,
    pub roll: f32,
    pub zoom: f32,
}

impl Shot {
    /// The pose at `t` seconds; `None` while the thing is not in the picture.
    pub fn moment(&self, t: f32) -> Option<Moment> {
        let [start, still, down, gone] = self.times;
        if t < start || t > gone {
            return None;
        }
        // 0 = below the picture, 1 = held.
        let up = smooth(start, still, t).powf(0.8);
        let lowered = ((t - down) / (gone - down)).clamp(0.0, 1.0).powi(2);
        let low = (1.0 - up).max(lowered);
        let held = ((t - still) / (down - still)).clamp(0.0, 1.0);
        let side = if self.left_handed { -1.0 } else { 1.0 };
        let sway = |k: f32| wander(t, self.phase + k);
        Some(Moment {
            at: (self.at.0 + 7.0 * sway(0.0) + side * 90.0 * low, self.at.1 + 5.5 * sway(9.0) + 640.0 * low),
            yaw: self.yaw + self.spin * (held - 0.5) + 2.6 * sway(3.0) + 24.0 * low * side,
            pitch: self.pitch + 1.8 * sway(5.0) - 20.0 * low,
            roll: self.roll + 1.9 * sway(7.0) + 26.0 * low * side,
            zoom: self.zoom.0 + (self.zoom.1 - self.zoom.0) * smooth(0.15, 0.85, held),
        })
    }
    /// When the camera is cut to it, seconds: in the breath after the shot before.
    pub fn cut_s(&self) -> f32 {
        self.times.first().copied().unwrap_or_default() - BREATH_S / 2.0
    }
    /// What the evaluation must know of the shot.
    pub fn truth(&self) -> Truth {
        let sku = if matches!(self.angle, Angle::Empty | Angle::Slate) { "" } else { self.good.sku };
        let ms = |s: f32| (s * 1000.0).round() as u64;
        let [start, still, down, gone] = self.times;
        Truth {
            sku: sku.to_owned(),
            shot: self.angle,
            from_ms: ms(still),
            to_ms: ms(down),
            kind: if sku.is_empty() { "unknown" } else { "product" },
            name: self.good.slug,
            raised_from_ms: ms(start),
            gone_at_ms: ms(gone),
            yaw_deg: self.yaw as i32,
            pitch_deg: self.pitch as i32,
            roll_deg: self.roll as i32,
            zoom_percent: (self.zoom.0 * 100.0) as i32,
            exposure_percent: (self.exposure * 100.0) as i32,
            warmth_percent: (self.warmth * 100.0) as i32,
            covered: self.covered.is_some(),
            shadowed: self.shadowed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_film_shows_ten_products_and_three_strangers_once_each_without_overlap() {
        let shots = plan(&Cast::demo(), 1, 86.0);
        let known: Vec<_> = shots.iter().filter(|s| !s.good.sku.is_empty()).map(|s| s.good.sku).collect();
        let unique: std::collections::HashSet<_> = known.iter().collect();
        assert!(known.len() >= 10 && unique.len() == known.len(), "every product once: {known:?}");
        assert!(shots.len() - known.len() >= 3, "strangers are there");
        assert!(shots.windows(2).all(|pair| matches!(pair, [a, b] if a.times[3] < b.times[0])), "one at a time");
        for truth in shots.iter().map(Shot::truth) {
            assert!((3_800..=6_000).contains(&(truth.to_ms - truth.from_ms)), "held long enough: {truth:?}");
        }
    }

    #[test]
    fn each_kind_of_shot_comes_in_turn_and_nothing_is_to_be_found_where_nothing_is() {
        let truths: Vec<_> = with_angles(plan(&Cast::demo(), 1, 60.0)).iter().map(Shot::truth).collect();
        assert!(
            truths.windows(ANGLES.len()).all(|five| ANGLES.iter().all(|kind| five.iter().any(|t| t.shot == *kind)))
        );
        let idle = |truth: &&Truth| matches!(truth.shot, Angle::Empty | Angle::Slate);
        assert!(
            truths.iter().filter(idle).count() >= 4 && truths.iter().filter(idle).all(|truth| truth.sku.is_empty())
        );
    }

    #[test]
    fn a_plan_follows_from_its_seed_alone() {
        let truths = |seed| plan(&Cast::demo(), seed, 40.0).iter().map(Shot::truth).collect::<Vec<_>>();
        assert_eq!(truths(5), truths(5));
        assert_ne!(truths(5), truths(6));
    }
}
