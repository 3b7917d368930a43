//! What the numbers of a show mean: as text for Prometheus, and as the cause of a loss in words. Pure.

mod diagnose;
mod prometheus;

pub use diagnose::{Diagnosis, LossWatch, diagnose};
pub use prometheus::{Figures, ProcessUse, prometheus};
