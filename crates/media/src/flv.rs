//! FLV tags as RTMP servers take them: H.264 and AAC, live, without B-frames.
//!
//! Source: Adobe Flash Video File Format Specification 10.1, annex E; AMF0 specification for the script data.

use crate::hub::{Media, Packet};
use gstreamer as gst;

const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const SCRIPT: u8 = 18;
/// AVC, by frame type in the upper half.
const KEY_FRAME: u8 = 0x17;
const INTER_FRAME: u8 = 0x27;
/// AAC; rate, size and channels are fixed by the specification and read from the configuration instead.
const AAC: u8 = 0xaf;

/// What kind of AVC or AAC data a tag holds.
const CONFIG: u8 = 0;
const DATA: u8 = 1;
const END: u8 = 2;

/// Writes the tags of one connection: what the stream is, how to decode it, then pictures and sound.
#[derive(Default)]
pub(crate) struct Writer {
    about: About,
    described: bool,
    video: Config,
    audio: Config,
}

/// What `onMetaData` tells.
#[derive(Default)]
struct About {
    width: f64,
    height: f64,
    fps: f64,
}

/// A decoder's configuration, whether the server has it, and the time of the last packet.
#[derive(Default)]
struct Config {
    bytes: Option<Vec<u8>>,
    sent: bool,
    last_ms: u32,
}

impl Config {
    fn set(&mut self, bytes: Option<Vec<u8>>) {
        if self.bytes != bytes {
            (self.bytes, self.sent) = (bytes, false);
        }
    }

    /// The configuration, where it still has to be sent.
    fn owed(&mut self) -> Option<&[u8]> {
        let owed = !std::mem::replace(&mut self.sent, true);
        self.bytes.as_deref().filter(|_| owed)
    }
}

impl Writer {
    /// True if the decoder configuration in `caps` takes the place of another one.
    pub(crate) fn expects_another(&self, media: Media, caps: &gst::CapsRef) -> bool {
        let known = match media {
            Media::Video => &self.video.bytes,
            Media::Audio => &self.audio.bytes,
        };
        known.is_some() && *known != config_in(caps)
    }

    /// Learns size, rate and decoder configuration of a stream. New ones are sent before the next packet.
    pub(crate) fn set_caps(&mut self, media: Media, caps: &gst::CapsRef) {
        let Some(fields) = caps.structure(0) else { return };
        let config = config_in(caps);
        match media {
            Media::Video => {
                let side = |name: &str| fields.get::<i32>(name).map_or(0.0, f64::from);
                let fps = fields.get::<gst::Fraction>("framerate");
                let fps = fps.map_or(0.0, |fps| f64::from(fps.numer()) / f64::from(fps.denom().max(1)));
                self.about = About { width: side("width"), height: side("height"), fps };
                self.video.set(config);
            }
            Media::Audio => self.audio.set(config),
        }
    }

    /// The tags of a packet whose buffer's time is stream time, each a buffer; those that only describe carry no time.
    pub(crate) fn write(&mut self, media: Media, packet: &Packet) -> Vec<gst::Buffer> {
        let Ok(map) = packet.buffer.map_readable() else { return Vec::new() };
        let last_ms = match media {
            Media::Video => &mut self.video.last_ms,
            Media::Audio => &mut self.audio.last_ms,
        };
        let at_ms = packet.buffer.pts().map_or(*last_ms, |pts| pts.mseconds() as u32);
        // Servers expect times that never go back within a stream. They wrap after 49 days.
        let at_ms = if at_ms.wrapping_sub(*last_ms) > u32::MAX / 2 { *last_ms } else { at_ms };
        *last_ms = at_ms;
        let mut tags = Vec::with_capacity(1);
        if !std::mem::replace(&mut self.described, true) {
            tags.push(gst::Buffer::from_mut_slice(tag(SCRIPT, at_ms, &[], &metadata(&self.about))));
        }
        let (config, kind) = match media {
            Media::Video => (&mut self.video, VIDEO),
            Media::Audio => (&mut self.audio, AUDIO),
        };
        if let Some(config) = config.owed() {
            tags.push(gst::Buffer::from_mut_slice(tag(kind, at_ms, head(media, true, CONFIG), config)));
        }
        let mut data = gst::Buffer::from_mut_slice(tag(kind, at_ms, head(media, packet.key, DATA), &map));
        if let Some(data) = data.get_mut() {
            data.set_pts(packet.buffer.pts());
        }
        tags.push(data);
        tags
    }

