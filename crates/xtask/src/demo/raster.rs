//! Draws a [`Mesh`] into a picture: perspective, z-buffer, four samples a pixel, light with highlight and a mirrored studio.

use super::canvas::{Canvas, Pixel};
use super::maths::{Turn, Vec3, smooth, v3};
use super::mesh::{Finish, Mesh, Skin, Vertex};

/// A picture in several sizes, so that a small drawing of it does not flicker.
#[derive(Clone, Debug)]
pub struct Texture {
    levels: Vec<Canvas>,
}

impl Texture {
    /// Builds the smaller sizes.
    pub fn new(picture: Canvas) -> Self {
        let mut levels = vec![picture];
        while let Some(last) = levels.last().filter(|c| c.width.min(c.height) > 24) {
            let next = last.halved();
            levels.push(next);
        }
        Self { levels }
    }
    fn sample(&self, u: f32, v: f32, level: usize) -> Pixel {
        let Some(picture) = self.levels.get(level.min(self.levels.len().saturating_sub(1))) else { return [0.0; 4] };
        let (w, h) = (picture.width as f32, picture.height as f32);
        picture.sample(u.clamp(0.5 / w, 1.0 - 0.5 / w) * w, v.clamp(0.5 / h, 1.0 - 0.5 / h) * h)
    }
    /// The size in which one texel is about as wide as one sample, for a surface `texels_per_sample` too fine.
    fn level_for(texels_per_sample: f32) -> usize {
        texels_per_sample.max(1.0).log2().round() as usize
    }
}

/// Light of a scene. Colours are linear gains.
#[derive(Clone, Copy, Debug)]
pub struct Lamps {
    /// Towards the main light.
    pub key: Vec3,
    pub key_colour: [f32; 3],
    /// From all round; a little more from above.
    pub ambient: [f32; 3],
    /// A second light from the other side, 0..1.
    pub rim: f32,
    /// Picture x of the middle of a shadow that goes over the thing.
    pub shadow_x: Option<f32>,
}

impl Lamps {
    /// The soft tent in which shop photographs are taken.
    pub fn studio(side: f32) -> Self {
        Self {
            key: v3(0.45 * side, 0.65, 0.75).unit(),
            key_colour: [0.62, 0.61, 0.60],
            ambient: [0.47, 0.47, 0.48],
            rim: 0.25,
            shadow_x: None,
        }
    }
}

/// Where and how a mesh is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pose {
    /// Picture place of the mesh's origin, pixels.
    pub at: (f32, f32),
    /// Pixels for one unit at the origin's depth.
    pub scale: f32,
    pub turn: Turn,
    /// Distance of the eye from the origin in units; small = strong perspective.
    pub eye: f32,
}

impl Pose {
    /// The picture place of a point of the mesh.
    pub fn project(&self, p: Vec3) -> (f32, f32) {
        let p = self.turn.apply(p);
        let k = self.scale * self.eye / (self.eye - p.z).max(0.05);
        (self.at.0 + p.x * k, self.at.1 - p.y * k)
    }
}

#[derive(Clone, Copy)]
struct Seen {
    x: f32,
    y: f32,
    /// 1 / distance, linear over the picture.
    near: f32,
    /// Normal and uv, divided by the distance.
    normal: Vec3,
    uv: (f32, f32),
}

/// Draws the mesh over `canvas`. `detail` = samples along a pixel's side.
pub fn draw(canvas: &mut Canvas, mesh: &Mesh, textures: &[Texture], pose: &Pose, lamps: &Lamps, detail: usize) {
    let Some((left, top, right, bottom)) = bounds(canvas, mesh, pose) else { return };
    let (w, h) = ((right - left) * detail, (bottom - top) * detail);
    let mut depth = vec![0.0f32; w * h];
    let mut colour = vec![[0.0f32; 4]; w * h];
    let grid = Grid { left: left as f32, top: top as f32, detail: detail as f32, width: w, height: h };
    for part in &mesh.parts {
        let texture = match part.skin {
            Skin::Texture(index) => textures.get(index),
            Skin::Plain(_) => None,
        };
        let plain = match part.skin {
            Skin::Plain(c) => c,
            Skin::Texture(_) => [0.8; 3],
        };
        for triangle in &part.triangles {
            let seen = triangle.map(|v| see(&v, pose, &grid));
            fill(&seen, texture, plain, part.finish, lamps, &grid, &mut depth, &mut colour);
        }
    }
    let share = 1.0 / (detail * detail) as f32;
    for y in 0..bottom - top {
        for x in 0..right - left {
            let mut sum = [0.0f32; 4];
            for sy in 0..detail {
                for sx in 0..detail {
                    let sample = colour.get((y * detail + sy) * w + x * detail + sx).copied().unwrap_or([0.0; 4]);
                    for (s, v) in sum.iter_mut().zip(sample) {
                        *s += v * share;
                    }
                }
            }
            if sum[3] <= 0.0 {
                continue;
            }
            if let Some(middle) = lamps.shadow_x {
                let away = ((left + x) as f32 + 0.35 * (top + y) as f32 - middle).abs();
                let k = 1.0 - 0.38 * smooth(170.0, 40.0, away);
                sum = [sum[0] * k, sum[1] * k, sum[2] * k, sum[3]];
            }
            if let Some(pixel) = canvas.get_mut(left + x, top + y) {
                super::canvas::over(pixel, sum);
            }
        }
    }
}

