//! What may become of a claim.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a claim comes to nothing at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefusedWhy {
    /// The viewer has as much as one buyer may have.
    Limit,
    SoldOut,
    /// Not sold here.
    Unknown,
}

/// `Heard -> Asked | Reserved | Invited | Waiting | Refused`, then `Paid`, `Expired` or `Dropped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClaimState {
    Heard,
    /// A question for the desk.
    Asked,
    /// The goods are held until then (UTC, microseconds since 1970).
    Reserved {
        #[ts(type = "number")]
        until_us: i64,
    },
    /// May be paid until then; nothing is held, and whoever pays first has the goods.
    Invited {
        #[ts(type = "number")]
        until_us: i64,
    },
    /// Sold out: so many come first, this one included, when the claim was put there.
    Waiting {
        place: u32,
    },
    Refused {
        why: RefusedWhy,
    },
    Paid,
    /// Not paid in time, still waiting or a question when the show ended, or of products that can't be paid together any more.
    Expired,
    /// Taken back by the viewer, or by the desk.
    Dropped,
}

/// What can happen to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimEvent {
    Ask,
    Hold { until_us: i64 },
    Invite { until_us: i64 },
    Queue { place: u32 },
    Refuse { why: RefusedWhy },
    Pay,
    RunOut,
    Drop,
}

/// A change that the claim's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a claim that is {from:?} can't take {event:?}")]
pub struct ClaimTransitionError {
    pub from: ClaimState,
    pub event: ClaimEvent,
}

impl ClaimState {
    /// The state after `event`. Errors: [`ClaimTransitionError`] when the event is not allowed here.
    pub fn on(self, event: ClaimEvent) -> Result<Self, ClaimTransitionError> {
        use {ClaimEvent as E, ClaimState as S};
        match (self, event) {
            (S::Heard, E::Ask) => Ok(S::Asked),
            (S::Heard | S::Asked | S::Waiting { .. } | S::Invited { .. }, E::Hold { until_us }) => {
                Ok(S::Reserved { until_us })
            }
            (S::Heard | S::Asked, E::Invite { until_us }) => Ok(S::Invited { until_us }),
            (S::Heard | S::Asked | S::Invited { .. }, E::Queue { place }) => Ok(S::Waiting { place }),
            (S::Heard | S::Asked | S::Invited { .. }, E::Refuse { why }) => Ok(S::Refused { why }),
            // Only goods that are held can be paid.
            (S::Reserved { .. }, E::Pay) => Ok(S::Paid),
            (S::Asked | S::Reserved { .. } | S::Invited { .. } | S::Waiting { .. }, E::RunOut) => Ok(S::Expired),
            (from, E::Drop) if from.is_open() => Ok(S::Dropped),
            (from, event) => Err(ClaimTransitionError { from, event }),
        }
    }

    /// Something may still become of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Heard | Self::Asked | Self::Reserved { .. } | Self::Invited { .. } | Self::Waiting { .. })
    }

    /// Counts towards what one buyer may have. A question does not: nobody knows yet what it is for.
    pub fn counts(self) -> bool {
        matches!(self, Self::Reserved { .. } | Self::Invited { .. } | Self::Waiting { .. } | Self::Paid)
    }

    /// Until when it may be paid, where it may.
    pub fn until_us(self) -> Option<i64> {
        match self {
            Self::Reserved { until_us } | Self::Invited { until_us } => Some(until_us),
            _ => None,
        }
    }

    /// The state's word, as it is serialised.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Asked => "asked",
            Self::Reserved { .. } => "reserved",
            Self::Invited { .. } => "invited",
            Self::Waiting { .. } => "waiting",
            Self::Refused { .. } => "refused",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Dropped => "dropped",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use {ClaimEvent as E, ClaimState as S};

    const STATES: [S; 9] = [
        S::Heard,
        S::Asked,
        S::Reserved { until_us: 1 },
        S::Invited { until_us: 1 },
        S::Waiting { place: 1 },
        S::Refused { why: RefusedWhy::Limit },
        S::Paid,
        S::Expired,
        S::Dropped,
    ];
    const EVENTS: [E; 8] = [
        E::Ask,
        E::Hold { until_us: 2 },
        E::Invite { until_us: 2 },
        E::Queue { place: 2 },
        E::Refuse { why: RefusedWhy::SoldOut },
        E::Pay,
        E::RunOut,
        E::Drop,
    ];

    /// A row a state, a column an event: the first letter of the state it leads to, or a dot.
    const TABLE: [&str; 9] = [
        "aRIWF..D", // heard
        ".RIWF.ED", // asked
        ".....PED", // reserved
        ".R.WF.ED", // invited
        ".R....ED", // waiting
        "........", // refused
        "........", // paid
        "........", // expired
        "........", // dropped
    ];

    #[test]
    fn a_claim_goes_where_the_table_says_and_nowhere_else() {
        for (from, row) in STATES.into_iter().zip(TABLE) {
            for (event, want) in EVENTS.into_iter().zip(row.chars()) {
                let got = match from.on(event) {
                    Err(error) => {
                        assert_eq!((error.from, error.event), (from, event));
                        '.'
                    }
                    Ok(S::Asked) => 'a',
                    Ok(S::Reserved { until_us: 2 }) => 'R',
                    Ok(S::Invited { until_us: 2 }) => 'I',
                    Ok(S::Waiting { place: 2 }) => 'W',
                    Ok(S::Refused { why: RefusedWhy::SoldOut }) => 'F',
                    Ok(S::Paid) => 'P',
                    Ok(S::Expired) => 'E',
                    Ok(S::Dropped) => 'D',
                    Ok(other) => panic!("{from:?} on {event:?} became {other:?}"),
                };
                assert_eq!(got, want, "{from:?} on {event:?}");
            }
        }
    }

    #[test]
    fn what_is_over_stays_over_and_what_is_open_can_be_dropped() {
        for state in STATES {
            assert_eq!(state.on(E::Drop).is_ok(), state.is_open(), "{state:?}");
            let leads = EVENTS.into_iter().any(|event| state.on(event).is_ok());
            assert_eq!(leads, state.is_open(), "{state:?}");
        }
    }

    #[test]
    fn a_state_is_written_with_its_word_and_read_again() {
        for state in STATES {
            let text = serde_json::to_string(&state).unwrap();
            assert!(text.contains(&format!(r#""state":"{}""#, state.as_str())), "{text}");
            assert_eq!(serde_json::from_str::<S>(&text).unwrap(), state);
        }
    }
}
