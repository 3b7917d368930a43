//! Times as exports write them. Pure.

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// UTC, microseconds since 1970, of a text like "2026-01-31 18:00:00", "2026/1/31 18:00", "2026-01-31 18:00:00 +0800" or
/// "2026-01-31T10:00:00Z"; `offset_s` counts where the text has no offset. None: it is no such time.
pub(super) fn micros(text: &str, offset_s: i32) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let rest = rest.trim();
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(rest.len());
    let (clock, offset) = rest.split_at_checked(end)?;
    let mut parts = date.split(['-', '/', '.']);
    let year: i32 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    let is_date = parts.next().is_none() && (1970..=9999).contains(&year);
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok().filter(|_| is_date)?;
    let offset_s = match offset.trim() {
        "" => offset_s,
        "Z" | "UTC" | "GMT" => 0,
        text => offset_of(text)?,
    };
    let offset = UtcOffset::from_whole_seconds(offset_s).ok()?;
    let moment: OffsetDateTime = date.with_time(time_of(clock)?).assume_offset(offset);
    i64::try_from(moment.unix_timestamp_nanos() / 1_000).ok()
}

/// Midnight where there is none.
fn time_of(clock: &str) -> Option<Time> {
    if clock.is_empty() {
        return Some(Time::MIDNIGHT);
    }
    let clock = clock.split('.').next()?;
    let mut parts = clock.split(':').map(|part| part.parse::<u8>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    parts.next().is_none().then(|| Time::from_hms(hour, minute, second).ok())?
}

/// "+0800" or "-05:30" in seconds.
fn offset_of(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, text.strip_prefix('-')?),
    };
    let digits = digits.replace(':', "");
    let is_offset = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| is_offset)?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_exports_are_read_in_their_offset() {
        // 2026-01-31 18:00:00 in Beijing.
        let beijing = Some(1_769_853_600_000_000);
        for (text, want) in [
            ("2026-01-31 18:00:00", beijing),
            ("2026/1/31 18:00", beijing),
            ("2026-01-31 18:00:00.000", beijing),
            ("2026-01-31 11:00:00 +0100", beijing),
            ("2026-01-31T10:00:00Z", beijing),
            ("2026-01-31", Some(1_769_853_600_000_000 - 18 * 3_600_000_000)),
            ("2026-02-30 18:00:00", None),
            ("31.1.2026", None),
            ("2026-01-31 25:00", None),
            ("2026-01-31 18", None),
            ("2026-01-31 18:00 PM", None),
            ("yesterday", None),
            ("", None),
            ("99999999999-1-1", None),
        ] {
            assert_eq!(micros(text, 8 * 3_600), want, "{text}");
        }
        for (text, want) in
            [("+0800", Some(28_800)), ("-05:30", Some(-19_800)), ("+8", None), ("0800", None), ("+1560", None)]
        {
            assert_eq!(offset_of(text), want, "{text}");
        }
    }
}
