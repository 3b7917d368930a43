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

/// What a host wants on the card of whatever product is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct CardChoice {
    pub kind: CardKind,
    /// The product's page as a QR code beside it.
    pub qr: bool,
    /// How long a countdown runs, from the pin or from this choice, whichever is later. Units: minutes, 1 to 600.
    pub minutes: u32,
}

impl Default for CardChoice {
    fn default() -> Self {
        // Long enough for a pitch, short enough to hurry.
        Self { kind: CardKind::Price, qr: false, minutes: 10 }
    }
}

/// Which template a card has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CardKind {
    #[default]
    Price,
    Stock,
    Countdown,
    SizeChart,
}

/// Longest countdown, minutes.
pub const COUNTDOWN_MAX_MIN: u32 = 600;

/// What a product does not have for the card that was chosen; its price is shown instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardLack {
    Stock,
    SizeChart,
}

impl CardChoice {
    /// The template for one product: `description` may hold a size chart, `stock_left` is none where nobody counts,
    /// `since` is the later of pin and choice.
    pub fn template(
        &self,
        description: &str,
        stock_left: Option<i64>,
        since: ShowMs,
    ) -> (CardTemplate, Option<CardLack>) {
        match self.kind {
            CardKind::Price => (CardTemplate::Price, None),
            CardKind::Stock => (CardTemplate::Stock, stock_left.is_none().then_some(CardLack::Stock)),
            CardKind::Countdown => {
                let length_ms = u64::from(self.minutes) * 60_000;
                (CardTemplate::Countdown { ends_at: ShowMs(since.0.saturating_add(length_ms)) }, None)
            }
            CardKind::SizeChart => {
                let chart = SizeChart::in_text(description);
                let lack = chart.is_empty().then_some(CardLack::SizeChart);
                (CardTemplate::SizeChart { chart }, lack)
            }
        }
    }
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
    /// The chart that stands in a description: two or more lines one below the other whose cells have "|" or a tab between
    /// them, the headings first. Empty where there is none.
    pub fn in_text(text: &str) -> Self {
        let cells = |line: &str| -> Vec<String> {
            let line = line.trim().trim_matches(['|', '｜']);
            line.split(['|', '｜', '\t']).map(|cell| cell.trim().to_owned()).collect()
        };
        // The line below the headings in tables as some editors write them.
        let is_rule = |row: &[String]| row.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':')));
        let rows = text.lines().map(cells).filter(|row| !(row.len() > 1 && is_rule(row)));
        let mut best: Vec<Vec<String>> = Vec::new();
        let mut run: Vec<Vec<String>> = Vec::new();
        for row in rows.chain([Vec::new()]) {
            if row.len() > 1 {
                run.push(row);
            } else {
                let ended = std::mem::take(&mut run);
                if ended.len() > best.len().max(1) {
                    best = ended;
                }
            }
        }
        let mut best = best.into_iter();
        best.next().map(|columns| Self { columns, rows: best.collect() }).unwrap_or_default()
    }

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
    fn a_product_gets_the_card_that_was_chosen_or_says_what_it_lacks() {
        let chart = "Soft cotton.\n尺码 | 胸围\n---|---\nM | 96\nL | 102\nWash cold.";
        let of =
            |kind, text: &str, stock| CardChoice { kind, qr: false, minutes: 5 }.template(text, stock, ShowMs(1_000));
        assert_eq!(of(CardKind::Price, "", None), (CardTemplate::Price, None));
        assert_eq!(of(CardKind::Stock, "", Some(0)), (CardTemplate::Stock, None));
        assert_eq!(of(CardKind::Stock, "", None), (CardTemplate::Stock, Some(CardLack::Stock)));
        let (countdown, lack) = of(CardKind::Countdown, "", None);
        assert_eq!((countdown, lack), (CardTemplate::Countdown { ends_at: ShowMs(301_000) }, None));
        assert_eq!(of(CardKind::SizeChart, "no chart | here", None).1, Some(CardLack::SizeChart));
        let (CardTemplate::SizeChart { chart }, None) = of(CardKind::SizeChart, chart, None) else {
            unreachable!("the description has a chart")
        };
        assert_eq!(chart.columns, ["尺码", "胸围"]);
        assert_eq!(chart.rows, [["M", "96"], ["L", "102"]]);
    }

    #[test]
    fn a_chart_is_found_in_what_sellers_write() {
        let of = |text: &str| {
            let chart = SizeChart::in_text(text);
            (chart.columns.len(), chart.rows.len())
        };
        for (text, want) in [
            ("", (0, 0)),
            ("one line | alone", (0, 0)),
            ("S\t88\t60\nM\t92\t62", (3, 1)),
            ("|Size|Waist|\n|S|66|\n|M|70|", (2, 2)),
            ("尺码｜胸围\r\nS｜88", (2, 1)),
            ("a | b\nc | d\n\nSize | Bust\nS | 1\nM | 2", (2, 2)),
        ] {
            assert_eq!(of(text), want, "{text:?}");
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
