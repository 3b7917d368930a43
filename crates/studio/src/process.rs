//! What this process costs the machine.

use std::time::Duration;

/// CPU time of all threads so far.
pub fn cpu_time() -> Duration {
    cpu_time::ProcessTime::try_now().map(|now| now.as_duration()).unwrap_or_default()
}

/// Resident memory, bytes; 0 where the system does not tell.
pub fn rss_bytes() -> u64 {
    memory_stats::memory_stats().map_or(0, |stats| stats.physical_mem as u64)
}
