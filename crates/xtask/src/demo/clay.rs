//! Figures modelled as soft solids (signed distances melted together) and looked at straight on: the host and the hands.
//! Rendered once; the film then moves the pictures.

use super::canvas::{Canvas, Pixel};
use super::maths::{Vec3, mix, smooth, v3};

/// A solid's surface: signed distance at a point (negative inside) and the colour there.
pub type Surface = (f32, [f32; 3]);

/// A rod from `a` to `b`, thickness from `ra` to `rb`.
pub fn rod(p: Vec3, a: Vec3, b: Vec3, ra: f32, rb: f32) -> f32 {
    let (pa, ba) = (p - a, b - a);
    let t = (pa.dot(ba) / ba.dot(ba).max(1e-6)).clamp(0.0, 1.0);
    (pa - ba * t).length() - mix(ra, rb, t)
}

/// An egg with those half axes (a bound, good enough for marching with care).
pub fn egg(p: Vec3, middle: Vec3, half: Vec3) -> f32 {
    let q = p - middle;
    let scaled = v3(q.x / half.x, q.y / half.y, q.z / half.z);
    let k0 = scaled.length();
    let k1 = v3(scaled.x / half.x, scaled.y / half.y, scaled.z / half.z).length();
    if k1 < 1e-6 { -half.x.min(half.y).min(half.z) } else { k0 * (k0 - 1.0) / k1 }
}

/// A block with rounded edges.
pub fn block(p: Vec3, middle: Vec3, half: Vec3, round: f32) -> f32 {
    let q = (p - middle).abs() - half;
    q.max(v3(0.0, 0.0, 0.0)).length() + q.x.max(q.y).max(q.z).min(0.0) - round
}

/// Both solids, melted together over a width `k`.
pub fn melt(a: f32, b: f32, k: f32) -> f32 {
    let h = (0.5 + 0.5 * (b - a) / k).clamp(0.0, 1.0);
    mix(b, a, h) - k * h * (1.0 - h)
}

/// The nearer of two surfaces, each with its own colour.
pub fn nearer(a: Surface, b: Surface) -> Surface {
    if a.0 <= b.0 { a } else { b }
}

/// What part of the world a picture of clay shows.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub width: usize,
    pub height: usize,
    /// World point in the picture's middle.
    pub middle: (f32, f32),
    /// Pixels for one world unit.
    pub scale: f32,
    /// Depth of the nearest thing.
    pub near: f32,
    pub far: f32,
    /// Highlight strength.
    pub gloss: f32,
}

/// Renders a solid with soft light from the upper left, occlusion and a warm glow where flesh is thin.
pub fn render(view: View, solid: impl Fn(Vec3) -> Surface + Sync) -> Canvas {
    Canvas::from_fn(view.width, view.height, |x, y| {
        let mut sum = [0.0f32; 4];
        for (ox, oy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let wx = (x as f32 + ox - view.width as f32 / 2.0) / view.scale + view.middle.0;
            let wy = view.middle.1 - (y as f32 + oy - view.height as f32 / 2.0) / view.scale;
            for (s, v) in sum.iter_mut().zip(ray(&view, &solid, wx, wy)) {
                *s += v * 0.25;
            }
        }
        sum
    })
}

fn ray(view: &View, solid: &impl Fn(Vec3) -> Surface, x: f32, y: f32) -> Pixel {
    let mut z = view.near;
    for _ in 0..72 {
        let p = v3(x, y, z);
        let (distance, colour) = solid(p);
        if distance < 0.004 {
            return lit(view, solid, p, colour);
        }
        z -= distance * 0.85;
        if z < view.far {
            break;
        }
    }
    [0.0; 4]
}

fn lit(view: &View, solid: &impl Fn(Vec3) -> Surface, p: Vec3, colour: [f32; 3]) -> Pixel {
    let e = 0.012;
    let d = |q: Vec3| solid(q).0;
    let n = v3(
        d(p + v3(e, 0.0, 0.0)) - d(p - v3(e, 0.0, 0.0)),
        d(p + v3(0.0, e, 0.0)) - d(p - v3(0.0, e, 0.0)),
        d(p + v3(0.0, 0.0, e)) - d(p - v3(0.0, 0.0, e)),
    )
    .unit();
    let key = v3(-0.5, 0.62, 0.62).unit();
    let wrap = ((n.dot(key) + 0.35) / 1.35).max(0.0);
    let open = (0.35 + 0.65 * (d(p + n * 0.12) / 0.12).clamp(0.0, 1.0))
        * (0.6 + 0.4 * (d(p + n * 0.35) / 0.35).clamp(0.0, 1.0));
    let shade = smooth(-0.02, 0.10, d(p + key * 0.16)) * 0.35 + 0.65;
    let spark = view.gloss * n.dot((key + v3(0.0, 0.0, 1.0)).unit()).max(0.0).powf(28.0);
    let edge = (1.0 - n.z.max(0.0)).powi(3) * 0.18;
    let mut out = [0.0, 0.0, 0.0, 1.0];
    for ((o, c), (warm, sky)) in out.iter_mut().zip(colour).zip([(1.06, 0.36), (0.97, 0.35), (0.90, 0.38)]) {
        let light = 0.66 * wrap * shade * warm + sky * (0.7 + 0.3 * n.y) * open + edge;
        *o = (c * c * light + spark * 0.5).clamp(0.0, 1.0).sqrt();
    }
    out
}
