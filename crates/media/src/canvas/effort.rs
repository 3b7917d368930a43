//! How much of a canvas is made while the computer is busy. Written by the governor, read by the canvas.

use std::sync::atomic::{AtomicU32, Ordering};

/// Pictures a second that are made, of those the canvas has places for.
#[derive(Debug)]
pub(crate) struct Effort {
    nominal: u32,
    fps: AtomicU32,
}

impl Effort {
    /// Everything, of a canvas with so many places a second.
    pub(crate) fn full(fps: u32) -> Self {
        Self { nominal: fps.max(1), fps: AtomicU32::new(fps.max(1)) }
    }

    pub(crate) fn set_fps(&self, fps: u32) {
        self.fps.store(fps.clamp(1, self.nominal), Ordering::Relaxed);
    }

    pub(crate) fn fps(&self) -> u32 {
        self.fps.load(Ordering::Relaxed)
    }

    /// Whether this place of the grid gets a picture; those that do lie as evenly as the grid allows.
    pub(crate) fn wants(&self, slot: u64) -> bool {
        let (fps, nominal) = (u64::from(self.fps()), u64::from(self.nominal));
        // Among so many places that nothing overflows, in every hour the same.
        let place = slot % (nominal * 3600);
        (place + 1) * fps / nominal != place * fps / nominal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_pictures_lie_evenly_and_are_as_many_as_asked_for() {
        let effort = Effort::full(30);
        for fps in [30, 20, 15, 10, 1] {
            effort.set_fps(fps);
            let wanted: Vec<u64> = (300..900).filter(|slot| effort.wants(*slot)).collect();
            assert_eq!(wanted.len() as u32, fps * 20, "{fps} a second for twenty seconds");
            let gaps = wanted.windows(2).map(|pair| pair[1] - pair[0]);
            let (least, most) = gaps.fold((u64::MAX, 0), |(least, most), gap| (least.min(gap), most.max(gap)));
            assert!(most - least <= 1, "{fps}: {least} to {most} places between pictures");
        }
        effort.set_fps(99);
        assert_eq!(effort.fps(), 30, "no more than the canvas has places for");
        assert!((0..60).chain(u64::MAX - 60..u64::MAX).all(|slot| effort.wants(slot)));
    }
}
