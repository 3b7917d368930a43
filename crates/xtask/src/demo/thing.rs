//! A good made ready to be drawn: its mesh, its printed textures and where a hand can hold it.

use std::path::Path;

use super::barcode::with_check_digit;
use super::bodies;
use super::canvas::Canvas;
use super::error::DemoError;
use super::goods::{CARD, Dress, Good, Shape};
use super::label::{Design, Printer, front_face, side_face, wrap};
use super::maths::v3;
use super::mesh::{self, CARTON, FILM, GLASS, METAL, Mesh, PAPER, PLASTIC, Ring, Skin};
use super::raster::Texture;

/// A drawable good.
pub struct Thing {
    pub good: Good,
    pub mesh: Mesh,
    pub textures: Vec<Texture>,
    /// Half height in units.
    pub half_height: f32,
    /// Half width and half depth where it is held, in units.
    pub grip: (f32, f32),
    /// Sideways place of the middle of the grip, in units.
    pub grip_x: f32,
    /// Whether its outline is a box's.
    pub boxy: bool,
    /// Whether it is a photograph (turned only a little, since it has one side).
    pub flat: bool,
}

const LABEL_WIDTH: u32 = 720;

/// Builds a thing. `cutouts` is the folder of the photographs' cut-outs.
pub fn build(good: Good, printer: &Printer, cutouts: &Path) -> Result<Thing, DemoError> {
    let code = with_check_digit(good.code);
    let print = |svg: String, width: u32| printer.print(good.slug, &svg, width).map(Texture::new);
    let card = || Texture::new(Canvas::from_fn(32, 32, |_, _| [CARD[0], CARD[1], CARD[2], 1.0]));
    let around = |design: &Design, radius: f32, height: f32| {
        let round = radius * std::f32::consts::TAU;
        let h = 600.0 * height / (radius * 1.75);
        let w = h * round / height;
        print(wrap(design, &code, w, h, 600.0), (w as u32).min(2000))
    };
    let Dress::Printed(design) = &good.dress else { return photograph(good, cutouts) };
    let (mesh, textures, half_height, grip) = match good.shape {
        Shape::Carton { half: (x, y, z) } => {
            let h = 600.0 * y / x;
            let side = 600.0 * z / x;
            let textures = vec![
                print(front_face(design, h), LABEL_WIDTH)?,
                print(side_face(design, &code, side.max(120.0), h), 360)?,
                card(),
            ];
            (mesh::carton(v3(x, y, z)), textures, y, (x, z))
        }
        Shape::Tin { radius: r, half_height: y, lid } => {
            let rim = [(y, r * 0.97), (y - 0.02, r * 1.01), (y - 0.2, r * 1.01), (y - 0.22, r * 0.985)];
            let skin = Skin::Plain(lid);
            let parts = vec![
                mesh::turned(&[(y - 0.22, r), (-y, r)], 1.0, Skin::Texture(0), METAL),
                mesh::turned(&rim, 1.0, skin, METAL),
                mesh::lid(y, r * 0.97, 1.0, true, skin, METAL),
                mesh::lid(-y, r, 1.0, false, Skin::Plain([0.6; 3]), METAL),
            ];
            (Mesh { parts }, vec![around(design, r, 2.0 * y - 0.22)?], y, (r, r))
        }
        Shape::Jar { lid, inside } => {
            let (r, y) = (0.37f32, 0.58f32);
            let glass = [
                (y - 0.22, r * 0.72),
                (y - 0.3, r * 0.86),
                (y - 0.38, r * 0.99),
                (-y + 0.1, r * 0.99),
                (-y + 0.03, r * 0.95),
                (-y, r * 0.86),
            ];
            let cap = [(y, r * 0.76), (y - 0.02, r * 0.8), (y - 0.2, r * 0.8), (y - 0.22, r * 0.76)];
            let parts = vec![
                mesh::turned(&glass, 1.0, Skin::Plain(inside), GLASS),
                mesh::turned(&[(y - 0.42, r), (-y + 0.14, r)], 1.0, Skin::Texture(0), FILM),
                mesh::turned(&cap, 1.0, Skin::Plain(lid), METAL),
                mesh::lid(y, r * 0.76, 1.0, true, Skin::Plain(lid), METAL),
                mesh::lid(-y, r * 0.86, 1.0, false, Skin::Plain(inside), GLASS),
            ];
            (Mesh { parts }, vec![around(design, r, 2.0 * y - 0.56)?], y, (r, r))
        }
        Shape::Bottle { radius: r, half_height: y, depth, body, cap } => {
            let shoulder: Vec<Ring> = (0..=10)
                .map(|i| {
                    let t = i as f32 / 10.0;
                    (y - 0.30 - 0.26 * t, r * (0.42 + 0.58 * (t * std::f32::consts::FRAC_PI_2).sin()))
                })
                .collect();
            let foot: Vec<Ring> = (0..=7)
                .map(|i| {
                    let t = i as f32 / 7.0;
                    (-y + 0.12 - 0.12 * t, r * (1.0 - 0.14 * t * t))
                })
                .collect();
            let neck = r.min(0.42) * if depth < 1.0 { 0.5 } else { 0.52 };
            let caps = [(y, neck * 0.9), (y - 0.03, neck), (y - 0.3, neck * 1.06), (y - 0.32, neck)];
            let parts = vec![
                mesh::turned(&shoulder, depth, Skin::Plain(body), PLASTIC),
                mesh::turned(&[(y - 0.56, r), (-y + 0.12, r)], depth, Skin::Texture(0), PLASTIC),
                mesh::turned(&foot, depth, Skin::Plain(body), PLASTIC),
                mesh::turned(&caps, 1.0, Skin::Plain(cap), PLASTIC),
                mesh::lid(y, neck * 0.9, 1.0, true, Skin::Plain(cap), PLASTIC),
                mesh::lid(-y, r * 0.86, depth, false, Skin::Plain(body), PLASTIC),
            ];
            (Mesh { parts }, vec![around(design, r, 2.0 * y - 0.68)?], y, (r, r * depth))
        }
        Shape::Can => {
            let (r, y) = (0.33f32, 0.61f32);
            let top = [(y, r * 0.78), (y - 0.02, r * 0.84), (y - 0.06, r * 0.86), (y - 0.14, r)];
            let foot = [(-y + 0.1, r), (-y + 0.03, r * 0.86), (-y, r * 0.8)];
            let metal = Skin::Plain([0.74, 0.75, 0.77]);
            let parts = vec![
                mesh::turned(&top, 1.0, metal, METAL),
                mesh::lid(y - 0.02, r * 0.8, 1.0, true, Skin::Plain([0.62, 0.63, 0.65]), METAL),
                mesh::turned(&[(y - 0.14, r), (-y + 0.1, r)], 1.0, Skin::Texture(0), METAL),
                mesh::turned(&foot, 1.0, metal, METAL),
                mesh::lid(-y, r * 0.8, 1.0, false, metal, METAL),
            ];
            (Mesh { parts }, vec![around(design, r, 2.0 * y - 0.24)?], y, (r, r))
        }
        Shape::Cup => {
            let (wide, narrow, y) = (0.52f32, 0.38f32, 0.56f32);
            let parts = vec![
                mesh::turned(&[(y - 0.03, wide), (-y, narrow)], 1.0, Skin::Texture(0), CARTON),
                mesh::turned(
                    &[(y + 0.01, wide * 1.0), (y, wide * 1.04), (y - 0.03, wide * 1.04), (y - 0.04, wide)],
                    1.0,
                    Skin::Plain([0.96; 3]),
                    PAPER,
                ),
                mesh::lid(y, wide, 1.0, true, Skin::Plain([0.86, 0.87, 0.88]), FILM),
                mesh::lid(-y, narrow, 1.0, false, Skin::Plain([0.9; 3]), PAPER),
            ];
            (Mesh { parts }, vec![around(design, (wide + narrow) / 2.0, 2.0 * y)?], y, (narrow + 0.05, narrow + 0.05))
        }
        Shape::Pouch { half: (x, y), fat } => {
            let h = 600.0 * y / x;
            (
                mesh::pouch(x, y, fat),
                vec![print(front_face(design, h), LABEL_WIDTH)?, print(side_face(design, &code, 600.0, h), 480)?],
                y,
                (x * 0.95, fat),
            )
        }
        Shape::Tube { cap } => {
            let (hw, y) = (0.34f32, 0.85f32);
            let w = 600.0 / 0.36;
            let h = w * (1.72 * y) / (hw * 4.6);
            (
                mesh::tube(hw, y, cap, false),
                vec![print(wrap(design, &code, w, h, 560.0), 1500)?],
                y,
                (hw * 0.85, hw * 0.6),
            )
        }
        Shape::Prism { sides, radius, half_height: y, ends } => {
            let label = vec![around(design, radius, 2.0 * y)?];
            (bodies::prism(sides, radius, y, ends), label, y, (radius, radius))
        }
        Shape::Gable { half: (x, y, z), roof } => {
            let (h, side) = (600.0 * y / x, 600.0 * z / x);
            let textures = vec![
                print(front_face(design, h), LABEL_WIDTH)?,
                print(side_face(design, &code, side.max(120.0), h), 360)?,
                card(),
            ];
            (bodies::gable(v3(x, y, z), roof), textures, bodies::gable_half_height(v3(x, y, z)), (x, z))
        }
        Shape::Pump { radius: r, half_height: y, body, head } => {
            let skin = Skin::Plain(body);
            let shoulder = [(y - 0.44, r * 0.5), (y - 0.47, r * 0.72), (y - 0.52, r * 0.9), (y - 0.58, r)];
            let foot = [(-y + 0.08, r), (-y + 0.03, r * 0.97), (-y, r * 0.9)];
            let mut parts = vec![
                mesh::turned(&shoulder, 1.0, skin, PLASTIC),
                mesh::turned(&[(y - 0.58, r), (-y + 0.08, r)], 1.0, Skin::Texture(0), PLASTIC),
                mesh::turned(&foot, 1.0, skin, PLASTIC),
                mesh::lid(-y, r * 0.9, 1.0, false, skin, PLASTIC),
            ];
            parts.extend(bodies::pump(y - 0.42, r * 0.5, head));
            (Mesh { parts }, vec![around(design, r, 2.0 * y - 0.66)?], y, (r, r))
        }
        Shape::Cutout { .. } => return photograph(good, cutouts),
    };
    let boxy = matches!(good.shape, Shape::Carton { .. } | Shape::Gable { .. });
    Ok(Thing { good, mesh, textures, half_height, grip, grip_x: 0.0, boxy, flat: false })
}

