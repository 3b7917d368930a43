//! Show time: the one clock that studio, platform and viewer share, and the form in which it travels in the picture.
//!
//! The encoder puts the show time of every keyframe into the stream as an H.264 SEI message `user_data_unregistered`
//! (ITU-T H.264, D.1.7 and 7.3.2.3.1): a 16-byte UUID that names the meaning, then the time as a big-endian u64.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Milliseconds since the first frame encoded on air. Never reset by a reconnect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "f64")]
pub struct ShowMs(pub u64);

impl fmt::Display for ShowMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// Names our SEI payload. Version 1: the UUID is followed by show time in ms, u64 big-endian, and nothing else.
pub const SEI_UUID: [u8; 16] =
    [0x9b, 0x1d, 0x4c, 0x5e, 0x70, 0x3a, 0x4f, 0x0e, 0x8c, 0x62, 0x68, 0x61, 0x77, 0x6b, 0x65, 0x72];

const NAL_SEI: u8 = 6;
const SEI_USER_DATA_UNREGISTERED: u8 = 5;
const PAYLOAD_LEN: usize = 16 + 8;

/// The SEI as one NAL unit without start code or length prefix, emulation prevention applied.
pub fn sei_nal(time: ShowMs) -> Vec<u8> {
    let mut rbsp = Vec::with_capacity(2 + PAYLOAD_LEN + 1);
    rbsp.push(SEI_USER_DATA_UNREGISTERED);
    rbsp.push(PAYLOAD_LEN as u8);
    rbsp.extend_from_slice(&SEI_UUID);
    rbsp.extend_from_slice(&time.0.to_be_bytes());
    rbsp.push(0x80);
    let mut nal = vec![NAL_SEI];
    escape(&rbsp, &mut nal);
    nal
}

/// Show time carried by one NAL unit (no start code, no length prefix); none if it is not our SEI.
pub fn show_ms_of_nal(nal: &[u8]) -> Option<ShowMs> {
    let (header, body) = nal.split_first()?;
    if header & 0x1f != NAL_SEI {
        return None;
    }
    let rbsp = unescape(body);
    let mut rest = rbsp.as_slice();
    // The last byte holds the trailing bits, so a message needs at least two more.
    while rest.len() > 2 {
        let (kind, after) = read_ff_coded(rest)?;
        let (len, after) = read_ff_coded(after)?;
        let payload = after.get(..len)?;
        if kind == usize::from(SEI_USER_DATA_UNREGISTERED) && len == PAYLOAD_LEN && payload[..16] == SEI_UUID {
            return payload[16..].try_into().ok().map(|bytes| ShowMs(u64::from_be_bytes(bytes)));
        }
        rest = &after[len..];
    }
    None
}

/// Show time found in a buffer of length-prefixed NAL units (AVCC, 4-byte lengths), as FLV and MP4 carry them.
pub fn show_ms_of_avcc(mut data: &[u8]) -> Option<ShowMs> {
    while let Some((prefix, rest)) = data.split_first_chunk::<4>() {
        let len = u32::from_be_bytes(*prefix) as usize;
        let nal = rest.get(..len)?;
        if let Some(time) = show_ms_of_nal(nal) {
            return Some(time);
        }
        data = &rest[len..];
    }
    None
}

/// H.264 7.3.2.3.1: a number is a run of 0xFF bytes and a last byte below 0xFF, all added up.
fn read_ff_coded(data: &[u8]) -> Option<(usize, &[u8])> {
    let run = data.iter().take_while(|byte| **byte == 0xff).count();
    let last = *data.get(run)?;
    Some((run * 255 + usize::from(last), &data[run + 1..]))
}

/// H.264 7.4.1: 00 00 followed by 00..03 gets an 03 between.
fn escape(rbsp: &[u8], out: &mut Vec<u8>) {
    let mut zeros = 0;
    for &byte in rbsp {
        if zeros >= 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        out.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
}

fn unescape(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut zeros = 0;
    for &byte in data {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        out.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has_start_code(nal: &[u8]) -> bool {
        nal.windows(3).any(|w| w[0] == 0 && w[1] == 0 && w[2] < 3)
    }

    #[test]
    fn a_show_that_just_began_survives_emulation_prevention() {
        let nal = sei_nal(ShowMs(0));
        assert!(!has_start_code(&nal), "eight zero bytes must not look like a start code");
        assert_eq!(show_ms_of_nal(&nal), Some(ShowMs(0)));
    }

    #[test]
    fn foreign_sei_before_ours_is_skipped() {
        let mut nal = vec![NAL_SEI, 4, 2, 1, 2];
        nal.extend_from_slice(&sei_nal(ShowMs(77))[1..]);
        assert_eq!(show_ms_of_nal(&nal), Some(ShowMs(77)));
    }

    proptest! {
        #[test]
        fn every_time_reads_back(ms in any::<u64>()) {
            let nal = sei_nal(ShowMs(ms));
            prop_assert!(!has_start_code(&nal));
            prop_assert_eq!(show_ms_of_nal(&nal), Some(ShowMs(ms)));
            let mut avcc = (nal.len() as u32).to_be_bytes().to_vec();
            avcc.extend_from_slice(&nal);
            prop_assert_eq!(show_ms_of_avcc(&avcc), Some(ShowMs(ms)));
        }

        #[test]
        fn garbage_is_no_time_and_no_panic(data in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = show_ms_of_avcc(&data);
            let _ = show_ms_of_nal(&data);
        }
    }
}
