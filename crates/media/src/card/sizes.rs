//! A size chart: beside the middle of a wide picture, below the middle of any other.

use super::{
    Ingredients,
    fonts::Fonts,
    lines::{Type, cut},
    palette,
    panel::{Canvas, Layout, even, ground, white_tile},
    svg::{Anchor, Svg},
    words,
};
use hawker_domain::card::{CHART_COLUMNS_MAX, SizeChart};

/// Characters of a cell that are looked at; a longer one would be cut anyway.
const CELL_CHARS: usize = 40;

/// Rows looked at. No chart of a shop has more sizes, and far fewer fit.
const ROWS_MAX: usize = 40;

/// Rows shrink to this share before sizes are left out.
const SHRINK_MIN: f32 = 0.72;

/// A table with all cells cleaned and as many as headings. Widths are without padding, at full size.
struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    widths: Vec<f32>,
}

/// Lengths of the chart, pixels.
struct Measures {
    unit: f32,
    pad: f32,
    /// Height above the table.
    head: f32,
    heading: f32,
    row: f32,
    /// Rows drawn; where some are left out, one more line says so.
    shown: usize,
    left_out: usize,
}

/// Title, headings, and a line per size. Sizes that have no room are counted.
pub(super) fn lay_out(parts: &Ingredients<'_>, chart: &SizeChart, canvas: Canvas, fonts: &Fonts) -> Layout {
    let unit = canvas.unit();
    let pad = 18.0 * unit;
    let table = Table::of(chart, fonts, unit);
    let is_wide = canvas.is_wide();
    let (most_width, most_height) = if is_wide {
        let margins = canvas.bottom_margin() + canvas.side_margin();
        (canvas.width as f32 / 3.0 - canvas.side_margin(), canvas.height as f32 - margins)
    } else {
        (canvas.width as f32 * 0.9, canvas.height as f32 / 3.0 - canvas.bottom_margin())
    };
    let code_side = parts.code.map_or(0, |_| canvas.code_side()) as f32;
    let (beside, below) = match parts.code {
        None => (0.0, 0.0),
        Some(_) if is_wide => (0.0, code_side + pad * 0.5),
        Some(_) => (code_side + pad, 0.0),
    };
    let cell_pad = 20.0 * unit;
    let room = most_width - 2.0 * pad - beside;
    let natural: f32 = table.widths.iter().map(|w| w + cell_pad).sum();
    // Wide enough for the title row, and for what stands beside a code.
    let wanted = natural.max(if is_wide { room } else { 380.0 * unit }).min(room);
    let columns = share_out(&table.widths, wanted, cell_pad);
    let measures = Measures::of(table.rows.len(), most_height - below, unit, pad);
    let table_height = measures.height();
    let height = even((table_height + below).max(if is_wide { 0.0 } else { code_side }).min(most_height));
    let width = even(wanted + 2.0 * pad + beside);

    let mut svg = Svg::new(width, height, fonts.family());
    ground(&mut svg, width, height, unit);
    title(&mut svg, fonts, parts, &measures, wanted);
    grid(&mut svg, fonts, &table, &columns, &measures, parts);
    if let Some(code) = parts.code {
        let side = code_side as u32;
        let radius = 12.0 * unit;
        if is_wide {
            white_tile(&mut svg, code, pad as u32 & !1, table_height as u32 & !1, side, radius);
            buy(
                &mut svg,
                fonts,
                parts,
                pad + code_side + 16.0 * unit,
                width as f32 - pad,
                table_height + code_side / 2.0,
            );
        } else {
            // At even pixels, so that a picture at half size has its edges where the code has them.
            let top = (height.saturating_sub(side) / 2) & !1;
            white_tile(&mut svg, code, width.saturating_sub(side + top.min(14)) & !1, top, side, radius);
        }
    }
    Layout { svg: svg.finish(), width, height, photo: None, at: canvas.place(height), next_change: None }
}

