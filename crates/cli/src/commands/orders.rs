//! `hawker orders …`

use super::json_line;
use crate::args::Orders;
use crate::execute::{CommandError, Session};
use hawker_domain::Sku;
use hawker_studio::view::OrderView;
use hawker_wire::{ErrorCode, Failure, live::OrderedLine};

pub async fn run(command: &Orders, session: &Session<'_>) -> Result<(), CommandError> {
    let orders = match command {
        Orders::Export { file } => {
            let file = session.path(file);
            session.studio.export_orders(&file).await?;
            let text = match session.json {
                true => json_line(&serde_json::json!({ "file": file }))?,
                false => format!("{} written", file.display()),
            };
            return Ok(session.output.line(&text).await?);
        }
        Orders::List { limit } => session.studio.orders(*limit).await?,
        Orders::Add { lines, buyer } => {
            let lines: Result<Vec<_>, _> = lines.iter().map(|text| parse_line(text)).collect();
            vec![session.studio.add_order(lines?, buyer).await?]
        }
    };
    if session.json {
        return Ok(session.output.line(&json_line(&orders)?).await?);
    }
    for order in &orders {
        session.output.line(&sentence(order)).await?;
    }
    Ok(())
}

fn sentence(order: &OrderView) -> String {
    let lines: Vec<String> = order.lines.iter().map(|line| format!("{} x {}", line.qty, line.sku)).collect();
    format!("{}\t{:?}\t{:?}\t{}\t{}", order.id, order.source, order.state, order.total, lines.join(", "))
}

/// "SKU" or "SKU=QUANTITY". An SKU may hold "=", so the last one counts.
fn parse_line(text: &str) -> Result<OrderedLine, Failure> {
    let bad = |why: String| Failure::new(ErrorCode::BadInput, format!("{text:?} is no order line: {why}"));
    let (sku, qty) = match text.rsplit_once('=') {
        Some((sku, qty)) => (sku, qty.parse().map_err(|_| bad(format!("{qty:?} is no quantity")))?),
        None => (text, 1),
    };
    let sku = Sku::new(sku).map_err(|error| bad(error.to_string()))?;
    Ok(OrderedLine { sku, qty })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_is_a_sku_with_an_optional_quantity() {
        for (text, want) in
            [("A", Some(("A", 1))), ("A=3", Some(("A", 3))), ("A=B=2", Some(("A=B", 2))), ("A=x", None), ("=2", None)]
        {
            let got = parse_line(text).ok();
            assert_eq!(got.as_ref().map(|line| (line.sku.as_str(), line.qty)), want, "{text}");
        }
    }
}
