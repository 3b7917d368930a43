//! The strip of blocks: sixteen bits of frame number, a block of each ground, and the flash. Pure.

/// Blocks from left to right: 16 bits (lowest first), one always white, one always black, two for the flash.
pub const BLOCKS: usize = 20;
const BITS: usize = 16;
const WHITE: usize = 16;
const FLASH: usize = 18;
/// The strip is this part of the picture's height: thick enough to survive coding, thin enough to leave the rest alone.
pub(crate) const SHARE: u32 = 18;
/// Between black and white there is at least this much, or it is no strip. Levels of 256.
const CONTRAST: u8 = 80;

/// One row of pixels, a block each.
pub(crate) fn row(number: u16, flash: bool) -> [u8; BLOCKS] {
    let mut row = [0; BLOCKS];
    for (index, block) in row.iter_mut().enumerate() {
        let white = match index {
            0..BITS => number >> index & 1 == 1,
            WHITE => true,
            FLASH.. => flash,
            _ => false,
        };
        *block = if white { 255 } else { 0 };
    }
    row
}

/// What a row says; none where there is no strip (a slate, a card in front of it).
pub(crate) fn read(row: &[u8]) -> Option<(u16, bool)> {
    let (white, black) = (*row.get(WHITE)?, *row.get(WHITE + 1)?);
    if white.saturating_sub(black) < CONTRAST {
        return None;
    }
    let middle = black + (white - black) / 2;
    let number = row.iter().take(BITS).enumerate().map(|(bit, level)| u16::from(*level > middle) << bit).sum();
    Some((number, row.get(FLASH..BLOCKS)?.iter().all(|level| *level > middle)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_read_back_also_when_the_levels_are_squeezed() {
        for number in [0, 1, 2, 299, 0x5555, 0xffff] {
            for flash in [false, true] {
                let soft: Vec<u8> = row(number, flash).iter().map(|level| 30 + level / 2).collect();
                assert_eq!(read(&soft), Some((number, flash)));
            }
        }
    }

    #[test]
    fn a_plain_ground_is_no_strip() {
        assert_eq!(read(&[40; BLOCKS]), None);
        assert_eq!(read(&[]), None);
    }
}