    /// The tag that ends the pictures.
    pub(crate) fn end(&self) -> gst::Buffer {
        gst::Buffer::from_mut_slice(tag(VIDEO, self.video.last_ms, head(Media::Video, true, END), &[]))
    }
}

fn config_in(caps: &gst::CapsRef) -> Option<Vec<u8>> {
    let config = caps.structure(0)?.get::<gst::Buffer>("codec_data").ok()?;
    config.map_readable().ok().map(|map| map.to_vec())
}

/// True for a tag of [`Writer`] that carries sound.
pub(crate) fn is_sound(tag: &gst::Buffer) -> bool {
    tag.map_readable().is_ok_and(|map| map.first() == Some(&AUDIO))
}

/// What stands before the data of a tag. Pictures are shown at their tag's time: there are no B-frames.
fn head(media: Media, key: bool, kind: u8) -> &'static [u8] {
    match (media, key, kind) {
        (Media::Audio, _, CONFIG) => &[AAC, CONFIG],
        (Media::Audio, ..) => &[AAC, DATA],
        (Media::Video, _, CONFIG) => &[KEY_FRAME, CONFIG, 0, 0, 0],
        (Media::Video, _, END) => &[KEY_FRAME, END, 0, 0, 0],
        (Media::Video, true, _) => &[KEY_FRAME, DATA, 0, 0, 0],
        (Media::Video, false, _) => &[INTER_FRAME, DATA, 0, 0, 0],
    }
}

/// One tag with its back pointer.
fn tag(kind: u8, at_ms: u32, head: &[u8], data: &[u8]) -> Vec<u8> {
    let length = (head.len() + data.len()) as u32;
    let mut tag = Vec::with_capacity(data.len() + head.len() + 15);
    tag.push(kind);
    tag.extend(length.to_be_bytes().into_iter().skip(1));
    let [highest, high, middle, low] = at_ms.to_be_bytes();
    tag.extend([high, middle, low, highest, 0, 0, 0]);
    tag.extend(head);
    tag.extend(data);
    tag.extend((length + 11).to_be_bytes());
    tag
}

/// `onMetaData` with an ECMA array, in AMF0.
fn metadata(about: &About) -> Vec<u8> {
    let numbers = [
        ("width", about.width),
        ("height", about.height),
        ("framerate", about.fps),
        // FLV's numbers of AVC and AAC.
        ("videocodecid", 7.0),
        ("audiocodecid", 10.0),
        ("audiosamplerate", f64::from(crate::audio::RATE)),
        ("audiosamplesize", 16.0),
    ];
    let mut amf = vec![2];
    put_text(&mut amf, "onMetaData");
    amf.push(8);
    amf.extend((numbers.len() as u32 + 2).to_be_bytes());
    for (name, value) in numbers {
        put_text(&mut amf, name);
        amf.push(0);
        amf.extend(value.to_be_bytes());
    }
    put_text(&mut amf, "stereo");
    amf.extend([1, 1]);
    put_text(&mut amf, "encoder");
    amf.push(2);
    put_text(&mut amf, concat!("Hawker ", env!("CARGO_PKG_VERSION")));
    amf.extend([0, 0, 9]);
    amf
}

