//! The picture of it all that the cockpit draws.

use super::{card_words::CardWords, owner::Owner};
use crate::process;
use crate::view::{EncodeView, Known, LineView, OutputView, PinView, RunningItem, Snapshot, SourceView, StatsView};
use hawker_domain::{Sku, stock::StockNote};
use hawker_media::{EncodeStats, FrameCounts, MediaStats, OutputStats};
use hawker_wire::live::{DropCause, Frames, SourceState};
use std::time::{Duration, Instant};

/// Rates between two snapshots.
#[derive(Default)]
pub struct Rates {
    since: Option<(Instant, Duration)>,
    cpu_percent: f32,
}

impl Rates {
    /// Updates about once a second: shorter spans make the numbers dance.
    fn update(&mut self, now: Instant, cpu: Duration) {
        let Some((then, cpu_then)) = self.since else {
            self.since = Some((now, cpu));
            return;
        };
        let elapsed = now.duration_since(then).as_secs_f32();
        if elapsed < 1.0 {
            return;
        }
        self.cpu_percent = cpu.saturating_sub(cpu_then).as_secs_f32() / elapsed * 100.0;
        self.since = Some((now, cpu));
    }
}

impl Owner {
    pub(super) async fn publish_snapshot(&mut self) {
        if self.stale {
            self.stale = false;
            self.waiting_to_sync = self.parts.store.pending_count().await.unwrap_or(self.waiting_to_sync);
        }
        let stats = self.running.as_ref().map(|running| running.program.stats()).unwrap_or_default();
        self.rates.update(Instant::now(), process::cpu_time());
        self.tell_losses(&stats);
        self.choose_leaders();
        self.tell_recording_gap(&stats);
        self.log_figures(&stats);
        let snapshot = self.snapshot(&stats);
        self.parts.snapshots.send_if_modified(|shown| {
            let news = *shown != snapshot;
            *shown = snapshot;
            news
        });
    }

    fn snapshot(&self, stats: &MediaStats) -> Snapshot {
        let show = self.show.as_ref();
        Snapshot {
            show: self.state.clone(),
            show_id: show.map(|show| show.show_id),
            at: self.now(),
            viewer_url: show.and_then(|show| show.viewer_url.clone()),
            viewers: show.and_then(|show| show.viewers),
            source: self.source_view(),
            scenes: self.running.iter().flat_map(|running| &running.plan.scenes).map(|s| s.name.clone()).collect(),
            scene: self.running.as_ref().map(|running| running.scene.clone()),
            staged: self.running.as_ref().and_then(|running| Some(running.staged.as_ref()?.name.clone())),
            outputs: self.output_views(stats),
            recording: show.and_then(|show| show.recording.view(stats)),
            boxes: self.boxes.clone(),
            pinned: self.pin_view(),
            running_order: self.running_items(),
            orders: show.map_or(0, |show| show.orders),
            orders_heard: self.orders_heard,
            edits_heard: self.edits_heard,
            claims_heard: self.claims_heard,
            offers_heard: self.offers_heard,
            revenue: show.and_then(|show| show.revenue.values().next().copied()),
            waiting_to_sync: self.waiting_to_sync,
            platform: self.platform,
            platform_after_show: self.platform_after_show,
            recognition: self.recognition_view.clone(),
            run_through: self.run_through_view(),
            sound: self
                .running
                .as_ref()
                .map(|running| self.sound_view(&running.program.desk().levels(), &running.plan))
                .unwrap_or_default(),
            stats: StatsView {
                fps: stats.fps,
                frames: frames(&stats.frames.since(&show.map(|show| show.frames_before.clone()).unwrap_or_default())),
                cpu_percent: self.rates.cpu_percent,
                rss_bytes: process::rss_bytes(),
                audio_rms_db: stats.audio_rms_db,
                encoder: stats.encoder.clone(),
                av_offset_ms: stats.av_offset_ms.map(f32::round),
                encodes: stats.encodes.iter().map(encode_view).collect(),
                loss: self.losses.now().filter(|_| show.is_some()),
            },
        }
    }

    fn source_view(&self) -> SourceView {
        match &self.running {
            // One that is lost is what a host has to hear of; else the main one.
            Some(running) => {
                let lost = running.lost.iter().next();
                let id = lost.map(|(id, _)| id).or_else(|| running.plan.main_source_id());
                let name = id.map(|id| running.plan.source_name(id)).unwrap_or_default();
                let id = id.map(|id| running.plan.source_in_events(id)).unwrap_or_default();
                let (why, why_code) = lost.map(|(_, reason)| reason.clone()).unzip();
                let state = if lost.is_some() { SourceState::Lost } else { SourceState::Back };
                SourceView { id, name, state, why, why_code }
            }
            None => SourceView::none(),
        }
    }

