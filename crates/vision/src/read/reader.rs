//! The three models that read: where lines are, which way up they stand, what they say.

use hawker_av::{Rect, VideoFrame};
use hawker_infer::{Manifest, ModelSession, ModelSpec, Runtime, SessionConfig};
use std::time::Instant;

use super::quad::Quad;
use super::{ReaderModels, codes, ctc, lines, strip};
use crate::VisionError;
use crate::pixels::{self, Patch};
use crate::pre::Pre;

/// Longer side of what the line detector looks at. Its sides are multiples of [`CELL`].
pub(super) const DETECT_SIDE: f32 = 640.0;
const CELL: f32 = 32.0;

/// A small picture is enlarged by at most this: more shows nothing new.
const ENLARGE: f32 = 2.0;

/// Longer side of the picture lines are cut from.
const CUT_SIDE: f32 = 1280.0;

/// Lines, and columns of strips, read at most at one look, the largest lines first: a name is printed large, and 2,400 columns
/// take about a quarter of a second.
const MOST_LINES: usize = 12;
const MOST_COLUMNS: usize = 2400;

/// The fewest columns the reader is given, the rest grey: it was taught on lines that fill 320 or are padded to it.
const PADDED: usize = 160;

/// A line this surely upside down is turned.
const UPSIDE_DOWN: f32 = 0.9;

/// A line read with less than this is not what stands there.
const CONFIDENT: f32 = 0.5;

/// One line that was read.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    pub text: String,
    /// Mean probability of its characters, 0 to 1.
    pub confidence: f32,
    /// Corners, clockwise from where reading begins. Units: pixels of the frame.
    #[serde(skip)]
    pub quad: Quad,
}

/// What one look at a thing gave.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reading {
    pub lines: Vec<Line>,
    /// What a barcode or QR code holds. Never opened, never followed.
    pub codes: Vec<String>,
    /// Where the lines stand together. Shape: left, top, right, bottom; units: shares of the sides of the part that was read.
    #[serde(default, skip_serializing_if = "is_nowhere")]
    pub extent: [f32; 4],
    /// From pixels to text.
    pub ms: f32,
}

fn is_nowhere(extent: &[f32; 4]) -> bool {
    *extent == [0.0; 4]
}

/// See [`Reading::extent`]. `rect`: the part that was read.
fn extent(lines: &[Line], rect: Rect) -> [f32; 4] {
    let corners = lines.iter().flat_map(|line| line.quad.0);
    let shares = corners.map(|(x, y)| ((x - rect.x) / rect.width, (y - rect.y) / rect.height));
    shares
        .map(|(x, y)| [x, y, x, y])
        .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
        .unwrap_or_default()
}

/// Reads words and codes. Threads: one at a time; may be moved.
#[derive(Debug)]
pub struct Reader {
    pub(super) detector: (ModelSession, ModelSpec),
    pub(super) angle: (ModelSession, ModelSpec),
    pub(super) reader: (ModelSession, ModelSpec),
    pub(super) classes: Vec<String>,
    /// Longer side of what the line detector looks at. Units: pixels.
    pub(super) side: f32,
    pub(super) pre: Pre,
}

impl Reader {
    /// Loads the three models. Errors: one is missing, damaged, of another family, or brings no characters.
    pub fn load(manifest: &Manifest, runtime: &Runtime, config: &SessionConfig) -> Result<Self, VisionError> {
        ReaderModels::new(manifest, runtime, config)?.load(DETECT_SIDE)
    }

    /// Reads what stands in the part `rect` of a frame. Errors: empty frame, or a model failed.
    pub fn read(&mut self, frame: &VideoFrame, rect: Rect) -> Result<Reading, VisionError> {
        self.read_while(frame, rect, || true)
    }

