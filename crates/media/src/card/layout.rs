//! Where the parts of a card stand, as SVG. Pure.

use super::{Card, CardLanguage, fonts};
use hawker_domain::stock::StockNote;
use std::fmt::Write;

/// A card laid out: its SVG, its size and the place its photo goes, pixels.
#[derive(Debug, PartialEq)]
pub(super) struct Layout {
    pub svg: String,
    pub width: u32,
    pub height: u32,
    pub photo: Option<Square>,
    /// Where the card's top left stands on the canvas.
    pub at: (i32, i32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Square {
    pub x: u32,
    pub y: u32,
    pub side: u32,
    pub radius: u32,
}

const TITLE_LINES: usize = 2;

/// Lays `card` out for a canvas: bottom left, sized by the canvas's shorter side, inside the area that players leave free.
pub(super) fn lay_out(card: &Card, canvas_width: u32, canvas_height: u32, family: &str) -> Layout {
    let unit = canvas_width.min(canvas_height) as f32 / 720.0;
    let even = |v: f32| ((v / 2.0).round() as u32 * 2).max(2);
    let height = even(168.0 * unit);
    let width = even((560.0 * unit).min(canvas_width as f32 * 0.9));
    let pad = 16.0 * unit;
    let side = height as f32 - 2.0 * pad;
    let has_photo = card.photo_jpeg.is_some();
    let text_x = if has_photo { pad * 2.0 + side } else { pad * 1.5 };
    let text_width = width as f32 - text_x - pad;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
         <rect width=\"{width}\" height=\"{height}\" rx=\"{r}\" fill=\"#14171c\" fill-opacity=\"0.82\"/>\
         <rect x=\"0\" y=\"{r}\" width=\"{bar}\" height=\"{inner}\" fill=\"#e8452c\"/>",
        r = 18.0 * unit,
        bar = 5.0 * unit,
        inner = height as f32 - 36.0 * unit,
    );
    let mut text = |x: f32, y: f32, size: f32, fill: &str, bold: bool, words: &str| {
        let weight = if bold { 700 } else { 400 };
        let _ = write!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" font-family=\"{}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{fill}\">{}</text>",
            escape(family),
            escape(words)
        );
    };
    let mut y = 22.0 * unit;
    if let Some(label) = card.live_label.as_deref().filter(|l| !l.trim().is_empty()) {
        let size = 18.0 * unit;
        y += size * 0.8;
        text(text_x, y, size, "#ffb4a3", false, &cut(label, text_width, size));
        y += 4.0 * unit;
    }
    let size = 27.0 * unit;
    let lines = if card.live_label.is_some() { 1 } else { TITLE_LINES };
    for line in wrap(&card.title, text_width, size, lines) {
        y += size * 1.08;
        text(text_x, y, size, "#ffffff", true, &line);
    }
    let base = height as f32 - 22.0 * unit;
    let price_size = 38.0 * unit;
    text(text_x, base, price_size, "#ffd166", true, &cut(&card.price, text_width, price_size));
    if let Some(words) = card.stock_left.and_then(|left| stock_words(left, card.language)) {
        let size = 21.0 * unit;
        let x = (width as f32 - pad - fonts::width(&words, size)).max(text_x);
        if x > text_x + fonts::width(&card.price, price_size) {
            text(x, base, size, "#cfd6df", false, &words);
        }
    }
    svg.push_str("</svg>");
    let margin = 28.0 * unit;
    let top = canvas_height as f32 - height as f32 - margin * 1.5;
    let photo =
        has_photo.then_some(Square { x: pad as u32, y: pad as u32, side: side as u32, radius: (10.0 * unit) as u32 });
    Layout { svg, width, height, photo, at: ((margin as i32) & !1, (top as i32) & !1) }
}

