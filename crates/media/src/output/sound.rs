//! Whether sound is back after a reconnect. Pure.

use std::{collections::VecDeque, time::Duration};

/// Over which what went into the connection is looked at; words have pauses that are shorter.
const STRETCH: Duration = Duration::from_secs(1);
/// Sound that has not come by then will not come by itself.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pieces of sound in a second are 47 of AAC and 50 of Opus. Half of them are enough to be heard.
const PIECES: u64 = 23;
/// A piece of silence takes 6 bytes and what wraps it 17 at most; one of the faintest sound more than 100 at any bitrate that
/// is used. (An encoder that fills silence up to the bitrate is believed.)
const BYTES_EACH: u64 = 32;
/// So few pictures in a stretch tell that nothing moves at all, which is another trouble.
const PICTURES: u64 = 10;

/// What is known of a connection at a moment, all of it since the connection could take something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub at: Duration,
    /// When the first sound left.
    pub first: Option<Duration>,
    /// Pieces of encoded sound that left, and their bytes.
    pub pieces: u64,
    pub bytes: u64,
    pub pictures: u64,
    /// How much of the mix before the encoder could be heard so far, judged piece for piece. Milliseconds.
    pub audible_ms: u64,
}

/// What is found out about the sound of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// It was there this long after the connection could take it.
    Back(Duration),
    /// The program has sound and the connection carries none.
    Missing,
}

/// Watches one connection until its sound is known to be there.
#[derive(Debug)]
pub(super) struct SoundWatch {
    /// How much later than the mix the connection gets it.
    delay: Duration,
    /// When so much of the mix could be heard, as long as what was heard then may be on its way.
    mixed: VecDeque<(Duration, u64)>,
    /// Where the stretch began that is looked at, and what could be heard of what came before it.
    from: Option<(Heard, u64)>,
    missing: bool,
    known: bool,
}

impl SoundWatch {
    pub(super) fn new(delay: Duration) -> Self {
        Self { delay, mixed: VecDeque::new(), from: None, missing: false, known: false }
    }

    /// Takes a look; what is new. Silence tells nothing: it is waited for sound. A host who mutes, or turns the sound
    /// down, ends what can be heard at once, so what is missing from then on is not missed.
    pub(super) fn look(&mut self, now: Heard) -> Option<Sound> {
        if self.known {
            return None;
        }
        let audible_ms = self.audible_by(now);
        let (from, audible_before) = *self.from.get_or_insert((now, audible_ms));
        let stretch = now.at.saturating_sub(from.at);
        if stretch < STRETCH {
            return None;
        }
        let audible = Duration::from_millis(audible_ms.saturating_sub(audible_before));
        let (pieces, bytes) = (now.pieces.saturating_sub(from.pieces), now.bytes.saturating_sub(from.bytes));
        if audible * 2 >= stretch && pieces >= PIECES && bytes >= pieces * BYTES_EACH {
            self.known = true;
            // What was missed came now, whenever a first piece of nothing may have left.
            let came = if self.missing { now.at } else { now.first.unwrap_or(now.at) };
            return Some(Sound::Back(came));
        }
        if stretch < PATIENCE {
            return None;
        }
        self.from = Some((now, audible_ms));
        let moves = now.pictures.saturating_sub(from.pictures) >= PICTURES;
        let to_be_heard = audible * 4 >= stretch * 3;
        (moves && to_be_heard && !std::mem::replace(&mut self.missing, true)).then_some(Sound::Missing)
    }

    /// How much could be heard of what the connection gets now, which the mix had before the delay.
    fn audible_by(&mut self, now: Heard) -> u64 {
        self.mixed.push_back((now.at, now.audible_ms));
        let left = |at: &Duration| at.saturating_add(self.delay) <= now.at;
        while self.mixed.get(1).is_some_and(|(at, _)| left(at)) {
            self.mixed.pop_front();
        }
        self.mixed.front().map_or(0, |(_, audible_ms)| *audible_ms)
    }

