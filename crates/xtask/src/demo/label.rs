//! Labels as SVG: our own brands in Chinese and English, rendered by resvg with the system's Noto fonts.

use std::fmt::Write as _;
use std::sync::Arc;

use resvg::{tiny_skia, usvg};

use super::barcode;
use super::canvas::Canvas;
use super::error::DemoError;
use super::layouts;
use super::motif::{self, Motif};

/// The fonts every label is set in.
const FAMILY: &str = "Noto Sans CJK SC";
pub const SERIF: &str = "Noto Serif CJK SC";

/// How the front of a package is composed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Drawing above, name below on a band.
    Band,
    /// Chinese name written downwards beside the drawing.
    Upright,
    /// Name in a round badge.
    Badge,
    /// A slanted field of the second colour behind the name.
    Slant,
    /// A framed paper field on a plain ground.
    Framed,
    /// Everything along one wide strip (tubes, flat boxes).
    Strip,
    /// A coloured field with the drawing beside the words.
    Split,
    /// A pale arch round drawing and name.
    Arch,
    /// Bars for brand, drawing and name, one below the other.
    Stack,
}

/// Colours: ground top, ground bottom, accent, ink.
pub type Palette = [&'static str; 4];

/// What is printed on a package.
#[derive(Clone, Copy, Debug)]
pub struct Design {
    pub layout: Layout,
    pub palette: Palette,
    pub motif: Motif,
    pub brand_zh: &'static str,
    pub brand_en: &'static str,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    pub line: &'static str,
    pub size: &'static str,
}

/// Renders SVG to pictures with fonts loaded once.
pub struct Printer {
    options: usvg::Options<'static>,
}

impl Printer {
    /// Loads the system's fonts. Errors: the Chinese font is not installed.
    pub fn new() -> Result<Self, DemoError> {
        let mut fonts = usvg::fontdb::Database::new();
        fonts.load_system_fonts();
        for family in [FAMILY, SERIF] {
            let wanted = usvg::fontdb::Query { families: &[usvg::fontdb::Family::Name(family)], ..Default::default() };
            if fonts.query(&wanted).is_none() {
                return Err(DemoError::Font(family));
            }
        }
        Ok(Self {
            options: usvg::Options { fontdb: Arc::new(fonts), font_family: FAMILY.to_owned(), ..Default::default() },
        })
    }
    /// Renders a drawing at `width` pixels; the height follows.
    pub fn draw(&self, svg: &str, width: u32) -> Result<tiny_skia::Pixmap, PrintError> {
        let tree = usvg::Tree::from_str(svg, &self.options).map_err(PrintError::Svg)?;
        let scale = width as f32 / tree.size().width();
        let height = (tree.size().height() * scale).round() as u32;
        let mut pixmap = tiny_skia::Pixmap::new(width, height).ok_or(PrintError::Size { width, height })?;
        resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixmap.as_mut());
        Ok(pixmap)
    }
    /// A label as a texture picture.
    pub fn print(&self, sku: &str, svg: &str, width: u32) -> Result<Canvas, DemoError> {
        let pixmap = self.draw(svg, width).map_err(|e| match e {
            PrintError::Svg(source) => DemoError::Label { sku: sku.to_owned(), source },
            PrintError::Size { width, height } => DemoError::Size { width, height },
        })?;
        let pixels = pixmap
            .pixels()
            .iter()
            .map(|p| [p.red(), p.green(), p.blue(), p.alpha()].map(|v| f32::from(v) / 255.0))
            .collect();
        Ok(Canvas { width: pixmap.width() as usize, height: pixmap.height() as usize, pixels })
    }
}

/// Why an SVG was not rendered.
#[derive(Debug)]
pub enum PrintError {
    Svg(usvg::Error),
    Size { width: u32, height: u32 },
}

/// Words around `x` whose foot lies at `y`.
pub fn text(s: &mut String, x: f32, y: f32, size: f32, fill: &str, style: &str, words: &str) {
    let _ =
        write!(s, "<text x='{x}' y='{y}' font-size='{size}' fill='{fill}' text-anchor='middle' {style}>{words}</text>");
}

pub const BOLD: &str = "font-weight='700'";
pub const WIDE: &str = "font-weight='700' letter-spacing='6'";

