//! One row of a plane over another. Written so that the compiler makes vector code of it.

/// 256 levels of opacity, so that full is exact: 0 to 256.
pub(crate) fn level(opacity: f32) -> u16 {
    (opacity.clamp(0.0, 1.0) * 256.0).round() as u16
}

/// `below` becomes `above` as far as `alpha` (0 to 256) says.
pub(crate) fn mix(below: &mut [u8], above: &[u8], alpha: u16) {
    let rest = 256 - alpha.min(256);
    let alpha = 256 - rest;
    for (below, above) in below.iter_mut().zip(above) {
        *below = ((u16::from(*below) * rest + u16::from(*above) * alpha + 128) >> 8) as u8;
    }
}

/// As [`mix`], with an opacity of its own for every sample; `mask` is 0 to 255.
pub(crate) fn mix_masked(below: &mut [u8], above: &[u8], mask: &[u8], alpha: u16) {
    let alpha = alpha.min(256);
    // 255 has to become 256, or opaque would let a little through. All of it fits 16 bits, of which a vector holds twice as
    // many as of 32.
    let full = |mask: u8| u16::from(mask) + u16::from(mask >> 7);
    if alpha == 256 {
        mix_by(below, above, mask, full);
    } else {
        mix_by(below, above, mask, |mask| (full(mask) * alpha) >> 8);
    }
}

/// `share` makes 0 to 256 of a mask.
fn mix_by(below: &mut [u8], above: &[u8], mask: &[u8], share: impl Fn(u8) -> u16) {
    for ((below, above), mask) in below.iter_mut().zip(above).zip(mask) {
        let share = share(*mask);
        *below = ((u16::from(*below) * (256 - share) + u16::from(*above) * share + 128) >> 8) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opaque_is_exact_and_half_is_the_middle() {
        for value in [0u8, 1, 16, 127, 128, 235, 255] {
            let mut row = [200, 7];
            mix(&mut row, &[value; 2], level(1.0));
            assert_eq!(row, [value; 2]);
            mix(&mut row, &[9; 2], level(0.0));
            assert_eq!(row, [value; 2], "nothing of it is seen");
            mix_masked(&mut row, &[255 - value; 2], &[255, 0], 256);
            assert_eq!(row, [255 - value, value]);
        }
        let mut row = [255; 2];
        mix_masked(&mut row, &[255; 2], &[255, 128], 255);
        assert_eq!(row, [255; 2], "the largest numbers there are do not run over");
        let mut row = [0; 2];
        mix(&mut row, &[200; 2], level(0.5));
        assert_eq!(row, [100; 2]);
        mix_masked(&mut row, &[200; 2], &[128, 255], 128);
        assert!((123..=127).contains(&row[0]) && row[1] == 150, "mask and opacity multiply: {row:?}");
    }
}
