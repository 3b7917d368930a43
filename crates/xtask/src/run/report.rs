//! A show's lines as sentences, for who runs the demo without `--json`.

use hawker_domain::tag::TagState;
use hawker_wire::live::{LiveEvent, LiveLine, OutputState, SourceState};

/// One line as a sentence; none for what a person need not read.
pub fn sentence(line: &LiveLine) -> Option<String> {
    let text = match &line.event {
        LiveEvent::OnAir { viewer_url: Some(url), .. } => format!("on air; the viewer page is {url}"),
        LiveEvent::OnAir { viewer_url: None, .. } => "on air, without a platform".to_owned(),
        LiveEvent::Source { id, state: SourceState::Lost, .. } => format!("source {id} lost"),
        LiveEvent::Source { id, state: SourceState::Back, .. } => format!("source {id} is back"),
        LiveEvent::Output { name, state, why, .. } => {
            let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            format!("{name} is {}{why}", state_word(*state))
        }
        LiveEvent::Tag { sku, state: TagState::Pinned, confidence, .. } => format!("pinned {sku} ({confidence:.2})"),
        LiveEvent::Tag { .. } | LiveEvent::Learned { .. } | LiveEvent::Chat { .. } => return None,
        LiveEvent::Order { lines, total_minor, currency, .. } => {
            let goods: Vec<String> = lines.iter().map(|line| format!("{} x {}", line.qty, line.sku)).collect();
            format!("order in the studio: {}, {total_minor} minor units of {currency:?}", goods.join(", "))
        }
        LiveEvent::Notice { message, hint, .. } => match hint {
            Some(hint) => format!("{message}; {hint}"),
            None => message.clone(),
        },
        LiveEvent::Summary(summary) => format!(
            "ended after {:.1} s: {} frames encoded, {} dropped, {} pins, {} orders",
            summary.on_air_s,
            summary.frames.encoded,
            summary.frames.dropped.values().sum::<u64>(),
            summary.pins,
            summary.orders
        ),
    };
    Some(format!("[{:>7.1} s] {text}", line.t_ms.0 as f64 / 1000.0))
}

fn state_word(state: OutputState) -> &'static str {
    match state {
        OutputState::Connecting => "connecting",
        OutputState::Live => "live",
        OutputState::Reconnecting => "reconnecting",
        OutputState::Failed => "failed",
        OutputState::Ended => "ended",
    }
}
