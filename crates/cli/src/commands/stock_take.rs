//! What a stock take found, row by row.

use super::json_line;
use crate::execute::{CommandError, Session};
use hawker_studio::{CountedProduct, StockTake};

pub async fn print(take: &StockTake, session: &Session<'_>) -> Result<(), CommandError> {
    if session.json {
        return Ok(session.output.line(&json_line(take)?).await?);
    }
    if let Some(sheet) = &take.sheet {
        session.output.line(&format!("sheet {sheet}")).await?;
    }
    for problem in &take.problems {
        let code = if problem.code.is_empty() { String::new() } else { format!(" ({})", problem.code) };
        session.output.line(&format!("row {}{code}: {}", problem.row, problem.message)).await?;
    }
    for product in &take.products {
        session.output.line(&line(product, take.applied)).await?;
    }
    for product in &take.unscanned {
        let text = format!("{}\t{}\texpected {}\tnot in the file", product.sku, product.title, product.expected);
        session.output.line(&text).await?;
    }
    let corrections = take.products.iter().filter(|product| product.correction != 0).count();
    let would = if take.applied { "" } else { "would be " };
    let text = format!(
        "{} products counted, {corrections} {would}corrected, {} not in the file, {} problems",
        take.products.len(),
        take.unscanned.len(),
        take.problems.len()
    );
    Ok(session.output.line(&text).await?)
}

fn line(product: &CountedProduct, applied: bool) -> String {
    let CountedProduct { sku, title, expected, counted, .. } = product;
    let since = match product.moved_since {
        0 => String::new(),
        moved => format!(", {moved:+} since"),
    };
    let what = match (&product.left_alone, product.correction) {
        (Some(why), _) => format!("left alone: {why}"),
        (None, 0) => "as expected".to_owned(),
        (None, correction) if applied => format!("corrected by {correction:+}"),
        (None, correction) => format!("differs by {correction:+}"),
    };
    format!("{sku}\t{title}\texpected {expected}\tcounted {counted}{since}\t{what}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_product_is_said_in_one_line() {
        let product = CountedProduct {
            row: 2,
            sku: hawker_domain::Sku::new("A").unwrap(),
            title: "Milk".into(),
            expected: 10,
            counted: 9,
            moved_since: -2,
            correction: -1,
            left_alone: None,
        };
        assert_eq!(line(&product, false), "A\tMilk\texpected 10\tcounted 9, -2 since\tdiffers by -1");
        assert_eq!(line(&product, true), "A\tMilk\texpected 10\tcounted 9, -2 since\tcorrected by -1");
        let settled = CountedProduct { correction: 0, left_alone: Some("why".into()), ..product.clone() };
        assert!(line(&settled, true).ends_with("left alone: why"));
        assert!(line(&CountedProduct { correction: 0, ..product }, true).ends_with("as expected"));
    }
}
