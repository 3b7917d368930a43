//! Loops over many numbers, each compiled for several generations of processors: the newest that this one can run is chosen when it
//! is first called, so one program is quick on new machines and runs on old ones.
//!
//! Every version adds in the same order and none fuses products into sums, so all give the same to the last bit.

// The macro's own: a version is called after the processor was asked whether it can run it.
#![allow(unsafe_code)]

use multiversion::multiversion;

/// Rows that [`weigh`] makes side by side.
pub(crate) const ROWS: usize = 8;

/// Adds `bytes`, each times `weight`, to `sums`.
#[multiversion(targets("x86_64+avx2", "x86_64+sse4.1"))]
pub(crate) fn add_weighted(sums: &mut [f32], bytes: &[u8], weight: f32) {
    for (sum, byte) in sums.iter_mut().zip(bytes) {
        *sum += f32::from(*byte) * weight;
    }
}

/// Puts what stands in the same place of up to [`ROWS`] lines side by side. Shape: `lines` holds lines of the length of `turned`.
#[multiversion(targets("x86_64+avx2", "x86_64+sse4.1"))]
pub(crate) fn turn(lines: &[f32], turned: &mut [[f32; ROWS]]) {
    for (row, line) in lines.chunks_exact(turned.len().max(1)).enumerate().take(ROWS) {
        for (to, from) in turned.iter_mut().zip(line) {
            if let Some(to) = to.get_mut(row) {
                *to = *from;
            }
        }
    }
}

/// The weighted sum of pixels, of all rows at once: of every `step`th from the first on.
#[multiversion(targets("x86_64+avx2", "x86_64+sse4.1"))]
pub(crate) fn weigh(pixels: &[[f32; ROWS]], step: usize, weights: &[f32]) -> [f32; ROWS] {
    let mut sums = [0.0_f32; ROWS];
    for (pixel, weight) in pixels.iter().step_by(step.max(1)).zip(weights) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += value * weight;
        }
    }
    sums
}

/// The product of two rows of whole numbers, for those of which no sum can overflow: saying that it might wrap spares a check a
/// number.
#[multiversion(targets("x86_64+avx2", "x86_64+sse4.1"))]
pub(crate) fn dot_whole(row: &[i8], asked: &[i16]) -> i32 {
    row.iter().zip(asked).map(|(a, b)| i32::from(*a) * i32::from(*b)).fold(0, i32::wrapping_add)
}

/// The product of two rows of the same width, sixteen sums side by side.
#[multiversion(targets("x86_64+avx2", "x86_64+sse4.1"))]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, b) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.0.iter().zip(b.0) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let tail: f32 = a.1.iter().zip(b.1).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_gives_what_the_plain_loop_gives() {
        for length in [0, 1, 7, 8, 15, 16, 17, 100, 1_003] {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 37 % 251) as u8).collect();
            let numbers: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) / 17.0).collect();
            let mut sums = numbers.clone();
            add_weighted(&mut sums, &bytes, 0.3);
            let plain: Vec<f32> = numbers.iter().zip(&bytes).map(|(n, byte)| n + f32::from(*byte) * 0.3).collect();
            assert_eq!(sums, plain);
            let whole: Vec<i8> = bytes.iter().map(|byte| byte.wrapping_sub(100) as i8).collect();
            let asked: Vec<i16> = bytes.iter().map(|byte| i16::from(*byte) * 8 - 1_000).collect();
            let plain: i32 = whole.iter().zip(&asked).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
            assert_eq!(dot_whole(&whole, &asked), plain);
            // For the oldest processors, whichever version this one took above.
            let lane = |lane: usize| {
                let whole = length / 16 * 16;
                numbers.iter().take(whole).skip(lane).step_by(16).fold(0.0_f32, |sum, n| sum + n * n)
            };
            let tail: f32 = numbers.iter().skip(length / 16 * 16).map(|n| n * n).sum();
            assert_eq!(dot(&numbers, &numbers), (0..16).map(lane).sum::<f32>() + tail, "{length}");
        }
    }

    #[test]
    fn rows_are_weighed_side_by_side_each_channel_by_itself() {
        let lines: Vec<f32> = (0..ROWS * 6).map(|n| n as f32).collect();
        let mut turned = vec![[0.0; ROWS]; 6];
        turn(&lines, &mut turned);
        // Two channels in turn: of the second, pixels 1, 3 and 5.
        let sums = weigh(turned.get(1..).unwrap_or_default(), 2, &[0.5, 0.25, 0.25]);
        let row = |row: usize| (row * 6) as f32;
        let want: Vec<f32> =
            (0..ROWS).map(|n| 0.5 * (row(n) + 1.0) + 0.25 * (row(n) + 3.0) + 0.25 * (row(n) + 5.0)).collect();
        assert_eq!(sums.to_vec(), want);
    }
}
