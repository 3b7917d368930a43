//! What the system tells about a process and its children. Linux only: elsewhere the rows that need it say so.

use std::collections::BTreeMap;

/// The kernel counts processor time in hundredths of a second towards user space, on every machine.
const TICK_MS: f64 = 10.0;

/// Highest resident memory so far, megabytes (10^6 bytes).
pub fn peak_rss_mb(pid: u32) -> Option<f64> {
    in_status(&status(pid)?, "VmHWM:")
}

/// Resident memory now, megabytes, of a process and everything it started. What several of them have mapped, a library or
/// pictures that one hands to the other, is counted once.
pub fn rss_mb(pid: u32) -> Option<f64> {
    let mut resident = Resident::default();
    resident.add(&smaps(pid)?);
    descendants(pid).into_iter().filter_map(smaps).for_each(|maps| resident.add(&maps));
    Some(resident.kib() * 1024.0 / 1e6)
}

/// Processor time so far, milliseconds, of the processes below `pid` that were started with the argument `named`.
pub fn cpu_ms_of(pid: u32, named: &str) -> f64 {
    let is_named = |child: &u32| {
        let line = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == named.as_bytes())
    };
    descendants(pid).into_iter().filter(is_named).filter_map(|child| cpu_in(&stat(child)?)).sum()
}

/// Processor time so far, milliseconds, of a process and everything it started.
pub fn cpu_ms(pid: u32) -> Option<f64> {
    let own = cpu_in(&stat(pid)?)?;
    Some(own + descendants(pid).into_iter().filter_map(|child| cpu_in(&stat(child)?)).sum::<f64>())
}

fn smaps(pid: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/smaps")).ok()
}

/// The resident memory of several processes.
#[derive(Debug, Default)]
struct Resident {
    /// Of one process each.
    private_kib: f64,
    /// Of a part of a file (device, inode, offset), in the process that has the most of it.
    shared_kib: BTreeMap<String, f64>,
}

impl Resident {
    /// Adds a process by its /proc smaps: for each mapping a line with its addresses, rights, offset, device and inode, and
    /// below it what of it is resident.
    fn add(&mut self, smaps: &str) {
        let mut of = None;
        for line in smaps.lines() {
            let mut words = line.split_whitespace();
            let (Some(first), Some(second)) = (words.next(), words.next()) else { continue };
            if !first.ends_with(':') {
                let rest: Vec<&str> = words.collect();
                let (offset, device, inode) = (rest.first(), rest.get(1), rest.get(2));
                of = inode.filter(|inode| **inode != "0").map(|inode| format!("{device:?} {inode} {offset:?}"));
                continue;
            }
            let Ok(kib) = second.parse::<f64>() else { continue };
            match (first, &of) {
                ("Private_Clean:" | "Private_Dirty:", _) | ("Shared_Clean:" | "Shared_Dirty:", None) => {
                    self.private_kib += kib;
                }
                ("Shared_Clean:" | "Shared_Dirty:", Some(part)) => {
                    let known = self.shared_kib.entry(format!("{part} {first}")).or_default();
                    *known = known.max(kib);
                }
                _ => {}
            }
        }
    }

    fn kib(&self) -> f64 {
        self.private_kib + self.shared_kib.values().sum::<f64>()
    }
}

fn status(pid: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/status")).ok()
}

fn stat(pid: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()
}

/// A line of a /proc status file. Its unit is written kB and means 1,024 bytes.
fn in_status(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// The name stands in brackets and may hold anything; fields count from behind it. 14 to 17 of the manual page: own time
/// in user and kernel, and that of children who ended.
fn cpu_in(stat: &str) -> Option<f64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<f64>().ok());
    Some(ticks.sum::<Option<f64>>()? * TICK_MS)
}

fn parent_in(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Children, their children and so on.
fn descendants(pid: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: BTreeMap<u32, u32> = pids.filter_map(|pid| Some((pid, parent_in(&stat(pid)?)?))).collect();
    let mut found = vec![pid];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(child, _)| *child));
        at += 1;
    }
    found.split_off(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn memory_is_read_in_megabytes_of_a_million() {
        let status = "VmPeak:\t 9 kB\nVmHWM:\t  500000 kB\nVmRSS:\t 4 kB\n";
        assert_eq!(in_status(status, "VmHWM:"), Some(512.0));
        assert_eq!(in_status("Name:\tx\n", "VmHWM:"), None);
    }

    #[test]
    fn what_two_processes_have_mapped_counts_once() {
        let mapping = |inode: u32, private: u32, shared: u32| {
            format!(
                "7f00-7f01 r-xp 00002000 fe:00 {inode}   /usr/lib/some name: x.so\nRss: 9 kB\nShared_Clean:  {shared} kB\n\
                 Private_Dirty: {private} kB\nVmFlags: rd mr\n"
            )
        };
        let mut resident = Resident::default();
        resident.add(&(mapping(7, 10, 100) + &mapping(0, 5, 3)));
        resident.add(&(mapping(7, 20, 150) + &mapping(0, 5, 3) + &mapping(8, 0, 40)));
        assert_eq!(resident.kib(), 10.0 + 20.0 + 150.0 + 8.0 + 8.0 + 40.0);
    }

    #[test]
    fn this_process_is_measured_by_its_mappings() {
        let (by_maps, by_status) = (rss_mb(std::process::id()), status(std::process::id()));
        let by_status = by_status.and_then(|status| in_status(&status, "VmRSS:"));
        assert!(by_maps.zip(by_status).is_some_and(|(maps, status)| (maps / status - 1.0).abs() < 0.2));
    }

    #[test]
    fn time_is_read_behind_a_name_that_looks_like_fields() {
        let stat = "7 (a) b 1 2 (x)) S 3 7 7 0 -1 4194304 100 0 0 0 250 50 30 20 20 0 1 0 12345 1 2";
        assert_eq!(cpu_in(stat), Some(3_500.0));
        assert_eq!(parent_in(stat), Some(3));
        assert_eq!(cpu_in("7 (a) S 3"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_counts_with_its_parent() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap_or_else(|error| panic!("{error}"));
        let all = descendants(std::process::id());
        let _ = (child.kill(), child.wait());
        assert!(all.contains(&child.id()));
        assert!(rss_mb(std::process::id()).is_some_and(|mb| mb > 0.5));
    }
}
