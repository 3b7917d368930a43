//! Stock takes: a file of what was counted against the ledger.

use crate::errors::{Outcome, bad_input};
use crate::show_now_us;
use crate::studio::Studio;
use hawker_store::StockTake;
use hawker_wire::Failure;
use std::path::Path;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

impl Studio {
    /// Compares the counts in `path` with the stock as it stood when they were made and, with `apply`, corrects every product
    /// that differs; what was sold since the count stays sold. `counted_at`: `now`, or a moment as in RFC 3339 with its offset.
    /// Errors: `bad_input` for a file that is no count, a text that is no moment or one that is yet to come; `not_found`.
    pub async fn take_stock(&self, path: &Path, counted_at: &str, apply: bool) -> Outcome<StockTake> {
        let counted_at_us = if counted_at == "now" { show_now_us() } else { micros(counted_at)? };
        let take = self.store().take_stock(path, counted_at_us, apply).await?;
        if apply {
            self.stock_moved().await;
        }
        Ok(take)
    }
}

/// UTC, microseconds since 1970.
pub(crate) fn micros(text: &str) -> Result<i64, Failure> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
    let micros = moment.and_then(|moment| i64::try_from(moment.unix_timestamp_nanos() / 1_000).ok());
    let wrong = || bad_input(format!("\"{text}\" is no moment; write now, or like 2026-01-31T18:00:00+08:00"));
    micros.ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_moment_has_an_offset() {
        assert_eq!(micros("1970-01-01T08:00:01+08:00").unwrap(), 1_000_000);
        for text in ["2026-01-31", "2026-01-31T18:00:00", "yesterday", ""] {
            assert!(micros(text).unwrap_err().message.contains("write now"), "{text}");
        }
    }
}
