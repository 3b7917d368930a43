//! Puts one frame together: room, host, counter, the thing in the host's hand, light and sensor noise.

mod angles;

use std::path::Path;

use super::canvas::{Canvas, Place};
use super::error::DemoError;
use super::hand::{self, HAND_SCALE, Hands};
use super::host::{self, Host};
use super::label::Printer;
use super::maths::{Turn, smooth, v3, wander};
use super::raster::{Lamps, Pose, draw};
use super::script::{Angle, FPS, Moment, Shot};
use super::stage::{HEIGHT, Stage, WIDTH};
use super::thing::{self, Thing};

/// Height of a usual thing in the picture, pixels.
const USUAL_HEIGHT: f32 = 345.0;
/// A slender hand: the goods stay readable between its fingers.
const HAND_SIZE: f32 = 0.84;
/// The eye's distance from a held thing, in units.
const EYE: f32 = 6.0;

/// Everything a frame is made of.
pub struct Film {
    stage: Stage,
    host: Host,
    hands: Hands,
    shots: Vec<(Shot, Thing)>,
    disc: Canvas,
    /// Printed where a shot is of it.
    slate: Option<Canvas>,
    seed: u64,
}

impl Film {
    /// Models the host and prints the goods of all shots.
    pub fn new(
        seed: u64,
        seconds: f32,
        shots: Vec<Shot>,
        printer: &Printer,
        cutouts: &Path,
    ) -> Result<Self, DemoError> {
        let has_slate = shots.iter().any(|shot| shot.angle == Angle::Slate);
        let slates = cutouts.join("../../slates");
        let slate = has_slate.then(|| angles::slate(printer, &slates)).transpose()?;
        let shots = shots
            .into_iter()
            .map(|shot| Ok((shot.clone(), thing::build(shot.good, printer, cutouts)?)))
            .collect::<Result<_, DemoError>>()?;
        let mut host = host::model();
        // The host sits a little behind the sharp plane.
        for picture in [&mut host.body, &mut host.head, &mut host.blink] {
            *picture = picture.blurred(1.1);
        }
        let disc = Canvas::from_fn(96, 96, |x, y| {
            let d = ((x as f32 - 47.5).powi(2) + (y as f32 - 47.5).powi(2)).sqrt() / 48.0;
            [0.0, 0.0, 0.0, smooth(1.0, 0.2, d)]
        });
        Ok(Self { stage: Stage::new(seed, seconds, printer)?, host, hands: hand::model(), shots, disc, slate, seed })
    }
    /// One frame as 8-bit RGB, `WIDTH * HEIGHT * 3` bytes.
    pub fn frame(&self, index: usize) -> Vec<u8> {
        let t = index as f32 / FPS as f32;
        let shake = (9.0 * wander(t * 0.35, 2.0), 5.0 * wander(t * 0.41, 8.0));
        let mut canvas = match (self.angle(t), &self.slate) {
            (Angle::Slate, Some(slate)) => return slate.to_rgb(|_, _| 0.0),
            (Angle::Slate | Angle::Empty, _) => self.empty(),
            (Angle::Table, _) => self.table(t, shake),
            (Angle::CloseUp, _) => self.nearer(&self.host_shot(t, shake), t),
            (Angle::Host, _) => self.host_shot(t, shake),
        };
        self.expose(&mut canvas, t);
        let noise = Noise { frame: index as u64 ^ (self.seed << 32) };
        canvas.to_rgb(|x, y| noise.at(x, y))
    }
    /// The host behind the counter, with what is held up.
    fn host_shot(&self, t: f32, shake: (f32, f32)) -> Canvas {
        let mut canvas = self.stage.room_at(t, shake);
        let held = self.shots.iter().find_map(|(shot, thing)| shot.moment(t).map(|m| (shot, thing, m)));
        self.lay_host(&mut canvas, t, shake, held.as_ref().map(|(_, _, m)| m));
        self.stage.lay_counter(&mut canvas, shake);
        if let Some((shot, thing, moment)) = &held {
            self.lay_held(&mut canvas, shot, thing, moment, t);
        }
        canvas
    }
    fn lay_host(&self, canvas: &mut Canvas, t: f32, shake: (f32, f32), held: Option<&Moment>) {
        let neck = (640.0 + 9.0 * wander(t * 0.5, 1.0) - shake.0, 372.0 + 3.0 * wander(t * 0.9, 4.0) - shake.1);
        canvas.lay(
            &self.host.body,
            &Place {
                at: neck,
                anchor: self.host.body_anchor,
                roll: 0.9 * wander(t * 0.45, 6.0),
                scale: 1.12,
                ..Place::default()
            },
        );
        let look = held.map_or(0.0, |m| (m.at.0 - 640.0) / 40.0);
        let nod = (neck.0 + 5.0 * wander(t * 0.7, 3.0), neck.1 + 3.5 * wander(t * 1.3, 12.0));
        let picture =
            if (t + 0.4 * wander(t * 0.1, 5.0)).rem_euclid(3.4) < 0.13 { &self.host.blink } else { &self.host.head };
        canvas.lay(
            picture,
            &Place {
                at: nod,
                anchor: self.host.head_anchor,
                roll: 4.0 * wander(t * 0.6, 20.0) + look,
                scale: 1.12,
                ..Place::default()
            },
        );
    }
    /// The hand with the thing; moving fast it is drawn several times within the frame's exposure and averaged.
    fn lay_held(&self, canvas: &mut Canvas, shot: &Shot, thing: &Thing, moment: &Moment, t: f32) {
        let shutter = 0.55 / FPS as f32;
        let later = shot.moment(t + shutter).unwrap_or(*moment);
        let moved = (later.at.0 - moment.at.0).hypot(later.at.1 - moment.at.1);
        let times = ((moved / 4.0).ceil() as usize).clamp(1, 5);
        let shadow_at = (moment.at.0 + 46.0 * -shot.light_from, moment.at.1 + 40.0);
        canvas.lay(
            &self.disc,
            &Place { at: shadow_at, anchor: (48.0, 48.0), scale: 4.6 * moment.zoom, opacity: 0.30, ..Place::default() },
        );
        if times == 1 {
            self.lay_group(canvas, shot, thing, moment, t, 2);
            return;
        }
        let mut sum = Canvas::new(WIDTH, HEIGHT);
        // The hand with its thing never reaches further than this to either side.
        let left = (moment.at.0 - 400.0).clamp(0.0, WIDTH as f32) as usize;
        let right = (moment.at.0 + 400.0).clamp(0.0, WIDTH as f32) as usize;
        let share = 1.0 / times as f32;
        for step in 0..times {
            let at = t + shutter * step as f32 * share;
            let Some(moment) = shot.moment(at) else { continue };
            let mut layer = Canvas::new(WIDTH, HEIGHT);
            self.lay_group(&mut layer, shot, thing, &moment, at, 1);
            for (to, from) in sum.pixels.chunks_exact_mut(WIDTH).zip(layer.pixels.chunks_exact(WIDTH)) {
                let span = to.iter_mut().zip(from).take(right).skip(left).filter(|(_, pixel)| pixel[3] > 0.0);
                for (total, pixel) in span {
                    for (s, v) in total.iter_mut().zip(pixel) {
                        *s += v * share;
                    }
                }
            }
        }
        for (pixel, top) in canvas.pixels.iter_mut().zip(&sum.pixels) {
            if top[3] > 0.0 {
                super::canvas::over(pixel, *top);
            }
        }
    }
    fn lay_group(&self, canvas: &mut Canvas, shot: &Shot, thing: &Thing, moment: &Moment, t: f32, detail: usize) {
        let scale = (USUAL_HEIGHT / (2.0 * thing.half_height)).clamp(185.0, 275.0) * moment.zoom;
        let pose = Pose { at: moment.at, scale, turn: Turn::degrees(moment.yaw, moment.pitch, moment.roll), eye: EYE };
        let grip = self.grip(shot, thing, moment, &pose);
        let hand = |anchor, at, nudge: f32| Place {
            at,
            anchor,
            scale: scale * HAND_SIZE / HAND_SCALE,
            roll: nudge - moment.roll * 0.55,
            mirrored: shot.left_handed,
            gain: gain(shot, 0.97),
            ..Place::default()
        };
        canvas.lay(&self.hands.arm, &hand(self.hands.arm_anchor, grip.palm, 0.0));
        let [_, still, down, _] = shot.times;
        let shadow_x = shot.shadowed.then(|| WIDTH as f32 * (t - still) / (down - still).max(0.1));
        let lamps = Lamps { shadow_x, ..lamps(shot, thing.flat) };
        draw(canvas, &thing.mesh, &thing.textures, &pose, &lamps, detail);
        if let Some(at) = grip.fingers {
            self.lay_soft_shadow(canvas, at, scale);
            canvas.lay(&self.hands.fingers, &hand(self.hands.fingers_anchor, at, 0.0));
        }
        self.lay_soft_shadow(canvas, grip.thumb, scale);
        canvas.lay(&self.hands.thumb, &hand(self.hands.thumb_anchor, grip.thumb, 0.0));
        if let Some((from, to)) = shot.covered {
            let shown = smooth(from, from + 0.35, t) * smooth(to, to - 0.35, t);
            if shown > 0.01 {
                let side = if shot.left_handed { -1.0 } else { 1.0 };
                // The free hand is the other one; its finger rests on the label and taps.
                let tap = 10.0 * (t * 9.0).sin().max(0.0);
                let at = (
                    moment.at.0 - side * (26.0 - tap + 420.0 * (1.0 - shown)),
                    moment.at.1 + 40.0 + 330.0 * (1.0 - shown),
                );
                let place = Place {
                    at,
                    anchor: self.hands.pointing_anchor,
                    scale: scale * HAND_SIZE / HAND_SCALE,
                    roll: 6.0 * wander(t, 30.0),
                    mirrored: !shot.left_handed,
                    gain: gain(shot, 1.0),
                    ..Place::default()
                };
                canvas.lay(&self.hands.pointing, &place);
            }
        }
    }
    fn lay_soft_shadow(&self, canvas: &mut Canvas, at: (f32, f32), scale: f32) {
        let place = Place {
            at: (at.0, at.1 + 0.06 * scale),
            anchor: (48.0, 48.0),
            scale: scale / 260.0,
            opacity: 0.16,
            ..Place::default()
        };
        canvas.lay(&self.disc, &place);
    }
    /// Where palm, fingertips and thumb go: round the thing's edges in its lower third.
    fn grip(&self, shot: &Shot, thing: &Thing, moment: &Moment, pose: &Pose) -> Grip {
        let y = -thing.half_height * if thing.flat { 0.42 } else { 0.56 };
        let (sin, cos) = moment.yaw.to_radians().sin_cos();
        let half = if thing.flat { thing.grip.0 * cos } else { reach(thing, sin, cos) };
        let (middle_x, middle_y) = pose.project(v3(thing.grip_x, y, 0.0));
        let along = (moment.roll.to_radians().cos(), -moment.roll.to_radians().sin());
        let side = if shot.left_handed { -1.0 } else { 1.0 };
        let edge = |k: f32| (middle_x + along.0 * k * pose.scale, middle_y + along.1 * k * pose.scale);
        // Wide things are taken by their edge; the fingertips stay behind them.
        if half > 0.46 {
            return Grip { palm: edge(side * (half - 0.18)), fingers: None, thumb: edge(side * half) };
        }
        let thumb = edge(side * half);
        Grip {
            palm: edge(side * 0.05),
            fingers: Some(edge(-side * half)),
            thumb: (thumb.0, thumb.1 + 0.05 * pose.scale),
        }
    }
    /// The camera's own exposure and white balance: slow drift over the whole picture.
    fn expose(&self, canvas: &mut Canvas, t: f32) {
        let nearest = self.shots.iter().map(|(shot, _)| {
            let [start, _, _, gone] = shot.times;
            (smooth(start - 0.3, start + 0.5, t) * smooth(gone + 0.4, gone - 0.3, t), shot)
        });
        let (mut exposure, mut warmth) = (1.0, 0.0);
        for (share, shot) in nearest.filter(|(share, _)| *share > 0.0) {
            exposure += (shot.exposure - 1.0) * share;
            warmth += shot.warmth * share;
        }
        let k = exposure * (1.0 + 0.018 * wander(t * 1.7, 14.0));
        let gains = [k * (1.0 + 0.06 * warmth), k, k * (1.0 - 0.09 * warmth)];
        let (cx, cy) = (WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0);
        for (i, pixel) in canvas.pixels.iter_mut().enumerate() {
            let (dx, dy) = (((i % WIDTH) as f32 - cx) / cx, ((i / WIDTH) as f32 - cy) / cy);
            let vignette = 1.0 - 0.10 * (dx * dx + dy * dy);
            for (v, g) in pixel.iter_mut().zip(gains) {
                *v *= g * vignette;
            }
        }
    }
}

