//! Parts of a picture and how far apart two of them are.

use hawker_tests::{Picture, mean_difference};

/// A rectangle of a picture, pixels.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

impl Region {
    /// Its pixels, packed RGB, row by row.
    pub fn of(self, picture: &Picture) -> Vec<u8> {
        assert!(self.x + self.width <= picture.width && self.y + self.height <= picture.height, "{self:?} lies inside");
        let rows = (self.y..self.y + self.height).flat_map(|y| {
            let from = (y * picture.width + self.x) * 3;
            picture.rgb[from..from + self.width * 3].iter().copied()
        });
        rows.collect()
    }

    /// Mean of the absolute differences of its channels, steps of 256.
    pub fn difference(self, a: &Picture, b: &Picture) -> f64 {
        mean_difference(&self.of(a), &self.of(b))
    }

    /// Share of its pixels that are letters on the card's dark ground.
    pub fn ink(self, picture: &Picture) -> f64 {
        /// Half way between the ground, which no backdrop lifts above 90, and the letters, from 200 on.
        const LETTER: u8 = 140;
        let pixels = self.of(picture);
        let inked = pixels.as_chunks::<3>().0.iter().filter(|pixel| pixel[0] > LETTER && pixel[1] > LETTER).count();
        inked as f64 / (self.width * self.height) as f64
    }
}

#[test]
fn a_region_of_another_colour_is_as_far_away_as_the_colours_are() {
    let plain = |value: u8| Picture { width: 4, height: 2, rgb: vec![value; 4 * 2 * 3] };
    let region = Region { x: 1, y: 0, width: 2, height: 2 };
    assert_eq!(region.difference(&plain(10), &plain(30)), 20.0);
    assert_eq!((region.ink(&plain(10)), region.ink(&plain(250))), (0.0, 1.0));
}
