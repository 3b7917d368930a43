//! Which destination's line decides the bitrate of the picture that several share.

use super::owner::Owner;
use hawker_domain::{CanvasShape, DestinationId, Rendition};
use hawker_media::SecretUrl;
use hawker_wire::live::OutputState;
use std::time::{Duration, Instant};

/// One that is away for longer leaves the others without anybody who looks after their bitrate.
const PATIENCE: Duration = Duration::from_secs(30);

/// A destination that is sent to over the network.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    id: DestinationId,
    /// Those that share a picture share its bitrate.
    picture: (CanvasShape, Option<Rendition>),
    /// The host made it the primary one.
    wished: bool,
    leads: bool,
    state: OutputState,
    /// How long it has not been live.
    away: Duration,
}

impl Candidate {
    /// It is not coming back by itself.
    fn is_over(&self) -> bool {
        matches!(self.state, OutputState::Failed | OutputState::Ended)
    }
}

/// Who leads among those of one picture: the host's choice, else whoever does already, else the first that is live. One that
/// is over never does, and one that has been away for long only where nobody else is there.
fn leader(of_one_picture: &[Candidate]) -> Option<DestinationId> {
    let at_work = || of_one_picture.iter().filter(|one| !one.is_over());
    let here = || at_work().filter(|one| one.away < PATIENCE);
    let found = here().find(|one| one.wished).or_else(|| here().find(|one| one.leads));
    let found = found.or_else(|| at_work().find(|one| one.state == OutputState::Live));
    let found = found.or_else(|| at_work().find(|one| one.leads)).or_else(|| here().next());
    found.or_else(|| at_work().next()).map(|one| one.id)
}

/// Who leads now and did not, and who did and does no longer; these first.
fn changes(all: &[Candidate]) -> Vec<(DestinationId, bool)> {
    let leads_now = |one: &Candidate| {
        let with_it: Vec<_> = all.iter().filter(|other| other.picture == one.picture).copied().collect();
        leader(&with_it) == Some(one.id)
    };
    let mut changes: Vec<_> =
        all.iter().map(|one| (one, leads_now(one))).filter(|(one, now)| *now != one.leads).collect();
    changes.sort_by_key(|(_, now)| *now);
    changes.into_iter().map(|(one, now)| (one.id, now)).collect()
}

impl Owner {
    /// Sees to it that of each picture one destination at most leads, and one that is there.
    pub(super) fn choose_leaders(&mut self) {
        let (Some(running), Some(show)) = (&self.running, &mut self.show) else { return };
        let now = Instant::now();
        let networked = show.outputs.iter().filter(|one| one.destination.url.scheme() != SecretUrl::VIRTUAL_CAMERA);
        let all: Vec<_> = networked
            .map(|output| Candidate {
                id: output.destination.id,
                picture: (running.plan.canvas_of(&output.destination), output.destination.way.rendition),
                wished: output.destination.way.primary,
                leads: output.leads,
                state: output.state,
                away: output.away_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since)),
            })
            .collect();
        for (id, leads) in changes(&all) {
            running.program.lead(id, leads);
            if let Some(output) = show.output(id) {
                output.leads = leads;
                tracing::info!(output.id = %id, leads, "which destination decides the bitrate");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OutputState::{Connecting, Ended, Failed, Live, Reconnecting};

    fn one(n: u128, state: OutputState) -> Candidate {
        let away = if state == Live { 0 } else { 5 };
        Candidate {
            id: DestinationId(uuid::Uuid::from_u128(n)),
            picture: (CanvasShape::Landscape, None),
            wished: false,
            leads: false,
            state,
            away: Duration::from_secs(away),
        }
    }

    fn leading(one: Candidate) -> Candidate {
        Candidate { leads: true, ..one }
    }

    fn wished(one: Candidate) -> Candidate {
        Candidate { wished: true, ..one }
    }

    fn long_away(one: Candidate) -> Candidate {
        Candidate { away: PATIENCE, ..one }
    }

    #[test]
    fn one_that_is_there_leads_and_the_hosts_choice_before_all() {
        let table = [
            ("nobody", vec![], None),
            ("the first, before any is live", vec![one(1, Connecting), one(2, Connecting)], Some(1)),
            ("a live one first", vec![one(1, Connecting), one(2, Live)], Some(2)),
            ("it stays", vec![one(1, Live), leading(one(2, Live))], Some(2)),
            ("it stays through a short loss", vec![one(1, Live), leading(one(2, Reconnecting))], Some(2)),
            ("a key refused ends it", vec![leading(one(1, Failed)), one(2, Live)], Some(2)),
            ("so does the end of a room", vec![leading(wished(one(1, Ended))), one(2, Live)], Some(2)),
            ("nobody is left", vec![leading(one(1, Failed)), one(2, Ended)], None),
            ("long away", vec![leading(long_away(one(1, Reconnecting))), one(2, Live)], Some(2)),
            ("long away, and nobody else", vec![leading(long_away(one(1, Reconnecting)))], Some(1)),
            ("the host's choice", vec![leading(one(1, Live)), wished(one(2, Live))], Some(2)),
            (
                "the host's choice is long away",
                vec![leading(one(1, Live)), wished(long_away(one(2, Reconnecting)))],
                Some(1),
            ),
        ];
        for (name, all, want) in table {
            let want = want.map(|n| DestinationId(uuid::Uuid::from_u128(n)));
            assert_eq!(leader(&all), want, "{name}");
        }
    }

    #[test]
    fn each_picture_has_a_leader_of_its_own_and_who_leads_no_longer_hears_it_first() {
        let small = |one: Candidate| Candidate { picture: (CanvasShape::Landscape, Some(Rendition::P360)), ..one };
        let all = [one(1, Live), leading(one(2, Failed)), small(one(3, Live)), small(one(4, Live))];
        let id = |n| DestinationId(uuid::Uuid::from_u128(n));
        assert_eq!(changes(&all), [(id(2), false), (id(1), true), (id(3), true)]);
        let settled = [leading(one(1, Live)), one(2, Failed), leading(small(one(3, Live))), small(one(4, Live))];
        assert!(changes(&settled).is_empty());
    }
}
