//! What a card in the picture shows beside title and price, as scenes and settings keep it.

use crate::ShowMs;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a card puts first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CardTemplate {
    /// The price; pieces left are said when they are few.
    #[default]
    Price,
    /// The number of pieces left. Where it is not known, the price.
    Stock,
    /// The time left of an offer, in show time.
    Countdown { ends_at: ShowMs },
    /// Measures by size. Where the chart is empty, the price.
    SizeChart { chart: SizeChart },
}

/// Most columns of a chart that are drawn; more would be too small to read.
pub const CHART_COLUMNS_MAX: usize = 7;

/// A small table. Shape: a heading per column; a row that is too short is filled up, a longer one is cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SizeChart {
    /// Headings; the first is that of the sizes ("Size", "尺码").
    pub columns: Vec<String>,
    /// One row per size, the size's name first.
    pub rows: Vec<Vec<String>>,
}

impl SizeChart {
    /// True where there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() || self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_read_back_as_they_were_written() {
        let chart = SizeChart { columns: vec!["Size".into()], rows: vec![vec!["M".into()]] };
        let table = [
            (CardTemplate::Price, r#"{"kind":"price"}"#),
            (CardTemplate::Stock, r#"{"kind":"stock"}"#),
            (CardTemplate::Countdown { ends_at: ShowMs(90_000) }, r#"{"kind":"countdown","ends_at":90000}"#),
            (CardTemplate::SizeChart { chart }, r#"{"kind":"size_chart","chart":{"columns":["Size"],"rows":[["M"]]}}"#),
        ];
        for (template, json) in table {
            assert_eq!(serde_json::to_string(&template).unwrap(), json);
            assert_eq!(serde_json::from_str::<CardTemplate>(json).unwrap(), template);
        }
    }

    #[test]
    fn a_chart_without_headings_or_rows_is_empty() {
        let row = || vec![vec!["M".to_owned()]];
        assert!(SizeChart::default().is_empty());
        assert!(SizeChart { columns: Vec::new(), rows: row() }.is_empty());
        assert!(!SizeChart { columns: vec!["Size".into()], rows: row() }.is_empty());
    }
}
