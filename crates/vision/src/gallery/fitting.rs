//! What a head is fitted on: every product's mean, and how its photos differ from it.
//!
//! It takes one product after another and keeps no more than that, so nobody needs the photos of a whole catalogue at
//! once.

use super::head::Head;
use ndarray::Array2;

/// Most differences kept; above it every second is taken, every fourth and so on. 640 cost a millisecond a look.
const MOST_DIFFERENCES: usize = 640;

/// Collects products. Shape: every sample has `width` numbers.
#[derive(Clone, Debug)]
pub struct Fitting {
    width: usize,
    means: Vec<f32>,
    differences: Vec<f32>,
    /// Samples so far, of which every `step`-th has its difference kept.
    seen: usize,
    step: usize,
}

impl Fitting {
    pub fn new(width: usize) -> Self {
        Self { width, means: Vec::new(), differences: Vec::new(), seen: 0, step: 1 }
    }

    /// The next product by all its samples. Samples of another width are left out; a product without any is like nothing.
    pub fn add(&mut self, samples: &[&[f32]]) {
        let samples: Vec<&[f32]> = samples.iter().copied().filter(|sample| sample.len() == self.width).collect();
        let mut mean = vec![0.0; self.width];
        for sample in &samples {
            mean.iter_mut().zip(*sample).for_each(|(mean, value)| *mean += value);
        }
        let count = samples.len().max(1) as f32;
        mean.iter_mut().for_each(|value| *value /= count);
        for sample in &samples {
            if self.seen.is_multiple_of(self.step) {
                self.differences.extend(sample.iter().zip(&mean).map(|(value, mean)| value - mean));
                self.thin();
            }
            self.seen += 1;
        }
        self.means.extend(mean);
    }

    /// Takes every second difference where there are too many.
    fn thin(&mut self) {
        if self.width == 0 || self.differences.len() / self.width <= MOST_DIFFERENCES {
            return;
        }
        let kept: Vec<f32> = self.differences.chunks_exact(self.width).step_by(2).flatten().copied().collect();
        self.differences = kept;
        self.step *= 2;
    }

    /// Multiplies the n-th number of everything so far by the n-th weight.
    pub fn weigh(&mut self, weights: &[f32]) {
        let rows = self.means.chunks_exact_mut(self.width.max(1));
        for row in rows.chain(self.differences.chunks_exact_mut(self.width.max(1))) {
            row.iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
        }
    }

    /// The head. `shrinkage` 0 to 1: how much of the covariance is replaced by its mean variance.
    pub fn fit(self, shrinkage: f32) -> Head {
        let Self { width, means, differences, .. } = self;
        let shaped = |numbers: Vec<f32>| {
            let rows = numbers.len().checked_div(width).unwrap_or_default();
            Array2::from_shape_vec((rows, width), numbers).unwrap_or_else(|_| Array2::zeros((0, width)))
        };
        Head::new(shaped(means), shaped(differences), shrinkage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_samples_evenly_spread_ones_are_kept() {
        let mut fitting = Fitting::new(2);
        for n in 0..2_000 {
            let n = n as f32;
            fitting.add(&[&[n, 0.0], &[n, 1.0], &[0.0]]);
        }
        assert_eq!((fitting.means.len() / 2, fitting.seen), (2_000, 4_000), "what is too short is left out");
        assert_eq!((fitting.step, fitting.differences.len() / 2), (8, 500));
        assert!(fitting.differences.chunks_exact(2).all(|difference| difference == [0.0, -0.5]), "from their own mean");
    }

    #[test]
    fn weights_may_come_last() {
        let (a, b, weights) = ([3.0, 1.0], [1.0, 2.0], [2.0, 0.5]);
        let mut late = Fitting::new(2);
        late.add(&[&a, &b]);
        late.weigh(&weights);
        let weighted = |sample: [f32; 2]| [sample[0] * 2.0, sample[1] * 0.5];
        let mut early = Fitting::new(2);
        early.add(&[&weighted(a), &weighted(b)]);
        assert_eq!((late.means, late.differences), (early.means, early.differences));
    }
}
