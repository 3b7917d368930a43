//! What was read on a thing, weighed against how it looks.
//!
//! Words tell products from each other. That it is one of them at all they do not say: a flavour that nobody sells here bears the
//! same brand, and on the grocery photographs a share of 0.2 of their log-odds already pinned such ones.

use hawker_domain::tag::Clue;

use crate::read;

/// What a code says for its product against every other, and that it is a product at all. Log-odds. A check digit makes one
/// misread in some thousands; looks alone never reach it.
const CODE: f32 = 16.0;
const CODE_KNOWN: f32 = 8.0;

/// Words that say this much are named as a reason. Log-odds.
const REASON: f32 = 1.0;

/// Words and a code, as far as they may be heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said(read::Evidence);

impl Said {
    /// `heard`: for each product, whether words and codes may speak for it. What may not be heard says nothing at all.
    pub fn new(mut read: read::Evidence, heard: &[bool]) -> Self {
        let may = |index: usize| heard.get(index).copied().unwrap_or(false);
        for (index, worth) in read.words.iter_mut().enumerate() {
            if !may(index) {
                *worth = 0.0;
            }
        }
        read.code = read.code.filter(|index| may(*index));
        Self(read)
    }

    /// The log-odds between products, and the priors with what a code adds. Shape: one number a product each.
    pub fn weighed(&self, priors: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut said, mut sum) = (vec![0.0; priors.len()], priors.to_vec());
        for (index, (said, prior)) in said.iter_mut().zip(&mut sum).enumerate() {
            let words = self.0.words.get(index).copied().unwrap_or(0.0);
            let code = self.0.code == Some(index);
            *said = words + if code { CODE } else { 0.0 };
            *prior += if code { CODE_KNOWN } else { 0.0 };
        }
        (said, sum)
    }

    /// Which of them are reasons for a product.
    pub fn clues(&self, index: usize) -> impl Iterator<Item = Clue> {
        let words = self.0.words.get(index).is_some_and(|worth| *worth >= REASON).then_some(Clue::Words);
        let code = (self.0.code == Some(index)).then_some(Clue::Code);
        words.into_iter().chain(code)
    }
}
