//! `hawker stock …`

use super::{json_line, orders::parse_line};
use crate::args::Stock;
use crate::execute::{CommandError, Session};
use hawker_domain::{DeviceId, rights::RightsLine};
use hawker_studio::view::{AsideView, DevicesView, MarketView};
use hawker_wire::{ErrorCode, Failure, live::OrderedLine};
use serde::Serialize;

pub async fn run(command: &Stock, session: &Session<'_>) -> Result<(), CommandError> {
    let studio = session.studio;
    let market = match command {
        Stock::Show => studio.market().await?,
        Stock::Take { lines, all, keep } => {
            let lines = if *all { studio.all_of_stock().await? } else { rights(lines)? };
            studio.take_to_market(&lines, *keep).await?
        }
        Stock::GiveBack { lines } => studio.back_from_market(&rights(lines)?).await?,
        Stock::Keep { state } => studio.keep_stock(state == "on").await?,
        Stock::PutAside { lines, buyer, minutes } => {
            let aside = studio.put_aside(ordered(lines)?, buyer, *minutes).await?;
            return say(session, &aside, vec![aside_line(&aside)]).await;
        }
        Stock::Collect { order } => {
            let id = studio.find_aside(order).await?;
            let order = studio.collect(id).await?;
            return say(session, &order, vec![format!("{} paid, {}", order.id, order.total)]).await;
        }
        Stock::LetGo { order } => {
            let id = studio.find_aside(order).await?;
            let order = studio.let_go(id).await?;
            return say(session, &order, vec![format!("{} let go", order.id)]).await;
        }
        Stock::Devices => return devices(studio.devices_rights().await?, session).await,
        Stock::Lost { device } => {
            let bad = || Failure::new(ErrorCode::BadInput, format!("{device:?} is no id of a device"));
            let id = DeviceId(device.trim().parse().map_err(|_| bad())?);
            return devices(studio.declare_lost(id).await?, session).await;
        }
    };
    let lines = sentences(&market);
    say(session, &market, lines).await
}

async fn devices(view: DevicesView, session: &Session<'_>) -> Result<(), CommandError> {
    let mut lines = Vec::new();
    if !view.is_open {
        lines.push(
            "buyers of the page wait until the devices marked \"awaited\" have been online, or are declared lost"
                .to_owned(),
        );
    }
    for device in &view.devices {
        let pieces: Vec<String> = device.lines.iter().map(|line| format!("{} x {}", line.pieces, line.sku)).collect();
        let marks = [(device.is_this, "this device"), (device.is_awaited, "awaited")];
        let marks: Vec<_> = marks.into_iter().filter_map(|(is, mark)| is.then_some(mark)).collect();
        lines.push(format!("{}\t{}\t{}\t{}", device.device_id, device.name, marks.join(", "), pieces.join(", ")));
    }
    say(session, &view, lines).await
}

async fn say(session: &Session<'_>, view: &impl Serialize, lines: Vec<String>) -> Result<(), CommandError> {
    if session.json {
        return Ok(session.output.line(&json_line(view)?).await?);
    }
    for line in lines {
        session.output.line(&line).await?;
    }
    Ok(())
}

fn sentences(market: &MarketView) -> Vec<String> {
    let mut lines = vec![format!("goods that come in stay here: {}", if market.keeps_stock { "yes" } else { "no" })];
    lines.extend(market.own.iter().map(|held| {
        let aside = if held.promised > 0 { format!(", {} put aside", held.promised) } else { String::new() };
        format!("own\t{} x {}\t{}{aside}", held.rights, held.sku, held.title)
    }));
    lines.extend(market.asked.iter().map(|line| format!("asked\t{} x {}\tnot answered yet", line.pieces, line.sku)));
    lines.extend(market.missing.iter().map(|missing| {
        format!(
            "missing\t{} x {}\t{}\tfind them and count the stock, or refund an order",
            missing.pieces, missing.sku, missing.title
        )
    }));
    lines.extend(market.aside.iter().map(aside_line));
    lines
}

fn aside_line(aside: &AsideView) -> String {
    let lines: Vec<String> = aside.order.lines.iter().map(|line| format!("{} x {}", line.qty, line.sku)).collect();
    let until = hawker_studio::utc(aside.until_ms * 1_000);
    let over = if aside.is_over { ", over" } else { "" };
    format!(
        "aside\t{}\tuntil {until}{over}\t{}\t{}\t{}",
        aside.order.id,
        aside.order.total,
        lines.join(", "),
        aside.order.buyer
    )
}

fn ordered(lines: &[String]) -> Result<Vec<OrderedLine>, Failure> {
    lines.iter().map(|text| parse_line(text)).collect()
}

fn rights(lines: &[String]) -> Result<Vec<RightsLine>, Failure> {
    Ok(ordered(lines)?.into_iter().map(|line| RightsLine { sku: line.sku, pieces: line.qty }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_domain::Sku;
    use hawker_studio::view::{HoldingView, MissingView};

    #[test]
    #[allow(clippy::unwrap_used)]
    fn what_is_here_and_what_is_missing_is_said_in_lines() {
        let sku = || Sku::new("TEA").unwrap();
        let market = MarketView {
            keeps_stock: true,
            own: vec![HoldingView { sku: sku(), title: "Tea".into(), rights: 5, promised: 2 }],
            asked: Vec::new(),
            missing: vec![MissingView { sku: sku(), title: "Tea".into(), pieces: 1 }],
            aside: Vec::new(),
        };
        assert_eq!(
            sentences(&market),
            [
                "goods that come in stay here: yes",
                "own\t5 x TEA\tTea, 2 put aside",
                "missing\t1 x TEA\tTea\tfind them and count the stock, or refund an order",
            ]
        );
    }
}
