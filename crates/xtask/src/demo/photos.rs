//! The catalogue's own pictures: every good in the shop's light tent, from a few sides, and catalog.csv beside them.

use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;

use super::barcode::with_check_digit;
use super::canvas::{Canvas, Place};
use super::error::DemoError;
use super::goods::Good;
use super::label::Printer;
use super::maths::{Dice, Turn, smooth};
use super::raster::{Lamps, Pose, draw};
use super::thing::{self, Thing};

/// Side of a catalogue photo in pixels.
const SIDE: usize = 640;
/// How a thing is turned in each of its photos: yaw, pitch, roll in degrees, and its share of the picture's height.
const ROUND_VIEWS: [(f32, f32, f32, f32); 4] =
    [(0.0, 4.0, 0.0, 0.80), (-32.0, 12.0, 0.0, 0.76), (36.0, 8.0, 0.0, 0.78), (8.0, 22.0, -6.0, 0.70)];
const FLAT_VIEWS: [(f32, f32, f32, f32); 3] = [(0.0, 0.0, 0.0, 0.82), (10.0, 4.0, -8.0, 0.70), (-12.0, 2.0, 9.0, 0.62)];
/// Grounds of the light tent, top and bottom of each gradient.
const GROUNDS: [([f32; 3], [f32; 3]); 4] = [
    ([0.985, 0.985, 0.985], [0.93, 0.93, 0.93]),
    ([0.95, 0.96, 0.975], [0.87, 0.89, 0.92]),
    ([0.975, 0.955, 0.925], [0.91, 0.88, 0.83]),
    ([0.96, 0.96, 0.96], [0.86, 0.86, 0.87]),
];

/// A file of the catalogue: its name in its folder and its bytes.
pub type Piece = (String, Vec<u8>);

/// Renders the catalogue of `goods`: `photos/*.jpg` and, last, `catalog.csv`. Another seed places them otherwise.
pub fn render(goods: &[Good], seed: u64, cutouts: &Path, printer: &Printer) -> Result<Vec<Piece>, DemoError> {
    let things: Vec<Thing> =
        goods.iter().map(|good| thing::build(*good, printer, cutouts)).collect::<Result<_, _>>()?;
    let mut pieces = things
        .par_iter()
        .enumerate()
        .map(|(index, thing)| {
            (0..views(thing).len())
                .map(|view| {
                    let name = photo_name(thing, view);
                    let bytes = jpeg(&shoot(thing, (index, view), seed), Path::new(&name))?;
                    Ok((name, bytes))
                })
                .collect::<Result<Vec<_>, DemoError>>()
        })
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    pieces.push((TABLE.to_owned(), csv(&things).into_bytes()));
    Ok(pieces)
}

/// That of the demo's catalogue.
pub const CATALOGUE_SEED: u64 = 1;

/// Name of the table the studio imports.
pub const TABLE: &str = "catalog.csv";

/// Writes the catalogue into `out`. Returns how many files.
pub fn write(out: &Path, pieces: &[Piece]) -> Result<usize, DemoError> {
    let folder = out.join("photos");
    std::fs::create_dir_all(&folder).map_err(DemoError::file(&folder))?;
    for (name, bytes) in pieces {
        let path = out.join(name);
        std::fs::write(&path, bytes).map_err(DemoError::file(&path))?;
    }
    Ok(pieces.len())
}

fn views(thing: &Thing) -> &'static [(f32, f32, f32, f32)] {
    if thing.flat { &FLAT_VIEWS } else { &ROUND_VIEWS }
}

fn photo_name(thing: &Thing, view: usize) -> String {
    format!("photos/{}-{}.jpg", thing.good.slug, view + 1)
}

