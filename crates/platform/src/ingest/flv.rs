//! FLV as it goes to viewers (Adobe FLV specification 10.1, annex E), and the little of its tags that we look at.

use bytes::{BufMut, Bytes, BytesMut};
use rml_rtmp::rml_amf0::{self, Amf0Value};
use std::collections::HashMap;

/// What a player may want to know before the first picture.
const PASSED_ON: [&str; 8] = [
    "width",
    "height",
    "framerate",
    "videocodecid",
    "audiocodecid",
    "videodatarate",
    "audiodatarate",
    "audiosamplerate",
];

/// What a tag carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    Audio,
    Video,
    Script,
}

/// What an RTMP video message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VideoPart {
    /// AVCDecoderConfigurationRecord.
    Config,
    /// A picture a decoder can begin with, shown `composition_ms` after its tag's time.
    Keyframe {
        composition_ms: i32,
    },
    Frame,
    /// End of sequence and the like: nothing to show.
    Nothing,
    /// Not H.264 in the classic form.
    Foreign,
}

/// What an RTMP audio message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AudioPart {
    /// AudioSpecificConfig.
    Config,
    Frame,
    Nothing,
    /// Not AAC.
    Foreign,
}

/// The file header and the first back pointer. A player waits for both tracks it is promised, so they must be true.
pub(super) fn file_header(audio: bool) -> Bytes {
    let flags = if audio { 0x05 } else { 0x01 };
    Bytes::copy_from_slice(&[b'F', b'L', b'V', 1, flags, 0, 0, 0, 9, 0, 0, 0, 0])
}

/// One tag with its back pointer. `time_ms` uses all 32 bits: the highest eight stand behind the lower 24.
pub(super) fn tag(kind: TagKind, time_ms: u32, payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(payload.len() + 15);
    bytes.put_u8(match kind {
        TagKind::Audio => 8,
        TagKind::Video => 9,
        TagKind::Script => 18,
    });
    bytes.put_uint(payload.len() as u64, 3);
    bytes.put_uint(u64::from(time_ms & 0xff_ffff), 3);
    bytes.put_u8((time_ms >> 24) as u8);
    bytes.put_uint(0, 3);
    bytes.put_slice(payload);
    bytes.put_u32(payload.len() as u32 + 11);
    bytes.freeze()
}

/// The `onMetaData` tag: what the publisher said about itself, and `show_base_ms`, the show time of the first media tag.
/// A player that counts from zero adds it to get show time back.
pub(super) fn metadata(said: &HashMap<String, Amf0Value>, base_ms: u32) -> Bytes {
    let mut values: HashMap<String, Amf0Value> = said.clone();
    // Nothing else: a duration would make a player take the stream for a file, and a publisher's own words could be long.
    values.retain(|name, value| PASSED_ON.contains(&name.as_str()) && matches!(value, Amf0Value::Number(_)));
    values.insert("show_base_ms".to_owned(), Amf0Value::Number(f64::from(base_ms)));
    let written = [Amf0Value::Utf8String("onMetaData".to_owned()), Amf0Value::Object(values)];
    match rml_amf0::serialize(&written.into()) {
        Ok(payload) => tag(TagKind::Script, base_ms, &payload),
        Err(_) => Bytes::new(),
    }
}

/// True if the publisher promises AAC: FLV's number for it, or the four letters some encoders write.
pub(super) fn promises_aac(said: &HashMap<String, Amf0Value>) -> bool {
    match said.get("audiocodecid") {
        Some(Amf0Value::Number(codec)) => *codec == 10.0,
        Some(Amf0Value::Utf8String(codec)) => codec == "mp4a",
        _ => false,
    }
}

/// Looks at the first bytes of a video message.
pub(super) fn video_part(data: &[u8]) -> VideoPart {
    match data {
        [head, ..] if head & 0x80 != 0 || head & 0x0f != 7 => VideoPart::Foreign,
        [_, 0, ..] => VideoPart::Config,
        [head, 1, a, b, c, ..] if head >> 4 == 1 => {
            // Signed 24 bits, big-endian.
            VideoPart::Keyframe { composition_ms: i32::from_be_bytes([*a, *b, *c, 0]) >> 8 }
        }
        [head, 1, _, _, _, ..] if matches!(head >> 4, 2 | 3) => VideoPart::Frame,
        _ => VideoPart::Nothing,
    }
}

/// The H.264 data of a video message: length-prefixed NAL units.
pub(super) fn avcc(data: &[u8]) -> &[u8] {
    data.get(5..).unwrap_or_default()
}

/// Looks at the first bytes of an audio message.
pub(super) fn audio_part(data: &[u8]) -> AudioPart {
    match data {
        [] => AudioPart::Nothing,
        [head, ..] if head >> 4 != 10 => AudioPart::Foreign,
        [_, 0, _, ..] => AudioPart::Config,
        [_, 1, _, ..] => AudioPart::Frame,
        _ => AudioPart::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_beyond_24_bits_use_the_extension_byte() {
        let tag = tag(TagKind::Video, 0x0123_4567, b"abc");
        assert_eq!(&tag[..], b"\x09\x00\x00\x03\x23\x45\x67\x01\x00\x00\x00abc\x00\x00\x00\x0e");
    }

    #[test]
    fn messages_are_told_apart_by_their_first_bytes() {
        for (data, part) in [
            (&[0x17, 0, 0, 0, 0, 1][..], VideoPart::Config),
            (&[0x17, 1, 0, 0, 40, 9], VideoPart::Keyframe { composition_ms: 40 }),
            (&[0x17, 1, 0xff, 0xff, 0xd8, 9], VideoPart::Keyframe { composition_ms: -40 }),
            (&[0x27, 1, 0, 0, 0, 9], VideoPart::Frame),
            (&[0x17, 2, 0, 0, 0], VideoPart::Nothing),
            (&[0x17], VideoPart::Nothing),
            (&[], VideoPart::Nothing),
            (&[0x12, 0, 0], VideoPart::Foreign),
            (&[0x90, b'h', b'v', b'c', b'1'], VideoPart::Foreign),
        ] {
            assert_eq!(video_part(data), part, "{data:02x?}");
        }
        for (data, part) in [
            (&[0xaf, 0, 0x12, 0x10][..], AudioPart::Config),
            (&[0xaf, 1, 0x21], AudioPart::Frame),
            (&[0x2f, 1, 0x21], AudioPart::Foreign),
            (&[0xaf], AudioPart::Nothing),
            (&[], AudioPart::Nothing),
        ] {
            assert_eq!(audio_part(data), part, "{data:02x?}");
        }
    }
}
