//! What an import of another platform's orders did, row by row.

use super::json_line;
use crate::execute::{CommandError, Session};
use hawker_studio::{ChannelImport, OrderProblem};

pub async fn print(report: &ChannelImport, session: &Session<'_>) -> Result<(), CommandError> {
    if session.json {
        return Ok(session.output.line(&json_line(report)?).await?);
    }
    if let Some(sheet) = &report.sheet {
        session.output.line(&format!("sheet {sheet}")).await?;
    }
    for problem in &report.problems {
        session.output.line(&line(problem)).await?;
    }
    for short in &report.short {
        let text = format!("{}: {} more sold than there are", short.sku, short.pieces);
        session.output.line(&text).await?;
    }
    Ok(session.output.line(&summary(report)).await?)
}

fn line(problem: &OrderProblem) -> String {
    let order = if problem.order_no.is_empty() { String::new() } else { format!(" (order {})", problem.order_no) };
    let what = if problem.is_taken { "" } else { "not taken: " };
    format!("row {}{order}: {what}{}", problem.row, problem.message)
}

fn summary(report: &ChannelImport) -> String {
    let would = if report.dry_run { "would be " } else { "" };
    format!(
        "{} orders of {}: {} {would}added, {} {would}moved on, {} unchanged, {} not sold, {} problems",
        report.orders,
        report.channel,
        report.added,
        report.moved,
        report.unchanged,
        report.passed_over,
        report.problems.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_its_order_was_taken() {
        let problem = |order_no: &str, is_taken| {
            line(&OrderProblem { row: 3, order_no: order_no.to_owned(), message: "why".to_owned(), is_taken })
        };
        assert_eq!(problem("69", false), "row 3 (order 69): not taken: why");
        assert_eq!(problem("", true), "row 3: why");
    }
}