/// One photo: ground, soft shadow, thing.
fn shoot(thing: &Thing, (index, view): (usize, usize), seed: u64) -> Canvas {
    let (yaw, pitch, roll, share) = views(thing).get(view).copied().unwrap_or((0.0, 0.0, 0.0, 0.8));
    let mut dice = Dice::new(seed, (index * 8 + view) as u64);
    let (top, bottom) = GROUNDS.get((index + view) % GROUNDS.len()).copied().unwrap_or(([0.97; 3], [0.9; 3]));
    let side = SIDE as f32;
    let mut canvas = Canvas::from_fn(SIDE, SIDE, |x, y| {
        let (u, v) = (x as f32 / side - 0.5, y as f32 / side);
        let t = smooth(0.45, 0.85, v) * 0.8 + 0.2 * v;
        let vignette = 1.0 - 0.09 * (u * u + (v - 0.45).powi(2));
        [0, 1, 2]
            .map(|i| (top.get(i).unwrap_or(&1.0) * (1.0 - t) + bottom.get(i).unwrap_or(&1.0) * t) * vignette)
            .into_pixel()
    });
    // Wide things must fit as well.
    let wide =
        thing.mesh.parts.iter().flat_map(|p| p.triangles.iter().flatten()).map(|v| v.at.x.abs()).fold(0.0, f32::max);
    let scale = (side * share / (2.0 * thing.half_height)).min(side * share / (2.0 * wide));
    let key_side = if view.is_multiple_of(2) { 1.0 } else { -1.0 };
    let pose = Pose {
        at: (side * 0.5 + dice.between(-10.0, 10.0), side * 0.49),
        scale,
        turn: Turn::degrees(yaw + dice.between(-3.0, 3.0), pitch, roll),
        eye: 7.0,
    };
    let mut layer = Canvas::new(SIDE, SIDE);
    let lamps = if thing.flat {
        Lamps { key_colour: [0.30; 3], ambient: [0.74; 3], rim: 0.0, ..Lamps::studio(key_side) }
    } else {
        Lamps::studio(key_side)
    };
    draw(&mut layer, &thing.mesh, &thing.textures, &pose, &lamps, 3);
    shadow(&mut canvas, &layer, key_side, thing.flat);
    canvas.lay(&layer, &Place::default());
    canvas
}

/// A contact shadow (things stand) and a soft cast shadow away from the light.
fn shadow(canvas: &mut Canvas, layer: &Canvas, key_side: f32, flat: bool) {
    let dark = Canvas::from_fn(layer.width, layer.height, |x, y| [0.0, 0.0, 0.0, layer.get(x as isize, y as isize)[3]])
        .blurred(if flat { 9.0 } else { 22.0 });
    canvas.lay(
        &dark,
        &Place { at: (-16.0 * key_side, 14.0), opacity: if flat { 0.30 } else { 0.22 }, ..Place::default() },
    );
    if flat {
        return;
    }
    let rows = |y: usize| {
        (0..layer.width)
            .filter(|x| layer.get(*x as isize, y as isize)[3] > 0.5)
            .fold(None, |span: Option<(usize, usize)>, x| Some(span.map_or((x, x), |(a, _)| (a, x))))
    };
    let Some(low) = (0..layer.height).rev().find(|y| rows(*y).is_some()) else { return };
    let Some((left, right)) = rows(low.saturating_sub(14)) else { return };
    let (cx, rx, cy) = ((left + right) as f32 / 2.0, (right - left) as f32 / 2.0 * 1.04, low as f32 - 6.0);
    let contact = Canvas::from_fn(layer.width, layer.height, |x, y| {
        let d = (((x as f32 - cx) / rx.max(1.0)).powi(2) + ((y as f32 - cy) / 13.0).powi(2)).sqrt();
        [0.0, 0.0, 0.0, smooth(1.15, 0.75, d)]
    });
    canvas.lay(&contact.blurred(6.0), &Place { opacity: 0.5, ..Place::default() });
}

fn jpeg(canvas: &Canvas, name: &Path) -> Result<Vec<u8>, DemoError> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85)
        .encode(&canvas.to_rgb(|_, _| 0.0), canvas.width as u32, canvas.height as u32, image::ExtendedColorType::Rgb8)
        .map_err(|source| DemoError::Picture { path: name.to_owned(), source })?;
    Ok(bytes)
}

/// The table the studio imports. Prices in CNY.
fn csv(things: &[Thing]) -> String {
    let mut table = String::from("sku,title,brand,category,description,price,stock,barcode,aliases,images\n");
    for thing in things {
        let good = &thing.good;
        let images: Vec<String> = (0..views(thing).len()).map(|view| photo_name(thing, view)).collect();
        let _ = writeln!(
            table,
            "{},{},{},{},{},{},{},{},{},{}",
            good.sku,
            quoted(good.title),
            quoted(good.brand),
            quoted(good.category),
            quoted(good.description),
            good.price,
            good.stock,
            with_check_digit(good.code),
            quoted(good.aliases),
            quoted(&images.join(";"))
        );
    }
    table
}

/// A CSV field; quoted where it must be (RFC 4180).
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

trait IntoPixel {
    fn into_pixel(self) -> [f32; 4];
}
impl IntoPixel for [f32; 3] {
    fn into_pixel(self) -> [f32; 4] {
        let [r, g, b] = self;
        [r, g, b, 1.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_with_a_comma_or_quote_is_quoted() {
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(quoted("plain;text"), "plain;text");
    }
}
