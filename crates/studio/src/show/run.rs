//! What a running show knows about itself.

use super::{Destination, Wanted, pin_log::PinLog, recording::RecordingRun, shot_log::ShotLog};
use crate::{logging::ShowInLogs, process};
use hawker_domain::{DestinationId, Money, ShowId, ShowMs, Sku, order::Order, reason::OutputWhy};
use hawker_media::{FrameCounts, OutputStats};
use hawker_wire::live::{LiveEvent, OutputState, Summary};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// One destination of the running show.
#[derive(Clone, Debug)]
pub struct Output {
    pub destination: Destination,
    pub state: OutputState,
    pub why: Option<String>,
    pub why_code: Option<OutputWhy>,
    /// When the platform closes the room, while reconnecting.
    pub room_closes: Option<Instant>,
    /// Since when it is not live; none while it is.
    pub away_since: Option<Instant>,
    /// Its line decides the bitrate of the picture that it shares.
    pub leads: bool,
    /// The host ended it while it was live.
    pub carried: bool,
    /// What it was before it got another address or key.
    pub former: Former,
}

/// What a destination was before it got another address or key: one destination to the host, several to the engine.
#[derive(Clone, Debug, Default)]
pub struct Former {
    pub ids: Vec<DestinationId>,
    /// Reconnects of all of them, each change of the address among them.
    pub reconnects: u32,
    /// Where it stood among the others.
    pub place: Option<usize>,
}

impl Output {
    pub fn new(destination: Destination) -> Self {
        Self {
            destination,
            state: OutputState::Connecting,
            why: None,
            why_code: None,
            room_closes: None,
            away_since: Some(Instant::now()),
            leads: false,
            carried: false,
            former: Former::default(),
        }
    }

    /// How often it came back so far, whatever address it had.
    pub fn reconnects(&self, counted: &[OutputStats]) -> u32 {
        let own = counted.iter().find(|counted| counted.id == self.destination.id);
        self.former.reconnects + own.map_or(0, |counted| counted.reconnects)
    }

