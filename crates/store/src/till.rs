//! The till of this device and what others tell of theirs: its book, payments that wait to be matched, goods that came back.

mod drawer;
mod matching;
mod returned;
mod statement;

pub use statement::{AmbiguousRows, MatchedRow, StatementOptions, StatementProblem, StatementReport, StatementRow};

pub(crate) use drawer::{told as book_told, write as write_entry};
pub(crate) use matching::{
    payment_from, payment_of, settled as match_settled, told as match_told, write as write_payment,
};
pub(crate) use returned::{pieces_back, returns_of, settled, told as return_told};

use crate::{Store, StoreError};
use hawker_domain::till::TillRules;

/// Where the rules of the till are kept.
const RULES: &str = "till.rules";

impl Store {
    /// Who stands at the till, and how far down each may go.
    pub async fn till_rules(&self) -> Result<TillRules, StoreError> {
        Ok(self.setting(RULES).await?.unwrap_or_default())
    }

    /// Errors: a floor above the price itself ([`StoreError::BadInput`]).
    pub async fn set_till_rules(&self, rules: &TillRules) -> Result<(), StoreError> {
        rules.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
        self.put_setting(RULES, rules).await
    }
}
