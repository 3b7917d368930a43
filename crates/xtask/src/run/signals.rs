//! Interrupts: ours, and the ones we send. A show ends by SIGINT, with exit code 0 and its summary.

use crate::trouble::{Outcome, Trouble};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once somebody asked us to stop (Ctrl-C, or SIGTERM).
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes over Ctrl-C and SIGTERM of this process. Errors: `Unmet` when the system refuses.
    pub fn listen() -> Outcome<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&flag)).map_err(|error| {
                Trouble::unmet(format!("interrupts can't be watched: {error}"), "report this as a defect")
            })?;
        }
        Ok(Self(flag))
    }

    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Puts the child into a process group of its own: a Ctrl-C then reaches us alone, and the child exactly once, by us.
pub fn detach(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        /// Without it a console's Ctrl-C goes to both of us.
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP);
    }
}

/// Asks a child to end as Ctrl-C would. Where the system has no such thing the child is ended.
pub fn interrupt(child: &mut Child) {
    #[cfg(unix)]
    {
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself a moment ago; that is fine.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        }
    }
    #[cfg(not(unix))]
    {
        let _ = child.kill();
    }
}
