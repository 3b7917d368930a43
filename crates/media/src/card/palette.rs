//! The cards' colours. Every ink keeps a contrast of 4.5 on its ground, whatever picture shines through.

use super::svg::Pill;

/// The ground of a card, and how much of it is there: the rest is the picture.
pub(super) const GROUND: &str = "#14171c";
pub(super) const GROUND_OPACITY: f32 = 0.82;

pub(super) const TEXT: &str = "#ffffff";
/// Captions, headings, what no longer counts.
pub(super) const QUIET: &str = "#c3cbd5";
/// Prices, and numbers that matter.
pub(super) const PRICE: &str = "#ffd166";

pub(super) const LABEL: Pill = Pill { ground: "#c8321c", ink: "#ffffff" };
pub(super) const FEW: Pill = Pill { ground: "#ffd166", ink: "#2a1f00" };
pub(super) const SOLD_OUT: Pill = Pill { ground: "#4a525e", ink: "#ffffff" };

/// A clock's digits: as usual, in the last seconds, and when it has stopped.
pub(super) const TILE: Pill = Pill { ground: "#3b434f", ink: "#ffffff" };
pub(super) const TILE_HURRY: Pill = LABEL;
pub(super) const TILE_OVER: Pill = Pill { ground: "#3b434f", ink: "#c3cbd5" };

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::overlay::Colour;

    #[test]
    fn every_ink_is_legible_over_the_darkest_and_the_brightest_picture() {
        let colour = |text: &str| text.parse::<Colour>().unwrap();
        let over = |below: u8| {
            let ground = colour(GROUND);
            let mix = |v: u8| (f32::from(v) * GROUND_OPACITY + f32::from(below) * (1.0 - GROUND_OPACITY)) as u8;
            Colour::opaque(mix(ground.red), mix(ground.green), mix(ground.blue))
        };
        for below in [0, 255] {
            for ink in [TEXT, QUIET, PRICE] {
                let contrast = colour(ink).contrast(over(below));
                assert!(contrast >= 4.5, "{ink} over {below}: {contrast}");
            }
        }
        for pill in [LABEL, FEW, SOLD_OUT, TILE, TILE_HURRY, TILE_OVER] {
            let contrast = colour(pill.ink).contrast(colour(pill.ground));
            assert!(contrast >= 4.5, "{pill:?}: {contrast}");
        }
    }
}
