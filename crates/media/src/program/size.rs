//! The size in which a canvas is encoded, smaller than the canvas while the computer is busy.
//!
//! `scaler ! filter` between the canvas and its encoder: at full size both pass pictures on as they are. A change is a
//! change of caps, after which the encoder begins anew with a keyframe and a decoder configuration of its own; what each
//! consumer makes of that is its business (ADR 0008).

use crate::{MediaError, Scale, elements, source::Shape};
use gst::prelude::*;
use gstreamer as gst;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Sets the size and tells it.
#[derive(Clone)]
pub(super) struct Sizer {
    filter: gst::Element,
    shape: Shape,
    /// Width in the upper half, height in the lower.
    size: Arc<AtomicU64>,
}

impl Sizer {
    /// Puts it behind `before`, which is in `pipeline`; also the elements that take the pictures and hand them on.
    /// Errors: elements, links.
    pub(super) fn insert(
        pipeline: &gst::Pipeline,
        shape: Shape,
        before: &gst::Element,
    ) -> Result<(Self, (gst::Element, gst::Element)), MediaError> {
        let (scaler, filter) = (elements::make("videoconvertscale")?, elements::make("capsfilter")?);
        // A picture that is on its way while the size changes still has the former one.
        elements::set_if_present(&filter, "caps-change-mode", "delayed");
        elements::add_row(pipeline, &[&scaler, &filter])?;
        before.link(&scaler).map_err(|e| MediaError::pipeline("scaler", e))?;
        let sizer = Self { filter: filter.clone(), shape, size: Arc::default() };
        sizer.set(Scale::Full);
        Ok((sizer, (scaler, filter)))
    }

    /// From the next picture on.
    pub(super) fn set(&self, scale: Scale) {
        let (width, height) = (scale.of(self.shape.width), scale.of(self.shape.height));
        self.size.store(u64::from(width) << 32 | u64::from(height), Ordering::Relaxed);
        // The colours stay those of the canvas, although a small picture alone would have others: nothing is converted.
        self.filter.set_property("caps", Shape { width, height, ..self.shape }.coloured(self.shape.is_hd()));
    }

    /// Width and height, pixels.
    pub(super) fn now(&self) -> (u32, u32) {
        let size = self.size.load(Ordering::Relaxed);
        ((size >> 32) as u32, size as u32)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::encode;

    /// Encodes 20 pictures at each scale; width, height and keyframe flag of each picture that comes out, and how many
    /// decoder configurations there were.
    fn encoded(scales: &[Scale]) -> (Vec<(i32, i32, bool)>, usize) {
        crate::init().unwrap();
        let shape = Shape { width: 640, height: 360, fps: 30 };
        let pipeline = gst::Pipeline::new();
        let source = gstreamer_app::AppSrc::builder().caps(&shape.caps()).format(gst::Format::Time).build();
        let sink = gstreamer_app::AppSink::builder().sync(false).build();
        let encoder = encode::video(&encode::VideoEncode::live(500_000, 30)).unwrap().element;
        let (parser, avc) = (elements::make("h264parse").unwrap(), elements::make("capsfilter").unwrap());
        avc.set_property("caps", gst::Caps::builder("video/x-h264").field("stream-format", "avc").build());
        pipeline.add(&source).unwrap();
        elements::add_row(&pipeline, &[&encoder, &parser, &avc, sink.upcast_ref()]).unwrap();
        let (sizer, (_, exit)) = Sizer::insert(&pipeline, shape, source.upcast_ref()).unwrap();
        exit.link(&encoder).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let (mut seen, mut configs) = (Vec::new(), Vec::new());
        let mut pull = |seen: &mut Vec<(i32, i32, bool)>, count: usize| {
            while seen.len() < count {
                let sample = sink.pull_sample().unwrap();
                let fields = sample.caps().unwrap().structure(0).unwrap();
                let side = |name: &str| fields.get::<i32>(name).unwrap();
                let key = !sample.buffer().unwrap().flags().contains(gst::BufferFlags::DELTA_UNIT);
                seen.push((side("width"), side("height"), key));
                let config = fields.get::<gst::Buffer>("codec_data").unwrap().map_readable().unwrap().to_vec();
                if configs.last() != Some(&config) {
                    configs.push(config);
                }
            }
        };
        for (turn, scale) in scales.iter().enumerate() {
            sizer.set(*scale);
            for n in turn * 20..turn * 20 + 20 {
                let mut buffer = gst::Buffer::from_mut_slice(vec![(n * 7 % 200) as u8; 640 * 360 * 3 / 2]);
                buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(n as u64 * 1000 / 30));
                source.push_buffer(buffer).unwrap();
            }
            // All of one size are through before the next is set.
            pull(&mut seen, turn * 20 + 20);
        }
        pipeline.set_state(gst::State::Null).unwrap();
        (seen, configs.len())
    }

    #[test]
    fn a_size_changes_while_the_encoder_runs_and_each_begins_with_a_keyframe_of_its_own() {
        let (seen, configs) = encoded(&[Scale::Full, Scale::ThreeQuarters, Scale::Half, Scale::Full]);
        assert_eq!(seen.len(), 80, "no picture is lost");
        for (turn, size) in [(640, 360), (480, 270), (320, 180), (640, 360)].into_iter().enumerate() {
            let part = &seen[turn * 20..turn * 20 + 20];
            assert!(part.iter().all(|(width, height, _)| (*width, *height) == size), "{size:?}: {part:?}");
            assert!(part[0].2, "a receiver can begin with the first picture of {size:?}");
        }
        assert_eq!(configs, 4, "each size is told to the receiver");
    }
}
