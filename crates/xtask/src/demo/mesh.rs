//! The shapes of goods as triangle meshes: boxes, bodies of revolution, tubes, pillow pouches, flat cut-outs.

use super::maths::{Vec3, v3};

/// A corner of a triangle. `uv` in 0..1 with v downwards.
#[derive(Clone, Copy, Debug)]
pub struct Vertex {
    pub at: Vec3,
    pub normal: Vec3,
    pub uv: (f32, f32),
}

/// How a surface answers light.
#[derive(Clone, Copy, Debug)]
pub struct Finish {
    /// Strength of the highlight, 0 = matt.
    pub gloss: f32,
    /// Sharpness of the highlight (Blinn exponent).
    pub tightness: f32,
    /// Strength of the mirrored studio, 0..1.
    pub mirror: f32,
}

/// Which picture a triangle wears.
#[derive(Clone, Copy, Debug)]
pub enum Skin {
    /// The n-th texture of the thing.
    Texture(usize),
    /// One colour, display space.
    Plain([f32; 3]),
}

/// A part with one skin and finish.
#[derive(Clone, Debug)]
pub struct Part {
    pub triangles: Vec<[Vertex; 3]>,
    pub skin: Skin,
    pub finish: Finish,
}

/// A whole thing; unit 1 = 10 cm. The centre lies at the origin.
#[derive(Clone, Debug, Default)]
pub struct Mesh {
    pub parts: Vec<Part>,
}

/// Coated carton.
pub const CARTON: Finish = Finish { gloss: 0.18, tightness: 18.0, mirror: 0.05 };
/// Printed film of a pouch.
pub const FILM: Finish = Finish { gloss: 0.55, tightness: 30.0, mirror: 0.22 };
/// Painted or bare metal.
pub const METAL: Finish = Finish { gloss: 0.6, tightness: 40.0, mirror: 0.3 };
/// Plastic bottle.
pub const PLASTIC: Finish = Finish { gloss: 0.5, tightness: 45.0, mirror: 0.16 };
/// Glass filled with something.
pub const GLASS: Finish = Finish { gloss: 0.9, tightness: 90.0, mirror: 0.3 };
/// Paper label and photographs: no highlight.
pub const PAPER: Finish = Finish { gloss: 0.06, tightness: 10.0, mirror: 0.02 };

/// A surface drawn by a function of (u, v) in 0..1; normals come from the differences of neighbours.
pub fn sheet(columns: usize, rows: usize, at: impl Fn(f32, f32) -> Vec3) -> Vec<[Vertex; 3]> {
    let e = 1e-3;
    let corner = |u: f32, v: f32| {
        let (du, dv) = (at(u + e, v) - at(u - e, v), at(u, v + e) - at(u, v - e));
        Vertex { at: at(u, v), normal: dv.cross(du).unit(), uv: (u, v) }
    };
    let mut triangles = Vec::with_capacity(columns * rows * 2);
    for row in 0..rows {
        for column in 0..columns {
            let (u0, u1) = (column as f32 / columns as f32, (column + 1) as f32 / columns as f32);
            let (v0, v1) = (row as f32 / rows as f32, (row + 1) as f32 / rows as f32);
            let (a, b, c, d) = (corner(u0, v0), corner(u1, v0), corner(u1, v1), corner(u0, v1));
            triangles.push([a, b, c]);
            triangles.push([a, c, d]);
        }
    }
    triangles
}

/// A carton of half sizes `half`. Texture 0: front and back, texture 1: the two sides, texture 2: top and bottom.
pub fn carton(half: Vec3) -> Mesh {
    let Vec3 { x, y, z } = half;
    let mut front = face(v3(-x, y, z), v3(2.0 * x, 0.0, 0.0), v3(0.0, -2.0 * y, 0.0));
    front.extend(face(v3(x, y, -z), v3(-2.0 * x, 0.0, 0.0), v3(0.0, -2.0 * y, 0.0)));
    let mut sides = face(v3(x, y, z), v3(0.0, 0.0, -2.0 * z), v3(0.0, -2.0 * y, 0.0));
    sides.extend(face(v3(-x, y, -z), v3(0.0, 0.0, 2.0 * z), v3(0.0, -2.0 * y, 0.0)));
    let mut ends = face(v3(-x, y, -z), v3(2.0 * x, 0.0, 0.0), v3(0.0, 0.0, 2.0 * z));
    ends.extend(face(v3(-x, -y, z), v3(2.0 * x, 0.0, 0.0), v3(0.0, 0.0, -2.0 * z)));
    let part = |triangles, index| Part { triangles, skin: Skin::Texture(index), finish: CARTON };
    Mesh { parts: vec![part(front, 0), part(sides, 1), part(ends, 2)] }
}

/// One flat side, seen from outside: its upper left corner, and where right and down lead.
pub fn face(origin: Vec3, right: Vec3, down: Vec3) -> Vec<[Vertex; 3]> {
    sheet(6, 6, move |u, v| {
        // A hair of bulge: real cartons are never flat, and a flat face shows one even tone.
        let bulge = 0.012 * (1.0 - (2.0 * u - 1.0).powi(2)) * (1.0 - (2.0 * v - 1.0).powi(2));
        origin + right * u + down * v + right.cross(-down).unit() * bulge
    })
}

/// One ring of a body of revolution: height and radius.
pub type Ring = (f32, f32);

