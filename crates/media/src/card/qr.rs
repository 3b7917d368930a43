//! A link as a QR code, drawn in whole pixels: a camera that films a screen sees blurred edges soon enough.

use super::svg::Svg;
use qrcode::{Color, EcLevel, QrCode};

/// Clear modules around the code. Source: ISO/IEC 18004, 5.3.8 "quiet zone".
const QUIET: usize = 4;

/// A module narrower than this does not survive the encoder, let alone a phone's camera.
const MODULE_MIN_PX: usize = 2;

/// Why a link gets no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QrError {
    #[error("the link has {bytes} bytes, more than a QR code of {side_px} pixels can show; use a shorter link")]
    TooDense { bytes: usize, side_px: u32 },
    #[error("the link can't become a QR code: {0}")]
    Encode(String),
}

/// A code that fits its square.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// Row by row.
    colours: Vec<Color>,
    modules: usize,
    /// Side of a module, whole pixels.
    module: usize,
}

impl Code {
    /// The code of `link` for a square of `side` pixels. Error correction M: a quarter more modules than L, and a
    /// reflection or a thumb on the screen does no harm. Errors: [`QrError`].
    pub fn of(link: &str, side: u32) -> Result<Self, QrError> {
        let code = QrCode::with_error_correction_level(link.as_bytes(), EcLevel::M)
            .map_err(|error| QrError::Encode(error.to_string()))?;
        let modules = code.width();
        let module = side as usize / (modules + 2 * QUIET);
        if module < MODULE_MIN_PX {
            return Err(QrError::TooDense { bytes: link.len(), side_px: side });
        }
        Ok(Self { colours: code.into_colors(), modules, module })
    }

    /// Draws the dark modules in the middle of a square of `side` pixels at `x`, `y`; the ground is the caller's.
    pub fn draw(&self, svg: &mut Svg, x: u32, y: u32, side: u32) {
        let offset = (side as usize).saturating_sub(self.modules * self.module) / 2;
        svg.raw(format_args!("<path fill=\"#000000\" shape-rendering=\"crispEdges\" d=\""));
        for (row, colours) in self.colours.chunks(self.modules).enumerate() {
            let mut at = 0;
            // A run of dark modules is one rectangle, so no seam shows between them.
            for run in colours.chunk_by(|a, b| a == b) {
                if run.first() == Some(&Color::Dark) {
                    let left = x as usize + offset + at * self.module;
                    let (top, width) = (y as usize + offset + row * self.module, run.len() * self.module);
                    svg.raw(format_args!("M{left} {top}h{width}v{}h-{width}z", self.module));
                }
                at += run.len();
            }
        }
        svg.raw(format_args!("\"/>"));
    }
}
