//! `hawker catalog conflicts …`

use super::json_line;
use crate::args::{Conflicts, ConflictsCommand, LISTED};
use crate::execute::{CommandError, Session};
use hawker_domain::edit::{Claim, FieldValue, ProductField};
use hawker_studio::view::{ConflictPage, ConflictView};
use serde_json::json;

pub async fn run(conflicts: &Conflicts, session: &Session<'_>) -> Result<(), CommandError> {
    match &conflicts.command {
        None => list(session, LISTED).await,
        Some(ConflictsCommand::List { limit }) => list(session, *limit).await,
        Some(ConflictsCommand::Settle { id, keep }) => {
            session.studio.settle_conflict(*id, (*keep).into()).await?;
            let text = if session.json { json_line(&json!({ "settled": id }))? } else { format!("{id} settled") };
            Ok(session.output.line(&text).await?)
        }
    }
}

async fn list(session: &Session<'_>, limit: u32) -> Result<(), CommandError> {
    let page = session.studio.conflicts(limit).await?;
    if session.json {
        return Ok(session.output.line(&json_line(&page)?).await?);
    }
    for ConflictView { id, sku, field, mine, theirs, .. } in &page.conflicts {
        let about = field.map_or("product", name);
        let text = format!("{id}\t{sku}\t{about}\tmine: {}\ttheirs: {}", claim(mine), claim(theirs));
        session.output.line(&text).await?;
    }
    Ok(session.output.line(&counted(&page)).await?)
}

fn counted(ConflictPage { conflicts, more }: &ConflictPage) -> String {
    let more = if *more { ", and there are more: settle some, or give --limit" } else { "" };
    format!("{} conflicts{more}", conflicts.len())
}

fn name(field: ProductField) -> &'static str {
    match field {
        ProductField::Title => "title",
        ProductField::Brand => "brand",
        ProductField::Category => "category",
        ProductField::Description => "description",
        ProductField::Price => "price",
        ProductField::Barcode => "barcode",
        ProductField::Aliases => "aliases",
        ProductField::Variant => "variant",
        ProductField::Cost => "cost",
    }
}

/// In one line.
fn claim(claim: &Claim) -> String {
    let text = match claim {
        Claim::Present => return "in the catalogue".to_owned(),
        Claim::Removed => return "removed".to_owned(),
        Claim::Value(FieldValue::Price(amount) | FieldValue::Cost(Some(amount))) => return amount.to_string(),
        Claim::Value(FieldValue::Cost(None)) => String::new(),
        Claim::Value(
            FieldValue::Title(text)
            | FieldValue::Brand(text)
            | FieldValue::Category(text)
            | FieldValue::Description(text)
            | FieldValue::Barcode(text),
        ) => text.clone(),
        Claim::Value(FieldValue::Aliases(aliases)) => aliases.join(", "),
        Claim::Value(FieldValue::Variant(variant)) => {
            variant.as_ref().map(|variant| format!("{} of {}", variant.option, variant.of)).unwrap_or_default()
        }
    };
    if text.is_empty() { "nothing".to_owned() } else { text.replace(char::is_control, " ") }
}