    /// It was said that sound is missing.
    pub(super) fn was_missing(&self) -> bool {
        self.missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 50 ms for `seconds`: what is found out and when, milliseconds. `of` gives pieces and bytes a second, and whether
    /// the mix is audible, from the second.
    fn found(delay_ms: u64, seconds: u64, of: impl Fn(f64) -> (u64, u64, bool)) -> Vec<(u64, Sound)> {
        let mut watch = SoundWatch::new(Duration::from_millis(delay_ms));
        let (mut pieces, mut bytes, mut audible_ms) = (0.0, 0.0, 0);
        let mut found = Vec::new();
        for tick in 0..seconds * 20 {
            let (pieces_s, bytes_each, audible) = of(tick as f64 / 20.0);
            pieces += pieces_s as f64 / 20.0;
            bytes += (pieces_s * bytes_each) as f64 / 20.0;
            let at = Duration::from_millis(tick * 50);
            let first = (pieces > 0.0).then(|| Duration::from_millis(40));
            let now =
                Heard { at, first, pieces: pieces as u64, bytes: bytes as u64, pictures: tick * 3 / 2, audible_ms };
            found.extend(watch.look(now).map(|sound| (tick * 50, sound)));
            audible_ms += if audible { 50 } else { 0 };
        }
        found
    }

    #[test]
    fn sound_is_back_when_a_second_of_it_has_left_and_not_with_its_first_piece() {
        let back = Sound::Back(Duration::from_millis(40));
        assert_eq!(found(0, 9, |_| (47, 250, true)), [(1_000, back)]);
        assert_eq!(found(0, 9, |_| (0, 0, true)), [(2_000, Sound::Missing)], "none at all");
        assert_eq!(found(0, 9, |_| (47, 23, true)), [(2_000, Sound::Missing)], "pieces of silence");
        assert_eq!(found(0, 9, |s| (if s < 0.1 { 47 } else { 0 }, 250, true)), [(2_000, Sound::Missing)], "one piece");
        assert_eq!(found(0, 9, |_| (47, 23, false)), [], "nobody speaks");
        assert_eq!(found(0, 9, |s| (47, 250, s >= 5.0)), [(6_000, back)], "known once somebody does");
    }

    #[test]
    fn sound_that_comes_late_is_told_as_well() {
        let late = found(0, 9, |s| (if s < 4.5 { 0 } else { 47 }, 250, true));
        assert_eq!(late, [(2_000, Sound::Missing), (5_000, Sound::Back(Duration::from_secs(5)))]);
    }

    #[test]
    fn a_host_who_mutes_or_turns_the_sound_down_misses_nothing() {
        // A reconnect, and the sound ends so long after it: pieces of silence from then on.
        for muted_at in [0.0, 0.2, 0.45, 0.9, 1.2, 1.8] {
            let said = found(0, 12, |s| (47, if s < muted_at { 250 } else { 23 }, s < muted_at));
            assert!(!said.iter().any(|(_, sound)| *sound == Sound::Missing), "muted at {muted_at} s: {said:?}");
        }
        // Nothing came while there was sound, and then it ended: too little to tell.
        assert_eq!(found(0, 12, |s| (47, 23, s < 1.2)), []);
        // The host talks in between: two words of half a second, which are on the connection.
        let words = |s: f64| (3.0..3.5).contains(&s) || (5.0..5.5).contains(&s);
        let said = found(0, 12, |s| (47, if words(s) { 250 } else { 23 }, words(s)));
        assert_eq!(said, [], "so little that it tells nothing either way");
        // Behind a delay what was said before the mute is still to come.
        let behind = |s: f64| (47, if s < 5.0 { 23 } else { 250 }, s < 1.0);
        assert!(!found(5_000, 12, behind).iter().any(|(_, sound)| *sound == Sound::Missing));
    }

    #[test]
    fn behind_a_delay_sound_is_missed_no_earlier_than_it_can_come() {
        // Somebody speaks from the second second on, and five seconds later it is on the connection.
        let spoken = |s: f64| (47, if s < 7.0 { 23 } else { 250 }, s >= 2.0);
        assert_eq!(found(5_000, 12, spoken), [(8_000, Sound::Back(Duration::from_millis(40)))]);
    }

    #[test]
    fn a_connection_that_takes_nothing_at_all_is_another_trouble() {
        let mut watch = SoundWatch::new(Duration::ZERO);
        let stuck = |second| Heard { at: Duration::from_secs(second), audible_ms: second * 1_000, ..Heard::default() };
        assert!((0..9).all(|second| watch.look(stuck(second)).is_none()));
    }
}
