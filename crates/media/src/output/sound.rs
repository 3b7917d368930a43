//! Whether sound is back after a reconnect. Pure.

use std::time::Duration;

/// Sound that has not come by then will not come by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is known of the sound on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    Awaited,
    /// It was there this long after the connection could take it.
    Back(Duration),
    /// The program has sound and the connection carries none.
    Missing,
}

/// `first` is when the first sound left, both since the connection could take it; `program_has_sound` what the level
/// before the encoder says.
pub(super) fn judge(elapsed: Duration, first: Option<Duration>, program_has_sound: bool) -> Sound {
    match first {
        Some(first) => Sound::Back(first),
        None if elapsed >= PATIENCE && program_has_sound => Sound::Missing,
        None => Sound::Awaited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_missed_only_where_there_is_some() {
        let ms = Duration::from_millis;
        let table = [
            (ms(100), None, true, Sound::Awaited),
            (ms(2_000), None, true, Sound::Missing),
            (ms(9_000), None, false, Sound::Awaited),
            (ms(9_000), Some(ms(40)), true, Sound::Back(ms(40))),
            (ms(50), Some(ms(40)), false, Sound::Back(ms(40))),
        ];
        for (elapsed, first, has, want) in table {
            assert_eq!(judge(elapsed, first, has), want, "{elapsed:?} {first:?} {has}");
        }
    }
}
