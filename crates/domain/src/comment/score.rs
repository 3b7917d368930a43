//! How well comments are read, where a person has said what they are.

use super::Reading;

/// A comment as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// claim, question, cancel or none.
    pub kind: String,
    /// `number:quantity:options;…`
    pub lines: String,
}

/// Counts over labelled comments. A claim is right when its kind and all its lines are, in any order; a question never counts as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    pub comments: usize,
    /// Comments whose kind was read as labelled.
    pub kinds_right: usize,
    pub claims_labelled: usize,
    pub claims_read: usize,
    pub claims_right: usize,
}

impl Score {
    /// Takes one comment in; false where it counts against precision, recall or kind.
    pub fn add(&mut self, reading: &Reading, label: &Label) -> bool {
        let (read, labelled) = (reading.kind() == "claim", label.kind == "claim");
        let same_kind = reading.kind() == label.kind;
        let right = same_kind && (!labelled || sorted(&reading.lines()) == sorted(&label.lines));
        self.comments += 1;
        self.kinds_right += usize::from(same_kind);
        self.claims_read += usize::from(read);
        self.claims_labelled += usize::from(labelled);
        self.claims_right += usize::from(read && labelled && right);
        right
    }

    /// Of the claims read, how many are right; 1 without any.
    pub fn precision(&self) -> f64 {
        ratio(self.claims_right, self.claims_read)
    }

    /// Of the claims labelled, how many were read right; 1 without any.
    pub fn recall(&self) -> f64 {
        ratio(self.claims_right, self.claims_labelled)
    }
}

/// The lines of an order in one order: which of them was said first changes nothing.
fn sorted(lines: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = lines.split(';').collect();
    parts.sort_unstable();
    parts
}

#[allow(clippy::cast_precision_loss)] // Counts of comments stay far below 2^52.
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
