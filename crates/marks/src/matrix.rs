//! Which clips the studio is tried with.

use crate::{Channels, Clip, Course};

const RATES_HZ: [u32; 5] = [8_000, 16_000, 44_100, 48_000, 96_000];
const CHANNELS: [Channels; 3] = [Channels::Mono, Channels::Stereo, Channels::FivePointOne];
const FPS: [u32; 4] = [15, 25, 30, 60];
const COURSES: [Course; 5] = [Course::Steady, Course::Jitter, Course::Drops, Course::Gap, Course::Skew];
/// Long enough for a gap in the middle and marks on both sides.
const SECONDS: u32 = 8;

/// One combination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub clip: Clip,
}

impl Cell {
    fn new(sample_rate_hz: u32, channels: Channels, fps: u32, course: Course) -> Self {
        let size = Clip { width: 320, height: 180, ..Clip::of(SECONDS) };
        Self { clip: Clip { sample_rate_hz, channels, fps, course, flash_every: fps, ..size } }
    }

    /// Such as `44100-mono-25-drops`.
    pub fn name(&self) -> String {
        let clip = &self.clip;
        format!("{}-{:?}-{}-{:?}", clip.sample_rate_hz, clip.channels, clip.fps, clip.course).to_lowercase()
    }
}

/// Every combination: 300.
pub fn whole() -> Vec<Cell> {
    let mut cells = Vec::new();
    for rate in RATES_HZ {
        for channels in CHANNELS {
            for fps in FPS {
                cells.extend(COURSES.map(|course| Cell::new(rate, channels, fps, course)));
            }
        }
    }
    cells
}

/// A few in which every value of every side comes at least once.
pub fn few() -> Vec<Cell> {
    let at = |index: usize| Some((index, *RATES_HZ.get(index % 5)?, *CHANNELS.get(index % 3)?));
    let cell = |(index, rate, channels): (usize, u32, Channels)| {
        Some(Cell::new(rate, channels, *FPS.get(index % 4)?, *COURSES.get((index + index / 5) % 5)?))
    };
    (0..8).filter_map(|index| at(index).and_then(cell)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_few_leave_no_value_out_and_all_are_different() {
        let few = few();
        let count = |of: &dyn Fn(&Clip) -> String| few.iter().map(|cell| of(&cell.clip)).collect::<BTreeSet<_>>().len();
        assert_eq!(count(&|clip| clip.sample_rate_hz.to_string()), RATES_HZ.len());
        assert_eq!(count(&|clip| format!("{:?}", clip.channels)), CHANNELS.len());
        assert_eq!(count(&|clip| clip.fps.to_string()), FPS.len());
        assert_eq!(count(&|clip| format!("{:?}", clip.course)), COURSES.len());
        let names: BTreeSet<String> = whole().iter().map(Cell::name).collect();
        assert_eq!(names.len(), 300);
        assert!(few.iter().all(|cell| names.contains(&cell.name())));
    }
}
