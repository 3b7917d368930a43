//! The app's icon in every size and container the bundles need, from assets/icons/icon.svg.

use std::path::{Path, PathBuf};

use super::error::DemoError;
use super::label::{PrintError, Printer};

/// PNG files beside the drawing: name and side in pixels.
const PNGS: [(&str, u32); 4] = [("32x32.png", 32), ("128x128.png", 128), ("128x128@2x.png", 256), ("icon.png", 512)];
/// Sizes inside icon.ico.
const ICO_SIDES: [u32; 6] = [16, 24, 32, 48, 64, 256];
/// Kinds inside icon.icns with their sides. Source: Apple icon image format, the kinds that hold PNG.
const ICNS_KINDS: [(&[u8; 4], u32); 7] =
    [(b"icp4", 16), (b"icp5", 32), (b"icp6", 64), (b"ic07", 128), (b"ic08", 256), (b"ic09", 512), (b"ic10", 1024)];

/// Writes all icons into `folder`, which holds icon.svg. Returns the files written.
pub fn write(folder: &Path, printer: &Printer) -> Result<Vec<PathBuf>, DemoError> {
    let source = folder.join("icon.svg");
    let svg = std::fs::read_to_string(&source).map_err(DemoError::file(&source))?;
    let png = |side: u32| png(&svg, side, printer, &source);
    let mut files = Vec::new();
    let mut save = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(DemoError::file(&path))?;
        files.push(path);
        Ok::<(), DemoError>(())
    };
    for (name, side) in PNGS {
        save(name, &png(side)?)?;
    }
    let pictures = ICO_SIDES.iter().map(|side| Ok((*side, png(*side)?))).collect::<Result<Vec<_>, DemoError>>()?;
    save("icon.ico", &ico(&pictures))?;
    let pictures =
        ICNS_KINDS.iter().map(|(kind, side)| Ok((*kind, png(*side)?))).collect::<Result<Vec<_>, DemoError>>()?;
    save("icon.icns", &icns(&pictures))?;
    Ok(files)
}

/// Renders every drawing in `folder` once, so that a broken slate is found here and not on air. Returns their names.
pub fn prove(folder: &Path, printer: &Printer) -> Result<Vec<PathBuf>, DemoError> {
    let mut drawings = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(DemoError::file(folder))? {
        let path = entry.map_err(DemoError::file(folder))?.path();
        if path.extension().is_some_and(|e| e == "svg") {
            let svg = std::fs::read_to_string(&path).map_err(DemoError::file(&path))?;
            png(&svg, 640, printer, &path)?;
            drawings.push(path);
        }
    }
    drawings.sort();
    Ok(drawings)
}

fn png(svg: &str, side: u32, printer: &Printer, path: &Path) -> Result<Vec<u8>, DemoError> {
    let pixmap = printer.draw(svg, side).map_err(|e| match e {
        PrintError::Svg(source) => DemoError::Svg { path: path.to_owned(), source },
        PrintError::Size { width, height } => DemoError::Size { width, height },
    })?;
    let straight: Vec<u8> = pixmap
        .pixels()
        .iter()
        .map(|p| p.demultiply())
        .flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()])
        .collect();
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new_with_quality(
        &mut bytes,
        image::codecs::png::CompressionType::Best,
        image::codecs::png::FilterType::Adaptive,
    );
    image::ImageEncoder::write_image(
        encoder,
        &straight,
        pixmap.width(),
        pixmap.height(),
        image::ExtendedColorType::Rgba8,
    )
    .map_err(|source| DemoError::Picture { path: path.to_owned(), source })?;
    Ok(bytes)
}

/// A Windows icon of PNG pictures. Source: ICONDIR and ICONDIRENTRY; PNG inside since Windows Vista.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in [0u16, 1, pictures.len() as u16] {
        bytes.extend(field.to_le_bytes());
    }
    let mut at = 6 + 16 * pictures.len();
    for (side, png) in pictures {
        // 256 is written as 0.
        let small = u8::try_from(*side).unwrap_or(0);
        bytes.extend([small, small, 0, 0]);
        bytes.extend(1u16.to_le_bytes());
        bytes.extend(32u16.to_le_bytes());
        bytes.extend((png.len() as u32).to_le_bytes());
        bytes.extend((at as u32).to_le_bytes());
        at += png.len();
    }
    for (_, png) in pictures {
        bytes.extend(png);
    }
    bytes
}

/// A macOS icon: `icns`, whole length, then each picture with its kind and length.
fn icns(pictures: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let total: usize = 8 + pictures.iter().map(|(_, png)| 8 + png.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(total);
    bytes.extend(b"icns");
    bytes.extend((total as u32).to_be_bytes());
    for (kind, png) in pictures {
        bytes.extend(*kind);
        bytes.extend((8 + png.len() as u32).to_be_bytes());
        bytes.extend(png);
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_picture_of_an_ico_lies_where_its_entry_says() {
        let file = ico(&[(16, vec![1, 2, 3]), (256, vec![4, 5])]);
        let entry = |i: usize| {
            let e = &file[6 + 16 * i..22 + 16 * i];
            let number = |from: usize| u32::from_le_bytes([e[from], e[from + 1], e[from + 2], e[from + 3]]) as usize;
            (e[0], &file[number(12)..number(12) + number(8)])
        };
        assert_eq!(entry(0), (16, &[1u8, 2, 3][..]));
        assert_eq!(entry(1), (0, &[4u8, 5][..]), "256 is written as 0");
    }

    #[test]
    fn an_icns_says_its_own_length() {
        let file = icns(&[(b"ic07", vec![9; 5])]);
        assert_eq!(file.len(), 8 + 8 + 5);
        assert_eq!(&file[..8], b"icns\x00\x00\x00\x15");
    }
}
