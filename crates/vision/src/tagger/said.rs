//! What was read on a thing and said about it, weighed against how it looks.
//!
//! Words tell products from each other. That it is one of them at all they do not say, as a flavour that nobody sells here bears the
//! same brand: on the grocery photographs a share of 0.2 of their log-odds already pinned such ones. A whole label does say it, see
//! `read::label`.

use hawker_domain::tag::Clue;

use crate::read;

/// What a code says for its product against every other, and that it is a product at all. Log-odds. A check digit makes one
/// misread in some thousands; looks alone never reach it.
const CODE: f32 = 16.0;
const CODE_KNOWN: f32 = 8.0;

/// The same for a whole label. It may be that of a thing nobody sells here but for a line that was not seen, so it says less.
const LABEL: f32 = 6.0;
const LABEL_KNOWN: f32 = 5.0;

/// Words, printed or spoken, that say this much are named as a reason. Log-odds.
pub(super) const REASON: f32 = 1.0;

/// Words, a code and speech, as far as they may be heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// Log-odds of either, one a product; may be shorter.
    read: read::Evidence,
    spoken: read::Evidence,
}

impl Said {
    /// `may_speak`: for each product, whether words and codes may speak for it. What may not is silent altogether.
    pub fn new(mut read: read::Evidence, mut spoken: read::Evidence, may_speak: &[bool]) -> Self {
        let may = |index: usize| may_speak.get(index).copied().unwrap_or(false);
        for worths in [&mut read.words, &mut read.told, &mut spoken.words, &mut spoken.told] {
            worths.iter_mut().enumerate().filter(|(index, _)| !may(*index)).for_each(|(_, worth)| *worth = 0.0);
        }
        read.code = read.code.filter(|index| may(*index));
        if read.label.of().is_some_and(|index| !may(index)) {
            read.label = read::Labelled::Nothing;
        }
        Self { read, spoken }
    }

    /// The log-odds between products, and the priors with what a code adds. Shape: one number a product each.
    pub fn weighed(&self, priors: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut said, mut sum) = (vec![0.0; priors.len()], priors.to_vec());
        for (index, (said, prior)) in said.iter_mut().zip(&mut sum).enumerate() {
            let words = worth(&self.read.words, index) + worth(&self.spoken.words, index);
            *said = words + self.code(index) + if self.is_label(index) { LABEL } else { 0.0 };
            *prior += if self.read.code == Some(index) { CODE_KNOWN } else { 0.0 };
            *prior += if self.is_label(index) { LABEL_KNOWN } else { 0.0 };
        }
        (said, sum)
    }

    /// The log-odds between the variants of one product. Shape: one number for each of so many products.
    pub fn told(&self, products: usize) -> Vec<f32> {
        let told = |index| worth(&self.read.told, index) + worth(&self.spoken.told, index) + self.code(index);
        (0..products).map(told).collect()
    }

    fn code(&self, index: usize) -> f32 {
        if self.read.code == Some(index) { CODE } else { 0.0 }
    }

    fn is_label(&self, index: usize) -> bool {
        self.read.label.of() == Some(index)
    }

    /// Which of them are reasons for a product.
    pub fn clues(&self, index: usize) -> impl Iterator<Item = Clue> {
        let words = (self.is_label(index) || worth(&self.read.words, index) >= REASON).then_some(Clue::Words);
        let code = (self.read.code == Some(index)).then_some(Clue::Code);
        let speech = (worth(&self.spoken.words, index) >= REASON).then_some(Clue::Speech);
        words.into_iter().chain(code).chain(speech)
    }
}

fn worth(worths: &[f32], index: usize) -> f32 {
    worths.get(index).copied().unwrap_or(0.0)
}
