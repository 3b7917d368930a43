//! Whether a probability means what it says: of all decisions made with about the same one, how many were right. Pure.

use serde::Serialize;

/// Bins of equal width between 0 and 1.
const BINS: usize = 10;

/// Standard deviations that 95 of 100 lie within.
const SIGMAS: f64 = 1.96;

/// Decisions by their probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reliability {
    pub n: usize,
    /// Mean distance between probability and share of right ones, each bin weighed by how many lie in it (Naeini et al. 2015).
    /// None of nothing.
    pub expected_calibration_error: Option<f64>,
    pub bins: Vec<Bin>,
}

/// Decisions with about the same probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Of the probability; the upper end belongs to the next bin, but for 1.
    pub from: f64,
    pub to: f64,
    pub n: usize,
    /// Mean probability, and the share that was right; none where nothing lies in it.
    pub probability: Option<f64>,
    pub right: Option<f64>,
    /// Where that share lies with 95 % certainty (Wilson 1927).
    pub right_low: Option<f64>,
    pub right_high: Option<f64>,
}

/// Counts decisions, each its probability and whether it was right.
pub fn reliability(decisions: impl IntoIterator<Item = (f32, bool)>) -> Reliability {
    let mut counts = [(0_usize, 0.0_f64, 0_usize); BINS];
    for (probability, right) in decisions {
        let probability = f64::from(probability.clamp(0.0, 1.0));
        let place = ((probability * BINS as f64) as usize).min(BINS - 1);
        if let Some((n, sum, rights)) = counts.get_mut(place) {
            (*n, *sum, *rights) = (*n + 1, *sum + probability, *rights + usize::from(right));
        }
    }
    let n = counts.iter().map(|(n, _, _)| n).sum();
    let error = counts.iter().map(|(_, sum, rights)| (sum - *rights as f64).abs()).sum::<f64>();
    let bin = |(place, (n, sum, rights)): (usize, (usize, f64, usize))| {
        let mean = |sum: f64| (n > 0).then(|| sum / n as f64);
        let bounds = (n > 0).then(|| wilson(rights, n));
        Bin {
            from: place as f64 / BINS as f64,
            to: (place + 1) as f64 / BINS as f64,
            n,
            probability: mean(sum),
            right: mean(rights as f64),
            right_low: bounds.map(|(low, _)| low),
            right_high: bounds.map(|(_, high)| high),
        }
    };
    Reliability {
        n,
        expected_calibration_error: (n > 0).then(|| error / n as f64),
        bins: counts.into_iter().enumerate().map(bin).collect(),
    }
}

/// The interval of a share of which `part` of `whole` were seen. `whole` is not nought.
fn wilson(part: usize, whole: usize) -> (f64, f64) {
    let (n, seen) = (whole as f64, part as f64 / whole as f64);
    let squared = SIGMAS * SIGMAS;
    let middle = seen + squared / (2.0 * n);
    let half = SIGMAS * (seen * (1.0 - seen) / n + squared / (4.0 * n * n)).sqrt();
    let of = |value: f64| (value / (1.0 + squared / n)).clamp(0.0, 1.0);
    (of(middle - half), of(middle + half))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_error_is_how_far_probabilities_are_from_what_happened() {
        // Ten said with 0.95 of which eight are right; ten with 0.35 of which three are.
        let said = (0..10).flat_map(|n| [(0.95, n < 8), (0.35, n < 3)]);
        let found = reliability(said);
        assert_eq!(found.n, 20);
        let error = found.expected_calibration_error.unwrap();
        assert!((error - (0.15 + 0.05) / 2.0).abs() < 1e-6, "{error}");
        let bin = &found.bins[9];
        assert_eq!((bin.from, bin.to, bin.n, bin.right), (0.9, 1.0, 10, Some(0.8)));
        assert!(bin.right_low.unwrap() < 0.5 && bin.right_high.unwrap() > 0.9, "ten say little: {bin:?}");
    }

    #[test]
    fn certainty_lies_in_the_last_bin_and_an_empty_bin_says_nothing() {
        let found = reliability([(1.0, true), (0.0, false)]);
        assert_eq!((found.bins[9].n, found.bins[0].n), (1, 1));
        assert_eq!(found.expected_calibration_error, Some(0.0));
        assert_eq!((found.bins[4].right, found.bins[4].right_low), (None, None));
        assert_eq!(reliability([]).expected_calibration_error, None);
    }

    #[test]
    fn an_interval_holds_what_was_seen_and_narrows_with_more_of_it() {
        let (low, high) = wilson(9, 10);
        assert!((low - 0.596).abs() < 2e-3 && (high - 0.982).abs() < 2e-3, "{low} {high}");
        let (more_low, more_high) = wilson(900, 1000);
        assert!(more_low > low && more_high < high);
        assert_eq!((wilson(0, 5).0, wilson(5, 5).1), (0.0, 1.0));
    }
}
