#![allow(clippy::unwrap_used)]

use super::*;

/// A picture that owns its planes.
#[derive(Clone, PartialEq)]
struct Picture {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
}

/// Cb and Cr of fair skin, and of grass.
const SKIN: (u8, u8) = (108, 151);
const GRASS: (u8, u8) = (90, 100);

impl Picture {
    fn new(width: usize, height: usize, colour: (u8, u8), luma: impl Fn(usize, usize) -> u8) -> Self {
        let chroma = width.div_ceil(2) * height.div_ceil(2);
        let luma = (0..width * height).map(|i| luma(i % width, i / width)).collect();
        Self { width, height, luma, cb: vec![colour.0; chroma], cr: vec![colour.1; chroma] }
    }

    fn smoothed(&self, strength: u8) -> Self {
        let mut out = self.clone();
        let stride = self.width.div_ceil(2);
        let chroma = [Plane { data: &self.cb, stride }, Plane { data: &self.cr, stride }];
        let planes = I420Mut::new((self.width, self.height), &mut out.luma, self.width, chroma).unwrap();
        SkinSmoother::new().smooth(planes, strength);
        out
    }

    fn at(&self, x: usize, y: usize) -> f32 {
        f32::from(self.luma[y * self.width + x])
    }

    /// Mean luma of column `x`.
    fn column(&self, x: usize) -> f32 {
        (0..self.height).map(|y| self.at(x, y)).sum::<f32>() / self.height as f32
    }

    /// Power of what lies beside `mean`.
    fn noise(&self, mean: f32) -> f32 {
        self.luma.iter().map(|l| (f32::from(*l) - mean).powi(2)).sum::<f32>() / self.luma.len() as f32
    }
}

/// Noise of a camera: about `amplitude` to both sides, always the same.
fn noise(x: usize, y: usize, amplitude: i32) -> i32 {
    let mut state = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    for _ in 0..3 {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
    }
    (state % (2 * amplitude as u32 + 1)) as i32 - amplitude
}

fn noisy(level: i32) -> impl Fn(usize, usize) -> u8 {
    move |x, y| (level + noise(x, y, 10)) as u8
}

#[test]
fn noise_on_skin_falls_with_the_strength() {
    let skin = Picture::new(320, 180, SKIN, noisy(150));
    let fall = |strength| 10.0 * (skin.noise(150.0) / skin.smoothed(strength).noise(150.0)).log10();
    let (weak, middle, strong) = (fall(20), fall(50), fall(100));
    assert!(middle > 8.0, "half strength takes {middle} dB");
    assert!(strong > 15.0, "full strength takes {strong} dB");
    assert!(weak > 1.0 && weak < middle && middle < strong, "{weak} < {middle} < {strong}");
}

#[test]
fn an_edge_on_skin_keeps_its_contrast() {
    // Heights of a step: a shadow's edge, a brow, print.
    for (height, least) in [(60, 0.9), (100, 0.95), (140, 0.95)] {
        let step = |x: usize| if x < 160 { 70 } else { 70 + height };
        let edge = Picture::new(320, 180, SKIN, |x, y| (step(x) + noise(x, y, 4)) as u8);
        for strength in [50, 100] {
            let after = edge.smoothed(strength);
            let (before, now) = (edge.column(161) - edge.column(158), after.column(161) - after.column(158));
            assert!(now >= before * least, "a step of {height} at {strength}: {now} of {before}");
            let flat = after.column(300) - after.column(20);
            assert!((flat - height as f32).abs() < 1.5, "far from the edge nothing moves: {flat}");
        }
    }
}

#[test]
fn thin_lines_stay() {
    // A lash, a letter: two pixels wide, dark.
    let lines = Picture::new(320, 180, SKIN, |x, y| if x % 24 < 2 { 60 } else { (150 + noise(x, y, 4)) as u8 });
    let after = lines.smoothed(60);
    let contrast = |p: &Picture| p.column(130) - p.column(121);
    assert!(contrast(&after) >= 0.9 * contrast(&lines), "{} of {}", contrast(&after), contrast(&lines));
}

#[test]
fn a_blemish_fades() {
    let spot = |x: usize, y: usize| if x.abs_diff(160).pow(2) + y.abs_diff(90).pow(2) < 9 { 128 } else { 150 };
    let before = Picture::new(320, 180, SKIN, |x, y| spot(x, y) as u8);
    let depth = |p: &Picture| 150.0 - p.at(160, 90);
    assert!(depth(&before.smoothed(100)) < 0.6 * depth(&before), "{}", depth(&before.smoothed(100)));
}

