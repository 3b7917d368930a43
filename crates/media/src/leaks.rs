//! Counts what queues with a bound leave out: a leaky `queue` says so, a leaky `appsrc` does not. There the buffers that go in are
//! numbered, and gaps between those that come out are what is missing.

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Counts what a leaky `queue` of one kind of buffer leaves out.
pub(crate) fn count_queue(queue: &gst::Element, lost: Arc<AtomicU64>) {
    // It is said each time that there is no room for a buffer, before one is left out for it.
    queue.connect("overrun", false, move |_| {
        lost.fetch_add(1, Ordering::Relaxed);
        None
    });
}

/// Numbers what goes into one leaky source; nothing else may be pushed into it.
#[derive(Debug, Default)]
pub(crate) struct Numbers(u64);

impl Numbers {
    /// `lost` hears, on the source's own thread, how many buffers it left out.
    pub(crate) fn watch(source: &gst_app::AppSrc, lost: impl Fn(u64) + Send + Sync + 'static) -> Self {
        if let Some(pad) = source.static_pad("src") {
            let due = AtomicU64::new(0);
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
                if let Some(number) = info.buffer().map(|buffer| buffer.offset()) {
                    let missing = number.saturating_sub(due.swap(number.saturating_add(1), Ordering::Relaxed));
                    if missing > 0 {
                        lost(missing);
                    }
                }
                gst::PadProbeReturn::Ok
            });
        }
        Self::default()
    }

    /// Shares the buffer's memory. Errors: the source takes nothing, as while its pipeline stands still.
    pub(crate) fn push(&mut self, source: &gst_app::AppSrc, mut buffer: gst::Buffer) -> Result<(), gst::FlowError> {
        buffer.make_mut().set_offset(self.0);
        source.push_buffer(buffer)?;
        self.0 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::elements;
    use std::{sync::mpsc, time::Duration};

    const WAITING: u64 = 3;
    const PUSHED: u64 = 40;

    /// A sink that takes nothing until it is let go, and counts what it took.
    fn held(pipeline: &gst::Pipeline, row: &[&gst::Element]) -> (Arc<AtomicU64>, mpsc::Sender<()>, mpsc::Receiver<()>) {
        let sink = elements::make("fakesink").unwrap();
        sink.set_property("sync", false);
        sink.set_property("async", false);
        let taken = Arc::<AtomicU64>::default();
        let (count, (go, wait), (tell, began)) = (taken.clone(), mpsc::channel::<()>(), mpsc::channel());
        let wait = std::sync::Mutex::new(wait);
        elements::pad(&sink, "sink").unwrap().add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            let _ = tell.send(());
            // Ends for good once the sender is gone.
            let _ = wait.lock().unwrap().recv();
            count.fetch_add(1, Ordering::SeqCst);
            gst::PadProbeReturn::Ok
        });
        let all: Vec<&gst::Element> = row.iter().copied().chain([&sink]).collect();
        elements::add_row(pipeline, &all).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        (taken, go, began)
    }

    /// Pushes more than there is room for while the sink holds the first; what was taken, and what was counted as lost.
    fn overrun(source: &gst_app::AppSrc, row: &[&gst::Element], lost: Arc<AtomicU64>) -> (u64, u64) {
        let pipeline = gst::Pipeline::new();
        let heard = lost.clone();
        let mut numbers = Numbers::watch(source, move |more| {
            heard.fetch_add(more, Ordering::SeqCst);
        });
        let all: Vec<&gst::Element> = [source.upcast_ref()].into_iter().chain(row.iter().copied()).collect();
        let (taken, go, began) = held(&pipeline, &all);
        let buffer = |n: u64| {
            let mut buffer = gst::Buffer::from_slice(vec![0_u8; 16]);
            buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(n * 10));
            buffer
        };
        numbers.push(source, buffer(0)).unwrap();
        began.recv_timeout(Duration::from_secs(10)).unwrap();
        (1..PUSHED).for_each(|n| numbers.push(source, buffer(n)).unwrap());
        // The source's thread has put all of them into the queue, where there is one.
        let began_at = std::time::Instant::now();
        while source.current_level_buffers() > 0 && !row.is_empty() {
            assert!(began_at.elapsed() < Duration::from_secs(10));
            std::thread::park_timeout(Duration::from_millis(1));
        }
        drop(go);
        let bus = pipeline.bus().unwrap();
        source.end_of_stream().unwrap();
        bus.timed_pop_filtered(gst::ClockTime::from_seconds(10), &[gst::MessageType::Eos]).unwrap();
        pipeline.set_state(gst::State::Null).unwrap();
        (taken.load(Ordering::SeqCst), lost.load(Ordering::SeqCst))
    }

    #[test]
    fn what_a_leaky_source_leaves_out_is_counted_to_the_last_buffer() {
        crate::init().unwrap();
        let source = gst_app::AppSrc::builder()
            .format(gst::Format::Time)
            .max_bytes(0)
            .max_buffers(WAITING)
            .leaky_type(gst_app::AppLeakyType::Downstream)
            .build();
        let (taken, lost) = overrun(&source, &[], Arc::default());
        assert!(taken <= WAITING + 2, "{taken} were taken: nothing was left out");
        assert_eq!(taken + lost, PUSHED);
    }

    #[test]
    fn what_a_leaky_queue_leaves_out_is_counted_to_the_last_buffer() {
        crate::init().unwrap();
        let source = gst_app::AppSrc::builder().format(gst::Format::Time).build();
        let queue = elements::make("queue").unwrap();
        queue.set_property_from_str("leaky", "downstream");
        queue.set_property("max-size-buffers", WAITING as u32);
        let lost = Arc::<AtomicU64>::default();
        count_queue(&queue, lost.clone());
        let (taken, lost) = overrun(&source, &[&queue], lost);
        assert!(taken <= WAITING + 2, "{taken} were taken: nothing was left out");
        assert_eq!(taken + lost, PUSHED);
    }
}
