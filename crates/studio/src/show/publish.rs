//! Where the running show goes: one destination more, one less, one anew.

use super::{
    Destination,
    finish::not_live,
    owner::Owner,
    run::{Former, Output},
};
use crate::errors::{Outcome, not_found};
use hawker_domain::{DestinationId, DestinationWay, reason::OutputWhy, show::DegradedWhy};
use hawker_media::{MediaError, OutputConfig};
use hawker_wire::live::OutputState;
use std::time::{Duration, Instant};

/// What is asked about one destination of the running show.
pub enum Publish {
    /// Send the show there, or send it anew.
    To(Destination),
    /// Send it anew to a destination that is kept nowhere: the platform's own.
    Again(DestinationId),
    /// Send it there no longer.
    End(DestinationId),
    /// It was changed. One that the show does not go to is none of its business.
    Changed(Destination),
}

/// What a change of a destination asks of the connection to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    Nothing,
    /// Only who decides the bitrate changes.
    Lead,
    /// It has to be connected anew.
    Connect,
}

/// What follows for a destination that is `now` what it was as `before`. One that ended stays ended until somebody publishes to
/// it again, whatever else changes.
fn follow(before: &Destination, now: &Destination, state: OutputState) -> Follow {
    let lead_apart = |way: &DestinationWay| DestinationWay { primary: false, ..way.clone() };
    match (before.url == now.url && lead_apart(&before.way) == lead_apart(&now.way), state) {
        (_, OutputState::Ended) => Follow::Nothing,
        (false, _) => Follow::Connect,
        (true, _) if before.way.primary != now.way.primary => Follow::Lead,
        (true, _) => Follow::Nothing,
    }
}

impl Owner {
    /// Errors: `not_live`, `not_found` for one that the show does not go to.
    pub(super) fn publish(&mut self, what: Publish) -> Outcome<()> {
        let show = self.show.as_mut().filter(|show| show.ended_at.is_none()).ok_or_else(not_live)?;
        match what {
            Publish::To(destination) => {
                let instead = show.instead_of(destination.id);
                self.publish_to(destination.with(instead));
            }
            Publish::Again(id) => {
                let output = show.outputs.iter().find(|output| output.destination.id == id);
                let destination = output.map(|output| output.destination.clone());
                show.platform_ended &= show.platform_output != Some(id);
                self.publish_to(destination.ok_or_else(|| not_found("destination", &id.to_string()))?);
            }
            Publish::End(id) => return self.end_output(id),
            Publish::Changed(destination) => {
                let instead = show.instead_of(destination.id);
                let destination = destination.with(instead);
                let Some(output) = show.outputs.iter_mut().find(|output| output.destination.id == destination.id)
                else {
                    return Ok(());
                };
                let follow = follow(&output.destination, &destination, output.state);
                output.destination.name.clone_from(&destination.name);
                match follow {
                    Follow::Nothing => {}
                    Follow::Lead => {
                        output.destination.way.primary = destination.way.primary;
                        self.only_primary(&destination);
                        self.choose_leaders();
                    }
                    Follow::Connect => self.publish_to(destination),
                }
            }
        }
        Ok(())
    }

    fn publish_to(&mut self, destination: Destination) {
        let counted = self.running.as_ref().map(|running| running.program.stats().outputs).unwrap_or_default();
        let Some(show) = &mut self.show else { return };
        let former = show.retire(destination.id, &counted);
        tracing::info!(output.id = %destination.id, url = %destination.url, "published to on air");
        self.only_primary(&destination);
        self.add_output(destination, former);
        let down = self.output_down();
        self.health(DegradedWhy::OutputDown, !down);
    }

    /// At most one of those that get the same picture is the host's choice.
    fn only_primary(&mut self, chosen: &Destination) {
        let others = self.show.iter_mut().flat_map(|show| &mut show.outputs);
        let same = |way: &DestinationWay| (way.canvas, way.rendition);
        for other in others.filter(|other| chosen.way.primary && other.destination.id != chosen.id) {
            other.destination.way.primary &= same(&other.destination.way) != same(&chosen.way);
        }
    }

