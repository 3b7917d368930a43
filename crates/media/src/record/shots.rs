//! Where one shot ends and another begins. Pure: works on small pictures that follow each other.
//!
//! A cut is a picture that differs from the one before in brightness and colour, far more than the pictures around it
//! differ among themselves (a hand that moves differs all the time), and that is another picture as a whole: other light,
//! other colours, or something else nearly everywhere. A flash differs twice and comes back to what was before.

/// Width and height of a picture, pixels; of its colours half of that.
pub(super) const SIDE: (usize, usize) = (64, 36);

/// One picture.
pub(super) struct Small {
    /// Position in the recording, milliseconds, rounded up.
    pub at_ms: u64,
    /// Y, U and V row by row, [`SIDE`] and half of it.
    pub planes: [Vec<u8>; 3],
}

/// Levels of difference, the three planes' means added, below which nobody would speak of another shot.
const LEAST: f32 = 10.0;
/// A cut differs this many times more than what is usual around it.
const OUTSTANDING: f32 = 4.0;
/// Pictures on each side that tell what is usual: four tenths of a second at 30 a second.
const AROUND: usize = 12;
/// Share of the pixels whose class of brightness changes in a cut, at least.
const OTHER_LIGHT: f32 = 0.12;
/// The same of their colours: what a hand brings into the picture is colourful too.
const OTHER_COLOURS: f32 = 0.25;
/// Share of the blocks that show something else in a cut whose light and colours are the same: what moves in front of a
/// still camera changes fewer.
const OTHER_BLOCKS: f32 = 0.5;
/// Columns and rows of blocks.
const BLOCKS: (usize, usize) = (8, 6);
/// A block shows something else where its mean difference is above this.
const BLOCK_LEAST: u32 = 12;
/// After a flash the picture is nearer to the one before it than this share of the flash.
const FLASH: f32 = 0.5;
/// Pictures that a flash may last.
const FLASH_PICTURES: usize = 3;
const CLASSES: usize = 16;

/// Positions of the first pictures of new shots, in order.
pub(super) fn changes(frames: &[Small]) -> Vec<u64> {
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

/// The picture behind `index` is another one as a whole, and so are those that follow.
fn looks_other(frames: &[Small], index: usize) -> bool {
    let (Some(before), Some(after)) = (frames.get(index), frames.get(index + 1)) else { return false };
    let planes = before.planes.iter().zip(&after.planes).zip([OTHER_LIGHT, OTHER_COLOURS, OTHER_COLOURS]);
    let classes = planes.into_iter().any(|((a, b), least)| other_classes(a, b) >= least);
    if !classes && other_blocks(before, after) < OTHER_BLOCKS {
        return false;
    }
    let change = difference(before, after);
    let comes_back = |later: &Small| difference(before, later) < change * FLASH;
    // The second half of a flash looks like a change too: what was before the first half is what comes after.
    let was_flash = (1..=FLASH_PICTURES)
        .filter_map(|back| frames.get(index.checked_sub(back)?))
        .any(|earlier| difference(earlier, after) < change * FLASH);
    let is_flash = frames.iter().skip(index + 2).take(FLASH_PICTURES).any(comes_back);
    !is_flash && !was_flash
}

/// Mean differences of the planes, levels, added.
fn difference(a: &Small, b: &Small) -> f32 {
    let mean = |(a, b): (&Vec<u8>, &Vec<u8>)| {
        let sum: u64 = a.iter().zip(b).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
        sum as f32 / a.len().max(1) as f32
    };
    a.planes.iter().zip(&b.planes).map(mean).sum()
}

/// Share of the samples that are of another class, as a whole: 0 for the same histogram, 1 for nothing in common.
fn other_classes(a: &[u8], b: &[u8]) -> f32 {
    let histogram = |plane: &[u8]| {
        let mut classes = [0_i64; CLASSES];
        for sample in plane {
            if let Some(class) = classes.get_mut(usize::from(*sample) * CLASSES / 256) {
                *class += 1;
            }
        }
        classes
    };
    let moved: u64 = histogram(a).iter().zip(histogram(b)).map(|(x, y)| x.abs_diff(y)).sum();
    moved as f32 / (2 * a.len()).max(1) as f32
}

/// Share of the blocks of brightness that show something else.
fn other_blocks(a: &Small, b: &Small) -> f32 {
    let ([a, ..], [b, ..]) = (&a.planes, &b.planes);
    let mut sums = [0_u32; BLOCKS.0 * BLOCKS.1];
    for (at, (x, y)) in a.iter().zip(b).enumerate() {
        let (column, row) = (at % SIDE.0 * BLOCKS.0 / SIDE.0, at / SIDE.0 * BLOCKS.1 / SIDE.1);
        if let Some(sum) = sums.get_mut(row * BLOCKS.0 + column) {
            *sum += u32::from(x.abs_diff(*y));
        }
    }
    let pixels = (SIDE.0 / BLOCKS.0 * SIDE.1 / BLOCKS.1) as u32;
    let other = sums.iter().filter(|sum| **sum > BLOCK_LEAST * pixels).count();
    other as f32 / sums.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_MS: u64 = 33;

    /// Sixty grey pictures made by `pixel(picture, x, y)`.
    fn film(pixel: impl Fn(usize, usize, usize) -> u8) -> Vec<Small> {
        coloured(pixel, |_, _, _| (128, 128))
    }

    /// Sixty pictures; `colour` gives U and V.
    fn coloured(
        pixel: impl Fn(usize, usize, usize) -> u8,
        colour: impl Fn(usize, usize, usize) -> (u8, u8),
    ) -> Vec<Small> {
        let places = |half: usize| (0..SIDE.1 / half).flat_map(move |y| (0..SIDE.0 / half).map(move |x| (x, y)));
        let picture = |n: usize| Small {
            at_ms: n as u64 * FRAME_MS,
            planes: [
                places(1).map(|(x, y)| pixel(n, x, y)).collect(),
                places(2).map(|(x, y)| colour(n, x, y).0).collect(),
                places(2).map(|(x, y)| colour(n, x, y).1).collect(),
            ],
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
            (
                "another wall of the same brightness",
                coloured(|_, x, y| room(x, y, 0), |n, _, _| if n < cut_at { (110, 150) } else { (150, 105) }),
                vec![at(cut_at)],
            ),
            (
                "the same room from the other side",
                film(|n, x, y| room(if n < cut_at { x } else { SIDE.0 - 1 - x }, y, 0)),
                vec![at(cut_at)],
            ),
            (
                "a red bag comes into the picture at once",
                coloured(
                    |n, x, y| {
                        let bag = n >= cut_at && (24..38).contains(&x) && (12..28).contains(&y);
                        if bag { 130 } else { room(x, y, 0) }
                    },
                    |n, x, y| {
                        let bag = n >= cut_at && (12..19).contains(&x) && (6..14).contains(&y);
                        if bag { (100, 180) } else { (128, 128) }
                    },
                ),
                vec![],
            ),
            (
                "a lamp that warms up",
                coloured(|_, x, y| room(x, y, 0), |n, _, _| (128 - n as u8 / 3, 128 + n as u8 / 3)),
                vec![],
            ),
            (
                "a coloured flash",
                coloured(|_, x, y| room(x, y, 0), |n, _, _| if n == 30 { (80, 200) } else { (128, 128) }),
                vec![],
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
