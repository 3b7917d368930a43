//! Where one shot ends and another begins. Pure: works on small grey pictures that follow each other.
//!
//! A cut is a picture that differs from the one before in what is where (mean difference) and in how bright things are
//! (histogram), far more than the pictures around it differ among themselves: a hand that moves differs all the time. A
//! flash differs twice and comes back to what was before.

/// Width and height of a picture, pixels.
pub(super) const SIDE: (usize, usize) = (64, 36);

/// One picture.
pub(super) struct Luma {
    /// Position in the recording, milliseconds, rounded up.
    pub at_ms: u64,
    /// Grey, row by row, [`SIDE`].
    pub pixels: Vec<u8>,
}

/// Grey levels of difference below which nobody would speak of another shot.
const LEAST: f32 = 10.0;
/// A cut differs this many times more than what is usual around it.
const OUTSTANDING: f32 = 4.0;
/// Pictures on each side that tell what is usual: four tenths of a second at 30 a second.
const AROUND: usize = 12;
/// Share of the pixels whose brightness class changes in a cut, at least.
const OTHER_LIGHT: f32 = 0.12;
/// After a flash the picture is nearer to the one before it than this share of the flash.
const FLASH: f32 = 0.5;
/// Pictures that a flash may last.
const FLASH_PICTURES: usize = 3;
const CLASSES: usize = 16;

/// Positions of the first pictures of new shots, in order.
pub(super) fn changes(frames: &[Luma]) -> Vec<u64> {
    let differences: Vec<f32> = frames
        .windows(2)
        .map(|pair| match pair {
            [before, after] => difference(before, after),
            _ => 0.0,
        })
        .collect();
    let is_cut = |index: usize, value: f32| {
        value >= LEAST && value >= OUTSTANDING * usual(&differences, index) && looks_other(frames, index)
    };
    let cuts = differences.iter().enumerate().filter(|(index, value)| is_cut(*index, **value));
    cuts.filter_map(|(index, _)| frames.get(index + 1).map(|frame| frame.at_ms)).collect()
}

/// Median of the differences around `index`, without its own.
fn usual(differences: &[f32], index: usize) -> f32 {
    let from = index.saturating_sub(AROUND);
    let mut around: Vec<f32> = differences
        .iter()
        .enumerate()
        .skip(from)
        .take(index + AROUND + 1 - from)
        .filter(|(at, _)| *at != index)
        .map(|(_, value)| *value)
        .collect();
    around.sort_by(f32::total_cmp);
    around.get(around.len() / 2).copied().unwrap_or(0.0)
}

/// The picture behind `index` has other light than the one before, and so have those that follow.
fn looks_other(frames: &[Luma], index: usize) -> bool {
    let (Some(before), Some(after)) = (frames.get(index), frames.get(index + 1)) else { return false };
    if other_light(before, after) < OTHER_LIGHT {
        return false;
    }
    let change = difference(before, after);
    let comes_back = |later: &Luma| difference(before, later) < change * FLASH;
    // The second half of a flash looks like a change too: what was before the first half is what comes after.
    let was_flash = (1..=FLASH_PICTURES)
        .filter_map(|back| frames.get(index.checked_sub(back)?))
        .any(|earlier| difference(earlier, after) < change * FLASH);
    let is_flash = frames.iter().skip(index + 2).take(FLASH_PICTURES).any(comes_back);
    !is_flash && !was_flash
}

/// Mean difference of the pixels, grey levels.
fn difference(a: &Luma, b: &Luma) -> f32 {
    let sum: u64 = a.pixels.iter().zip(&b.pixels).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
    sum as f32 / a.pixels.len().max(1) as f32
}