/// The front as SVG elements around the origin, in a field 600 wide and `h` high.
fn front(d: &Design, h: f32) -> String {
    let [_, _, accent, ink] = d.palette;
    let (top, bottom) = (-h / 2.0, h / 2.0);
    let mut s = String::new();
    let picture = motif::draw(d.motif, accent, ink);
    let place = |s: &mut String, x: f32, y: f32, k: f32| {
        let _ = write!(s, "<g transform='translate({x} {y}) scale({k})'>{picture}</g>");
    };
    match d.layout {
        Layout::Band => {
            text(&mut s, 0.0, top + h * 0.13, 82.0, ink, BOLD, d.brand_zh);
            text(&mut s, 0.0, top + h * 0.19, 34.0, ink, WIDE, d.brand_en);
            place(&mut s, 0.0, -h * 0.07, 1.55);
            let _ = write!(s, "<rect x='-300' y='{}' width='600' height='{}' fill='{accent}'/>", h * 0.14, h * 0.2);
            text(&mut s, 0.0, h * 0.245, 92.0, "#fff", BOLD, d.name_zh);
            text(&mut s, 0.0, h * 0.31, 36.0, "#fff", WIDE, d.name_en);
            text(&mut s, 0.0, bottom - h * 0.09, 30.0, ink, "", d.line);
            text(&mut s, 0.0, bottom - h * 0.03, 26.0, ink, "", d.size);
        }
        Layout::Upright => {
            let _ = write!(
                s,
                "<rect x='-250' y='{}' width='150' height='{}' rx='18' fill='{accent}'/>",
                top + h * 0.07,
                h * 0.78
            );
            for (i, c) in d.name_zh.chars().enumerate() {
                let step = (h * 0.74) / d.name_zh.chars().count().max(1) as f32;
                text(
                    &mut s,
                    -175.0,
                    top + h * 0.09 + step * (i as f32 + 0.78),
                    step.min(128.0) * 0.9,
                    "#fff",
                    &format!("font-family='{SERIF}' font-weight='700'"),
                    &c.to_string(),
                );
            }
            place(&mut s, 95.0, -h * 0.06, 1.6);
            text(
                &mut s,
                95.0,
                top + h * 0.14,
                66.0,
                ink,
                &format!("font-family='{SERIF}' font-weight='700' letter-spacing='14'"),
                d.brand_zh,
            );
            text(&mut s, 95.0, top + h * 0.21, 30.0, ink, WIDE, d.brand_en);
            text(&mut s, 95.0, h * 0.25, 38.0, ink, BOLD, d.name_en);
            text(&mut s, 95.0, h * 0.31, 28.0, ink, "", d.line);
            text(&mut s, 0.0, bottom - h * 0.04, 28.0, ink, "", d.size);
        }
        Layout::Badge => {
            let r = (h * 0.29).min(212.0);
            let cy = h * 0.055;
            text(&mut s, 0.0, top + h * 0.14, (h * 0.125).min(94.0), "#fff8e8", BOLD, d.brand_zh);
            text(&mut s, 0.0, top + h * 0.2, (h * 0.05).min(36.0), "#fff8e8", WIDE, d.brand_en);
            let _ = write!(
                s,
                "<circle cx='0' cy='{cy}' r='{r}' fill='#fff8e8'/><circle cx='0' cy='{cy}' r='{}' fill='none' stroke='{accent}' stroke-width='9'/>",
                r - 16.0
            );
            place(&mut s, 0.0, cy - r * 0.32, r / 222.0);
            text(&mut s, 0.0, cy + r * 0.42, r * 0.32, ink, BOLD, d.name_zh);
            text(&mut s, 0.0, cy + r * 0.61, r * 0.115, ink, BOLD, d.name_en);
            text(&mut s, 0.0, bottom - h * 0.085, (h * 0.05).min(33.0), "#fff8e8", BOLD, d.line);
            text(&mut s, 0.0, bottom - h * 0.03, (h * 0.042).min(27.0), "#fff8e8", "", d.size);
        }
        Layout::Slant => {
            let _ = write!(
                s,
                "<path d='M-400 {} L400 {} V{} H-400Z' fill='{accent}'/><path d='M-400 {} L400 {}' stroke='#fff' stroke-width='14'/>",
                h * 0.12,
                -h * 0.1,
                bottom + 40.0,
                h * 0.12 - 12.0,
                -h * 0.1 - 12.0
            );
            text(&mut s, 0.0, top + h * 0.15, 100.0, ink, BOLD, d.brand_zh);
            text(&mut s, 0.0, top + h * 0.215, 38.0, ink, WIDE, d.brand_en);
            place(&mut s, 96.0, -h * 0.045, 1.4);
            text(&mut s, -20.0, h * 0.25, 104.0, "#fff", BOLD, d.name_zh);
            text(&mut s, -20.0, h * 0.325, 44.0, "#fff", BOLD, d.name_en);
            text(&mut s, 0.0, bottom - h * 0.085, 30.0, "#fff", "", d.line);
            text(&mut s, 0.0, bottom - h * 0.035, 26.0, "#fff", "", d.size);
        }
        Layout::Framed => {
            let _ = write!(
                s,
                "<rect x='-235' y='{}' width='470' height='{}' fill='#fdf7ea'/><rect x='-219' y='{}' width='438' height='{}' fill='none' stroke='{accent}' stroke-width='6'/>",
                top + h * 0.14,
                h * 0.7,
                top + h * 0.14 + 16.0,
                h * 0.7 - 32.0
            );
            text(
                &mut s,
                0.0,
                top + h * 0.235,
                62.0,
                ink,
                &format!("font-family='{SERIF}' font-weight='700' letter-spacing='10'"),
                d.brand_zh,
            );
            text(&mut s, 0.0, top + h * 0.285, 28.0, ink, WIDE, d.brand_en);
            place(&mut s, 0.0, -h * 0.035, 1.15);
            text(&mut s, 0.0, h * 0.185, 76.0, accent, &format!("font-family='{SERIF}' font-weight='700'"), d.name_zh);
            text(&mut s, 0.0, h * 0.24, 34.0, ink, BOLD, d.name_en);
            text(&mut s, 0.0, h * 0.295, 26.0, ink, "", d.line);
            text(&mut s, 0.0, bottom - h * 0.07, 28.0, "#fdf7ea", "", d.size);
        }
        Layout::Strip => {
            let _ =
                write!(s, "<rect x='-300' y='{}' width='600' height='{}' fill='{accent}'/>", top + h * 0.62, h * 0.2);
            text(&mut s, 0.0, top + h * 0.17, 88.0, ink, BOLD, d.brand_zh);
            text(&mut s, 0.0, top + h * 0.235, 34.0, ink, WIDE, d.brand_en);
            place(&mut s, 0.0, top + h * 0.425, 1.25);
            text(&mut s, 0.0, top + h * 0.71, 74.0, "#fff", BOLD, d.name_zh);
            text(&mut s, 0.0, top + h * 0.78, 34.0, "#fff", BOLD, d.name_en);
            text(&mut s, 0.0, bottom - h * 0.105, 27.0, ink, "", d.line);
            text(&mut s, 0.0, bottom - h * 0.05, 25.0, ink, "", d.size);
        }
        Layout::Split => layouts::split(&mut s, d, h, &picture),
        Layout::Arch => layouts::arch(&mut s, d, h, &picture),
        Layout::Stack => layouts::stack(&mut s, d, h, &picture),
    }
    s
}