struct Grid {
    left: f32,
    top: f32,
    detail: f32,
    width: usize,
    height: usize,
}

fn bounds(canvas: &Canvas, mesh: &Mesh, pose: &Pose) -> Option<(usize, usize, usize, usize)> {
    let mut limits = (f32::MAX, f32::MAX, f32::MIN, f32::MIN);
    for vertex in mesh.parts.iter().flat_map(|p| p.triangles.iter().flatten()) {
        let (x, y) = pose.project(vertex.at);
        limits = (limits.0.min(x), limits.1.min(y), limits.2.max(x), limits.3.max(y));
    }
    let left = (limits.0 - 1.0).max(0.0) as usize;
    let top = (limits.1 - 1.0).max(0.0) as usize;
    let right = ((limits.2 + 2.0).max(0.0) as usize).min(canvas.width);
    let bottom = ((limits.3 + 2.0).max(0.0) as usize).min(canvas.height);
    (left < right && top < bottom).then_some((left, top, right, bottom))
}

fn see(vertex: &Vertex, pose: &Pose, grid: &Grid) -> Seen {
    let p = pose.turn.apply(vertex.at);
    let near = 1.0 / (pose.eye - p.z).max(0.05);
    let k = pose.scale * pose.eye * near;
    Seen {
        x: (pose.at.0 + p.x * k - grid.left) * grid.detail,
        y: (pose.at.1 - p.y * k - grid.top) * grid.detail,
        near,
        normal: pose.turn.apply(vertex.normal) * near,
        uv: (vertex.uv.0 * near, vertex.uv.1 * near),
    }
}

#[expect(clippy::too_many_arguments, reason = "the inner loop of the renderer; a struct would only rename them")]
fn fill(
    t: &[Seen; 3],
    texture: Option<&Texture>,
    plain: [f32; 3],
    finish: Finish,
    lamps: &Lamps,
    grid: &Grid,
    depth: &mut [f32],
    colour: &mut [Pixel],
) {
    let [a, b, c] = t;
    let area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    // Goods are closed solids: what looks away is hidden.
    if area < 1e-6 {
        return;
    }
    let x0 = a.x.min(b.x).min(c.x).floor().max(0.0) as usize;
    let y0 = a.y.min(b.y).min(c.y).floor().max(0.0) as usize;
    let x1 = (a.x.max(b.x).max(c.x).ceil().max(0.0) as usize).min(grid.width);
    let y1 = (a.y.max(b.y).max(c.y).ceil().max(0.0) as usize).min(grid.height);
    let level = texture.map_or(0, |texture| {
        let (w, h) = texture.levels.first().map_or((1.0, 1.0), |l| (l.width as f32, l.height as f32));
        let uv = |s: &Seen| (s.uv.0 / s.near * w, s.uv.1 / s.near * h);
        let (ua, ub, uc) = (uv(a), uv(b), uv(c));
        let texels = ((ub.0 - ua.0) * (uc.1 - ua.1) - (ub.1 - ua.1) * (uc.0 - ua.0)).abs();
        Texture::level_for((texels / area.abs()).sqrt())
    });
    for y in y0..y1 {
        for x in x0..x1 {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let wb = ((px - a.x) * (c.y - a.y) - (py - a.y) * (c.x - a.x)) / area;
            let wc = ((b.x - a.x) * (py - a.y) - (b.y - a.y) * (px - a.x)) / area;
            let wa = 1.0 - wb - wc;
            if wa < -1e-4 || wb < -1e-4 || wc < -1e-4 {
                continue;
            }
            let near = a.near * wa + b.near * wb + c.near * wc;
            let index = y * grid.width + x;
            let (Some(z), Some(out)) = (depth.get_mut(index), colour.get_mut(index)) else { continue };
            if near <= *z {
                continue;
            }
            let base = match texture {
                None => [plain[0], plain[1], plain[2], 1.0],
                Some(texture) => {
                    let u = (a.uv.0 * wa + b.uv.0 * wb + c.uv.0 * wc) / near;
                    let v = (a.uv.1 * wa + b.uv.1 * wb + c.uv.1 * wc) / near;
                    texture.sample(u, v, level)
                }
            };
            if base[3] < 0.03 {
                continue;
            }
            let normal = (a.normal * wa + b.normal * wb + c.normal * wc).unit();
            // An open edge (a pouch's seam) may look away; it is lit as if it faced us.
            let normal = if normal.z < 0.0 { v3(normal.x, normal.y, -normal.z) } else { normal };
            *z = near;
            *out = shade(base, normal, finish, lamps);
        }
    }
}