impl Table {
    fn of(chart: &SizeChart, fonts: &Fonts, unit: f32) -> Self {
        let clean = |cell: &String| fonts.drawable(cell, CELL_CHARS);
        let headings: Vec<String> = chart.columns.iter().take(CHART_COLUMNS_MAX).map(clean).collect();
        let full = |row: &Vec<String>| {
            let mut cells: Vec<String> = row.iter().take(headings.len()).map(clean).collect();
            cells.resize(headings.len(), String::new());
            // An empty cell reads as a mistake of ours.
            cells.into_iter().map(|cell| if cell.is_empty() { "–".to_owned() } else { cell }).collect()
        };
        let rows: Vec<Vec<String>> = chart.rows.iter().take(ROWS_MAX).map(full).collect();
        let width_of = |at: usize, heading: &String| {
            let letters = if at == 0 { Type::bold(20.0 * unit) } else { Type::regular(20.0 * unit) };
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| letters.width(fonts, cell));
            cells.fold(Type::regular(17.0 * unit).width(fonts, heading), f32::max)
        };
        let widths = headings.iter().enumerate().map(|(at, heading)| width_of(at, heading)).collect();
        Self { headings, rows, widths }
    }
}

impl Measures {
    fn of(rows: usize, most_height: f32, unit: f32, pad: f32) -> Self {
        let head = 56.0 * unit;
        let (heading, row) = (30.0 * unit, 38.0 * unit);
        let foot = pad * 0.6;
        let room = (most_height - head - foot).max(0.0);
        let wanted = heading + row * rows as f32;
        let shrink = (room / wanted.max(1.0)).clamp(SHRINK_MIN, 1.0);
        let (heading, row) = (heading * shrink, row * shrink);
        let fitting = ((room - heading + 0.5) / row).max(1.0) as usize;
        let shown = if fitting >= rows { rows } else { fitting.saturating_sub(1) };
        Self { unit, pad, head, heading, row, shown, left_out: rows - shown }
    }

    fn height(&self) -> f32 {
        let lines = self.shown + usize::from(self.left_out > 0);
        self.head + self.heading + self.row * lines as f32 + self.pad * 0.6
    }
}

/// Width of each column so that together they have `total`: what is spare goes to all alike, what lacks is taken from the
/// widest.
fn share_out(widths: &[f32], total: f32, pad: f32) -> Vec<f32> {
    let count = widths.len().max(1) as f32;
    let padded: Vec<f32> = widths.iter().map(|w| w + pad).collect();
    let sum: f32 = padded.iter().sum();
    if sum <= total {
        return padded.iter().map(|w| w + (total - sum) / count).collect();
    }
    // The largest width that each may have: narrow columns give what they don't need to the others.
    let mut sorted = padded.clone();
    sorted.sort_by(f32::total_cmp);
    let (mut left, mut limit) = (total, total / count);
    for (at, width) in sorted.iter().enumerate() {
        limit = left / (count - at as f32);
        if *width > limit {
            break;
        }
        left -= width;
    }
    padded.iter().map(|w| w.min(limit)).collect()
}

fn title(svg: &mut Svg, fonts: &Fonts, parts: &Ingredients<'_>, measures: &Measures, width: f32) {
    let unit = measures.unit;
    let (x, top, height) = (measures.pad, 18.0 * unit, 26.0 * unit);
    let pill = svg.pill(fonts, x, top, height, width, palette::LABEL, words::size_chart(parts.language));
    let letters = Type::bold(21.0 * unit);
    let at = x + pill + 12.0 * unit;
    let words = cut(fonts, &parts.title, letters, x + width - at);
    svg.text(at, top + height * 0.78, letters, Anchor::Start, palette::TEXT, &words);
}

