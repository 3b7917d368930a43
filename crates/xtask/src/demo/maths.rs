//! Vectors, turns and seeded noise: the little geometry that the renderer stands on. Pure and deterministic.

use std::ops::{Add, Mul, Neg, Sub};

/// A point or direction. Axes: x to the right, y up, z towards the viewer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3 {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

/// Short form of [`Vec3`].
pub const fn v3(x: f32, y: f32, z: f32) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    /// Scalar product.
    pub fn dot(self, o: Self) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }
    /// Vector product, right-handed.
    pub fn cross(self, o: Self) -> Self {
        v3(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)
    }
    /// Euclidean length.
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }
    /// The same direction with length 1; the zero vector stays zero.
    pub fn unit(self) -> Self {
        let length = self.length();
        if length > 1e-9 { self * (1.0 / length) } else { self }
    }
    /// Component-wise largest.
    pub fn max(self, o: Self) -> Self {
        v3(self.x.max(o.x), self.y.max(o.y), self.z.max(o.z))
    }
    /// Component-wise absolute value.
    pub fn abs(self) -> Self {
        v3(self.x.abs(), self.y.abs(), self.z.abs())
    }
}
impl Add for Vec3 {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        v3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}
impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        v3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}
impl Mul<f32> for Vec3 {
    type Output = Self;
    fn mul(self, k: f32) -> Self {
        v3(self.x * k, self.y * k, self.z * k)
    }
}
impl Neg for Vec3 {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

/// How a thing is turned: yaw about y first, then pitch about x, then roll in the picture. Radians.
#[derive(Clone, Copy, Debug, Default)]
pub struct Turn {
    rows: [Vec3; 3],
}

impl Turn {
    /// From yaw, pitch and roll in degrees.
    pub fn degrees(yaw: f32, pitch: f32, roll: f32) -> Self {
        let (sy, cy) = yaw.to_radians().sin_cos();
        let (sp, cp) = pitch.to_radians().sin_cos();
        let (sr, cr) = roll.to_radians().sin_cos();
        let yawed = [v3(cy, 0.0, sy), v3(0.0, 1.0, 0.0), v3(-sy, 0.0, cy)];
        let pitched = compose([v3(1.0, 0.0, 0.0), v3(0.0, cp, -sp), v3(0.0, sp, cp)], yawed);
        Self { rows: compose([v3(cr, -sr, 0.0), v3(sr, cr, 0.0), v3(0.0, 0.0, 1.0)], pitched) }
    }
    /// Turns a point about the origin.
    pub fn apply(&self, p: Vec3) -> Vec3 {
        let [a, b, c] = self.rows;
        v3(a.dot(p), b.dot(p), c.dot(p))
    }
}

fn compose(left: [Vec3; 3], right: [Vec3; 3]) -> [Vec3; 3] {
    let [r0, r1, r2] = right;
    left.map(|row| r0 * row.x + r1 * row.y + r2 * row.z)
}

/// A small seeded generator (splitmix64): the same seed gives the same film on every machine.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// A generator for one purpose: `seed` of the film, `stream` of the purpose.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.next();
        dice
    }
    /// The next 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// Even between `low` and `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.next() >> 40) as f32 / 16_777_216.0;
        low + (high - low) * unit
    }
    /// -1 or 1.
    pub fn sign(&mut self) -> f32 {
        if self.next() & 1 == 0 { -1.0 } else { 1.0 }
    }
}

/// Natural small motion: three sines of unrelated periods, about within -1..1. `t` in seconds.
pub fn wander(t: f32, phase: f32) -> f32 {
    ((t * 1.31 + phase).sin() + 0.6 * (t * 2.77 + phase * 2.3).sin() + 0.3 * (t * 5.9 + phase * 4.1).sin()) / 1.7
}

/// 0 below `a`, 1 above `b`, smooth between.
pub fn smooth(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// From `a` to `b` by `t` in 0..1.
pub fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_keeps_lengths_and_yaw_brings_the_right_side_to_the_front() {
        let turn = Turn::degrees(-90.0, 0.0, 0.0);
        let p = turn.apply(v3(1.0, 0.0, 0.0));
        assert!((p.z - 1.0).abs() < 1e-5, "the right side faces the viewer: {p:?}");
        let q = Turn::degrees(33.0, -12.0, 71.0).apply(v3(0.3, -2.0, 1.1));
        assert!((q.length() - v3(0.3, -2.0, 1.1).length()).abs() < 1e-5, "a turn is rigid");
    }

    #[test]
    fn the_same_seed_rolls_the_same_numbers_and_streams_differ() {
        let roll = |seed, stream| Dice::new(seed, stream).next();
        assert_eq!(roll(7, 1), roll(7, 1));
        assert_ne!(roll(7, 1), roll(7, 2));
    }
}
