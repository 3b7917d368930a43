//! A payment provider's statement, read and matched against the payments that wait. What fits in one way only is matched;
//! everything else is listed.

mod columns;

use super::matching::{found_in, open, references};
use crate::{ImportError, Store, StoreError, import::source};
use columns::{StatementColumns, WrongRow};
use hawker_domain::{
    Currency, Money, OrderId,
    till::{Ambiguous, OpenPayment, PaymentMatch, Proof, StatementLine, StatementWhy, match_statement},
};
use serde::Serialize;
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// How a statement is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementOptions {
    /// How far the till's clock and the provider's may be apart.
    pub tolerance_s: u32,
    /// Of times that name no offset: seconds that they are ahead of UTC.
    pub offset_s: Option<i32>,
    /// Of amounts that name no currency. None: that of the payments that wait, where they are of one.
    pub currency: Option<Currency>,
    /// Match what fits. Otherwise it is only told.
    pub apply: bool,
}

/// What a statement came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StatementReport {
    pub applied: bool,
    pub matched: Vec<MatchedRow>,
    /// Orders and rows that fit each other in more than one way: a person has to say.
    pub ambiguous: Vec<AmbiguousRows>,
    /// Payments that the statement has not.
    pub not_found: Vec<OrderId>,
    /// Rows that fit no payment of the till.
    pub foreign: Vec<u64>,
    /// Rows whose reference is matched already.
    pub known: Vec<u64>,
    /// Rows of money that went out.
    pub paid_out: Vec<u64>,
    pub problems: Vec<StatementProblem>,
    /// The rows that are named as ambiguous or foreign, as they were read.
    pub rows: Vec<StatementRow>,
}

/// Money that came, as the provider says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementRow {
    /// As [`StatementProblem::row`].
    pub row: u64,
    pub amount: Money,
    /// UTC, microseconds since 1970.
    pub at_us: i64,
    pub reference: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchedRow {
    pub order_id: OrderId,
    pub row: u64,
    pub amount: Money,
    pub reference: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AmbiguousRows {
    pub orders: Vec<OrderId>,
    pub rows: Vec<u64>,
}

/// Why a row does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementProblem {
    /// Line of the file, or row of the sheet, from 1.
    pub row: u64,
    pub why: StatementWhy,
    /// What the row has instead, as "15.8x" of an amount; may be empty.
    pub about: String,
    pub message: String,
}

impl Store {
    /// Reads the statement at `path` (CSV or XLSX of amount, time and reference) and, with `apply`, matches every payment that
    /// fits one row and no other, all of them or none. Errors: [`ImportError`]; also payments of several currencies where none is
    /// named.
    pub async fn match_statement(
        &self,
        path: &Path,
        options: StatementOptions,
        at_us: i64,
    ) -> Result<StatementReport, ImportError> {
        let (table, columns) = source::open::<StatementColumns>(path).await?;
        let mut tx =
            if options.apply { self.begin().await? } else { self.reader.begin().await.map_err(StoreError::from)? };
        let open = open(&mut tx).await?;
        // At once: a sale waits while a long statement is read.
        let known = references(&mut tx).await?;
        let currency = currency_of(&open, options.currency);
        let mut report = StatementReport { applied: options.apply, ..StatementReport::default() };
        let mut lines = Vec::new();
        let mut seen = HashSet::new();
        for row in table.rows() {
            let number = row.line;
            let cells = match row.cells {
                Ok(cells) => cells,
                Err(wrong) => {
                    let wrong = WrongRow::new(StatementWhy::Unreadable, "", wrong.message);
                    report.problems.push(problem(number, wrong));
                    continue;
                }
            };
            match columns.line(&cells, number, currency, options.offset_s) {
                Ok(None) => {}
                Ok(Some(line)) if line.amount.minor <= 0 => report.paid_out.push(number),
                Ok(Some(line)) if known.contains(&line.reference) => report.known.push(number),
                Ok(Some(line)) if !seen.insert(line.reference.clone()) => {
                    let message = format!("the reference {} stood in a row before", line.reference);
                    let wrong = WrongRow::new(StatementWhy::Repeated, &line.reference, message);
                    report.problems.push(problem(number, wrong));
                }
                Ok(Some(line)) => lines.push(line),
                Err(wrong) => report.problems.push(problem(number, wrong)),
            }
        }
        let matching = match_statement(&open, &lines, u64::from(options.tolerance_s) * 1_000_000);
        report.matched = matched(&matching.matched, &lines);
        if options.apply {
            for row in &report.matched {
                let proof = Proof::Statement { reference: row.reference.clone() };
                let found = PaymentMatch { order_id: row.order_id, proof, at_us };
                found_in(&mut tx, &found, self.clock.now_us()).await?;
            }
            tx.commit().await.map_err(StoreError::from)?;
            self.ops_waiting.notify_one();
        }
        let listed = |Ambiguous { orders, rows }| AmbiguousRows { orders, rows };
        report.ambiguous = matching.ambiguous.into_iter().map(listed).collect();
        (report.not_found, report.foreign) = (matching.not_found, matching.foreign);
        report.rows = unmatched(&report, lines);
        Ok(report)
    }
}

fn problem(row: u64, WrongRow { why, about, message }: WrongRow) -> StatementProblem {
    StatementProblem { row, why, about, message }
}

/// Those a person may have to look at.
fn unmatched(report: &StatementReport, lines: Vec<StatementLine>) -> Vec<StatementRow> {
    let ambiguous = report.ambiguous.iter().flat_map(|group| &group.rows);
    let named: HashSet<u64> = ambiguous.chain(&report.foreign).copied().collect();
    let rows = lines.into_iter().filter(|line| named.contains(&line.row));
    rows.map(|StatementLine { row, amount, at_us, reference }| StatementRow { row, amount, at_us, reference }).collect()
}

fn matched(pairs: &[(OrderId, usize)], lines: &[StatementLine]) -> Vec<MatchedRow> {
    let row = |(order_id, at): &(OrderId, usize)| {
        let line = lines.get(*at)?;
        let reference = line.reference.clone();
        Some(MatchedRow { order_id: *order_id, row: line.row, amount: line.amount, reference })
    };
    pairs.iter().filter_map(row).collect()
}

/// Of amounts that say none; none where it can't be known.
fn currency_of(open: &[OpenPayment], named: Option<Currency>) -> Option<Currency> {
    let currencies: HashMap<String, Currency> =
        open.iter().map(|payment| (payment.amount.currency.to_string(), payment.amount.currency)).collect();
    named.or_else(|| if currencies.len() == 1 { currencies.into_values().next() } else { None })
}