    /// Milliseconds from `now` until the platform closes the room, while reconnecting. An address that outlives the room has
    /// nothing to count down to once it is closed.
    pub fn deadline_ms(&self, now: Instant) -> Option<u64> {
        let left = self.room_closes?.saturating_duration_since(now);
        (self.destination.way.one_show || !left.is_zero()).then(|| u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    /// The line that tells how it fares, as of `now`.
    pub fn event(&self, now: Instant) -> LiveEvent {
        LiveEvent::Output {
            id: self.destination.id,
            name: self.destination.name.clone(),
            url: self.destination.url.redacted(),
            canvas: self.destination.way.canvas.to_string(),
            state: self.state,
            why: self.why.clone(),
            why_code: self.why_code,
            deadline_ms: self.deadline_ms(now),
        }
    }
}

/// How a show stood when its end was asked for.
#[derive(Clone, Debug, Default)]
pub struct AtEnd {
    pub frames: FrameCounts,
    pub cpu_ms_per_frame: f64,
    /// At least one destination was receiving.
    pub sent: bool,
}

/// How a show ended.
#[derive(Clone, Debug)]
pub struct ShowOutcome {
    pub summary: Summary,
    /// The show got on air, and at least one destination or the recording carried it to the end.
    pub carried: bool,
    /// Why not, if not.
    pub failure: Option<String>,
}

/// From "go live" to the summary.
pub struct ShowRun {
    pub show_id: ShowId,
    pub to_platform: bool,
    pub platform_output: Option<DestinationId>,
    /// The host ended it: another address from the platform changes nothing.
    pub platform_ended: bool,
    pub outputs: Vec<Output>,
    /// Replaced by others; what is left of them leaves in the background.
    pub retired: Vec<Output>,
    pub recording: RecordingRun,
    /// A clip of each pin is made of the recording.
    pub pin_clips: bool,
    /// When what was pinned.
    pub pin_log: PinLog,
    /// What kinds of shots the clips of them are cut from.
    pub shot_log: ShotLog,
    pub viewer_url: Option<String>,
    /// How many watch; none while the platform does not say.
    pub viewers: Option<u64>,
    pub on_air_since: Option<Instant>,
    cpu_at_start: Duration,
    pub orders: u64,
    pub revenue: BTreeMap<String, Money>,
    pub sold: BTreeMap<Sku, u64>,
    pub shown_ms: BTreeMap<Sku, u64>,
    pub last_report: ShowMs,
    /// Frames of the preview before the show.
    pub frames_before: FrameCounts,
    /// Show time when the end was asked for.
    pub ended_at: Option<ShowMs>,
    pub at_end: AtEnd,
    pub ended_on_platform: bool,
    /// Every log line names the show as long as it runs.
    _in_logs: ShowInLogs,
}

impl ShowRun {
    pub fn new(show_id: ShowId, to_platform: bool) -> Self {
        Self {
            show_id,
            to_platform,
            platform_output: None,
            platform_ended: false,
            outputs: Vec::new(),
            retired: Vec::new(),
            recording: RecordingRun::default(),
            pin_clips: false,
            pin_log: PinLog::default(),
            shot_log: ShotLog::default(),
            viewer_url: None,
            viewers: None,
            on_air_since: None,
            cpu_at_start: process::cpu_time(),
            orders: 0,
            revenue: BTreeMap::new(),
            sold: BTreeMap::new(),
            shown_ms: BTreeMap::new(),
            last_report: ShowMs(0),
            frames_before: FrameCounts::default(),
            ended_at: None,
            at_end: AtEnd::default(),
            ended_on_platform: false,
            _in_logs: ShowInLogs::note(show_id),
        }
    }

    pub fn output(&mut self, id: DestinationId) -> Option<&mut Output> {
        self.outputs.iter_mut().chain(&mut self.retired).find(|output| output.destination.id == id)
    }

    /// What this show was asked to send to a destination in place of what its way says.
    pub fn instead_of(&self, id: DestinationId) -> Wanted {
        let output = self.outputs.iter().find(|output| output.destination.id == id);
        output.map(|output| output.destination.instead).unwrap_or_default()
    }

    /// One more destination, where its former self stood among the others.
    pub fn place(&mut self, output: Output) {
        let last = self.outputs.len();
        self.outputs.insert(output.former.place.unwrap_or(last).min(last), output);
    }

    /// Takes the platform's destination out of the running ones; what it was so far is for the one that follows it.
    /// `counted`: how the engine's destinations fare, this one among them.
    pub fn retire_platform_output(&mut self, counted: &[OutputStats]) -> Former {
        self.platform_output.take().map(|id| self.retire(id, counted)).unwrap_or_default()
    }

    /// The same of any destination; nothing of one that is not there.
    pub fn retire(&mut self, id: DestinationId, counted: &[OutputStats]) -> Former {
        let Some(at) = self.outputs.iter().position(|output| output.destination.id == id) else {
            return Former::default();
        };
        let output = self.outputs.remove(at);
        let ids = output.former.ids.iter().copied().chain([id]).collect();
        let reconnects = output.reconnects(counted) + 1;
        self.retired.push(output);
        Former { ids, reconnects, place: Some(at) }
    }

    /// One more order of this show.
    pub fn count_order(&mut self, order: &Order) {
        self.orders += 1;
        let currency = order.total.currency.to_string();
        let sum = self.revenue.get(&currency).copied();
        if let Ok(total) = sum.map_or(Ok(order.total), |sum| sum.plus(order.total)) {
            self.revenue.insert(currency, total);
        }
        for line in &order.lines {
            *self.sold.entry(line.sku.clone()).or_default() += u64::from(line.qty);
        }
    }

    pub fn mark_on_air(&mut self) {
        self.on_air_since = Some(Instant::now());
        self.cpu_at_start = process::cpu_time();
    }

    /// CPU of this process since on air, per encoded frame, in ms.
    pub fn cpu_ms_per_frame(&self, encoded: u64) -> f64 {
        let spent = process::cpu_time().saturating_sub(self.cpu_at_start).as_secs_f64() * 1000.0;
        if encoded == 0 { 0.0 } else { spent / encoded as f64 }
    }

    /// The link viewers follow to a product at a moment of the show.
    pub fn link(&self, sku: Option<&Sku>, at: ShowMs) -> Option<String> {
        let mut url = url::Url::parse(self.viewer_url.as_ref()?).ok()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend(sku.map(Sku::as_str));
        url.query_pairs_mut().append_pair("t", &at.0.to_string());
        Some(url.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_countdown_runs_between_two_words_of_the_engine() {
        let now = Instant::now();
        let left = |one_show, after_ms| {
            let way = hawker_domain::DestinationWay { one_show, ..Default::default() };
            let url = hawker_media::SecretUrl::parse("rtmp://127.0.0.1/live/k").unwrap();
            let id = DestinationId(uuid::Uuid::nil());
            let destination = Destination { id, name: "Kuaishou".into(), url, way, instead: Wanted::default() };
            let output = Output { room_closes: Some(now + Duration::from_secs(60)), ..Output::new(destination) };
            output.deadline_ms(now + Duration::from_millis(after_ms))
        };
        let table = [(0, Some(60_000)), (1_000, Some(59_000)), (59_999, Some(1)), (60_000, Some(0)), (99_000, Some(0))];
        for (after_ms, want) in table {
            assert_eq!(left(true, after_ms), want, "{after_ms} ms later");
            assert_eq!(left(false, after_ms), want.filter(|ms| *ms > 0), "{after_ms} ms later, the address goes on");
        }
    }

    #[test]
    fn a_link_escapes_the_sku_and_carries_the_moment() {
        let mut run = ShowRun::new(ShowId(uuid::Uuid::nil()), true);
        let sku = Sku::new("红 L?").unwrap();
        assert_eq!(run.link(Some(&sku), ShowMs(5)), None, "no platform, no link");
        run.viewer_url = Some("http://127.0.0.1:80/s/x".into());
        assert_eq!(run.link(Some(&sku), ShowMs(1500)).unwrap(), "http://127.0.0.1/s/x/%E7%BA%A2%20L%3F?t=1500");
        assert_eq!(run.link(None, ShowMs(1500)).unwrap(), "http://127.0.0.1/s/x?t=1500", "the page asks which");
    }
}