/// Share of the pixels that are of another class of brightness, as a whole: 0 for the same histogram, 1 for nothing in common.
fn other_light(a: &Luma, b: &Luma) -> f32 {
    let histogram = |frame: &Luma| {
        let mut classes = [0_i64; CLASSES];
        for pixel in &frame.pixels {
            if let Some(class) = classes.get_mut(usize::from(*pixel) * CLASSES / 256) {
                *class += 1;
            }
        }
        classes
    };
    let moved: u64 = histogram(a).iter().zip(histogram(b)).map(|(x, y)| x.abs_diff(y)).sum();
    moved as f32 / (2 * a.pixels.len()).max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_MS: u64 = 33;

    /// Sixty pictures made by `pixel(picture, x, y)`.
    fn film(pixel: impl Fn(usize, usize, usize) -> u8) -> Vec<Luma> {
        let picture = |n: usize| {
            let pixels = (0..SIDE.1).flat_map(|y| (0..SIDE.0).map(move |x| (x, y)));
            Luma { at_ms: n as u64 * FRAME_MS, pixels: pixels.map(|(x, y)| pixel(n, x, y)).collect() }
        };
        (0..60).map(picture).collect()
    }

    /// A room: a gradient with dark furniture, moved sideways by `shift`.
    fn room(x: usize, y: usize, shift: usize) -> u8 {
        let x = x + shift;
        if (x / 9 + y / 7).is_multiple_of(3) { 40 } else { (90 + x % 64 + y) as u8 }
    }

    /// Another one, brighter.
    fn table(x: usize, y: usize) -> u8 {
        if (20..44).contains(&x) && (10..30).contains(&y) { 60 } else { 220 }
    }

    fn noise(n: usize, x: usize, y: usize) -> usize {
        (n * 7919 + x * 104_729 + y * 1_299_709).wrapping_mul(2_654_435_761) >> 16 & 7
    }

    #[test]
    fn cuts_are_found_and_what_only_looks_like_one_is_not() {
        let cut_at = 31;
        let at = |n: usize| n as u64 * FRAME_MS;
        let table_of_films = [
            ("nothing moves", film(|_, x, y| room(x, y, 0)), vec![]),
            ("noise", film(|n, x, y| room(x, y, 0) + noise(n, x, y) as u8), vec![]),
            ("a slow pan", film(|n, x, y| room(x, y, n / 3)), vec![]),
            ("a fast pan", film(|n, x, y| room(x, y, n * 3)), vec![]),
            ("a cut", film(|n, x, y| if n < cut_at { room(x, y, 0) } else { table(x, y) }), vec![at(cut_at)]),
            (
                "a cut in noise",
                film(|n, x, y| (if n < cut_at { room(x, y, 0) } else { table(x, y) }) + noise(n, x, y) as u8),
                vec![at(cut_at)],
            ),
            (
                "a cut out of a pan",
                film(|n, x, y| if n < cut_at { room(x, y, n) } else { table(x, y) }),
                vec![at(cut_at)],
            ),
            (
                "two cuts",
                film(|n, x, y| if (20..40).contains(&n) { table(x, y) } else { room(x, y, 0) }),
                vec![at(20), at(40)],
            ),
            ("a flash", film(|n, x, y| if n == 30 { 250 } else { room(x, y, 0) }), vec![]),
            ("a long flash", film(|n, x, y| if (30..32).contains(&n) { 250 } else { room(x, y, 0) }), vec![]),
            (
                "a fade",
                film(|n, x, y| {
                    let share = n.clamp(10, 50) - 10;
                    ((usize::from(room(x, y, 0)) * (40 - share) + usize::from(table(x, y)) * share) / 40) as u8
                }),
                vec![],
            ),
            (
                "lights out",
                film(|n, x, y| if n < cut_at { room(x, y, 0) } else { room(x, y, 0) / 4 }),
                vec![at(cut_at)],
            ),
        ];
        for (what, film, want) in table_of_films {
            assert_eq!(changes(&film), want, "{what}");
        }
    }

    #[test]
    fn a_few_pictures_or_none_have_no_change() {
        let film = film(|n, x, y| if n == 0 { 0 } else { table(x, y) });
        assert!(changes(&[]).is_empty());
        assert!(changes(film.get(1..2).unwrap_or_default()).is_empty());
        assert_eq!(changes(film.get(..3).unwrap_or_default()), [FRAME_MS], "even two pictures can be a cut");
    }
}
