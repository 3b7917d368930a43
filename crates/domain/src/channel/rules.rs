//! How patient a ledger is, and how much it remembers.

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerRules {
    /// A missing number is asked for after so long: most of what is late comes by itself.
    pub ask_after_ms: u64,
    /// And again after so long, twice as long each time.
    pub ask_again_ms: u64,
    pub ask_again_max_ms: u64,
    /// Most ranges asked for at a time.
    pub ranges_at_once: usize,
    /// Most numbers of one of them.
    pub numbers_at_once: u64,
    /// The host hears of what is missing after so long.
    pub alarm_after_ms: u64,
    /// What is missing for so long is lost.
    pub give_up_after_ms: u64,
    /// Most separate ranges that are missed; beyond, the one that is missing longest is given up.
    pub ranges_max: usize,
    /// Of so many of the last comments it is known which they were.
    pub marks_max: usize,
}

impl Default for LedgerRules {
    fn default() -> Self {
        Self {
            ask_after_ms: 500,
            ask_again_ms: 1_000,
            ask_again_max_ms: 30_000,
            ranges_at_once: 4,
            numbers_at_once: 200,
            // A host can still ask the viewers to write it again.
            alarm_after_ms: 5_000,
            give_up_after_ms: 120_000,
            ranges_max: 256,
            marks_max: 1_024,
        }
    }
}

impl LedgerRules {
    /// The pause after a question that was asked `asked` times.
    pub(super) fn pause_ms(&self, asked: u32) -> u64 {
        let doubled = self.ask_again_ms.saturating_mul(1_u64.checked_shl(asked.saturating_sub(1)).unwrap_or(u64::MAX));
        doubled.min(self.ask_again_max_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let rules = LedgerRules::default();
        for (asked, want) in [(1, 1_000), (2, 2_000), (5, 16_000), (6, 30_000), (200, 30_000)] {
            assert_eq!(rules.pause_ms(asked), want, "after question {asked}");
        }
    }
}