#[test]
fn what_is_no_skin_is_not_touched_and_strength_zero_is_nothing() {
    for colour in [GRASS, (128, 128), (110, 200)] {
        let other = Picture::new(322, 182, colour, noisy(120));
        assert!(other.smoothed(100) == other, "{colour:?}");
    }
    let skin = Picture::new(321, 181, SKIN, noisy(150));
    assert!(skin.smoothed(0) == skin);
    assert!(skin.smoothed(50) != skin);
    assert!(skin.smoothed(255) == skin.smoothed(100), "more than all is all");
}

#[test]
fn one_smoother_serves_pictures_of_any_size_in_turn() {
    let mut smoother = SkinSmoother::new();
    for (width, height) in [(640, 360), (1, 1), (3, 2), (5, 7), (2, 500), (501, 3), (1279, 719), (64, 64), (17, 33)] {
        let skin = Picture::new(width, height, SKIN, noisy(150));
        let mut out = skin.clone();
        let stride = width.div_ceil(2);
        let chroma = [Plane { data: &skin.cb, stride }, Plane { data: &skin.cr, stride }];
        smoother.smooth(I420Mut::new((width, height), &mut out.luma, width, chroma).unwrap(), 80);
        assert!(out == skin.smoothed(80), "{width}x{height}: what came before has no influence");
        let mean = |p: &Picture| p.luma.iter().map(|l| f32::from(*l)).sum::<f32>() / p.luma.len() as f32;
        assert!((mean(&out) - mean(&skin)).abs() < 1.5, "{width}x{height}: it does not get lighter or darker");
    }
}

#[test]
fn bytes_beside_the_picture_stay_as_they_are() {
    let (width, height, stride) = (30, 20, 48);
    let mut luma: Vec<u8> = (0..stride * height).map(|i| (140 + i % 20) as u8).collect();
    let before = luma.clone();
    let (cb, cr) = (vec![SKIN.0; 16 * 10], vec![SKIN.1; 16 * 10]);
    let chroma = [Plane { data: &cb, stride: 16 }, Plane { data: &cr, stride: 16 }];
    SkinSmoother::new().smooth(I420Mut::new((width, height), &mut luma, stride, chroma).unwrap(), 100);
    for (i, (now, then)) in luma.iter().zip(&before).enumerate() {
        assert!(i % stride < width || now == then, "byte {i} is no pixel");
    }
    assert_ne!(luma, before);
}

#[test]
fn white_and_black_do_not_wrap_around() {
    for level in [0_u8, 16, 235, 255] {
        let flat = Picture::new(64, 64, SKIN, |_, _| level);
        let after = flat.smoothed(100);
        assert!(after.luma.iter().all(|l| l.abs_diff(level) <= 1), "{level}: {:?}", after.luma.iter().max());
    }
    let extreme = Picture::new(64, 64, SKIN, |x, y| if (x / 8 + y / 8) % 2 == 0 { 0 } else { 255 });
    let after = extreme.smoothed(100);
    for (now, then) in after.luma.iter().zip(&extreme.luma) {
        assert!(now.abs_diff(*then) < 60, "{then} became {now}");
    }
}

#[test]
fn planes_that_are_too_small_are_refused() {
    let (cb, cr) = (vec![0; 100], vec![0; 100]);
    let chroma = |stride| [Plane { data: &cb, stride }, Plane { data: &cr, stride }];
    let table = [
        ((20, 20), 400, 20, 10, true),
        ((20, 20), 399, 20, 10, false),
        ((20, 20), 400, 19, 10, false),
        ((20, 22), 440, 20, 10, false),
        ((20, 20), 400, 20, 9, false),
        ((0, 20), 400, 20, 10, false),
        ((20, 0), 400, 20, 10, false),
        ((usize::MAX, 2), 400, usize::MAX, usize::MAX, false),
    ];
    for (size, bytes, stride, chroma_stride, fits) in table {
        let mut luma = vec![0; bytes];
        assert_eq!(I420Mut::new(size, &mut luma, stride, chroma(chroma_stride)).is_ok(), fits, "{size:?} {stride}");
    }
}
