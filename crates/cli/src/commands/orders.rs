//! `hawker orders …`

use super::json_line;
use crate::args::Orders;
use crate::execute::{CommandError, Session};
use hawker_domain::{Sku, order::OrderEvent};
use hawker_studio::{PackList, PackListForm, view::OrderView};
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
        Orders::PackList { file, pdf } => {
            let (file, form) = match (file, pdf) {
                (_, Some(pdf)) => (pdf, PackListForm::Pdf),
                (Some(file), None) => (file, PackListForm::Csv),
                (None, None) => return Err(Failure::new(ErrorCode::BadInput, "name the file to write").into()),
            };
            let file = session.path(file);
            let PackList { orders, without_address } = session.studio.pack_list(&file, form).await?;
            let text = match session.json {
                true => json_line(
                    &serde_json::json!({ "file": file, "orders": orders, "without_address": without_address }),
                )?,
                false => format!("{orders} orders written to {}", file.display()),
            };
            session.output.line(&text).await?;
            for id in without_address.iter().filter(|_| !session.json) {
                session.output.line(&format!("order {id} has no address; ask the buyer before it is packed")).await?;
            }
            return Ok(());
        }
        Orders::Show { order } => return show(order, session).await,
        Orders::Buyer { order } => return buyer(order, session).await,
        Orders::Pack { order } => vec![step(session, order, OrderEvent::Pack, "", false).await?],
        Orders::Ship { order, parcel } => vec![step(session, order, OrderEvent::Ship, parcel, false).await?],
        Orders::Deliver { order } => vec![step(session, order, OrderEvent::Deliver, "", false).await?],
        Orders::Refund { order, reason, goods_back } => {
            vec![step(session, order, OrderEvent::Refund, reason, *goods_back).await?]
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

async fn step(
    session: &Session<'_>,
    order: &str,
    event: OrderEvent,
    note: &str,
    goods_back: bool,
) -> Result<OrderView, Failure> {
    let id = session.studio.find_order(order).await?;
    session.studio.move_order(id, event, note, goods_back).await
}

async fn show(order: &str, session: &Session<'_>) -> Result<(), CommandError> {
    let id = session.studio.find_order(order).await?;
    let detail = session.studio.order(id).await?;
    if session.json {
        return Ok(session.output.line(&json_line(&detail)?).await?);
    }
    session.output.line(&sentence(&detail.order)).await?;
    for moved in &detail.moves {
        session
            .output
            .line(&format!("\t{:?}\t{}\t{}", moved.event, hawker_studio::utc(moved.at_us), moved.note))
            .await?;
    }
    Ok(())
}

async fn buyer(order: &str, session: &Session<'_>) -> Result<(), CommandError> {
    let id = session.studio.find_order(order).await?;
    let buyer = session.studio.buyer(id).await?;
    let text = match session.json {
        true => json_line(&buyer)?,
        false => format!("{}\t{}\t{}", buyer.name, buyer.phone, buyer.address.replace('\n', ", ")),
    };
    Ok(session.output.line(&text).await?)
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
