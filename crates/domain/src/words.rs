//! What is said to a person, in every language that the product speaks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One sentence, without a final dot, in Simplified Chinese and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Words {
    pub zh_cn: String,
    pub en: String,
}

impl Words {
    /// Joins the two.
    pub fn new(zh_cn: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh_cn: zh_cn.into(), en: en.into() }
    }
}
