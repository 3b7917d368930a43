//! `hawker catalog …`

use super::json_line;
use crate::args::Catalog;
use crate::execute::{CommandError, Session};
use hawker_domain::{Sku, stock::MovementReason};
use hawker_studio::view::{ImportReport, ProductPage};
use hawker_wire::{ErrorCode, Failure};
use serde_json::json;

pub async fn run(command: &Catalog, session: &Session<'_>) -> Result<(), CommandError> {
    match command {
        Catalog::Import { path, dry_run } => {
            let report = session.studio.import_catalogue(&session.path(path), *dry_run, |_, _| true).await?;
            print_report(&report, session).await
        }
        Catalog::Export { file } => {
            let file = session.path(file);
            session.studio.export_catalogue(&file).await?;
            let text =
                if session.json { json_line(&json!({ "file": file }))? } else { format!("{} written", file.display()) };
            Ok(session.output.line(&text).await?)
        }
        Catalog::List { limit } => print_page(&session.studio.products("", 0, *limit).await?, session).await,
        Catalog::Search { query, limit } => {
            print_page(&session.studio.products(query, 0, *limit).await?, session).await
        }
        Catalog::Order { skus, all: _ } => {
            let order = skus.iter().map(|sku| parse(sku)).collect::<Result<Vec<_>, _>>()?;
            let sentence = match order.len() {
                0 => "the show presents the whole catalogue".to_owned(),
                count => format!("{count} products in the running order"),
            };
            session.studio.set_running_order(order.clone()).await?;
            let text = if session.json { json_line(&json!({ "running_order": order }))? } else { sentence };
            Ok(session.output.line(&text).await?)
        }
        Catalog::Remove { sku } => {
            let sku = parse(sku)?;
            session.studio.remove_product(&sku).await?;
            let text = if session.json { json_line(&json!({ "removed": sku }))? } else { format!("{sku} removed") };
            Ok(session.output.line(&text).await?)
        }
        Catalog::Stock { sku, delta } => {
            let sku = parse(sku)?;
            let reason = if *delta >= 0 { MovementReason::Received } else { MovementReason::Counted };
            let product = session.studio.move_stock(&sku, *delta, reason).await?;
            let text = if session.json { json_line(&product)? } else { format!("{sku}: {} on hand", product.on_hand) };
            Ok(session.output.line(&text).await?)
        }
    }
}

fn parse(sku: &str) -> Result<Sku, Failure> {
    Sku::new(sku).map_err(|error| Failure::new(ErrorCode::BadInput, error.to_string()))
}

/// Says row by row what an import did.
pub async fn print_report(report: &ImportReport, session: &Session<'_>) -> Result<(), CommandError> {
    if session.json {
        return Ok(session.output.line(&json_line(report)?).await?);
    }
    for problem in &report.problems {
        let sku = problem.sku.as_ref().map(|sku| format!(" ({sku})")).unwrap_or_default();
        session.output.line(&format!("row {}{sku}: {}", problem.row, problem.message)).await?;
    }
    let would = if report.dry_run { "would be " } else { "" };
    let text = format!(
        "{} {would}added, {} {would}updated, {} unchanged, {} photos, {} problems",
        report.added,
        report.updated,
        report.unchanged,
        report.photos,
        report.problems.len()
    );
    Ok(session.output.line(&text).await?)
}

async fn print_page(page: &ProductPage, session: &Session<'_>) -> Result<(), CommandError> {
    if session.json {
        return Ok(session.output.line(&json_line(page)?).await?);
    }
    for product in &page.products {
        let text = format!(
            "{}\t{}\t{}\t{} left",
            product.sku,
            product.title,
            product.price,
            product.on_hand - product.reserved
        );
        session.output.line(&text).await?;
    }
    Ok(session.output.line(&format!("{} of {}", page.products.len(), page.total)).await?)
}
