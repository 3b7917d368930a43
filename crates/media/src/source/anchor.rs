//! Where a source's own times lie in the program's. Pure.
//!
//! A broken file, or a server that starts anew, sends pictures stamped hours ahead or behind. Waiting for such a time
//! would stop the picture for good, and filling the sound up to it would take all memory. So a stream whose time jumps
//! far off now is anchored anew: what comes counts as captured when it came, and its distances are kept from there.
//! A file may hold its picture for a while, and its sound: what is stamped a few seconds ahead there is waited for.
//! A stream that is merely late, because the machine is busy, has no jump in it and keeps its anchor: it catches up.

/// Farther off now than this is no delay any more: networks and decoders buffer a second, not two.
pub(crate) const FAR_OFF_NS: u64 = 2_000_000_000;

/// As long as a file may hold one picture: slides and recordings of screens do.
pub(crate) const HELD_NS: u64 = 15_000_000_000;

/// The streams of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Picture,
    Sound,
}

/// What is added to the times of each stream of one pipeline.
#[derive(Debug)]
pub(crate) struct Anchors {
    picture: Anchor,
    sound: Anchor,
    /// Farther ahead of now than this is a jump, nanoseconds.
    ahead_ns: u64,
    /// How often a stream was anchored anew.
    pub jumps: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Anchor {
    /// Nanoseconds.
    offset: i128,
    /// The last stamp of the stream, as it came, nanoseconds.
    last: Option<u64>,
}

impl Anchors {
    /// For streams of which a stamp may be so far ahead of now, nanoseconds.
    pub(crate) fn reaching(ahead_ns: u64) -> Self {
        Self { picture: Anchor::default(), sound: Anchor::default(), ahead_ns, jumps: 0 }
    }

    /// The time in the program of what is stamped `at_ns` and comes at `now_ns`; nanoseconds.
    pub(crate) fn place(&mut self, stream: Stream, at_ns: u64, now_ns: u64) -> u64 {
        let (own, other) = match stream {
            Stream::Picture => (&mut self.picture, self.sound.offset),
            Stream::Sound => (&mut self.sound, self.picture.offset),
        };
        let jumped = own.last.replace(at_ns).is_none_or(|last| last.abs_diff(at_ns) > FAR_OFF_NS);
        if jumped {
            // Where the other stream has jumped already, this one follows by the same step: both stay together.
            let near = now_ns.saturating_sub(FAR_OFF_NS)..=now_ns.saturating_add(self.ahead_ns);
            let fits = |offset: &i128| moved(at_ns, *offset).is_some_and(|at| near.contains(&at));
            let offset = [own.offset, other, 0].into_iter().find(fits);
            let offset = offset.unwrap_or(i128::from(now_ns) - i128::from(at_ns));
            self.jumps += u64::from(offset != own.offset);
            own.offset = offset;
        }
        moved(at_ns, own.offset).unwrap_or(now_ns)
    }
}

fn moved(at_ns: u64, offset: i128) -> Option<u64> {
    u64::try_from(i128::from(at_ns) + offset).ok()
}

#[cfg(test)]
mod tests {
    use super::{Stream::*, *};

    const S: u64 = 1_000_000_000;
    const MS: u64 = 1_000_000;

    /// Plays (stream, stamped, now) and compares where each lands.
    fn play(steps: &[(Stream, u64, u64, u64)], jumps: u64) {
        play_reaching(FAR_OFF_NS, steps, jumps);
    }

    fn play_reaching(ahead_ns: u64, steps: &[(Stream, u64, u64, u64)], jumps: u64) {
        let mut anchors = Anchors::reaching(ahead_ns);
        for (n, (stream, at, now, want)) in steps.iter().enumerate() {
            assert_eq!(anchors.place(*stream, *at, *now), *want, "step {n}: {stream:?} {at} at {now}");
        }
        assert_eq!(anchors.jumps, jumps);
    }

    #[test]
    fn delays_and_early_pictures_move_nothing() {
        play(
            &[
                (Picture, 10 * S, 10 * S, 10 * S),
                (Picture, 11 * S, 12 * S + 900 * MS, 11 * S),
                (Sound, 14 * S, 13 * S, 14 * S),
            ],
            0,
        );
    }

    #[test]
    fn a_jump_ahead_counts_as_now_and_distances_are_kept() {
        play(
            &[
                (Picture, 5 * S, 5 * S, 5 * S),
                (Picture, 3_605 * S, 6 * S, 6 * S),
                (Picture, 3_605 * S + 33 * MS, 6 * S + 40 * MS, 6 * S + 33 * MS),
                (Picture, 3_606 * S, 7 * S + 100 * MS, 7 * S),
            ],
            1,
        );
    }

    #[test]
    fn a_file_is_waited_for_while_it_holds_its_picture_and_not_for_hours() {
        play_reaching(
            HELD_NS,
            &[
                (Picture, S, S, S),
                (Picture, 10 * S, S + MS, 10 * S),
                (Sound, S, S + MS, S),
                (Picture, 10 * S + 33 * MS, 10 * S, 10 * S + 33 * MS),
                (Picture, 3_600 * S, 10 * S + 50 * MS, 10 * S + 50 * MS),
            ],
            1,
        );
    }

    #[test]
    fn a_jump_back_counts_as_now_too() {
        play(
            &[
                (Picture, 3_600 * S, 3_600 * S, 3_600 * S),
                (Picture, 0, 3_601 * S, 3_601 * S),
                (Picture, S, 3_602 * S, 3_602 * S),
            ],
            1,
        );
    }

    #[test]
    fn sound_and_picture_that_jump_together_stay_together() {
        play(
            &[
                (Picture, 100 * S, 5 * S, 5 * S),
                (Sound, 100 * S + 20 * MS, 5 * S + 100 * MS, 5 * S + 20 * MS),
                (Picture, 100 * S + 33 * MS, 5 * S + 110 * MS, 5 * S + 33 * MS),
            ],
            2,
        );
    }

    #[test]
    fn a_stream_that_jumps_alone_is_not_torn_by_the_other() {
        play(
            &[
                (Picture, 100 * S, 5 * S, 5 * S),
                (Sound, 5 * S, 5 * S, 5 * S),
                (Picture, 100 * S + 33 * MS, 5 * S + 33 * MS, 5 * S + 33 * MS),
                (Sound, 5 * S + 33 * MS, 5 * S + 33 * MS, 5 * S + 33 * MS),
            ],
            1,
        );
    }

    #[test]
    fn times_that_are_right_again_are_taken_as_they_are() {
        play(&[(Picture, 100 * S, S / 2, S / 2), (Picture, S, S, S)], 2);
    }

    #[test]
    fn a_busy_machine_makes_pictures_late_and_moves_nothing() {
        play(
            &[
                (Picture, 5 * S, 5 * S, 5 * S),
                (Picture, 5 * S + 33 * MS, 9 * S, 5 * S + 33 * MS),
                (Picture, 5 * S + 66 * MS, 9 * S + MS, 5 * S + 66 * MS),
            ],
            0,
        );
    }

    #[test]
    fn a_source_that_paused_goes_on_where_its_clock_is() {
        play(&[(Picture, 5 * S, 5 * S, 5 * S), (Picture, 65 * S, 65 * S, 65 * S)], 0);
    }

    #[test]
    fn the_largest_time_there_is_overflows_nothing() {
        play(&[(Picture, u64::MAX, S, S), (Picture, 0, u64::MAX - 1, u64::MAX - 1)], 2);
    }
}