    fn end_output(&mut self, id: DestinationId) -> Outcome<()> {
        let counted = self.running.as_ref().map(|running| running.program.stats().outputs).unwrap_or_default();
        let Some(show) = &mut self.show else { return Ok(()) };
        let of_platform = show.platform_output == Some(id);
        let output = show.outputs.iter_mut().find(|output| output.destination.id == id);
        let output = output.ok_or_else(|| not_found("destination", &id.to_string()))?;
        tracing::info!(output.id = %id, url = %output.destination.url, "ended on air by the host");
        // It carried the show for as long as the host wished.
        output.carried |= output.state == OutputState::Live;
        output.former.reconnects = output.reconnects(&counted);
        // The engine tells only of one that was at work.
        (output.state, output.why, output.why_code, output.room_closes) = (OutputState::Ended, None, None, None);
        output.away_since.get_or_insert_with(Instant::now);
        let event = output.event(Instant::now());
        show.platform_ended |= of_platform;
        if let Some(running) = &self.running {
            running.program.remove_output(id);
        }
        let down = self.output_down();
        self.health(DegradedWhy::OutputDown, !down);
        self.announce(event);
        self.choose_leaders();
        Ok(())
    }

    /// One that the host has ended stays so with another address.
    pub(super) fn rest_output(&mut self, destination: Destination, former: Former) {
        let Some(show) = &mut self.show else { return };
        let output = Output { former, state: OutputState::Ended, ..Output::new(destination) };
        let event = output.event(Instant::now());
        show.place(output);
        self.announce(event);
    }

    /// `former`: what the destination was before it got this address.
    pub(super) fn add_output(&mut self, destination: Destination, former: Former) {
        let Some(running) = &self.running else { return };
        let canvas = running.plan.canvas_of(&destination);
        let added = running.program.add_output(OutputConfig {
            canvas,
            deadline: destination.way.deadline_s.map(|seconds| Duration::from_secs(u64::from(seconds))),
            one_show: destination.way.one_show,
            delay_ms: destination.way.delay_ms,
            rendition: destination.way.rendition,
            ..OutputConfig::new(destination.id, destination.url.clone())
        });
        let Some(show) = &mut self.show else { return };
        let mut output = Output { former, ..Output::new(destination) };
        if let Err(error) = added {
            output.state = OutputState::Failed;
            // It may go where it went before.
            running.program.remove_output(output.destination.id);
            output.why = Some(error.to_string());
            output.why_code = matches!(error, MediaError::Output { .. }).then_some(OutputWhy::BadAddress);
        }
        let event = output.event(Instant::now());
        let failed = output.state == OutputState::Failed;
        show.place(output);
        // The engine itself reports how an output that was taken fares.
        if failed {
            self.health(DegradedWhy::OutputDown, false);
            self.announce(event);
        }
        self.choose_leaders();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::show::Wanted;
    use hawker_domain::CanvasShape;

    #[test]
    fn only_what_the_connection_depends_on_connects_it_anew() {
        let at = |key: &str, way: DestinationWay| {
            let url = hawker_media::SecretUrl::parse(&format!("rtmp://127.0.0.1/live/{key}")).unwrap();
            let instead = Wanted::default();
            Destination { id: DestinationId(uuid::Uuid::nil()), name: "Douyin".into(), url, way, instead }
        };
        let usual = DestinationWay::default;
        let before = at("a", usual());
        let primary = at("a", DestinationWay { primary: true, ..usual() });
        let later = at("a", DestinationWay { delay_ms: 3_000, primary: true, ..usual() });
        let renamed = Destination { name: "Kuaishou".into(), ..before.clone() };
        let table = [
            ("nothing", before.clone(), OutputState::Live, Follow::Nothing),
            ("its name", renamed, OutputState::Live, Follow::Nothing),
            ("who decides the bitrate", primary.clone(), OutputState::Live, Follow::Lead),
            ("its key", at("b", usual()), OutputState::Live, Follow::Connect),
            ("its key, after it failed", at("b", usual()), OutputState::Failed, Follow::Connect),
            ("its delay", later, OutputState::Reconnecting, Follow::Connect),
            ("its key, after the host ended it", at("b", usual()), OutputState::Ended, Follow::Nothing),
            ("nothing that counts once it ended", primary, OutputState::Ended, Follow::Nothing),
        ];
        for (name, now, state, want) in table {
            assert_eq!(follow(&before, &now, state), want, "{name}");
        }
        let upright = Wanted { canvas: Some(CanvasShape::Portrait), rendition: None };
        let (shown, kept) = (before.with(upright), at("a", DestinationWay { primary: true, ..usual() }));
        assert_eq!(follow(&shown, &kept.with(upright), OutputState::Live), Follow::Lead, "the show's own wish stays");
    }
}
