//! What a head is fitted on: every product's mean, and how its photos differ from it.
//!
//! It takes one product after another and keeps no more than that, so nobody needs the photos of a whole catalogue at
//! once.

use super::head::Head;
use ndarray::Array2;

/// Most differences kept; above it those of mirrored views go first, then every second of the rest, every fourth and so on. The
/// views a camera could see tell more of what it will see: of the groceries' 1,944 differences the 972 upright ones rank 0.923 of
/// the pictures rightly, every fourth one, which is always the same mirrored view, 0.910, all of them 0.924. 640 cost a
/// millisecond a look; what 1,024 cost was not measured.
const MOST_DIFFERENCES: usize = 1_024;

/// Collects products. Shape: every sample has `width` numbers.
#[derive(Clone, Debug)]
pub struct Fitting {
    width: usize,
    means: Vec<f32>,
    /// Of upright views and of mirrored ones.
    upright: Differences,
    mirrored: Differences,
}

/// How samples differ from their product's mean: every `step`-th of those that were `seen`; none at a step of 0.
#[derive(Clone, Debug, Default)]
struct Differences {
    numbers: Vec<f32>,
    seen: usize,
    step: usize,
}

/// One sample of a product.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub numbers: &'a [f32],
    /// A view that a camera could see.
    pub is_upright: bool,
}

impl Fitting {
    pub fn new(width: usize) -> Self {
        let every = || Differences { step: 1, ..Differences::default() };
        Self { width, means: Vec::new(), upright: every(), mirrored: every() }
    }

    /// The next product by all its samples. Samples of another width are left out; a product without any is like nothing.
    pub fn add(&mut self, samples: &[View<'_>]) {
        let samples = || samples.iter().filter(|sample| sample.numbers.len() == self.width);
        let mut mean = vec![0.0; self.width];
        for sample in samples() {
            mean.iter_mut().zip(sample.numbers).for_each(|(mean, value)| *mean += value);
        }
        let count = samples().count().max(1) as f32;
        mean.iter_mut().for_each(|value| *value /= count);
        for sample in samples() {
            let side = if sample.is_upright { &mut self.upright } else { &mut self.mirrored };
            side.add(sample.numbers.iter().zip(&mean).map(|(value, mean)| value - mean));
            thin((&mut self.upright, &mut self.mirrored), self.width);
        }
        self.means.extend(mean);
    }

    /// Multiplies the n-th number of everything so far by the n-th weight.
    pub fn weigh(&mut self, weights: &[f32]) {
        let rows = self.means.chunks_exact_mut(self.width.max(1));
        let differences = [&mut self.upright, &mut self.mirrored].into_iter();
        let differences = differences.flat_map(|side| side.numbers.chunks_exact_mut(self.width.max(1)));
        for row in rows.chain(differences) {
            row.iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
        }
    }

    /// The head. `shrinkage` 0 to 1: how much of the covariance is replaced by its mean variance.
    pub fn fit(self, shrinkage: f32) -> Head {
        let Self { width, means, upright, mirrored } = self;
        let mut differences = upright.numbers;
        differences.extend(mirrored.numbers);
        let shaped = |numbers: Vec<f32>| {
            let rows = numbers.len().checked_div(width).unwrap_or_default();
            Array2::from_shape_vec((rows, width), numbers).unwrap_or_else(|_| Array2::zeros((0, width)))
        };
        Head::new(shaped(means), shaped(differences), shrinkage)
    }
}

impl Differences {
    fn add(&mut self, numbers: impl Iterator<Item = f32>) {
        if self.step > 0 && self.seen.is_multiple_of(self.step) {
            self.numbers.extend(numbers);
        }
        self.seen += 1;
    }
}

/// Takes fewer differences where there are too many.
fn thin((upright, mirrored): (&mut Differences, &mut Differences), width: usize) {
    if width == 0 || (upright.numbers.len() + mirrored.numbers.len()) / width <= MOST_DIFFERENCES {
        return;
    }
    // Without any that is upright there is nothing better than mirror writing.
    if !mirrored.numbers.is_empty() && !upright.numbers.is_empty() {
        (mirrored.numbers, mirrored.step) = (Vec::new(), 0);
        return;
    }
    let side = if upright.numbers.is_empty() { mirrored } else { upright };
    side.numbers = side.numbers.chunks_exact(width).step_by(2).flatten().copied().collect();
    side.step *= 2;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upright(numbers: &[f32]) -> View<'_> {
        View { numbers, is_upright: true }
    }

    #[test]
    fn of_many_samples_evenly_spread_ones_are_kept() {
        let mut fitting = Fitting::new(2);
        for n in 0..4_000 {
            let n = n as f32;
            fitting.add(&[upright(&[n, 0.0]), upright(&[n, 1.0]), upright(&[0.0])]);
        }
        assert_eq!((fitting.means.len() / 2, fitting.upright.seen), (4_000, 8_000), "what is too short is left out");
        assert_eq!((fitting.upright.step, fitting.upright.numbers.len() / 2), (8, 1_000));
        let mut kept = fitting.upright.numbers.chunks_exact(2);
        assert!(kept.all(|difference| difference == [0.0, -0.5]), "from their own mean");
    }

    #[test]
    fn mirror_writing_goes_first_and_is_kept_where_there_is_room_or_nothing_else() {
        let mirrored = |numbers| View { numbers, is_upright: false };
        let kept = |products: usize, upright_too: bool| {
            let mut fitting = Fitting::new(1);
            for _ in 0..products {
                let views = [mirrored(&[3.0]), mirrored(&[1.0]), upright(&[0.0]), upright(&[0.0])];
                fitting.add(if upright_too { &views } else { &views[..2] });
            }
            (fitting.upright.numbers.len(), fitting.mirrored.numbers.len())
        };
        assert_eq!(kept(256, true), (512, 512));
        assert_eq!(kept(300, true), (600, 0), "the mean is still that of all");
        assert_eq!(kept(1_000, false), (0, 1_000 * 2 / 2));
    }

    #[test]
    fn weights_may_come_last() {
        let (a, b, weights) = ([3.0, 1.0], [1.0, 2.0], [2.0, 0.5]);
        let mut late = Fitting::new(2);
        late.add(&[upright(&a), upright(&b)]);
        late.weigh(&weights);
        let weighted = |sample: [f32; 2]| [sample[0] * 2.0, sample[1] * 0.5];
        let mut early = Fitting::new(2);
        early.add(&[upright(&weighted(a)), upright(&weighted(b))]);
        assert_eq!((late.means, late.upright.numbers), (early.means, early.upright.numbers));
    }
}