fn ground(d: &Design, w: f32, h: f32) -> String {
    let [top, bottom, accent, _] = d.palette;
    let mut s = format!(
        "<defs><linearGradient id='g' x1='0' y1='0' x2='0' y2='1'><stop offset='0' stop-color='{top}'/><stop offset='1' stop-color='{bottom}'/></linearGradient></defs><rect width='{w}' height='{h}' fill='url(#g)'/>"
    );
    // A fine pattern, different for each layout, so that no ground is one flat tone.
    let step = 46.0;
    let mut y = 10.0;
    let mut odd = false;
    while y < h {
        let mut x = if odd { step / 2.0 } else { 0.0 };
        while x < w {
            let _ = match d.layout {
                Layout::Band | Layout::Strip => {
                    write!(s, "<circle cx='{x}' cy='{y}' r='4' fill='{accent}' fill-opacity='.16'/>")
                }
                Layout::Upright => write!(
                    s,
                    "<path d='M{x} {y} q11 -14 23 0 t23 0' stroke='{accent}' stroke-opacity='.17' stroke-width='3' fill='none'/>"
                ),
                Layout::Badge => write!(s, "<path d='M{x} {y} l9 9 l-9 9 l-9 -9z' fill='#fff' fill-opacity='.13'/>"),
                Layout::Slant => {
                    write!(s, "<path d='M{x} {y} l18 -8' stroke='#fff' stroke-opacity='.2' stroke-width='6'/>")
                }
                Layout::Framed => write!(
                    s,
                    "<path d='M{x} {y} h14 M{} {} v10' stroke='#000' stroke-opacity='.07' stroke-width='3'/>",
                    x + 20.0,
                    y + 8.0
                ),
                Layout::Split => {
                    write!(s, "<path d='M{x} {y} v16' stroke='{accent}' stroke-opacity='.2' stroke-width='4'/>")
                }
                Layout::Arch => write!(
                    s,
                    "<circle cx='{x}' cy='{y}' r='9' fill='none' stroke='{accent}' stroke-opacity='.2' stroke-width='3'/>"
                ),
                Layout::Stack => write!(
                    s,
                    "<path d='M{x} {y} l12 12 m0 -12 l-12 12' stroke='{accent}' stroke-opacity='.18' stroke-width='3'/>"
                ),
            };
            x += step;
        }
        y += step * 0.7;
        odd = !odd;
    }
    s
}

