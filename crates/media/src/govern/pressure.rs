//! How long work waits for the processor, as the kernel counts it (Linux's pressure stall information).

use std::time::Duration;

const FILE: &str = "/proc/pressure/cpu";

/// The share of time in which some work waited for a processor, between two readings.
#[derive(Debug, Default)]
pub struct CpuPressure {
    before: Option<(Duration, u64)>,
}

impl CpuPressure {
    /// Share since the call before, 0 to 1. None the first time and where the system does not tell.
    pub fn read(&mut self, now: Duration) -> Option<f32> {
        let total = total_us(&std::fs::read_to_string(FILE).ok()?)?;
        self.since(now, total)
    }

    fn since(&mut self, now: Duration, total_us: u64) -> Option<f32> {
        let (then, before) = self.before.replace((now, total_us))?;
        let elapsed = now.saturating_sub(then).as_micros() as f32;
        (elapsed > 0.0).then(|| (total_us.saturating_sub(before) as f32 / elapsed).clamp(0.0, 1.0))
    }
}

/// The counter of the line "some", microseconds. The averages beside it lag by ten seconds.
fn total_us(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with("some"))?;
    line.split_whitespace().find_map(|field| field.strip_prefix("total="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        let text = "some avg10=9.97 avg60=12.95 avg300=10.53 total=65360490\nfull avg10=0.00 total=7\n";
        assert_eq!(total_us(text), Some(65_360_490));
        for bad in ["", "full total=7", "some total=x", "some avg10=1"] {
            assert_eq!(total_us(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_share_is_between_nothing_and_all() {
        let mut pressure = CpuPressure::default();
        let at = Duration::from_millis;
        assert_eq!(pressure.since(at(0), 1_000), None, "one reading is no span");
        assert_eq!(pressure.since(at(500), 251_000), Some(0.5));
        assert_eq!(pressure.since(at(1_000), 9_251_000), Some(1.0));
        assert_eq!(pressure.since(at(1_500), 0), Some(0.0), "a counter that went back");
        assert_eq!(pressure.since(at(1_500), 0), None, "no time has passed");
    }
}
