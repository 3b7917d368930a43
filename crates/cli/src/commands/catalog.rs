//! `hawker catalog …`

use super::json_line;
use crate::args::Catalog;
use crate::execute::{CommandError, Session};
use hawker_domain::{LessonId, Sku, stock::MovementReason};
use hawker_studio::view::{ImportReport, ProductPage};
use hawker_studio::{Abstained, Advice};
use hawker_wire::{ErrorCode, Failure};
use serde_json::json;
use std::path::Path;

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
        Catalog::Rehearse(what) => {
            let named = what.skus.iter().chain(&what.products);
            let skus = named.map(|sku| parse(sku)).collect::<Result<Vec<_>, _>>()?;
            match &what.source {
                Some(source) => super::run_through::run(what, source, skus, session).await,
                None => rehearse(skus, what.all, session).await,
            }
        }
        Catalog::Conflicts(conflicts) => super::conflicts::run(conflicts, session).await,
        Catalog::Lessons { pictures } => lessons(pictures.as_deref(), session).await,
        Catalog::Forget { ids, all } => {
            let count = if *all { session.studio.forget_all_lessons().await? } else { forget(ids, session).await? };
            let text =
                if session.json { json_line(&json!({ "forgotten": count }))? } else { format!("{count} forgotten") };
            Ok(session.output.line(&text).await?)
        }
        Catalog::StockTake { file, counted_at, apply } => {
            let counted_at = counted_at.as_deref().unwrap_or("now");
            let take = session.studio.take_stock(&session.path(file), counted_at, *apply).await?;
            super::stock_take::print(&take, session).await
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

/// Lists lessons, and writes their pictures into a folder that may be made.
async fn lessons(pictures: Option<&Path>, session: &Session<'_>) -> Result<(), CommandError> {
    let lessons = session.studio.lessons().await?;
    if let Some(folder) = pictures.map(|folder| session.path(folder)) {
        let unwritten = |error: std::io::Error| {
            Failure::new(ErrorCode::BadInput, format!("can't write pictures to {}: {error}", folder.display()))
        };
        std::fs::create_dir_all(&folder).map_err(unwritten)?;
        for lesson in lessons.iter().filter(|lesson| lesson.has_crop) {
            let jpeg = session.studio.lesson_crop(lesson.lesson_id).await?;
            std::fs::write(folder.join(format!("{}.jpg", lesson.lesson_id)), jpeg).map_err(unwritten)?;
        }
    }
    if session.json {
        return Ok(session.output.line(&json_line(&lessons)?).await?);
    }
    for lesson in &lessons {
        let is = if lesson.is_it { "is" } else { "is not" };
        let text = format!("{}\t{is} {}\t{}", lesson.lesson_id, lesson.sku, lesson.title);
        session.output.line(&text).await?;
    }
    Ok(session.output.line(&format!("{} lessons", lessons.len())).await?)
}

async fn rehearse(skus: Vec<Sku>, all: bool, session: &Session<'_>) -> Result<(), CommandError> {
    let found = session.studio.rehearse(skus, all).await?;
    if session.json {
        return Ok(session.output.line(&json_line(&found)?).await?);
    }
    for product in &found.products {
        let advice: Vec<String> = product.advice.iter().map(advice).collect();
        let advice = if advice.is_empty() { "ready".to_owned() } else { advice.join("; ") };
        let (sku, first, tested, pinned) = (&product.sku, product.first, product.tested, product.pinned);
        let text = format!("{sku}\t{first} of {tested} photos known, {pinned} surely enough to be pinned\t{advice}");
        session.output.line(&text).await?;
    }
    for pair in &found.look_alikes {
        let text = format!("{} and {} are taken for each other ({} photos)", pair.a, pair.b, pair.confused);
        session.output.line(&text).await?;
    }
    let ready = found.products.iter().filter(|product| product.advice.is_empty()).count();
    Ok(session.output.line(&format!("{ready} of {} products are ready", found.products.len())).await?)
}

fn advice(advice: &Advice) -> String {
    match advice {
        Advice::NoPhoto => "has no photo: add some".to_owned(),
        Advice::MorePhotos { have, enough } => {
            format!("{have} of {enough} photos: take more with the camera of the show, from several sides")
        }
        Advice::TakenFor { sku } => format!("looks like {sku}: photograph what tells them apart, or pin them by hand"),
        Advice::BadPhotos { why: Abstained::TooDark, count } => format!("{count} photos are too dark"),
        Advice::BadPhotos { why: Abstained::Blurred, count } => format!("{count} photos are blurred"),
        Advice::BadPhotos { why: Abstained::TooFar, count } => format!("{count} photos are too small"),
        Advice::SamePhoto { sku } => format!("has the same photo as {sku}: neither is pinned until one of them goes"),
        Advice::Scattered => "its photos are far apart: photograph the sides between them".to_owned(),
    }
}

async fn forget(ids: &[LessonId], session: &Session<'_>) -> Result<u64, CommandError> {
    for id in ids {
        session.studio.forget_lesson(*id).await?;
    }
    Ok(ids.len() as u64)
}

fn parse(sku: &str) -> Result<Sku, Failure> {
    Sku::new(sku).map_err(|error| Failure::new(ErrorCode::BadInput, error.to_string()))
}

/// Says row by row what an import did.
pub async fn print_report(report: &ImportReport, session: &Session<'_>) -> Result<(), CommandError> {
    if session.json {
        return Ok(session.output.line(&json_line(report)?).await?);
    }
    if let Some(sheet) = &report.sheet {
        session.output.line(&format!("sheet {sheet}")).await?;
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
            "{}\t{}\t{}\t{} left{}",
            product.sku,
            product.title,
            product.price,
            product.on_hand - product.reserved,
            product.cost.map(|cost| format!("\tcosts {cost}")).unwrap_or_default()
        );
        session.output.line(&text).await?;
    }
    let more = if page.or_more { " or more" } else { "" };
    Ok(session.output.line(&format!("{} of {}{more}", page.products.len(), page.total)).await?)
}
