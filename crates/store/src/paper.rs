//! The pack list on paper: a PDF with a block an order, whose texts can be searched and copied. Pure: orders, addresses and
//! a font in, bytes out.

mod words;

use crate::export::utc;
use hawker_domain::{OrderId, order::Order};
use hawker_wire::order::Buyer;
use krilla::{
    Data, Document,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::Fill,
    surface::Surface,
    text::{Font, TextDirection},
};
use qrcode::{Color, EcLevel, QrCode};
use std::collections::HashMap;

pub use words::PaperLanguage;
use words::Words;

/// A4 and its margin, points of 1/72 inch.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 36.0;

/// Sizes of letters: small enough for five orders a page, large enough to be read at arm's length.
const HEAD: f32 = 15.0;
const TEXT: f32 = 10.5;
const SMALL: f32 = 8.0;
/// From one line to the next, as a share of the letters' size.
const LEADING: f32 = 1.45;
/// Side of the code with the order's number: 0.8 mm a module, which every scanner reads.
const CODE: f32 = 66.0;
/// Above and below the line between two orders.
const GAP: f32 = 12.0;
/// How tall a block may be.
const ROOM: f32 = HEIGHT - 2.0 * MARGIN - GAP;

/// The last characters of an order's id, by which lists and people call it.
const SHORT_ID: usize = 6;

/// A file of a font, and which of its faces. It has to have the characters of the texts: those it lacks are empty boxes.
#[derive(Clone)]
pub struct PrintFont {
    pub data: Vec<u8>,
    pub index: u32,
}

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    #[error("the font can't be read; install another one, fonts-noto-cjk for Chinese")]
    Font,
    #[error("the PDF could not be made ({0})")]
    Pdf(String),
}

/// What is to be packed as a PDF: number, code, address and goods of each order. For whoever was shown the buyers; nothing of
/// it is kept here. An order without an address says so. Errors: [`PaperError`].
pub fn pack_list_pdf(
    orders: &[Order],
    buyers: &HashMap<OrderId, Buyer>,
    font: PrintFont,
    language: PaperLanguage,
) -> Result<Vec<u8>, PaperError> {
    let font = Font::new(Data::from(font.data), font.index).ok_or(PaperError::Font)?;
    let words = language.words();
    let blocks = orders.iter().flat_map(|order| Block::of(order, buyers.get(&order.id), words).parted());
    let blocks: Vec<Block> = blocks.collect();
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(words.title.to_owned()));
    for page in pages(&blocks) {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| PaperError::Pdf("no page".to_owned()))?;
        let mut paper = document.start_page_with(settings);
        let mut surface = paper.surface();
        let mut top = MARGIN;
        for block in page {
            draw(&mut surface, &font, block, top);
            top += block.height() + GAP;
        }
        surface.finish();
        paper.finish();
    }
    document.finish().map_err(|error| PaperError::Pdf(format!("{error:?}")))
}

/// What stands on the paper for one order, or for a part of one.
struct Block {
    number: String,
    /// The whole id: what a scanner types is what every command takes.
    code: String,
    /// To the left of the code.
    beside: Vec<Line>,
    /// Below both.
    below: Vec<Line>,
}

struct Line {
    text: String,
    size: f32,
}

impl Block {
    fn of(order: &Order, buyer: Option<&Buyer>, words: &Words) -> Self {
        let id = order.id.to_string();
        let short = id.chars().skip(id.chars().count().saturating_sub(SHORT_ID)).collect::<String>();
        let broken = |text: &str, size: f32, width: f32| {
            wrapped(text, width / size).into_iter().map(move |text| Line { text, size })
        };
        // The code stands to the right of the address, and the goods below both.
        let beside_code = WIDTH - 2.0 * MARGIN - CODE - GAP;
        let mut beside = Vec::new();
        beside.extend(broken(&format!("{} · {}", utc(order.placed_at_us), order.total), SMALL, beside_code));
        match buyer.filter(|buyer| !buyer.address.trim().is_empty()) {
            Some(buyer) => {
                beside.extend(broken(&format!("{}  {}", buyer.name, buyer.phone), TEXT, beside_code));
                for line in buyer.address.lines() {
                    beside.extend(broken(line, TEXT, beside_code));
                }
            }
            None => beside.extend(broken(words.no_address, TEXT, beside_code)),
        }
        let mut below = Vec::new();
        for line in &order.lines {
            let goods = format!("{} × {}  ({})", line.qty, line.title, line.sku);
            below.extend(broken(&goods, TEXT, WIDTH - 2.0 * MARGIN));
        }
        Self { number: format!("{} #{short}", words.order), code: id, beside, below }
    }

