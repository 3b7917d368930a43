//! What the system tells about a process. Linux only: elsewhere the rows that need it say so.

/// Highest resident memory so far, megabytes (10^6 bytes).
pub fn peak_rss_mb(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    peak_rss_in(&status)
}

/// `VmHWM` of a /proc status file. Its unit is written kB and means 1,024 bytes.
fn peak_rss_in(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_megabytes_of_a_million() {
        assert_eq!(peak_rss_in("VmPeak:\t 9 kB\nVmHWM:\t  500000 kB\nVmRSS:\t 4 kB\n"), Some(512.0));
        assert_eq!(peak_rss_in("Name:\tx\n"), None);
    }
}
