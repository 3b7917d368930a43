//! Other programs that take the processor away from a show.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A core is taken and left once in this time. A picture waits for as long as it is taken, which a viewer's buffer covers.
const ROUND: Duration = Duration::from_millis(100);

/// Takes a share of every core while it lives.
pub struct Burner {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Burner {
    /// Takes `share` of every core, 0 to 1, from whatever gives way as [`giving_way`] has it.
    pub fn start(share: f64) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let burn = |_| {
            let over = Arc::clone(&over);
            std::thread::spawn(move || burn(share.clamp(0.0, 1.0), &over))
        };
        Self { threads: (0..cores).map(burn).collect(), over }
    }
}

impl Drop for Burner {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// `command`, run with the least right to the processor, so that a burner gets nearly all it asks for without any rights.
/// While nobody asks for it, such a program has the processor as any other. Where there is no `nice` it can't be started.
pub fn giving_way(command: &Command) -> Command {
    let mut wrapped = Command::new("nice");
    wrapped.args(["-n", "19"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    wrapped
}

fn burn(share: f64, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let round = Instant::now();
        while round.elapsed() < ROUND.mul_f64(share) {
            std::hint::black_box((0..1_000_u32).fold(0_u32, |sum, n| sum.wrapping_add(n.wrapping_mul(n))));
        }
        std::thread::sleep(ROUND.saturating_sub(round.elapsed()));
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_gives_way_is_the_same_command() {
        let mut command = Command::new("sh");
        command.args(["-c", "nice; echo $WORD; pwd"]).env("WORD", "as before").current_dir("/");
        let said = giving_way(&command).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout), "19\nas before\n/\n");
    }

    #[test]
    fn what_is_taken_is_given_back_at_the_end() {
        let over = {
            let burner = Burner::start(0.2);
            Arc::clone(&burner.over)
        };
        assert!(over.load(Ordering::Relaxed), "its threads are told, and have ended");
        assert_eq!(Arc::strong_count(&over), 1);
    }
}