    /// Down to where the goods begin.
    fn head(&self) -> f32 {
        (HEAD * LEADING + tall(&self.beside)).max(CODE)
    }

    fn height(&self) -> f32 {
        self.head() + tall(&self.below)
    }

    /// As it goes onto pages: one that is longer than a page in parts, each with the number and the code. Whoever packs by it must
    /// miss nothing of it.
    fn parted(mut self) -> Vec<Self> {
        if self.height() <= ROOM {
            return vec![self];
        }
        let fits = fitting(&self.beside, ROOM - HEAD * LEADING);
        let mut rest = self.beside.split_off(fits);
        rest.append(&mut self.below);
        let mut parts = Vec::new();
        while parts.is_empty() || !rest.is_empty() {
            let (number, code) = (self.number.clone(), self.code.clone());
            let mut part = Self { number, code, beside: std::mem::take(&mut self.beside), below: Vec::new() };
            let left = rest.split_off(fitting(&rest, ROOM - part.head()));
            part.below = std::mem::replace(&mut rest, left);
            parts.push(part);
        }
        let count = parts.len();
        for (at, part) in (1..).zip(&mut parts) {
            part.number = format!("{} ({at}/{count})", part.number);
        }
        parts
    }
}

fn tall(lines: &[Line]) -> f32 {
    lines.iter().map(|line| line.size * LEADING).sum()
}

/// How many of the lines are together no taller than `room`.
fn fitting(lines: &[Line], room: f32) -> usize {
    let mut used = 0.0;
    let fits = |line: &&Line| {
        used += line.size * LEADING;
        used <= room
    };
    lines.iter().take_while(fits).count()
}

/// As many blocks a page as fit.
fn pages(blocks: &[Block]) -> Vec<&[Block]> {
    let mut pages = Vec::new();
    let (mut from, mut used) = (0, 0.0);
    for (number, block) in blocks.iter().enumerate() {
        let height = block.height() + GAP;
        if number > from && used + height > HEIGHT - 2.0 * MARGIN {
            pages.extend(blocks.get(from..number));
            (from, used) = (number, 0.0);
        }
        used += height;
    }
    pages.extend(blocks.get(from..).filter(|rest| !rest.is_empty()));
    pages
}

fn draw(surface: &mut Surface<'_>, font: &Font, block: &Block, top: f32) {
    // Black; without it nothing is drawn.
    surface.set_fill(Some(Fill::default()));
    let mut text = |x: f32, y: f32, size: f32, text: &str| {
        surface.draw_text(Point::from_xy(x, y), font.clone(), size, text, false, TextDirection::LeftToRight);
    };
    text(MARGIN, top + HEAD, HEAD, &block.number);
    for (from, lines) in [(top + HEAD * LEADING, &block.beside), (top + block.head(), &block.below)] {
        let mut y = from;
        for line in lines {
            y += line.size;
            text(MARGIN, y, line.size, &line.text);
            y += line.size * (LEADING - 1.0);
        }
    }
    let mut path = PathBuilder::new();
    let mut square = |x: f32, y: f32, width: f32, height: f32| {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
    };
    // A code that can't be made leaves the number in letters.
    if let Ok(code) = QrCode::with_error_correction_level(block.code.as_bytes(), EcLevel::M) {
        let module = CODE / code.width() as f32;
        for (place, color) in code.to_colors().into_iter().enumerate() {
            let (row, column) = (place / code.width(), place % code.width());
            if color == Color::Dark {
                square(WIDTH - MARGIN - CODE + column as f32 * module, top + row as f32 * module, module, module);
            }
        }
    }
    square(MARGIN, top + block.height() + GAP / 2.0, WIDTH - 2.0 * MARGIN, 0.4);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// Breaks a text into lines of at most `width` squares of its letters' size: at spaces, and between Chinese characters.
fn wrapped(text: &str, width: f32) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0.0);
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    for c in clean {
        let square = if is_wide(c) { 1.0 } else { 0.62 };
        if used + square > width {
            // A word goes to the next line as a whole, unless it is the line.
            let cut = if is_wide(c) || c == ' ' { None } else { line.rfind(' ').map(|at| at + 1) };
            let rest = cut.map(|at| line.split_off(at)).unwrap_or_default();
            lines.push(line.trim_end().to_owned());
            used = rest.chars().map(|c| if is_wide(c) { 1.0 } else { 0.62 }).sum();
            line = rest;
            if c == ' ' && line.is_empty() {
                continue;
            }
        }
        line.push(c);
        used += square;
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Han, kana, hangul and full-width forms take a whole square; what else there is takes no more than 0.62 of one on average.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f000..=0x3ffff)
}

#[cfg(test)]
mod tests;
