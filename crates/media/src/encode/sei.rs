//! Puts the show time into an H.264 access unit. Pure.

use hawker_domain::{ShowMs, show_time};

const SLICE_TYPES: std::ops::RangeInclusive<u8> = 1..=5;

/// `unit` (byte stream, one access unit) with the SEI of `time` before its first slice, behind delimiter and parameter
/// sets, where ITU-T H.264 7.4.1.2.3 wants it. None where the unit has no slice.
pub(crate) fn with_show_time(unit: &[u8], time: ShowMs) -> Option<Vec<u8>> {
    let at = first_slice(unit)?;
    let nal = show_time::sei_nal(time);
    let mut out = Vec::with_capacity(unit.len() + nal.len() + 4);
    let (before, after) = unit.split_at(at);
    out.extend_from_slice(before);
    out.extend_from_slice(&[0, 0, 0, 1]);
    out.extend_from_slice(&nal);
    out.extend_from_slice(after);
    Some(out)
}

/// Where the start code of the first slice begins.
fn first_slice(unit: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = unit.get(from..)?.windows(3).position(|w| w == [0, 0, 1]) {
        let code = from + found;
        let kind = unit.get(code + 3)? & 0x1f;
        if SLICE_TYPES.contains(&kind) {
            // A fourth zero byte belongs to this start code.
            let long = code.checked_sub(1).filter(|i| unit.get(*i) == Some(&0));
            return Some(long.unwrap_or(code));
        }
        from = code + 3;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_time_stands_behind_the_parameter_sets_and_before_the_slice() {
        let (delimiter, sps, pps, slice) =
            ([0, 0, 0, 1, 9, 0xf0], [0, 0, 0, 1, 0x67, 1, 2], [0, 0, 1, 0x68, 3], [0, 0, 0, 1, 0x65, 7, 7, 7]);
        let unit = [&delimiter[..], &sps, &pps, &slice].concat();
        let head = delimiter.len() + sps.len() + pps.len();
        let out = with_show_time(&unit, ShowMs(4711)).unwrap();
        assert_eq!(&out[..head], &unit[..head]);
        assert_eq!(&out[out.len() - slice.len()..], &slice);
        let nal = &out[head + 4..out.len() - slice.len()];
        assert_eq!(show_time::show_ms_of_nal(nal), Some(ShowMs(4711)));
    }

    #[test]
    fn a_unit_without_a_slice_is_left_alone() {
        assert_eq!(with_show_time(&[0, 0, 0, 1, 0x67, 1], ShowMs(1)), None);
        assert_eq!(with_show_time(&[], ShowMs(1)), None);
    }
}