fn grid(svg: &mut Svg, fonts: &Fonts, table: &Table, columns: &[f32], measures: &Measures, parts: &Ingredients<'_>) {
    let (unit, pad) = (measures.unit, measures.pad);
    let width: f32 = columns.iter().sum();
    let shrink = measures.row / (38.0 * unit);
    let mut y = measures.head;
    let headings = Type::regular(17.0 * unit * shrink.sqrt());
    line(svg, fonts, &table.headings, columns, [pad, y + measures.heading * 0.68], [headings; 2], [palette::QUIET; 2]);
    y += measures.heading;
    let cells = Type::regular(20.0 * unit * shrink.sqrt());
    for row in table.rows.iter().take(measures.shown) {
        svg.rect([pad, y, width, (1.5 * unit).max(1.0)], 0.0, "#ffffff", 0.14);
        let base = y + measures.row * 0.5 + cells.size * 0.36;
        let first = Type { bold: true, ..cells };
        line(svg, fonts, row, columns, [pad, base], [first, cells], [palette::PRICE, palette::TEXT]);
        y += measures.row;
    }
    if measures.left_out > 0 {
        svg.rect([pad, y, width, (1.5 * unit).max(1.0)], 0.0, "#ffffff", 0.14);
        let words = cut(fonts, &words::more_rows(measures.left_out, parts.language), headings, width);
        svg.text(pad, y + measures.row * 0.5 + headings.size * 0.36, headings, Anchor::Start, palette::QUIET, &words);
    }
}

/// One line of cells: the first at its column's start, the others in the middle of theirs.
fn line(
    svg: &mut Svg,
    fonts: &Fonts,
    cells: &[String],
    columns: &[f32],
    [mut x, base]: [f32; 2],
    [first, others]: [Type; 2],
    [first_fill, fill]: [&str; 2],
) {
    for (at, (cell, width)) in cells.iter().zip(columns).enumerate() {
        let letters = if at == 0 { first } else { others };
        let words = cut(fonts, cell, letters, width - 6.0);
        if at == 0 {
            svg.text(x, base, letters, Anchor::Start, first_fill, &words);
        } else {
            svg.text(x + width / 2.0, base, letters, Anchor::Middle, fill, &words);
        }
        x += width;
    }
}

/// What to do with the code, and what it costs.
fn buy(svg: &mut Svg, fonts: &Fonts, parts: &Ingredients<'_>, x: f32, right: f32, middle: f32) {
    let unit_size = (right - x) / 6.0;
    let small = Type::regular(unit_size.min(22.0));
    let words = cut(fonts, words::scan(parts.language), small, right - x);
    svg.text(x, middle - small.size * 0.4, small, Anchor::Start, palette::QUIET, &words);
    let big = Type::bold(small.size * 1.45);
    let price = cut(fonts, &parts.price, big, right - x);
    svg.text(x, middle + big.size, big, Anchor::Start, palette::PRICE, &price);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_share_what_is_spare_and_the_widest_give_way() {
        let table: &[(&[f32], f32, &[f32])] = &[
            (&[10.0, 20.0], 100.0, &[45.0, 55.0]),
            (&[10.0, 90.0, 90.0], 120.0, &[20.0, 50.0, 50.0]),
            (&[10.0, 30.0, 200.0], 120.0, &[20.0, 40.0, 60.0]),
            (&[100.0, 100.0], 60.0, &[30.0, 30.0]),
        ];
        for (widths, total, expected) in table {
            let shared = share_out(widths, *total, 10.0);
            assert!(shared.iter().zip(*expected).all(|(a, b)| (a - b).abs() < 0.01), "{widths:?}: {shared:?}");
        }
    }

    #[test]
    fn rows_shrink_before_any_is_left_out_and_those_are_counted() {
        let rows = |count: usize, height: f32| {
            let measures = Measures::of(count, height, 1.0, 18.0);
            assert!(measures.height() <= height + 1.0, "{count} rows in {height}: {}", measures.height());
            (measures.row < 38.0, measures.shown, measures.left_out)
        };
        assert_eq!(rows(5, 400.0), (false, 5, 0));
        assert_eq!(rows(7, 299.0), (true, 7, 0));
        assert_eq!(rows(20, 299.0), (true, 6, 14));
    }
}
