//! Where the parts of a card stand, as SVG. Pure.

use super::{
    Card, CardLanguage, CardTemplate, countdown,
    fonts::Fonts,
    panel::{Canvas, Layout},
    price, qr, sizes,
};
use hawker_domain::ShowMs;

/// Characters of a title that are looked at: two lines hold far fewer.
const TITLE_CHARS: usize = 200;
const PRICE_CHARS: usize = 40;

/// A card's parts, its texts cleaned of what cannot be drawn.
pub(crate) struct Ingredients<'a> {
    pub title: String,
    pub price: String,
    /// Empty for none.
    pub old_price: String,
    /// Empty for none.
    pub label: String,
    pub stock_left: Option<i64>,
    pub language: CardLanguage,
    pub has_photo: bool,
    pub code: Option<&'a qr::Code>,
}

impl<'a> Ingredients<'a> {
    pub fn of(card: &Card, has_photo: bool, code: Option<&'a qr::Code>, fonts: &Fonts) -> Self {
        let clean = |text: Option<&String>, most| text.map(|text| fonts.drawable(text, most)).unwrap_or_default();
        Self {
            title: fonts.drawable(&card.title, TITLE_CHARS),
            price: fonts.drawable(&card.price, PRICE_CHARS),
            old_price: clean(card.old_price.as_ref(), PRICE_CHARS),
            label: clean(card.live_label.as_ref(), PRICE_CHARS),
            stock_left: card.stock_left,
            language: card.language,
            has_photo,
            code,
        }
    }
}

/// Lays a card out as it looks at show time `now`.
pub(super) fn lay_out(
    parts: &Ingredients<'_>,
    template: &CardTemplate,
    now: ShowMs,
    canvas: Canvas,
    fonts: &Fonts,
) -> Layout {
    match (template, parts.stock_left) {
        (CardTemplate::Countdown { ends_at }, _) => countdown::lay_out(parts, *ends_at, now, canvas, fonts),
        (CardTemplate::Stock, Some(left)) => price::lay_out_stock(parts, left, canvas, fonts),
        (CardTemplate::SizeChart { chart }, _) if !chart.is_empty() => sizes::lay_out(parts, chart, canvas, fonts),
        // Nobody knows how many are left, or how large the sizes are: the price is still true.
        (CardTemplate::Price | CardTemplate::Stock | CardTemplate::SizeChart { .. }, _) => {
            price::lay_out(parts, canvas, fonts)
        }
    }
}