    /// The same as long as it is `wanted`, which is asked before each line: what was read until then is answered.
    pub fn read_while(
        &mut self,
        frame: &VideoFrame,
        rect: Rect,
        wanted: impl Fn() -> bool,
    ) -> Result<Reading, VisionError> {
        let begun = Instant::now();
        let rect = rect.intersect(crate::embed::whole_of(frame));
        if rect.width < 1.0 || rect.height < 1.0 {
            return Err(VisionError::EmptyFrame { width: frame.width, height: frame.height });
        }
        let codes = codes::read(frame, rect);
        let mut quads = self.find(frame, rect)?;
        quads.truncate(MOST_LINES);
        // Lines are cut from more pixels than they were found in.
        let scale = (CUT_SIDE / rect.width.max(rect.height)).min(1.0);
        let (width, height) = (side(rect.width * scale), side(rect.height * scale));
        let picture = self.pre.words(pixels::crop(frame, rect, width, height));
        let (mut lines, mut columns) = (Vec::new(), 0);
        for quad in quads {
            let own = quad.scaled(width as f32, height as f32);
            let (line, used) = self.line(&picture, own)?;
            columns += used;
            if line.confidence >= CONFIDENT && !line.text.trim().is_empty() {
                let quad = line.quad.scaled(rect.width / width as f32, rect.height / height as f32);
                let moved = Quad(quad.0.map(|corner| (corner.0 + rect.x, corner.1 + rect.y)));
                lines.push(Line { quad: moved, ..line });
            }
            if columns >= MOST_COLUMNS || !wanted() {
                break;
            }
        }
        Ok(Reading { extent: extent(&lines, rect), lines, codes, ms: begun.elapsed().as_secs_f32() * 1000.0 })
    }

    /// Boxes of lines, largest first. Units: shares of `rect`'s sides.
    fn find(&mut self, frame: &VideoFrame, rect: Rect) -> Result<Vec<Quad>, VisionError> {
        let (session, spec) = &mut self.detector;
        let Some(input) = spec.inputs.first() else { return Ok(Vec::new()) };
        let scale = (self.side / rect.width.max(rect.height)).min(ENLARGE);
        let cells = |length: f32| ((length * scale / CELL).round().max(1.0) * CELL) as usize;
        let (width, height) = (cells(rect.width), cells(rect.height));
        let patch = self.pre.words(pixels::crop(frame, rect, width, height));
        let mut tensor = vec![0.0; 3 * width * height];
        patch.write(input, &mut tensor, (width, height), (0, 0));
        let outputs = session.run(&tensor, &[1, 3, height, width])?;
        let found = outputs.first().map_or_else(Vec::new, |map| lines::lines(&map.data, width));
        let shares = |line: lines::LineBox| line.quad.scaled(1.0 / width as f32, 1.0 / height as f32).within(1.0, 1.0);
        Ok(found.into_iter().map(shares).collect())
    }

    /// The text in one box of a picture, and the columns it took.
    fn line(&mut self, picture: &Patch, quad: Quad) -> Result<(Line, usize), VisionError> {
        let mut quad = strip::laid(quad);
        if self.upside_down(picture, &quad)? {
            quad = quad.turned().turned();
        }
        let (session, spec) = &mut self.reader;
        let nothing = Line { text: String::new(), confidence: 0.0, quad };
        let Some(input) = spec.inputs.first() else { return Ok((nothing, 0)) };
        let height = input.r#use.map_or(48, |[height, _]| height);
        let own = strip::columns(&quad, height);
        let width = own.max(PADDED);
        let mut tensor = vec![0.0; 3 * width * height];
        strip::cut(picture, &quad, own, height).write(input, &mut tensor, (width, height), (0, 0));
        let outputs = session.run(&tensor, &[1, 3, height, width])?;
        let steps = outputs.first().map(|output| output.data.as_slice()).unwrap_or_default();
        let (text, confidence) = ctc::decode(steps, &self.classes);
        Ok((Line { text, confidence, quad }, width))
    }

    fn upside_down(&mut self, picture: &Patch, quad: &Quad) -> Result<bool, VisionError> {
        let (session, spec) = &mut self.angle;
        let Some(input) = spec.inputs.first() else { return Ok(false) };
        let [height, width] = input.r#use.unwrap_or([48, 192]);
        let own = strip::columns(quad, height).min(width);
        let mut tensor = vec![0.0; 3 * width * height];
        strip::cut(picture, quad, own, height).write(input, &mut tensor, (width, height), (0, 0));
        let outputs = session.run(&tensor, &[1, 3, height, width])?;
        let turned = outputs.first().and_then(|output| output.data.get(1)).copied().unwrap_or(0.0);
        Ok(turned > UPSIDE_DOWN)
    }
}

fn side(length: f32) -> usize {
    (length.round() as usize).max(1)
}