/// A stretch of a body of revolution from the first ring down to the last. `depth` squeezes it front to back (1 = round).
/// The texture's middle faces the viewer.
pub fn turned(rings: &[Ring], depth: f32, skin: Skin, finish: Finish) -> Part {
    let total = rings.len().saturating_sub(1).max(1) as f32;
    let at = |u: f32, v: f32| {
        let place = v.clamp(0.0, 1.0) * total;
        let index = (place.floor() as usize).min(rings.len().saturating_sub(2));
        let (y0, r0) = rings.get(index).copied().unwrap_or((0.0, 0.0));
        let (y1, r1) = rings.get(index + 1).copied().unwrap_or((y0, r0));
        // Outside 0..1 the last slope goes on, so that normals at the rims are right.
        let t = place - index as f32 + (v - v.clamp(0.0, 1.0)) * total;
        let (y, r) = (y0 + (y1 - y0) * t, (r0 + (r1 - r0) * t).max(1e-4));
        let (sin, cos) = ((u - 0.5) * std::f32::consts::TAU).sin_cos();
        v3(sin * r, y, cos * r * depth)
    };
    Part { triangles: sheet(72, (rings.len().max(2) - 1) * if rings.len() > 6 { 1 } else { 4 }, at), skin, finish }
}

/// A round lid or bottom at height `y`; `up` chooses which way it looks.
pub fn lid(y: f32, radius: f32, depth: f32, up: bool, skin: Skin, finish: Finish) -> Part {
    let way = if up { 1.0 } else { -1.0 };
    let at = move |u: f32, v: f32| {
        let (sin, cos) = ((u - 0.5) * std::f32::consts::TAU * way).sin_cos();
        v3(sin * radius * v, y, cos * radius * v * depth)
    };
    Part { triangles: sheet(48, 2, at), skin, finish }
}

/// A tube standing on its cap: round below, pressed flat at the top. Texture 0 wraps all round.
pub fn tube(half_width: f32, half_height: f32, cap: [f32; 3], plain: bool) -> Mesh {
    let body = move |u: f32, v: f32| {
        let (sin, cos) = ((u - 0.5) * std::f32::consts::TAU).sin_cos();
        let flat = 1.0 - v.clamp(0.0, 1.0).powf(0.7);
        let width = half_width * (0.78 + 0.22 * flat);
        let depth = half_width * 0.72 * (1.0 - flat) + 0.012;
        v3(sin * width, half_height - v * half_height * 1.72, cos * depth)
    };
    let skin = if plain { Skin::Plain([0.95; 3]) } else { Skin::Texture(0) };
    let bottom = -half_height * 0.72;
    let r = half_width * 0.62;
    let cap_rings = [(bottom + 0.02, r * 0.8), (bottom, r), (-half_height, r * 1.04)];
    Mesh {
        parts: vec![
            Part { triangles: sheet(64, 24, body), skin, finish: PLASTIC },
            lid(bottom, half_width * 0.78, 0.93, false, Skin::Plain([0.85; 3]), PLASTIC),
            turned(&cap_rings, 1.0, Skin::Plain(cap), PLASTIC),
            lid(-half_height, r, 1.0, false, Skin::Plain(cap), PLASTIC),
        ],
    }
}

/// A pillow pouch with crimped ends. Texture 0: front, texture 1: back.
pub fn pouch(half_width: f32, half_height: f32, fat: f32) -> Mesh {
    let side = move |way: f32| {
        sheet(36, 44, move |u, v| {
            let (a, b) = (2.0 * u - 1.0, 2.0 * v - 1.0);
            let swell = (1.0 - a.abs().powf(2.6)).max(0.0).powf(0.75) * (1.0 - b.abs().powf(3.2)).max(0.0).powf(0.6);
            // Creases run from the crimped ends into the belly.
            let crease = 0.014 * (a * 19.0 + 2.0 * (b * 3.0).sin()).sin() * b.abs().powi(3)
                + 0.012 * (a * 5.0 + b * 4.0).sin() * (1.0 - swell);
            let waist = 1.0 - 0.05 * (1.0 - b * b);
            v3(a * half_width * waist * way, -b * half_height, way * (fat * swell + crease + 0.004))
        })
    };
    let part = |triangles, index| Part { triangles, skin: Skin::Texture(index), finish: FILM };
    Mesh { parts: vec![part(side(1.0), 0), part(side(-1.0), 1)] }
}

/// A photograph's cut-out as a slightly curved sheet; `aspect` = width / height.
pub fn cutout(height: f32, aspect: f32) -> Mesh {
    let (hw, hh) = (height * aspect / 2.0, height / 2.0);
    let at = move |u: f32, v: f32| {
        let (a, b) = (2.0 * u - 1.0, 2.0 * v - 1.0);
        v3(a * hw, -b * hh, 0.10 * hw.min(hh) * (1.0 - a * a))
    };
    Mesh { parts: vec![Part { triangles: sheet(10, 10, at), skin: Skin::Texture(0), finish: PAPER }] }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_solid_face_looks_outward() {
        for (name, mesh) in [
            ("carton", carton(v3(0.4, 0.6, 0.2))),
            ("can", Mesh { parts: vec![turned(&[(0.5, 0.3), (-0.5, 0.3)], 1.0, Skin::Texture(0), METAL)] }),
            ("pouch", pouch(0.5, 0.7, 0.2)),
        ] {
            for triangle in mesh.parts.iter().flat_map(|p| &p.triangles) {
                let middle = (triangle[0].at + triangle[1].at + triangle[2].at) * (1.0 / 3.0);
                let face = triangle[0].normal;
                assert!(face.dot(middle) > -0.06, "{name}: a normal at {middle:?} looks inward: {face:?}");
            }
        }
    }
}