fn photograph(good: Good, cutouts: &Path) -> Result<Thing, DemoError> {
    let Shape::Cutout { file, height } = good.shape else {
        return Err(DemoError::Option(format!("a label for {}", good.slug)));
    };
    let path = cutouts.join(file);
    let picture = image::open(&path).map_err(|source| DemoError::Picture { path, source })?.to_rgba8();
    let cutout = Canvas::from_straight(picture.width() as usize, picture.height() as usize, &picture);
    let aspect = cutout.width as f32 / cutout.height.max(1) as f32;
    let (left, right) = outline(&cutout, 0.71);
    let width = height * aspect;
    Ok(Thing {
        good,
        mesh: mesh::cutout(height, aspect),
        textures: vec![Texture::new(cutout)],
        half_height: height / 2.0,
        grip: (width * (right - left) / 2.0, 0.05),
        grip_x: width * ((left + right) / 2.0 - 0.5),
        boxy: false,
        flat: true,
    })
}

/// How far a cut-out reaches left and right at that height (all in 0..1).
fn outline(picture: &Canvas, height: f32) -> (f32, f32) {
    let y = (picture.height as f32 * height) as isize;
    let solid = |x: &usize| picture.get(*x as isize, y)[3] > 0.5;
    let left = (0..picture.width).find(solid).unwrap_or(0);
    let right = (0..picture.width).rev().find(solid).unwrap_or(picture.width);
    (left as f32 / picture.width as f32, right as f32 / picture.width as f32)
}
