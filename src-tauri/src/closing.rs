//! Closing the window on air: the host is asked first, in the window. Pure.
//!
//! Invariant: a window whose page does not answer can always be closed: by closing it again.

/// What the host was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Question {
    #[default]
    None,
    /// The page was told to ask and has not said that it does.
    Sent,
    /// The page shows the question.
    Shown,
}

/// What happened to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants it closed.
    Close {
        on_air: bool,
    },
    Shown,
    /// The host goes on with the show.
    Stay,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Nothing,
    /// Keep the window and ask in it.
    Ask,
    Close,
}

impl Question {
    /// The next state and what to do.
    pub fn on(self, event: Event) -> (Self, Deed) {
        match (self, event) {
            (_, Event::Close { on_air: false }) | (Self::Sent, Event::Close { on_air: true }) => {
                (Self::None, Deed::Close)
            }
            (Self::None, Event::Close { on_air: true }) => (Self::Sent, Deed::Ask),
            // A page that lives says again that it asks.
            (Self::Shown, Event::Close { on_air: true }) => (Self::Sent, Deed::Ask),
            (Self::None, Event::Shown) => (Self::None, Deed::Nothing),
            (_, Event::Shown) => (Self::Shown, Deed::Nothing),
            (_, Event::Stay) => (Self::None, Deed::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSE: Event = Event::Close { on_air: true };
    const IDLE: Event = Event::Close { on_air: false };

    #[test]
    fn a_show_is_never_ended_by_closing_the_window_once() {
        let table: [(&[Event], Deed); 9] = [
            (&[IDLE], Deed::Close),
            (&[CLOSE], Deed::Ask),
            // The page answers: it may be asked as often as one likes.
            (&[CLOSE, Event::Shown, CLOSE], Deed::Ask),
            (&[CLOSE, Event::Shown, Event::Stay, CLOSE], Deed::Ask),
            // The show ended while the question stood.
            (&[CLOSE, Event::Shown, IDLE], Deed::Close),
            (&[CLOSE, Event::Shown, CLOSE, Event::Shown, CLOSE], Deed::Ask),
            // The page died while it asked.
            (&[CLOSE, Event::Shown, CLOSE, CLOSE], Deed::Close),
            // The page is dead.
            (&[CLOSE, CLOSE], Deed::Close),
            // An answer to a question that nobody asked.
            (&[Event::Shown, CLOSE], Deed::Ask),
        ];
        for (events, want) in table {
            let (_, deed) = events.iter().fold((Question::None, Deed::Nothing), |(state, _), event| state.on(*event));
            assert_eq!(deed, want, "{events:?}");
        }
    }
}
