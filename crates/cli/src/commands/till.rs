//! `hawker till …`

use super::json_line;
use crate::args::{Paper, Till, TillSetupArgs};
use crate::execute::{CommandError, Session};
use hawker_domain::{
    Money,
    till::{CashUp, DrawerKind},
};
use hawker_studio::{utc_offset, view::TillSetup};
use hawker_wire::{ErrorCode, Failure};
use serde_json::json;

pub async fn run(command: &Till, session: &Session<'_>) -> Result<(), CommandError> {
    match command {
        Till::Open { floats } => {
            let floats = amounts(floats, session).await?;
            said(&session.studio.open_till(&floats).await?, session).await
        }
        Till::PayIn { amount, note } => moved(DrawerKind::PayIn, amount, note, session).await,
        Till::PayOut { amount, note } => moved(DrawerKind::PayOut, amount, note, session).await,
        Till::Close { counted, note, paper } => {
            let counted = amounts(counted, session).await?;
            let book = session.studio.close_till(&counted, note).await?;
            // The till is closed whatever becomes of its paper.
            show(&book, paper, session).await
        }
        Till::Report { closed, paper } => {
            let till = session.studio.till().await?;
            let book = match closed {
                None => till.open.ok_or_else(|| {
                    Failure::new(ErrorCode::Conflict, "no till is open")
                        .hint("see the last that was closed with --closed 1")
                })?,
                Some(number) => till.books.into_iter().nth(*number as usize - 1).ok_or_else(|| {
                    Failure::new(ErrorCode::NotFound, format!("fewer than {number} tills were closed"))
                })?,
            };
            show(&book, paper, session).await
        }
        Till::Setup(change) => setup(change, session).await,
    }
}

async fn moved(kind: DrawerKind, amount: &str, note: &str, session: &Session<'_>) -> Result<(), CommandError> {
    let amount = session.studio.typed_money(amount).await?;
    said(&session.studio.move_cash(kind, amount, note).await?, session).await
}

async fn amounts(texts: &[String], session: &Session<'_>) -> Result<Vec<Money>, Failure> {
    let mut amounts = Vec::with_capacity(texts.len());
    for text in texts {
        amounts.push(session.studio.typed_money(text).await?);
    }
    Ok(amounts)
}

/// What should lie in the drawer now.
async fn said(book: &CashUp, session: &Session<'_>) -> Result<(), CommandError> {
    if session.json {
        return Ok(session.output.line(&json_line(book)?).await?);
    }
    let drawer: Vec<String> = book.drawer.iter().map(|sum| sum.expected.to_string()).collect();
    let drawer = if drawer.is_empty() { "nothing".to_owned() } else { drawer.join(", ") };
    Ok(session.output.line(&format!("{drawer} should lie in the drawer")).await?)
}

/// On the screen, and on whatever else is asked for.
async fn show(book: &CashUp, paper: &Paper, session: &Session<'_>) -> Result<(), CommandError> {
    let offset = paper.utc_offset.as_deref().map(utc_offset).transpose()?;
    if let Some(file) = &paper.csv {
        let file = session.path(file);
        session.studio.export_book(book, &file)?;
    }
    if session.json {
        session.output.line(&json_line(book)?).await?;
    } else {
        let text = session.studio.book_text(book, offset).await?;
        session.output.line(text.trim_end()).await?;
    }
    match paper.printer.as_deref() {
        None | Some("-") => Ok(()),
        printer => Ok(session.studio.print_book(book, printer, offset).await?),
    }
}

async fn setup(change: &TillSetupArgs, session: &Session<'_>) -> Result<(), CommandError> {
    let kept = session.studio.till_setup().await?;
    let wanted = changed(kept.clone(), change);
    let setup = if wanted == kept { kept } else { session.studio.set_till_setup(wanted).await? };
    if session.json {
        return Ok(session.output.line(&json_line(&json!({ "setup": setup }))?).await?);
    }
    for line in lines(&setup) {
        session.output.line(&line).await?;
    }
    Ok(())
}

/// What is not named stays.
fn changed(kept: TillSetup, change: &TillSetupArgs) -> TillSetup {
    let mut setup = kept;
    setup.rules.role = change.role.map_or(setup.rules.role, Into::into);
    setup.rules.floors.owner_percent = change.owner_floor.unwrap_or(setup.rules.floors.owner_percent);
    setup.rules.floors.seller_percent = change.seller_floor.unwrap_or(setup.rules.floors.seller_percent);
    setup.printer = change.printer.clone().unwrap_or(setup.printer);
    setup.wide_paper = change.paper.as_ref().map_or(setup.wide_paper, |columns| columns == "48");
    setup.shop = change.shop.clone().unwrap_or(setup.shop);
    setup
}

fn lines(setup: &TillSetup) -> Vec<String> {
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    let floors = setup.rules.floors;
    vec![
        format!("at the till\t{}", setup.rules.role),
        format!("lowest price\towner {} %, seller {} %", floors.owner_percent, floors.seller_percent),
        format!("printer\t{}", or_none(&setup.printer)),
        format!("paper\t{} columns", if setup.wide_paper { 48 } else { 32 }),
        format!("shop\t{}", or_none(&setup.shop)),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;
    use hawker_domain::till::TillRole;

    fn read(words: &[&str]) -> Option<Till> {
        match Cli::try_parse_from([&["hawker", "till"], words].concat()) {
            Ok(Cli { command: Command::Till(command), .. }) => Some(command),
            _ => None,
        }
    }

    #[test]
    fn a_setup_changes_what_is_named_and_nothing_else() {
        let Some(Till::Setup(change)) = read(&["setup", "--role", "seller", "--seller-floor", "80", "--paper", "48"])
        else {
            unreachable!("these are its words")
        };
        let kept = TillSetup { printer: "tcp://1.2.3.4".into(), ..TillSetup::default() };
        let setup = changed(kept, &change);
        assert_eq!((setup.rules.role, setup.rules.floors.seller_percent), (TillRole::Seller, 80));
        assert_eq!((setup.printer.as_str(), setup.wide_paper), ("tcp://1.2.3.4", true));
        assert!(read(&["setup", "--seller-floor", "101"]).is_none());
        assert!(read(&["setup", "--paper", "40"]).is_none());
        assert!(lines(&setup).contains(&"lowest price\towner 0 %, seller 80 %".to_owned()));
    }

    #[test]
    fn a_till_is_opened_closed_and_told_of() {
        assert!(matches!(read(&["open"]), Some(Till::Open { floats }) if floats.is_empty()));
        assert!(matches!(read(&["open", "200", "EUR=50"]), Some(Till::Open { floats }) if floats.len() == 2));
        assert!(matches!(read(&["pay-out", "20", "lunch"]), Some(Till::PayOut { .. })));
        assert!(read(&["pay-out", "20"]).is_none(), "it is said what for");
        assert!(matches!(read(&["close", "200", "--note", "x", "--utc-offset", "-03:30"]), Some(Till::Close { .. })));
        assert!(read(&["report", "--closed", "0"]).is_none());
    }
}
