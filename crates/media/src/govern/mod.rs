//! The overload governor: what a show gives up when its computer is too busy, and how it takes it back.
//!
//! Given up in this order: recognition, the host's preview, skin smoothing, frame rate, resolution; taken back in the
//! opposite order. [`Governor::on`] decides and is pure: times and measurements are passed in. [`GovernorTask`] measures,
//! asks it, and moves the [`Levers`]. Must not know: pipelines.

mod governor;
mod ladder;
mod pressure;
mod task;

#[cfg(test)]
mod plant;

pub use governor::{Governor, Sample, Step};
pub use ladder::{Nominal, Scale, Setpoint};
pub use pressure::CpuPressure;
pub use task::{GovernorState, GovernorTask, Levers, Reading};