fn small_print(d: &Design, code: &str, x: f32, h: f32) -> String {
    let [_, _, _, ink] = d.palette;
    let ink = if matches!(d.layout, Layout::Badge | Layout::Framed) { "#fff8e8" } else { ink };
    let mut s = String::new();
    text(&mut s, x, h * 0.16, 44.0, ink, BOLD, d.brand_zh);
    text(&mut s, x, h * 0.22, 30.0, ink, BOLD, &format!("{} · {}", d.name_zh, d.name_en));
    for (i, line) in [
        "配料与用法见瓶底 · Keep cool and dry",
        "请置于阴凉干燥处 避免阳光直射",
        "保质期 18 个月 · 生产日期见封口",
        "Hawker Demo Goods · 演示商品",
    ]
    .iter()
    .enumerate()
    {
        text(&mut s, x, h * 0.3 + i as f32 * 36.0, 22.0, ink, "", line);
    }
    let _ =
        write!(s, "<g transform='translate({} {})'>{}</g>", x - 125.0, h * 0.62, barcode::svg(code, 250.0, h * 0.2));
    s
}

fn sheet(w: f32, h: f32, inner: &str) -> String {
    format!("<svg xmlns='http://www.w3.org/2000/svg' width='{w}' height='{h}' font-family='{FAMILY}'>{inner}</svg>")
}

/// The front of a flat package as a whole SVG, 600 wide.
pub fn front_face(d: &Design, h: f32) -> String {
    sheet(600.0, h, &format!("{}<g transform='translate(300 {})'>{}</g>", ground(d, 600.0, h), h / 2.0, front(d, h)))
}

/// The side of a carton: small print and the code.
pub fn side_face(d: &Design, code: &str, w: f32, h: f32) -> String {
    sheet(
        w,
        h,
        &format!(
            "{}<g transform='translate({} 0) scale({} 1) translate(-300 0)'>{}</g>",
            ground(d, w, h),
            w / 2.0,
            (w / 600.0).min(1.0),
            small_print(d, code, 300.0, h)
        ),
    )
}

/// A label that goes all round: the front in the middle, the small print where both ends meet.
pub fn wrap(d: &Design, code: &str, w: f32, h: f32, front_width: f32) -> String {
    let k = front_width / 600.0;
    sheet(
        w,
        h,
        &format!(
            "{}<g transform='translate({} {}) scale({k})'>{}</g>{}",
            ground(d, w, h),
            w / 2.0,
            h / 2.0,
            front(d, h / k),
            small_print(d, code, w * 0.9, h)
        ),
    )
}