/// Light on one sample. `base` premultiplied, display space.
fn shade(base: Pixel, n: Vec3, finish: Finish, lamps: &Lamps) -> Pixel {
    let alpha = base[3];
    let wrap = ((n.dot(lamps.key) + 0.25) / 1.25).max(0.0);
    let sky = 0.5 + 0.5 * n.y;
    let half = (lamps.key + v3(0.0, 0.0, 1.0)).unit();
    let spark = finish.gloss * n.dot(half).max(0.0).powf(finish.tightness) * wrap.min(0.9);
    // The studio seen in the surface: two soft boxes left and right and a dark floor.
    let mirrored = v3(2.0 * n.z * n.x, 2.0 * n.z * n.y, 2.0 * n.z * n.z - 1.0);
    let boxes = smooth(0.45, 0.62, mirrored.x) * smooth(0.98, 0.86, mirrored.x)
        + 0.7 * smooth(-0.55, -0.7, mirrored.x) * smooth(-0.98, -0.9, mirrored.x);
    let edge = (1.0 - n.z).powi(3);
    let mirror = finish.mirror * (0.55 + 0.45 * edge) * (boxes * smooth(-0.7, 0.2, mirrored.y + 0.5) + 0.12 * sky);
    let rim = lamps.rim * smooth(0.25, 0.95, -n.x * lamps.key.x.signum()) * 0.5;
    let mut out = [0.0, 0.0, 0.0, alpha];
    for (i, (channel, (key, ambient))) in
        out.iter_mut().zip(lamps.key_colour.iter().zip(lamps.ambient)).take(3).enumerate()
    {
        let value = base.get(i).copied().unwrap_or(0.0) / alpha.max(1e-3);
        let linear = value * value;
        let light = key * wrap + ambient * (0.72 + 0.28 * sky) + rim;
        let lit = linear * light * (1.0 - 0.35 * mirror.min(1.0)) + (spark * 0.8 + mirror * 0.7) * key;
        // A soft shoulder keeps highlights from clipping to flat white.
        let shouldered = if lit > 0.8 { 0.8 + 0.2 * (1.0 - (-(lit - 0.8) / 0.2).exp()) } else { lit };
        *channel = shouldered.max(0.0).sqrt() * alpha;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::mesh;
    use super::*;

    #[test]
    fn a_carton_turned_to_its_side_shows_the_side_texture() {
        let flat = |c: [f32; 3]| Texture::new(Canvas::from_fn(32, 32, |_, _| [c[0], c[1], c[2], 1.0]));
        let textures = [flat([1.0, 0.0, 0.0]), flat([0.0, 1.0, 0.0]), flat([0.0, 0.0, 1.0])];
        let middle = |yaw: f32| {
            let mut canvas = Canvas::new(64, 64);
            let pose = Pose { at: (32.0, 32.0), scale: 40.0, turn: Turn::degrees(yaw, 0.0, 0.0), eye: 9.0 };
            draw(&mut canvas, &mesh::carton(v3(0.4, 0.6, 0.4)), &textures, &pose, &Lamps::studio(1.0), 1);
            canvas.get(32, 32)
        };
        let (front, side) = (middle(0.0), middle(90.0));
        assert!(front[0] > 0.5 && front[1] < 0.4, "front is red: {front:?}");
        assert!(side[1] > 0.5 && side[0] < 0.4, "side is green: {side:?}");
    }
}
