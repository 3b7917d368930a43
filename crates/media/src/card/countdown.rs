//! The time left of an offer, by the show's clock.

use super::{
    Ingredients,
    fonts::Fonts,
    lines::Type,
    palette,
    panel::{Canvas, Layout, Panel},
    svg::{Anchor, Pill, Svg},
    words,
};
use hawker_domain::ShowMs;

/// More days than this are not shown; an offer that long needs no clock.
const DAYS_MAX: u64 = 99;

/// In the last seconds the digits change colour.
const HURRY_S: u64 = 10;

/// What a clock shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub days: u64,
    /// Hours (where there are any), minutes and seconds, two digits each.
    pub groups: Vec<String>,
    /// No time is left.
    pub is_over: bool,
    pub is_short: bool,
    /// Milliseconds until it shows something else; none once it is over.
    pub changes_in_ms: Option<u64>,
}

/// The clock at `remaining_ms` before the end. A second that has begun counts whole, so 00:00 is shown at the end and not
/// a second before.
pub(super) fn read(remaining_ms: u64) -> Reading {
    let seconds = remaining_ms.div_ceil(1_000);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let mut groups = vec![format!("{minutes:02}"), format!("{:02}", seconds % 60)];
    if hours > 0 || days > 0 {
        groups.insert(0, format!("{hours:02}"));
    }
    // The next reading begins when a whole number of seconds is left.
    let changes_in_ms = seconds.checked_sub(1).map(|next| remaining_ms - next * 1_000);
    Reading {
        days: days.min(DAYS_MAX),
        groups,
        is_over: seconds == 0,
        is_short: (1..=HURRY_S).contains(&seconds),
        changes_in_ms,
    }
}

/// Title, the clock in tiles, the price below.
pub(super) fn lay_out(parts: &Ingredients<'_>, ends_at: ShowMs, now: ShowMs, canvas: Canvas, fonts: &Fonts) -> Layout {
    let mut panel = Panel::begin(parts, canvas, fonts);
    let reading = read(ends_at.0.saturating_sub(now.0));
    let unit = panel.unit;
    let title_base = panel.title(&parts.title, 20.0 * unit, 24.0 * unit, 1).max(42.0 * unit);
    let (size, base) = (34.0 * unit, panel.height - 19.0 * unit);
    // The clock stands in the middle between title and price.
    let free = base - size * 0.76 - title_base;
    let height = (free - 26.0 * unit).min(56.0 * unit);
    clock(&mut panel, &reading, title_base + (free - height) / 2.0 + unit, height, parts);
    let fill = if reading.is_over { palette::QUIET } else { palette::PRICE };
    let (left, room) = (panel.left, panel.room());
    let mut end = panel.price(&parts.price, left, base, size, room, fill) + 12.0 * unit;
    end = panel.old_price(&parts.old_price, end, base, 20.0 * unit) + 12.0 * unit;
    label(&mut panel, &parts.label, end, base);
    panel.finish(canvas, reading.changes_in_ms.map(|ms| ShowMs(now.0.saturating_add(ms))))
}

/// The label at the right end of the price's row, where it has room.
fn label(panel: &mut Panel<'_>, words: &str, from: f32, base: f32) {
    let height = 25.0 * panel.unit;
    let width = Svg::pill_width(panel.fonts, height, words);
    if !words.is_empty() && from + width <= panel.right {
        let (x, top) = (panel.right - width, base - height * 0.86);
        panel.svg.pill(panel.fonts, x, top, height, width + 1.0, palette::LABEL, words);
    }
}

