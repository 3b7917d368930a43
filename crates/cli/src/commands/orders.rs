//! `hawker orders …`

use super::json_line;
use crate::args::{AddSale, Orders};
use crate::execute::{CommandError, Session};
use hawker_domain::{
    OrderId, ReturnId, Sku,
    order::{OrderEvent, OrderLine},
    till::{ReturnedLine, TenderKind},
};
use hawker_studio::{
    OrderFile, PackList, PackListForm, utc_offset,
    view::{NewReturn, NewSale, OrderView, SaleLine},
};
use hawker_wire::{ErrorCode, Failure, live::OrderedLine};
use uuid::Uuid;

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
        Orders::Import { file, channel, utc_offset, dry_run } => {
            let file = OrderFile {
                path: session.path(file),
                channel: channel.clone(),
                utc_offset_s: *utc_offset,
                dry_run: *dry_run,
            };
            return super::channel_orders::print(&session.studio.import_orders(&file).await?, session).await;
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
        Orders::Add(sale) => return add(sale, session).await,
        Orders::Return { order, pieces, tender, spoiled, reason } => {
            let order_id = session.studio.find_order(order).await?;
            let lines = returned(pieces, &session.studio.order(order_id).await?.lines)?;
            let (return_id, goods_back) = (ReturnId(Uuid::now_v7()), !spoiled);
            let (tender, reason) = ((*tender).into(), reason.clone());
            vec![session.studio.take_back(NewReturn { return_id, order_id, lines, goods_back, tender, reason }).await?]
        }
        Orders::Unverified => return unverified(session).await,
        Orders::Match { order, reference } => {
            let id = session.studio.find_order(order).await?;
            vec![session.studio.match_payment(id, reference).await?]
        }
        Orders::Statement(what) => return super::statement::run(what, session).await,
        Orders::Receipt { order, printer, drawer, utc_offset: offset } => {
            let id = session.studio.find_order(order).await?;
            return receipt(id, printer.as_deref(), *drawer, offset.as_deref(), session).await;
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

/// A sale that is kept stays kept when its receipt can't be printed.
async fn add(wanted: &AddSale, session: &Session<'_>) -> Result<(), CommandError> {
    let mut lines = Vec::with_capacity(wanted.lines.len());
    for text in &wanted.lines {
        let OrderedLine { sku, qty } = parse_line(text)?;
        lines.push(SaleLine { sku, qty, price: None, reason: String::new() });
    }
    for text in &wanted.price {
        let bad = || Failure::new(ErrorCode::BadInput, format!("{text:?} is no price; write it like SKU=12.50"));
        let (sku, price) = text.rsplit_once('=').ok_or_else(bad)?;
        let price = session.studio.typed_price(sku, price).await?;
        let mut found = lines.iter_mut().filter(|line| line.sku.as_str() == sku).peekable();
        if found.peek().is_none() {
            return Err(Failure::new(ErrorCode::BadInput, format!("{sku:?} is not among what is sold")).into());
        }
        for line in found {
            (line.price, line.reason) = (Some(price), wanted.reason.clone());
        }
    }
    let received = match &wanted.received {
        Some(text) => Some(session.studio.typed_money(text).await?),
        None => None,
    };
    let (buyer, tender) = (wanted.buyer.clone(), wanted.tender.into());
    let sale = NewSale { order_id: None, lines, total: None, buyer, tender, received };
    let order = session.studio.add_order(sale).await?;
    let text = if session.json { json_line(&[&order])? } else { sold(&order) };
    session.output.line(&text).await?;
    if wanted.print {
        session.studio.print_receipt(order.id, None, None, true).await?;
    }
    Ok(())
}

async fn unverified(session: &Session<'_>) -> Result<(), CommandError> {
    let waiting = session.studio.till().await?.unverified;
    if session.json {
        return Ok(session.output.line(&json_line(&waiting)?).await?);
    }
    for payment in &waiting {
        let at = hawker_studio::utc(payment.at_ms * 1_000);
        session.output.line(&format!("{}\t{}\t{at}", payment.order_id, payment.amount)).await?;
    }
    Ok(())
}

async fn receipt(
    id: OrderId,
    printer: Option<&str>,
    drawer: bool,
    offset: Option<&str>,
    session: &Session<'_>,
) -> Result<(), CommandError> {
    let offset = offset.map(utc_offset).transpose()?;
    if printer == Some("-") {
        let text = session.studio.receipt_text(id, offset).await?;
        let text = if session.json { json_line(&serde_json::json!({ "receipt": text }))? } else { text };
        return Ok(session.output.line(text.trim_end()).await?);
    }
    session.studio.print_receipt(id, printer, offset, drawer).await?;
    let text = if session.json { json_line(&serde_json::json!({ "printed": id }))? } else { "printed".to_owned() };
    Ok(session.output.line(&text).await?)
}

async fn show(order: &str, session: &Session<'_>) -> Result<(), CommandError> {
    let id = session.studio.find_order(order).await?;
    let detail = session.studio.order(id).await?;
    if session.json {
        return Ok(session.output.line(&json_line(&detail)?).await?);
    }
    session.output.line(&sentence(&detail.order)).await?;
    for line in detail.lines.iter().filter(|line| line.price_override.is_some()) {
        if let Some(instead) = &line.price_override {
            let text = format!("\t{}\tshown at {}, sold at {}", line.sku, instead.shown, line.unit_price);
            session.output.line(&format!("{text}\t{}", instead.reason)).await?;
        }
    }
    for back in &detail.returns {
        let pieces: u32 = back.lines.iter().map(|line| line.qty).sum();
        let at = hawker_studio::utc(back.at_us);
        session.output.line(&format!("\tReturned\t{at}\t{pieces} pieces, {}\t{}", back.amount, back.reason)).await?;
    }
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

/// A sale, and what the buyer gets back.
fn sold(order: &OrderView) -> String {
    let payment = order.payment.as_ref();
    let change = payment.and_then(|payment| payment.change).filter(|change| change.minor > 0);
    let waits = payment.is_some_and(|payment| payment.tender != TenderKind::Cash && !payment.is_verified());
    match change {
        Some(change) => format!("{}\tchange {change}", sentence(order)),
        None if waits => format!("{}\tpayment not verified", sentence(order)),
        None => sentence(order),
    }
}

/// The lines that "SKU", "SKU=QUANTITY" or "#LINE=QUANTITY" mean.
fn returned(pieces: &[String], lines: &[OrderLine]) -> Result<Vec<ReturnedLine>, Failure> {
    pieces.iter().map(|text| returned_line(text, lines)).collect()
}

fn returned_line(text: &str, lines: &[OrderLine]) -> Result<ReturnedLine, Failure> {
    let bad = |why: String| Failure::new(ErrorCode::BadInput, format!("{text:?} can't come back: {why}"));
    let OrderedLine { sku, qty } = parse_line(text)?;
    let of_sku: Vec<u32> = (0..).zip(lines).filter(|(_, line)| line.sku == sku).map(|(at, _)| at).collect();
    let numbered = sku.as_str().strip_prefix('#').and_then(|number| number.parse::<u32>().ok());
    match (of_sku.as_slice(), numbered) {
        ([line], _) => Ok(ReturnedLine { line: *line, qty }),
        ([], Some(number)) if number > 0 => Ok(ReturnedLine { line: number - 1, qty }),
        ([], _) => Err(bad("the order has no such product".to_owned())),
        (several, _) => {
            let numbers: Vec<String> = several.iter().map(|line| format!("#{}", line + 1)).collect();
            Err(bad(format!("it stands in several lines; write one of {}", numbers.join(", "))))
        }
    }
}

/// "SKU" or "SKU=QUANTITY". An SKU may hold "=", so the last one counts.
pub(super) fn parse_line(text: &str) -> Result<OrderedLine, Failure> {
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
    fn what_comes_back_is_named_by_product_or_by_line() {
        let line = |sku: &str| OrderLine {
            sku: Sku::new(sku).unwrap(),
            title: String::new(),
            qty: 2,
            unit_price: hawker_domain::Money::new(1, hawker_domain::Currency::CNY),
            price_override: None,
        };
        let lines = [line("A"), line("B"), line("A")];
        let read = |text: &str| returned_line(text, &lines).map(|back| (back.line, back.qty));
        assert_eq!(read("B=2").unwrap(), (1, 2));
        assert_eq!(read("#3").unwrap(), (2, 1));
        assert!(read("A").unwrap_err().message.contains("#1, #3"));
        for text in ["C", "#0", "#x", "B=x"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

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
