//! The encoded sound on its way to the canvases, and silence in its place while no encoder can be had: viewers, servers and
//! files that wait for sound beside the picture go on.
//! Lock order: ends, then the hubs'. No consumer calls back into the line.

use crate::hub::{Hub, Media, Packet};
use gstreamer as gst;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// A block of AAC-LC in stereo that decodes to silence: one channel pair with common windows and without a single coded band.
/// Source: ISO/IEC 14496-3, 4.4.2 (channel_pair_element).
const SILENT: [u8; 6] = [0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c];
/// Samples of a block at [`crate::audio::RATE`]: 21.3 ms.
const BLOCK_NS: u64 = 1_024 * 1_000_000_000 / crate::audio::RATE as u64;
/// Silence comes this much later than its time, so that sound that is only late is not overtaken.
const LAG_NS: u64 = 400_000_000;
/// Blocks that are made up at once; what is missing beyond them stays missing.
const MOST_BLOCKS: u64 = 500;

/// One program's. An encoder's thread and the one that mends it put blocks in; one after the other, so that they stay in order.
pub(super) struct SoundLine {
    hubs: Vec<Arc<Hub>>,
    ends: Mutex<Ends>,
    /// Blocks that came from an encoder.
    encoded: AtomicU64,
}

/// Running times of the program, nanoseconds.
#[derive(Default)]
struct Ends {
    /// Where the sound so far ends; 0 before the first.
    all_ns: u64,
    /// Where the last silence ends.
    silent_ns: u64,
}

impl SoundLine {
    pub(super) fn new(hubs: Vec<Arc<Hub>>) -> Arc<Self> {
        Arc::new(Self { hubs, ends: Mutex::default(), encoded: AtomicU64::new(0) })
    }

    /// Of the blocks that follow.
    pub(super) fn set_caps(&self, caps: &gst::CapsRef) {
        self.hubs.iter().for_each(|hub| hub.set_caps(Media::Audio, caps));
    }

    /// Takes a block from the encoder. One whose time is silent already goes nowhere; silence lasts until the first that goes.
    pub(super) fn take(&self, packet: &Packet) {
        self.encoded.fetch_add(1, Ordering::SeqCst);
        let mut ends = self.ends();
        if packet.running_ns + BLOCK_NS / 2 < ends.silent_ns {
            return;
        }
        if ends.silent_ns > 0 && ends.silent_ns == ends.all_ns {
            self.fill_to(&mut ends, packet.running_ns + BLOCK_NS / 2);
        }
        self.push(&mut ends, packet);
    }

    /// Blocks that came from an encoder so far.
    pub(super) fn encoded(&self) -> u64 {
        self.encoded.load(Ordering::SeqCst)
    }

    /// Puts in silence up to now (running time, nanoseconds), a little behind it; nothing before there was any sound.
    pub(super) fn fill(&self, now_ns: u64) {
        let mut ends = self.ends();
        if ends.all_ns > 0 {
            self.fill_to(&mut ends, now_ns.saturating_sub(LAG_NS));
        }
    }

    /// Puts in as many whole blocks of silence as there is room for before `until_ns`.
    fn fill_to(&self, ends: &mut Ends, until_ns: u64) {
        let missing = until_ns.saturating_sub(ends.all_ns) / BLOCK_NS;
        let begin_ns = ends.all_ns + missing.saturating_sub(MOST_BLOCKS) * BLOCK_NS;
        for n in 0..missing.min(MOST_BLOCKS) {
            self.push(ends, &silent(begin_ns + n * BLOCK_NS));
            ends.silent_ns = ends.all_ns;
        }
    }