/// Caption, days and tiles in one row; what does not fit is left out, the caption first.
fn clock(panel: &mut Panel<'_>, reading: &Reading, top: f32, height: f32, parts: &Ingredients<'_>) {
    let (unit, fonts) = (panel.unit, panel.fonts);
    let (tile, gap) = (height * 1.16, 16.0 * unit);
    let middle = top + height * 0.5;
    let small = Type::regular(20.0 * unit);
    let tiles = reading.groups.len() as f32 * (tile + gap) - gap;
    let days = if reading.days > 0 { words::days(reading.days, parts.language) } else { String::new() };
    let days_letters = Type::bold(24.0 * unit);
    let space = 12.0 * unit;
    let days_width = if days.is_empty() { 0.0 } else { days_letters.width(fonts, &days) + space };
    let caption = if reading.is_over { "" } else { words::ends_in(parts.language) };
    let caption_width = small.width(fonts, caption) + space;
    let mut x = panel.left;
    if !caption.is_empty() && caption_width + days_width + tiles <= panel.room() {
        panel.svg.text(x, middle + small.size * 0.36, small, Anchor::Start, palette::QUIET, caption);
        x += caption_width;
    }
    if days_width > 0.0 && x + days_width + tiles <= panel.right {
        panel.svg.text(x, middle + days_letters.size * 0.36, days_letters, Anchor::Start, palette::TEXT, &days);
        x += days_width;
    }
    let look = match reading {
        Reading { is_over: true, .. } => palette::TILE_OVER,
        Reading { is_short: true, .. } => palette::TILE_HURRY,
        _ => palette::TILE,
    };
    for (at, group) in reading.groups.iter().enumerate() {
        if at > 0 {
            dots(panel, x - gap / 2.0, middle);
        }
        digits(panel, [x, top, tile, height], look, group);
        x += tile + gap;
    }
    if reading.is_over {
        let (room, height) = (panel.right - x, 30.0 * unit);
        panel.svg.pill(fonts, x, middle - height / 2.0, height, room, palette::LABEL, words::over(parts.language));
    }
}

fn digits(panel: &mut Panel<'_>, place: [f32; 4], look: Pill, group: &str) {
    let [x, top, width, height] = place;
    panel.svg.rect(place, 8.0 * panel.unit, look.ground, 1.0);
    let letters = Type::bold(height * 0.74);
    panel.svg.text(x + width / 2.0, top + height * 0.77, letters, Anchor::Middle, look.ink, group);
}

fn dots(panel: &mut Panel<'_>, x: f32, middle: f32) {
    let side = 4.5 * panel.unit;
    for y in [middle - 2.0 * side, middle + side] {
        panel.svg.rect([x - side / 2.0, y, side, side], side / 2.0, palette::QUIET, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_down_to_nothing_and_says_when_it_changes() {
        let hour = 3_600_000;
        let table = [
            (0, "00:00", None),
            (1, "00:01", Some(1)),
            (1_000, "00:01", Some(1_000)),
            (1_001, "00:02", Some(1)),
            (59_999, "01:00", Some(999)),
            (hour - 1, "01:00:00", Some(999)),
            (hour - 1_000, "59:59", Some(1_000)),
            (24 * hour, "1d 00:00:00", Some(1_000)),
            (24 * hour - 1_000, "23:59:59", Some(1_000)),
            (51 * hour + 61_500, "2d 03:01:02", Some(500)),
            (u64::MAX, "99d 00:00:00", None),
        ];
        for (remaining, shown, changes_in) in table {
            let reading = read(remaining);
            let days = if reading.days > 0 { format!("{}d ", reading.days) } else { String::new() };
            let text = format!("{days}{}", reading.groups.join(":"));
            if remaining == u64::MAX {
                assert!(text.starts_with("99d "), "{text}");
                continue;
            }
            assert_eq!((text.as_str(), reading.changes_in_ms), (shown, changes_in), "{remaining} ms");
            assert_eq!(reading.is_over, remaining == 0);
            assert_eq!(reading.is_short, (1..=10_000).contains(&remaining), "{remaining} ms");
        }
    }

    #[test]
    fn a_clock_that_is_read_when_it_says_so_shows_every_second_once() {
        let (mut remaining, mut shown) = (12_345, Vec::new());
        loop {
            let reading = read(remaining);
            shown.push(reading.groups.join(":"));
            let Some(ms) = reading.changes_in_ms else { break };
            remaining -= ms;
        }
        let expected: Vec<_> = (0..=13).rev().map(|s| format!("00:{s:02}")).collect();
        assert_eq!(shown, expected);
    }
}