struct Grip {
    palm: (f32, f32),
    fingers: Option<(f32, f32)>,
    thumb: (f32, f32),
}

/// Half the width of a solid seen at an angle: a box shows its side, a round body stays as wide as it is.
fn reach(thing: &Thing, sin: f32, cos: f32) -> f32 {
    let (x, z) = thing.grip;
    if thing.boxy { x * cos.abs() + z * sin.abs() } else { (x * cos).hypot(z * sin) }
}

/// Light on skin follows the shot's colour a little.
fn gain(shot: &Shot, k: f32) -> [f32; 3] {
    [k * (1.0 + 0.03 * shot.warmth), k, k * (1.0 - 0.03 * shot.warmth)]
}

fn lamps(shot: &Shot, flat: bool) -> Lamps {
    let key = v3(0.8 * shot.light_from, 0.55, 0.65).unit();
    let warm = [1.0 + 0.07 * shot.warmth, 1.0, 1.0 - 0.08 * shot.warmth];
    if flat {
        return Lamps {
            key,
            key_colour: warm.map(|c| 0.34 * c),
            ambient: [0.62, 0.62, 0.64],
            rim: 0.0,
            shadow_x: None,
        };
    }
    Lamps { key, key_colour: warm.map(|c| 0.74 * c), ambient: [0.30, 0.31, 0.34], rim: 0.35, shadow_x: None }
}

/// Sensor noise, standard deviation about 1.2 % of full scale, new in every frame.
struct Noise {
    frame: u64,
}

impl Noise {
    fn at(&self, x: usize, y: usize) -> f32 {
        let mut z = (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F)
            ^ self.frame.wrapping_mul(0x1656_67B1_9E37_79F9);
        z = (z ^ (z >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z ^= z >> 32;
        let part = |shift: u32| ((z >> shift) & 0xffff) as f32 / 65535.0 - 0.5;
        (part(0) + part(16) + part(32)) * 0.024
    }
}
