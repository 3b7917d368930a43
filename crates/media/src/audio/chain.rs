//! The filters of one input, in their order: noise suppression, gate, compressor. Pure.

use super::{compressor::Compressor, denoise::Denoise, gate::Gate};
use hawker_domain::sound::Filters;

#[derive(Default)]
pub(super) struct Chain {
    denoise: Denoise,
    gate: Gate,
    compressor: Compressor,
}

impl Chain {
    pub(super) fn set(&mut self, filters: &Filters) {
        self.denoise.set(f32::from(filters.noise_suppression) / 100.0);
        self.gate.set(filters.gate);
        self.compressor.set(filters.compressor);
    }

    /// Frames taken and not given back yet.
    pub(super) fn held(&self) -> usize {
        self.denoise.held()
    }

    /// What the compressor takes away now, dB, positive.
    pub(super) fn reduction_db(&self) -> f32 {
        self.compressor.reduction_db()
    }

    /// Takes `samples` and gives what is ready: in order, nothing lost, [`Self::held`] frames behind.
    pub(super) fn process(&mut self, samples: Vec<f32>) -> Vec<f32> {
        let mut ready = self.denoise.process(samples);
        self.gate.process(&mut ready);
        self.compressor.process(&mut ready);
        ready
    }

    /// Forgets what it holds: what comes next does not follow it.
    pub(super) fn reset(&mut self) {
        self.denoise.reset();
    }
}
