//! When a backup is made by itself, which of those are kept, and what they are called. Pure.

use time::{OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 24 * 3600 * SECOND_US;

/// A week of days to go back by one, then a month by weeks.
const NEWEST_KEPT: usize = 7;
const WEEKS_KEPT: usize = 4;

const STAMP: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// Of the files of backups.
pub(super) const EXTENSION: &str = "hawker-backup";

/// Who asked for a backup. Those made by themselves are also removed by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ByHand,
    ByItself,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::ByHand => "hawker-",
            Self::ByItself => "auto-",
        }
    }
}

/// UTC, to the second, in an order that is that of time.
pub(crate) fn stamp(at_us: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at_us.div_euclid(SECOND_US)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(STAMP).unwrap_or_default()
}

pub(super) fn file_name(kind: Kind, at_us: i64) -> String {
    format!("{}{}.{EXTENSION}", kind.prefix(), stamp(at_us))
}

/// When the backup of this name was made by itself, to the second; None: it was not.
pub(super) fn made_by_itself(file_name: &str) -> Option<i64> {
    let stamp = file_name.strip_prefix(Kind::ByItself.prefix())?.strip_suffix(EXTENSION)?.strip_suffix('.')?;
    let at = PrimitiveDateTime::parse(stamp, STAMP).ok()?.assume_utc();
    at.unix_timestamp().checked_mul(SECOND_US)
}

/// Whether a backup is due: one a day (of UTC), and no more. A backup from a day to come, made while the clock was wrong,
/// keeps none from being made today.
pub(super) fn is_due(now_us: i64, taken_us: &[i64]) -> bool {
    !taken_us.iter().any(|taken| day(*taken) == day(now_us))
}

/// Which of the backups taken at these times go: all but the newest 7, the newest of each of the last 4 weeks that have
/// one, and the one just made, whatever the clock said when the others were.
pub(super) fn which_to_delete(taken_us: &[i64], just_made_us: i64) -> Vec<i64> {
    // What a clock that ran ahead has dated is neither counted nor deleted: it would push out those of these days.
    let mut newest_first: Vec<i64> = taken_us.iter().copied().filter(|taken| *taken <= just_made_us).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let mut kept: Vec<i64> = newest_first.iter().copied().take(NEWEST_KEPT).collect();
    let mut weeks: Vec<i64> = Vec::new();
    for taken in &newest_first {
        if !weeks.contains(&week(*taken)) && weeks.len() < WEEKS_KEPT {
            weeks.push(week(*taken));
            kept.push(*taken);
        }
    }
    newest_first.retain(|taken| *taken != just_made_us && !kept.contains(taken));
    newest_first
}

fn day(at_us: i64) -> i64 {
    at_us.div_euclid(DAY_US)
}

/// Weeks that begin on Monday; 1970 began on a Thursday.
fn week(at_us: i64) -> i64 {
    (day(at_us) + 3).div_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday, at noon: 2026-11-30.
    const MONDAY: i64 = 20_787 * DAY_US + DAY_US / 2;

    fn days(ago: &[i64]) -> Vec<i64> {
        ago.iter().map(|ago| MONDAY - ago * DAY_US).collect()
    }

    #[test]
    fn one_a_day_is_due() {
        let noon = MONDAY;
        let table: [(&[i64], bool); 6] = [
            (&[], true),
            (&[noon], false),
            (&[noon - DAY_US / 2], false),
            (&[noon - DAY_US / 2 - 1], true),
            (&[noon - 3 * DAY_US, noon - DAY_US], true),
            (&[noon + 400 * DAY_US], true),
        ];
        for (taken, want) in table {
            assert_eq!(is_due(noon, taken), want, "{taken:?}");
        }
    }

    #[test]
    fn the_newest_seven_and_one_of_each_of_four_weeks_stay() {
        assert_eq!(stamp(MONDAY), "20261130T120000Z");
        let daily: Vec<i64> = (0..40).collect();
        // The Monday is a week by itself; 1, 8 and 15 days ago were the Sundays before it.
        let daily_gone: Vec<i64> =
            daily.iter().copied().filter(|ago| !(0..=6).chain([8, 15]).any(|kept| kept == *ago)).collect();
        let table: [(&str, &[i64], &[i64]); 6] = [
            ("none", &[], &[]),
            ("few", &[0, 1, 2, 3, 4, 5, 6], &[]),
            ("daily", &daily, &daily_gone),
            ("weekly", &[0, 7, 14, 21, 28, 35, 42, 49, 56], &[49, 56]),
            ("after a pause of two months", &[0, 60, 61, 62, 63, 64, 65, 66, 67, 68], &[66, 67, 68]),
            ("in any order", &[3, 0, 9, 2, 1, 10, 6, 5, 4], &[10]),
        ];
        for (name, taken, gone) in table {
            let mut deleted = which_to_delete(&days(taken), MONDAY);
            deleted.sort_unstable();
            let mut want = days(gone);
            want.sort_unstable();
            assert_eq!(deleted, want, "{name}");
        }
    }

    #[test]
    fn the_one_just_made_stays_when_the_clock_was_wrong() {
        let from_the_future: Vec<i64> = (1..=20).map(|ahead| MONDAY + ahead * DAY_US).collect();
        let mut taken = from_the_future.clone();
        taken.push(MONDAY);
        assert!(!which_to_delete(&taken, MONDAY).contains(&MONDAY));
        assert!(which_to_delete(&taken, MONDAY + 20 * DAY_US).len() > 5);
    }

    #[test]
    fn a_name_says_when_and_whether_by_itself() {
        let name = file_name(Kind::ByItself, MONDAY + 1);
        assert_eq!(name, "auto-20261130T120000Z.hawker-backup");
        assert_eq!(made_by_itself(&name), Some(MONDAY));
        for other in [
            &file_name(Kind::ByHand, MONDAY)[..],
            "auto-20261130T120000Z.hawker-backup.part",
            "auto-20261330T120000Z.hawker-backup",
            "auto-.hawker-backup",
            "letter.txt",
        ] {
            assert_eq!(made_by_itself(other), None, "{other}");
        }
    }
}