/// Length in 16 bits and the bytes; all our texts are short.
fn put_text(amf: &mut Vec<u8>, text: &str) {
    amf.extend((text.len() as u16).to_be_bytes());
    amf.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn packet(ms: u64, key: bool) -> Packet {
        let mut buffer = gst::Buffer::from_slice(b"data");
        buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(ms));
        Packet { buffer, running_ns: ms * 1_000_000, key }
    }

    fn caps(name: &str, config: &'static [u8]) -> gst::Caps {
        gst::Caps::builder(name).field("codec_data", gst::Buffer::from_slice(config)).build()
    }

    fn bytes(tags: &[gst::Buffer]) -> Vec<Vec<u8>> {
        tags.iter().map(|tag| tag.map_readable().unwrap().to_vec()).collect()
    }

    #[test]
    fn a_connection_begins_with_what_the_stream_is_and_how_to_decode_it() {
        gst::init().unwrap();
        let mut writer = Writer::default();
        writer.set_caps(Media::Video, &caps("video/x-h264", b"avcC"));
        writer.set_caps(Media::Audio, &caps("audio/mpeg", b"as"));
        let first = writer.write(Media::Video, &packet(0, true));
        let kinds: Vec<u8> = bytes(&first).iter().map(|tag| tag[0]).collect();
        assert_eq!(kinds, [SCRIPT, VIDEO, VIDEO]);
        assert_eq!(bytes(&first)[1], b"\x09\0\0\x09\0\0\0\0\0\0\0\x17\0\0\0\0avcC\0\0\0\x14");
        assert_eq!(bytes(&first)[2], b"\x09\0\0\x09\0\0\0\0\0\0\0\x17\x01\0\0\0data\0\0\0\x14");
        let timed: Vec<bool> = first.iter().map(|tag| tag.pts().is_some()).collect();
        assert_eq!(timed, [false, false, true], "what only describes carries no time");
        let sound = bytes(&writer.write(Media::Audio, &packet(5, true)));
        assert_eq!(sound[0], b"\x08\0\0\x04\0\0\x05\0\0\0\0\xaf\0as\0\0\0\x0f");
        assert_eq!(sound[1], b"\x08\0\0\x06\0\0\x05\0\0\0\0\xaf\x01data\0\0\0\x11");
        let next = bytes(&writer.write(Media::Video, &packet(33, false)));
        assert_eq!(next, [b"\x09\0\0\x09\0\0\x21\0\0\0\0\x27\x01\0\0\0data\0\0\0\x14".to_vec()]);
    }

    #[test]
    fn a_new_configuration_is_sent_before_the_next_picture_and_only_once() {
        gst::init().unwrap();
        let mut writer = Writer::default();
        writer.set_caps(Media::Video, &caps("video/x-h264", b"one"));
        let count = |writer: &mut Writer, ms| writer.write(Media::Video, &packet(ms, true)).len();
        assert_eq!((count(&mut writer, 0), count(&mut writer, 33)), (3, 1));
        writer.set_caps(Media::Video, &caps("video/x-h264", b"one"));
        assert_eq!(count(&mut writer, 66), 1);
        writer.set_caps(Media::Video, &caps("video/x-h264", b"two"));
        assert_eq!((count(&mut writer, 99), count(&mut writer, 132)), (2, 1));
    }

    #[test]
    fn times_never_go_back_but_wrap() {
        gst::init().unwrap();
        let mut writer = Writer::default();
        let mut time = |ms: u64| {
            let tags = bytes(&writer.write(Media::Audio, &packet(ms, true)));
            let tag = tags.last().unwrap();
            u32::from_be_bytes([tag[7], tag[4], tag[5], tag[6]])
        };
        assert_eq!([time(0x0123_4567), time(0x0123_4500)], [0x0123_4567; 2]);
        let later = [0x7000_0000, 0xe000_0000, 0xffff_fff0, 0x1_0000_0005];
        assert_eq!(later.map(&mut time), [0x7000_0000, 0xe000_0000, 0xffff_fff0, 5]);
        let picture = bytes(&writer.write(Media::Video, &packet(3, true)));
        assert_eq!(picture.last().map(|tag| tag[6]), Some(3), "each stream has its own time");
    }

    #[test]
    fn the_description_is_amf_that_ends_where_it_says() {
        let amf = metadata(&About { width: 1280.0, height: 720.0, fps: 30.0 });
        assert_eq!(amf[..13], *b"\x02\0\x0aonMetaData");
        let width = amf.windows(5).position(|part| part == b"width").unwrap() + 5;
        assert_eq!(amf[width..width + 9], [&[0][..], &1280f64.to_be_bytes()].concat());
        assert!(amf.ends_with(&[0, 0, 9]));
    }
}
