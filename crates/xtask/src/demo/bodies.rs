//! Further shapes of goods as meshes: many-sided boxes, cartons with a gable, pump bottles.

use super::maths::{Vec3, v3};
use super::mesh::{CARTON, Mesh, PAPER, PLASTIC, Part, Ring, Skin, Vertex, carton, face, lid, sheet, turned};

/// A box with `sides` faces round it, one of them to the front. Texture 0 goes all round; the ends have one colour.
pub fn prism(sides: usize, radius: f32, half_height: f32, ends: [f32; 3]) -> Mesh {
    let sector = std::f32::consts::TAU / sides.max(3) as f32;
    let rim = move |u: f32| {
        let turn = (u - 0.5) * std::f32::consts::TAU;
        let within = (turn + sector / 2.0).rem_euclid(sector) - sector / 2.0;
        let (sin, cos) = turn.sin_cos();
        let r = radius * (sector / 2.0).cos() / within.cos();
        (sin * r, cos * r)
    };
    let wall = sheet(sides.max(3) * 12, 6, |u, v| {
        let (x, z) = rim(u);
        v3(x, half_height - 2.0 * half_height * v, z)
    });
    let end = |y: f32, up: bool| {
        sheet(sides.max(3) * 12, 2, move |u, v| {
            let (x, z) = rim(if up { u } else { 1.0 - u });
            v3(x * v, y, z * v)
        })
    };
    let part = |triangles, skin| Part { triangles, skin, finish: CARTON };
    Mesh {
        parts: vec![
            part(wall, Skin::Texture(0)),
            part(end(half_height, true), Skin::Plain(ends)),
            part(end(-half_height, false), Skin::Plain(ends)),
        ],
    }
}

/// How high the gable of a carton is that is `depth` from its middle to its front.
fn gable_height(depth: f32) -> f32 {
    depth * 0.8 + 0.06
}

const FIN: f32 = 0.07;

/// Half the height of a carton of half sizes `half` with its gable.
pub fn gable_half_height(half: Vec3) -> f32 {
    half.y + gable_height(half.z) / 2.0 + FIN
}

/// A carton for drinks: a box of half sizes `half` under a gable with a fin. Texture 0: front and back, texture 1: the sides.
pub fn gable(half: Vec3, roof: [f32; 3]) -> Mesh {
    let (all, high) = (gable_half_height(half), gable_height(half.z));
    let below = v3(0.0, half.y - all, 0.0);
    let Vec3 { x, z, .. } = half;
    let eaves = 2.0 * half.y - all;
    let ridge = eaves + high;
    let mut parts: Vec<Part> = carton(half).parts.into_iter().map(|part| moved(part, below)).collect();
    let mut slopes = face(v3(-x, ridge, 0.0), v3(2.0 * x, 0.0, 0.0), v3(0.0, -high, z));
    slopes.extend(face(v3(x, ridge, 0.0), v3(-2.0 * x, 0.0, 0.0), v3(0.0, -high, -z)));
    for side in [-1.0, 1.0] {
        let corner = |y: f32, z: f32| Vertex { at: v3(side * x, y, z), normal: v3(side, 0.0, 0.0), uv: (0.5, 0.5) };
        slopes.push([corner(ridge, 0.0), corner(eaves, -side * z), corner(eaves, side * z)]);
    }
    parts.push(Part { triangles: slopes, skin: Skin::Plain(roof), finish: CARTON });
    parts.extend(block(v3(0.0, ridge + FIN, 0.0), v3(x, FIN, 0.012), roof));
    Mesh { parts }
}

/// The head of a dispenser on a neck that ends at height `y`; `radius`: that of the collar. Its spout points to the left.
pub fn pump(y: f32, radius: f32, colour: [f32; 3]) -> Vec<Part> {
    let skin = Skin::Plain(colour);
    let collar: [Ring; 3] = [(y + 0.13, radius * 0.8), (y + 0.11, radius), (y - 0.02, radius)];
    let stem: [Ring; 2] = [(y + 0.32, radius * 0.3), (y + 0.12, radius * 0.3)];
    let head: [Ring; 3] = [(y + 0.42, radius * 0.62), (y + 0.4, radius * 0.72), (y + 0.31, radius * 0.7)];
    let mut parts = vec![
        turned(&collar, 1.0, skin, PLASTIC),
        lid(y + 0.13, radius * 0.8, 1.0, true, skin, PLASTIC),
        turned(&stem, 1.0, skin, PLASTIC),
        turned(&head, 1.0, skin, PLASTIC),
        lid(y + 0.42, radius * 0.62, 1.0, true, skin, PLASTIC),
        lid(y + 0.31, radius * 0.7, 1.0, false, skin, PLASTIC),
    ];
    parts.extend(block(v3(-radius * 1.15, y + 0.37, 0.0), v3(radius * 0.75, 0.035, radius * 0.2), colour));
    parts
}

/// A plain box somewhere.
fn block(at: Vec3, half: Vec3, colour: [f32; 3]) -> impl Iterator<Item = Part> {
    carton(half).parts.into_iter().map(move |part| {
        let skin = Skin::Plain(colour);
        Part { skin, finish: PAPER, ..moved(part, at) }
    })
}

fn moved(mut part: Part, by: Vec3) -> Part {
    for corner in part.triangles.iter_mut().flatten() {
        corner.at = corner.at + by;
    }
    part
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_face_looks_outward_and_the_middle_lies_at_the_origin() {
        let half = v3(0.35, 0.6, 0.3);
        let meshes =
            [("prism", prism(6, 0.5, 0.6, [0.5; 3]), 0.6), ("gable", gable(half, [0.5; 3]), gable_half_height(half))];
        for (name, mesh, half_height) in meshes {
            let corners = || mesh.parts.iter().flat_map(|part| part.triangles.iter().flatten());
            let reach = |of: fn(f32, f32) -> f32, start| corners().map(|corner| corner.at.y).fold(start, of);
            let (low, high) = (reach(f32::min, 9.0), reach(f32::max, -9.0));
            assert!((low + half_height).abs() < 0.02 && (high - half_height).abs() < 0.02, "{name}: {low} to {high}");
            // What comes after these is the fin, whose underside looks at the middle.
            for triangle in mesh.parts.iter().take(4).flat_map(|part| &part.triangles) {
                let middle = (triangle[0].at + triangle[1].at + triangle[2].at) * (1.0 / 3.0);
                let normal = triangle[0].normal;
                assert!(normal.dot(middle) > -0.08, "{name}: a normal at {middle:?} looks inward: {normal:?}");
            }
        }
    }
}