    fn output_views(&self, stats: &MediaStats) -> Vec<OutputView> {
        let (outputs, now) = (self.show.iter().flat_map(|show| &show.outputs), Instant::now());
        outputs
            .map(|output| {
                let counted = stats.outputs.iter().find(|counted| counted.id == output.destination.id);
                OutputView {
                    id: output.destination.id,
                    name: output.destination.name.clone(),
                    url: output.destination.url.redacted(),
                    state: output.state,
                    why: output.why.clone(),
                    why_code: output.why_code,
                    deadline_ms: output.deadline_ms(now),
                    bitrate_bps: counted.map_or(0, |counted| counted.bitrate_bps),
                    reconnects: output.reconnects(&stats.outputs),
                    line: counted.map(line_view).unwrap_or_default(),
                    rendition: output.destination.way.rendition,
                    delay_ms: output.destination.way.delay_ms,
                }
            })
            .collect()
    }

    pub(super) fn known(&self, sku: &Sku) -> Known {
        let title = self.products.get(sku).map(|product| product.shown_title().into_owned());
        (title.unwrap_or_default(), self.thumbnails.get(sku).copied())
    }

    fn pin_view(&self) -> Option<PinView> {
        let pin = self.board.pinned()?;
        let product = self.products.get(&pin.sku)?;
        let words = CardWords::of(pin, &self.products, &self.levels)?;
        Some(PinView {
            tag_id: pin.tag_id,
            sku: pin.sku.clone(),
            variants: pin.variants.clone(),
            title: words.title,
            price: product.price,
            price_range: words.known.is_none().then_some(words.price),
            by_hand: pin.by_hand,
            since: pin.since,
        })
    }

    fn running_items(&self) -> Vec<RunningItem> {
        let lit: Vec<&Sku> = self.board.pinned().into_iter().flat_map(|pin| pin.skus()).collect();
        self.running_order
            .iter()
            .filter_map(|sku| self.products.get(sku))
            .map(|product| {
                let show = self.show.as_ref();
                let available = self.levels.get(&product.sku).map_or(0, |level| level.available());
                RunningItem {
                    sku: product.sku.clone(),
                    title: product.shown_title().into_owned(),
                    price: product.price,
                    available,
                    note: StockNote::of(available),
                    seconds_shown: show.and_then(|s| s.shown_ms.get(&product.sku)).map_or(0, |ms| ms / 1000),
                    sold: show.and_then(|s| s.sold.get(&product.sku)).copied().unwrap_or(0),
                    lit: lit.contains(&&product.sku),
                    photo: self.thumbnails.get(&product.sku).copied(),
                }
            })
            .collect()
    }
}

fn line_view(output: &OutputStats) -> LineView {
    LineView {
        queue_ms: output.queue_ms,
        rtt_ms: output.rtt_ms,
        sent_pictures: output.sent_pictures,
        dropped: output.dropped,
        missed: output.missed,
        down_ms: output.down_ms,
        steered_bps: output.steered_bps,
    }
}

fn encode_view(encode: &EncodeStats) -> EncodeView {
    EncodeView {
        name: encode.name.clone(),
        encoder: encode.encoder.clone(),
        width: encode.width,
        height: encode.height,
        fps: encode.fps,
        bitrate_bps: encode.bitrate_bps,
        picture_ms: encode.picture_ms,
    }
}

/// The media engine's counters in the words of the wire.
pub(super) fn frames(counts: &FrameCounts) -> Frames {
    Frames {
        captured: counts.captured,
        composed: counts.composed,
        encoded: counts.encoded,
        dropped: counts.dropped.iter().map(|(cause, count)| (drop_cause(*cause), *count)).collect(),
        by_canvas: counts.by_canvas.iter().map(|(shape, count)| (shape.to_string(), *count)).collect(),
    }
}

fn drop_cause(cause: hawker_media::DropCause) -> DropCause {
    match cause {
        hawker_media::DropCause::SourceLate => DropCause::SourceLate,
        hawker_media::DropCause::Overload => DropCause::Overload,
        hawker_media::DropCause::QueueFull => DropCause::QueueFull,
        hawker_media::DropCause::EncodeBehind => DropCause::EncodeBehind,
        hawker_media::DropCause::OutputBehind => DropCause::OutputBehind,
        hawker_media::DropCause::RecordingBehind => DropCause::RecordingBehind,
    }
}