/// None: there is plenty, and nothing is said.
fn stock_words(left: i64, language: CardLanguage) -> Option<String> {
    match (StockNote::of(left), language) {
        (StockNote::SoldOut, CardLanguage::ZhCn) => Some("已售罄".into()),
        (StockNote::SoldOut, CardLanguage::En) => Some("sold out".into()),
        (StockNote::Few, CardLanguage::ZhCn) => Some(format!("仅剩 {left} 件")),
        (StockNote::Few, CardLanguage::En) => Some(format!("only {left} left")),
        (StockNote::Plenty, _) => None,
    }
}

/// At most `lines` lines that fit `width`; breaks at spaces, and between any two wide characters.
fn wrap(text: &str, width: f32, size: f32, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    while !rest.is_empty() && out.len() < lines {
        let all: String = rest.iter().collect();
        if out.len() + 1 == lines || fonts::width(&all, size) <= width {
            out.push(cut(&all, width, size));
            break;
        }
        let mut used = 0.0;
        let fits = rest.iter().take_while(|c| {
            used += fonts::width(&c.to_string(), size);
            used <= width
        });
        let fits = fits.count().max(1);
        let space = rest.iter().take(fits).rposition(|c| *c == ' ').filter(|at| *at * 2 > fits);
        let broken_at = space.unwrap_or(fits);
        out.push(rest.drain(..broken_at).collect::<String>().trim().to_owned());
        while rest.first() == Some(&' ') {
            rest.remove(0);
        }
    }
    out
}

/// `text` cut to `width`, with an ellipsis where something was cut.
fn cut(text: &str, width: f32, size: f32) -> String {
    if fonts::width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if fonts::width(&kept, size) + fonts::width(&c.to_string(), size) + size > width {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// XML text: markup becomes characters, and characters XML cannot hold are left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_bring_markup_into_the_card() {
        let title = "</text><image href=\"http://x/y.png\"/>&\u{0}\u{1b}".to_owned();
        let svg = lay_out(&Card { title, price: "1".into(), ..Card::default() }, 1280, 720, "F").svg;
        assert!(!svg.contains("<image") && !svg.contains('\u{0}'), "{svg}");
        assert!(resvg::usvg::roxmltree::Document::parse(&svg).is_ok(), "it stays well-formed");
    }

    #[test]
    fn a_card_counts_pieces_only_when_few_are_left() {
        use CardLanguage::{En, ZhCn};
        for (left, language, words) in [
            (0, ZhCn, Some("已售罄")),
            (0, En, Some("sold out")),
            (3, ZhCn, Some("仅剩 3 件")),
            (3, En, Some("only 3 left")),
            (11, ZhCn, None),
            (11, En, None),
        ] {
            assert_eq!(stock_words(left, language).as_deref(), words, "{left} in {language:?}");
            let card =
                Card { title: "T".into(), price: "9".into(), stock_left: Some(left), language, ..Card::default() };
            let svg = lay_out(&card, 1280, 720, "F").svg;
            assert_eq!(words.is_some_and(|words| svg.contains(words)), words.is_some(), "{svg}");
        }
    }

    #[test]
    fn long_titles_are_broken_and_cut() {
        let chinese = wrap(&"特级初榨橄榄油".repeat(10), 300.0, 27.0, 2);
        assert_eq!(chinese.len(), 2);
        assert!(chinese.iter().all(|l| fonts::width(l, 27.0) <= 300.0), "{chinese:?}");
        assert!(chinese[1].ends_with('…'));
        assert_eq!(wrap("Olive oil extra virgin", 200.0, 27.0, 2), ["Olive oil", "extra virgin"]);
    }

    #[test]
    fn a_card_stays_on_every_canvas() {
        for (width, height) in [(1280, 720), (720, 1280), (1920, 1080), (320, 240)] {
            let card = Card { title: "T".into(), price: "¥ 9".into(), stock_left: Some(3), ..Card::default() };
            let layout = lay_out(&card, width, height, "F");
            assert!(layout.at.0 >= 0 && layout.at.1 >= 0);
            assert!(layout.at.0 as u32 + layout.width <= width && layout.at.1 as u32 + layout.height <= height);
        }
    }
}
