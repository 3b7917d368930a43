//! Further compositions of a package's front, drawn like those of `label`: around the origin, in a field 600 wide.

use std::fmt::Write as _;

use super::label::{BOLD, Design, SERIF, WIDE, text};

/// A coloured field down the left with the drawing in it, words beside it.
pub fn split(s: &mut String, d: &Design, h: f32, picture: &str) {
    let [_, _, accent, ink] = d.palette;
    let (top, bottom) = (-h / 2.0, h / 2.0);
    let _ = write!(s, "<rect x='-300' y='{top}' width='232' height='{h}' fill='{accent}'/>");
    let _ = write!(s, "<circle cx='-184' cy='{}' r='108' fill='#fff8ee'/>", -h * 0.1);
    place(s, picture, (-184.0, -h * 0.1), 0.92);
    for (index, letter) in d.name_zh.chars().enumerate() {
        let size = (h * 0.075).min(56.0);
        text(s, -184.0, h * 0.1 + 64.0 + index as f32 * size * 1.12, size, "#fff", BOLD, &letter.to_string());
    }
    text(s, 112.0, top + h * 0.16, 84.0, ink, BOLD, d.brand_zh);
    text(s, 112.0, top + h * 0.225, 32.0, ink, WIDE, d.brand_en);
    let _ = write!(s, "<path d='M-20 {0} H250' stroke='{accent}' stroke-width='8'/>", top + h * 0.27);
    text(s, 112.0, h * 0.02, 80.0, accent, BOLD, d.name_zh);
    text(s, 112.0, h * 0.095, 34.0, ink, BOLD, d.name_en);
    text(s, 112.0, bottom - h * 0.16, 28.0, ink, "", d.line);
    text(s, 112.0, bottom - h * 0.07, 28.0, ink, BOLD, d.size);
}

/// A pale arch with the drawing under its top, brand above it.
pub fn arch(s: &mut String, d: &Design, h: f32, picture: &str) {
    let [_, _, accent, ink] = d.palette;
    let (top, bottom) = (-h / 2.0, h / 2.0);
    let (crown, foot) = (top + h * 0.27, bottom - h * 0.1);
    let style = format!("font-family='{SERIF}' font-weight='700' letter-spacing='12'");
    text(s, 0.0, top + h * 0.125, (h * 0.1).min(76.0), ink, &style, d.brand_zh);
    text(s, 0.0, top + h * 0.185, (h * 0.045).min(30.0), ink, WIDE, d.brand_en);
    let _ = write!(
        s,
        "<path d='M-210 {foot} V{0} A210 {1} 0 0 1 210 {0} V{foot}Z' fill='#fffaf0' stroke='{accent}' stroke-width='12'/>",
        crown + h * 0.12,
        h * 0.15
    );
    place(s, picture, (0.0, -h * 0.06), (h / 620.0).min(1.35));
    text(s, 0.0, h * 0.185, 86.0, accent, BOLD, d.name_zh);
    text(s, 0.0, h * 0.25, 34.0, ink, BOLD, d.name_en);
    text(s, 0.0, h * 0.315, 27.0, ink, "", d.line);
    text(s, 0.0, bottom - h * 0.035, 28.0, ink, BOLD, d.size);
}

/// Three bars from top to bottom: brand, drawing, name.
pub fn stack(s: &mut String, d: &Design, h: f32, picture: &str) {
    let [_, second, accent, ink] = d.palette;
    let (top, bottom) = (-h / 2.0, h / 2.0);
    let _ = write!(s, "<rect x='-300' y='{top}' width='600' height='{}' fill='{ink}'/>", h * 0.24);
    text(s, 0.0, top + h * 0.125, (h * 0.11).min(88.0), "#fff", BOLD, d.brand_zh);
    text(s, 0.0, top + h * 0.195, (h * 0.05).min(36.0), "#fff", WIDE, d.brand_en);
    for stripe in 0..7 {
        let x = -300.0 + 600.0 * stripe as f32 / 7.0;
        let _ = write!(
            s,
            "<rect x='{x}' y='{}' width='43' height='{}' fill='{second}' fill-opacity='.8'/>",
            top + h * 0.24,
            h * 0.44
        );
    }
    let _ = write!(s, "<ellipse cx='0' cy='{}' rx='190' ry='{}' fill='#fffdf6'/>", -h * 0.04, (h * 0.2).min(180.0));
    place(s, picture, (0.0, -h * 0.04), (h / 560.0).min(1.4));
    let _ = write!(s, "<rect x='-300' y='{}' width='600' height='{}' fill='{accent}'/>", h * 0.18, h * 0.32);
    text(s, 0.0, h * 0.285, (h * 0.11).min(92.0), "#fff", BOLD, d.name_zh);
    text(s, 0.0, h * 0.345, (h * 0.05).min(36.0), "#fff", BOLD, d.name_en);
    text(s, 0.0, bottom - h * 0.085, 28.0, "#fff", "", d.line);
    text(s, 0.0, bottom - h * 0.035, 26.0, "#fff", "", d.size);
}

fn place(s: &mut String, picture: &str, (x, y): (f32, f32), scale: f32) {
    let _ = write!(s, "<g transform='translate({x} {y}) scale({scale})'>{picture}</g>");
}
