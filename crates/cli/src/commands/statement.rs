//! What a provider's statement came to, row by row.

use super::json_line;
use crate::args::Statement;
use crate::execute::{CommandError, Session};
use hawker_studio::{StatementOptions, StatementReport, utc_offset};

pub async fn run(what: &Statement, session: &Session<'_>) -> Result<(), CommandError> {
    let options = StatementOptions {
        tolerance_s: what.tolerance,
        offset_s: what.utc_offset.as_deref().map(utc_offset).transpose()?,
        currency: what.currency,
        apply: what.apply,
    };
    let report = session.studio.match_statement(&session.path(&what.file), options).await?;
    if session.json {
        return Ok(session.output.line(&json_line(&report)?).await?);
    }
    for line in lines(&report) {
        session.output.line(&line).await?;
    }
    Ok(())
}

fn lines(report: &StatementReport) -> Vec<String> {
    let list = |rows: &[u64]| rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    for problem in &report.problems {
        lines.push(format!("row {}: {}", problem.row, problem.message));
    }
    for row in &report.matched {
        lines.push(format!("{}\t{}\t{}\trow {}", row.order_id, row.amount, row.reference, row.row));
    }
    for group in &report.ambiguous {
        let orders: Vec<String> = group.orders.iter().map(ToString::to_string).collect();
        let which = "say which with `hawker orders match ORDER --ref TEXT`";
        lines.push(format!("rows {} fit {} in more than one way; {which}", list(&group.rows), orders.join(", ")));
    }
    for order in &report.not_found {
        lines.push(format!("{order}\tnot in the statement"));
    }
    if !report.foreign.is_empty() {
        lines.push(format!("rows {} are of no sale at the table", list(&report.foreign)));
    }
    let (matched, would) = (report.matched.len(), if report.applied { "" } else { "would be " });
    let (ambiguous, missing) = (report.ambiguous.len(), report.not_found.len());
    lines.push(format!("{matched} payments {would}matched, {ambiguous} unclear, {missing} not in the statement"));
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::OrderId;
    use hawker_studio::AmbiguousRows;

    #[test]
    fn what_is_unclear_is_said_with_what_to_do() {
        let order: OrderId = "00000000-0000-0000-0000-000000000007".parse().unwrap();
        let report = StatementReport {
            ambiguous: vec![AmbiguousRows { orders: vec![order], rows: vec![2, 3] }],
            foreign: vec![7],
            ..StatementReport::default()
        };
        let lines = lines(&report);
        assert!(lines[0].starts_with("rows 2, 3 fit") && lines[0].contains("orders match"), "{lines:?}");
        assert_eq!(lines[1], "rows 7 are of no sale at the table");
        assert_eq!(lines[2], "0 payments would be matched, 1 unclear, 0 not in the statement");
    }
}
