//! The sound's encoder: software everywhere, so that it opens is proof enough.

use super::build::set;
use crate::MediaError;
use gst::prelude::*;
use gstreamer as gst;

/// What encodes AAC, and how many samples of silence each puts before the first: it stamps a block with the time of the sound
/// that went in, while what a decoder makes of that block is so much older. Measured, see the test below; fdkaacenc's by the
/// delay its documentation states for AAC-LC.
const AUDIO: &[(&str, u64)] = &[("avenc_aac", 1_024), ("fdkaacenc", 2_048), ("voaacenc", 1_600)];
const RATE: u64 = 48_000;

/// A set AAC encoder of 48 kHz, whose blocks carry the time of what a decoder makes of them. Errors: [`MediaError::NoEncoder`].
pub(crate) fn audio(bitrate_bps: u32) -> Result<gst::Element, MediaError> {
    let Some((element, lead)) = AUDIO.iter().find_map(|(name, lead)| Some((opens(name)?, *lead))) else {
        let tried = AUDIO.iter().map(|(name, _)| (*name).to_owned()).collect();
        return Err(MediaError::NoEncoder { what: "AAC", tried, package: "gstreamer1.0-libav" });
    };
    set(&element, "bitrate", &bitrate_bps.to_string());
    if let Some(pad) = element.static_pad("src") {
        stamp_earlier(&pad, gst::ClockTime::from_nseconds(lead * 1_000_000_000 / RATE));
    }
    Ok(element)
}

/// Takes off what the encoder puts before the sound. What lies before the beginning of all time stays there.
fn stamp_earlier(pad: &gst::Pad, by: gst::ClockTime) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data
            && let Some(at) = buffer.pts()
        {
            buffer.make_mut().set_pts(at.saturating_sub(by));
        }
        gst::PadProbeReturn::Ok
    });
}

/// Names of those that open.
pub(super) fn working() -> impl Iterator<Item = &'static str> {
    AUDIO.iter().map(|(name, _)| *name).filter(|name| opens(name).is_some())
}

/// A new instance, if one can be brought to READY.
fn opens(name: &str) -> Option<gst::Element> {
    gst::ElementFactory::find(name)?;
    let element = gst::ElementFactory::make(name).build().ok()?;
    let opened = element.set_state(gst::State::Ready).is_ok();
    let _ = element.set_state(gst::State::Null);
    opened.then_some(element)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gstreamer_app as gst_app;

    #[test]
    fn an_encoder_that_is_not_installed_does_not_open() {
        gst::init().unwrap();
        assert!(opens("no_such_encoder").is_none());
        assert!(working().next().is_some(), "this machine has at least one");
    }

    /// When a step from silence to a tone at one second is heard after encoder and decoder, samples after its time.
    fn heard_late(encoder: gst::Element) -> i64 {
        let pipeline = gst::Pipeline::new();
        let caps = "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2".parse::<gst::Caps>().unwrap();
        let source = gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).build();
        let sink = gst_app::AppSink::builder().caps(&caps).sync(false).build();
        let made = |name: &str| gst::ElementFactory::make(name).build().unwrap();
        let all = [
            source.clone().upcast(),
            made("audioconvert"),
            encoder,
            made("avdec_aac"),
            made("audioconvert"),
            sink.clone().upcast(),
        ];
        pipeline.add_many(&all).unwrap();
        gst::Element::link_many(&all).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        for block in 0..100u64 {
            let samples = (block * 960..(block + 1) * 960).flat_map(|n| {
                let tone = if n < RATE { 0.0 } else { ((n as f32) * 0.13).cos() * 0.5 };
                [tone; 2].map(f32::to_le_bytes)
            });
            let mut buffer = gst::Buffer::from_mut_slice(samples.flatten().collect::<Vec<u8>>());
            buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(block * 20));
            buffer.get_mut().unwrap().set_duration(gst::ClockTime::from_mseconds(20));
            source.push_buffer(buffer).unwrap();
        }
        source.end_of_stream().unwrap();
        let mut step = None;
        while let Ok(sample) = sink.pull_sample() {
            let buffer = sample.buffer().unwrap();
            let at = buffer.pts().unwrap().nseconds() as i64 * RATE as i64 / 1_000_000_000;
            let map = buffer.map_readable().unwrap();
            let left = map.as_slice().chunks_exact(8).map(|frame| f32::from_le_bytes(frame[..4].try_into().unwrap()));
            let loud = left.enumerate().find(|(_, sample)| sample.abs() > 0.25).map(|(n, _)| at + n as i64);
            step = step.or(loud);
        }
        pipeline.set_state(gst::State::Null).unwrap();
        step.unwrap() - RATE as i64
    }

    #[test]
    fn a_decoder_hears_every_sample_at_its_time_and_each_encoder_is_as_late_as_is_known() {
        gst::init().unwrap();
        for (name, lead) in AUDIO {
            let Some(element) = opens(name) else { continue };
            let late = heard_late(element);
            assert!(late.abs_diff(*lead as i64) < 48, "{name} is {late} samples late by itself, not {lead}");
        }
        let late = heard_late(audio(128_000).unwrap());
        assert!(late.abs() < 48, "{late} samples are more than a millisecond");
    }
}