    fn push(&self, ends: &mut Ends, packet: &Packet) {
        ends.all_ns = packet.running_ns + BLOCK_NS;
        self.hubs.iter().for_each(|hub| hub.push(Media::Audio, packet));
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn silent(running_ns: u64) -> Packet {
    let mut buffer = gst::Buffer::from_slice(SILENT);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(gst::ClockTime::from_nseconds(running_ns));
        buffer.set_duration(gst::ClockTime::from_nseconds(BLOCK_NS));
    }
    Packet { buffer, running_ns, key: true }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{audio::RATE, elements, hub::Consumer};
    use gst::prelude::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Kept(Mutex<Vec<(u64, bool)>>);

    impl Consumer for Kept {
        fn set_caps(&self, _: Media, _: &gst::Caps) {}
        fn push(&self, _: Media, packet: Packet) {
            let is_silence = packet.buffer.size() == SILENT.len();
            self.0.lock().unwrap().push((packet.running_ns, is_silence));
        }
    }

    fn block(running_ns: u64) -> Packet {
        Packet { buffer: gst::Buffer::with_size(200).unwrap(), running_ns, key: true }
    }

    #[test]
    fn silence_joins_the_sound_without_a_gap_and_sound_joins_silence_without_an_overlap() {
        crate::init().unwrap();
        let (hub, kept) = (Arc::new(Hub::default()), Arc::new(Kept::default()));
        hub.attach(kept.clone());
        let line = SoundLine::new(vec![hub]);
        let second = 1_000_000_000;
        line.fill(9 * second);
        assert!(kept.0.lock().unwrap().is_empty(), "there was no sound that could be missing");
        (0..10).for_each(|n| line.take(&block(second + n * BLOCK_NS)));
        line.fill(second + 10 * BLOCK_NS + LAG_NS);
        assert_eq!(kept.0.lock().unwrap().len(), 10, "none is missing yet");
        for ms in (0..2_000).step_by(20) {
            line.fill(2 * second + ms * 1_000_000);
        }
        // The encoder is back, and begins within what was silent already.
        let back_ns = kept.0.lock().unwrap().last().unwrap().0 - 3 * BLOCK_NS;
        (0..10).for_each(|n| line.take(&block(back_ns + n * BLOCK_NS)));
        let kept = kept.0.lock().unwrap();
        let places = kept.windows(2).map(|pair| pair[1].0 - pair[0].0);
        assert!(places.clone().all(|gap| gap == BLOCK_NS), "{:?}", places.collect::<Vec<_>>());
        assert!(kept.iter().filter(|(_, silence)| *silence).count() > 60);
        assert_eq!(line.encoded(), 20);
    }

    #[test]
    fn an_encoder_that_begins_now_leaves_no_hole_behind_the_silence() {
        crate::init().unwrap();
        let (hub, kept) = (Arc::new(Hub::default()), Arc::new(Kept::default()));
        hub.attach(kept.clone());
        let line = SoundLine::new(vec![hub]);
        (0..10).for_each(|n| line.take(&block(n * BLOCK_NS)));
        let now_ns = 100 * BLOCK_NS;
        line.fill(now_ns);
        (0..10).for_each(|n| line.take(&block(now_ns + n * BLOCK_NS)));
        let kept = kept.0.lock().unwrap();
        let gaps: Vec<u64> = kept.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(gaps.iter().all(|gap| *gap == BLOCK_NS), "silence ends {} ms behind: {gaps:?}", LAG_NS / 1_000_000);
        assert_eq!(kept.len(), 110);
        assert!(kept[100..].iter().all(|(_, silence)| !silence));
    }

    #[test]
    fn a_long_sleep_is_not_made_up_for() {
        crate::init().unwrap();
        let (hub, kept) = (Arc::new(Hub::default()), Arc::new(Kept::default()));
        hub.attach(kept.clone());
        let line = SoundLine::new(vec![hub]);
        line.take(&block(0));
        line.fill(3_600_000_000_000);
        assert_eq!(kept.0.lock().unwrap().len() as u64, 1 + MOST_BLOCKS);
    }

    #[test]
    fn the_silent_block_decodes_to_silence_in_stereo() {
        crate::init().unwrap();
        let pipeline = gst::Pipeline::new();
        let caps = gst::Caps::builder("audio/mpeg")
            .field("mpegversion", 4i32)
            .field("stream-format", "raw")
            .field("rate", RATE as i32)
            .field("channels", 2i32)
            // AAC-LC, 48 kHz, stereo.
            .field("codec_data", gst::Buffer::from_slice([0x11_u8, 0x90]))
            .build();
        let source = gstreamer_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).build();
        let (decoder, convert) = (elements::make("avdec_aac").unwrap(), elements::make("audioconvert").unwrap());
        let sink = gstreamer_app::AppSink::builder().sync(false).caps(&crate::source::audio_caps()).build();
        elements::add_row(&pipeline, &[source.upcast_ref(), &decoder, &convert, sink.upcast_ref()]).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        for n in 0..20 {
            source.push_buffer(silent(n * BLOCK_NS).buffer).unwrap();
        }
        source.end_of_stream().unwrap();
        let mut samples = 0;
        while let Ok(sample) = sink.pull_sample() {
            let map = sample.buffer().unwrap().map_readable().unwrap();
            let mut heard = map.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            assert!(heard.all(|sample| sample == 0.0), "it is to be heard");
            samples += map.len() / 8;
        }
        pipeline.set_state(gst::State::Null).unwrap();
        assert!(samples >= 18 * 1_024, "{samples} samples of twenty blocks");
    }
}
