//! Cards whose first word is the price, or the number of pieces left.

use super::{
    Ingredients,
    fonts::Fonts,
    lines::Type,
    palette,
    panel::{Canvas, Layout, Panel, price_width},
    svg::Anchor,
    words,
};

/// Label and pieces left as pills, title, price beside the price of before.
pub(super) fn lay_out(parts: &Ingredients<'_>, canvas: Canvas, fonts: &Fonts) -> Layout {
    let mut panel = Panel::begin(parts, canvas, fonts);
    let unit = panel.unit;
    let note = parts.stock_left.and_then(|left| words::stock_note(left, parts.language));
    let is_sold_out = parts.stock_left.is_some_and(|left| left <= 0);
    let note_look = if is_sold_out { palette::SOLD_OUT } else { palette::FEW };
    let pills = [(parts.label.as_str(), palette::LABEL), (note.as_deref().unwrap_or_default(), note_look)];
    let (mut top, mut x) = (20.0 * unit, panel.left);
    let height = 25.0 * unit;
    for (words, look) in pills {
        let room = panel.right - x;
        let width = panel.svg.pill(fonts, x, 18.0 * unit, height, room, look, words);
        if width > 0.0 {
            x += width + 8.0 * unit;
            top = 18.0 * unit + height + 6.0 * unit;
        }
    }
    let size = if x > panel.left { 24.0 } else { 27.0 } * unit;
    let title_end = panel.title(&parts.title, top, size, 2);
    let base = panel.height - 23.0 * unit;
    let (room, big, small) = (panel.room(), 42.0 * unit, 21.0 * unit);
    let fill = if is_sold_out { palette::QUIET } else { palette::PRICE };
    let end = panel.price(&parts.price, panel.left, base, big, room, fill) + 12.0 * unit;
    let beside = end + Type::regular(small).width(fonts, &parts.old_price) <= panel.right;
    let above = base - big * 0.78 - 8.0 * unit;
    if beside {
        panel.old_price(&parts.old_price, end, base, small);
    } else if above - small * 0.8 > title_end + size * 0.2 {
        let left = panel.left;
        panel.old_price(&parts.old_price, left, above, small);
    }
    panel.finish(canvas, None)
}

/// Size of the number on a stock card, units.
const NUMBER: f32 = 60.0;

/// Title, the number of pieces large, the price beside it.
pub(super) fn lay_out_stock(parts: &Ingredients<'_>, left: i64, canvas: Canvas, fonts: &Fonts) -> Layout {
    let mut panel = Panel::begin(parts, canvas, fonts);
    let unit = panel.unit;
    let top = label_row(&mut panel, &parts.label);
    let (size, base) = (24.0 * unit, panel.height - 25.0 * unit);
    // A second line of the title where the number leaves room for it.
    let room = base - NUMBER * unit * 0.73 - 8.0 * unit - (top + size * 0.92);
    panel.title(&parts.title, top, size, if room >= size * 1.2 { 2 } else { 1 });
    let mut x = panel.left;
    if left <= 0 {
        let letters = Type::bold(44.0 * unit);
        let words = words::sold_out(parts.language);
        panel.svg.text(x, base, letters, Anchor::Start, palette::QUIET, words);
        x += letters.width(fonts, words);
    } else {
        let count = words::count(left, parts.language);
        let (big, small) = (Type::bold(NUMBER * unit), Type::regular(23.0 * unit));
        for (words, letters, fill) in [
            (count.before, small, palette::TEXT),
            (count.number.as_str(), big, palette::PRICE),
            (count.after, small, palette::TEXT),
        ] {
            if !words.is_empty() {
                panel.svg.text(x, base, letters, Anchor::Start, fill, words);
                x += letters.width(fonts, words) + 10.0 * unit;
            }
        }
    }
    let size = 28.0 * unit;
    let width = price_width(fonts, &parts.price, size);
    if x + 14.0 * unit + width <= panel.right {
        let at = panel.right - width;
        panel.price(&parts.price, at, base, size, width + 1.0, palette::TEXT);
    }
    panel.finish(canvas, None)
}

/// The label as a pill, if there is one. Returns where the title may begin.
fn label_row(panel: &mut Panel<'_>, label: &str) -> f32 {
    let unit = panel.unit;
    let (left, room) = (panel.left, panel.room());
    let width = panel.svg.pill(panel.fonts, left, 15.0 * unit, 23.0 * unit, room, palette::LABEL, label);
    if width > 0.0 { 44.0 * unit } else { 20.0 * unit }
}
