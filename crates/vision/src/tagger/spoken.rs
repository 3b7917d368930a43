//! What the host says while a product is held up.
//!
//! Whoever shows a thing names it, shortly before or while it is in the hand. But a host also names what was shown before and
//! what comes next, so words that were said tell products apart like words that are printed, and are worth less.

use crate::read;
use serde::{Deserialize, Serialize};

/// Words somebody said. Units: ms of the frames' own clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spoken {
    pub words: String,
    /// When they began and ended.
    pub t0: u64,
    pub t1: u64,
}

/// Share of what the same words would be worth in print, and the most that is ever said for a product. Log-odds.
const SHARE: f32 = 0.8;
const MOST: f32 = 3.0;

/// A name counts in full for what is looked at until this long after it was said, then fades by a third every so often.
const IN_FULL_MS: u64 = 3_000;
const FADE_MS: f32 = 3_000.0;

/// Said longer ago than this, or more of them at once, are forgotten.
const FORGOTTEN_MS: u64 = 15_000;
const MOST_KEPT: usize = 32;

/// Everything that was said lately, as what it says for each product.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Vec<Said>);

#[derive(Clone, Debug)]
struct Said {
    t0: u64,
    t1: u64,
    /// Log-odds, one a product; see [`read::Evidence`].
    words: Vec<f32>,
    told: Vec<f32>,
}

impl Heard {
    /// Takes in what the words between two moments say for each product, as log-odds they would have in print.
    pub fn add(&mut self, t0: u64, t1: u64, said: &read::Evidence) {
        if said.words.iter().chain(&said.told).all(|worth| *worth <= 0.0) {
            return;
        }
        let newest = self.0.iter().map(|said| said.t1).chain([t1]).max().unwrap_or(t1);
        self.0.retain(|said| newest.saturating_sub(said.t1) <= FORGOTTEN_MS);
        if self.0.len() >= MOST_KEPT {
            self.0.remove(0);
        }
        let [words, told] =
            [&said.words, &said.told].map(|worths| worths.iter().map(|worth| (SHARE * worth).min(MOST)).collect());
        self.0.push(Said { t0, t1: t1.max(t0), words, told });
    }

    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// The products have other places; `from` is where each was.
    pub fn rearrange(&mut self, from: &[Option<usize>]) {
        for said in &mut self.0 {
            (said.words, said.told) = (moved(&said.words, from), moved(&said.told, from));
        }
    }

    /// What it says at a moment, for each of so many products. A name said twice says no more than one said once.
    pub fn at(&self, now_ms: u64, products: usize) -> read::Evidence {
        let (mut words, mut told) = (vec![0.0_f32; products], vec![0.0_f32; products]);
        for said in self.0.iter().filter(|said| said.t0 <= now_ms) {
            let late_ms = now_ms.saturating_sub(said.t1).saturating_sub(IN_FULL_MS);
            let share = (-(late_ms as f32) / FADE_MS).exp();
            for (sums, worths) in [(&mut words, &said.words), (&mut told, &said.told)] {
                sums.iter_mut().zip(worths).for_each(|(sum, worth)| *sum = sum.max(worth * share));
            }
        }
        read::Evidence { words, told, ..read::Evidence::default() }
    }
}

/// Numbers of products in other places; of those that are new there is nothing.
pub(super) fn moved(numbers: &[f32], from: &[Option<usize>]) -> Vec<f32> {
    from.iter().map(|place| place.and_then(|place| numbers.get(place)).copied().unwrap_or(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(worth: &[f32]) -> read::Evidence {
        read::Evidence { words: worth.to_vec(), ..read::Evidence::default() }
    }

    #[test]
    fn a_name_counts_from_when_it_is_said_and_fades_afterwards() {
        let mut heard = Heard::default();
        heard.add(10_000, 11_000, &words(&[0.0, 3.0]));
        let worth = |now_ms: u64| heard.at(now_ms, 2).words.get(1).copied().unwrap_or(f32::NAN);
        assert_eq!(worth(9_900), 0.0, "not said yet");
        assert_eq!((worth(10_000), worth(14_000)), (2.4, 2.4), "less than what print says");
        assert!((0.8..1.0).contains(&worth(17_000)), "{}", worth(17_000));
        assert!(worth(40_000) < 0.01);
        assert_eq!(heard.at(12_000, 2).words.first(), Some(&0.0));
    }

    #[test]
    fn saying_it_again_or_at_length_is_worth_no_more_than_there_is() {
        let mut heard = Heard::default();
        (0..100).for_each(|n| heard.add(n * 100, n * 100 + 50, &words(&[9.0])));
        assert_eq!(heard.at(9_950, 1).words, [MOST]);
        assert!(heard.0.len() <= MOST_KEPT);
    }
}
