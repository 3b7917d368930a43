//! Recognition goes after the stream: its threads give way to those that capture, encode and send.
//!
//! Linux has a niceness for each thread, Windows a priority, macOS a class of service. What that is worth was measured on Linux alone.

use std::io;

/// Whom a thread lets go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivesWayTo {
    /// The threads that carry the stream.
    Stream,
    /// Those, and the thread that looks.
    Looking,
}

/// Lowers the priority of the calling thread; on Linux also of those it starts from now on. Never raises it: a whole show may have
/// been started below other programs.
pub fn give_way(to: GivesWayTo) {
    if let Err(error) = lower(to) {
        tracing::warn!(%error, "a thread of recognition keeps its priority");
    }
}

#[cfg(target_os = "linux")]
fn lower(to: GivesWayTo) -> io::Result<()> {
    // Units: steps of Unix niceness; ten of them are a tenth of the time where both want all of it.
    let wanted = match to {
        GivesWayTo::Stream => 10,
        GivesWayTo::Looking => 15,
    };
    if rustix::process::getpriority_process(None)? < wanted {
        rustix::process::setpriority_process(None, wanted)?;
    }
    Ok(())
}

#[cfg(windows)]
#[allow(unsafe_code)]
fn lower(to: GivesWayTo) -> io::Result<()> {
    use windows_sys::Win32::System::Threading::{
        GetCurrentThread, GetThreadPriority, SetThreadPriority, THREAD_PRIORITY_BELOW_NORMAL, THREAD_PRIORITY_LOWEST,
    };
    let wanted = match to {
        GivesWayTo::Stream => THREAD_PRIORITY_BELOW_NORMAL,
        GivesWayTo::Looking => THREAD_PRIORITY_LOWEST,
    };
    // SAFETY: the handle stands for the calling thread, is always valid and need not be closed; no pointer is handed over.
    let is_lowered = unsafe {
        let thread = GetCurrentThread();
        GetThreadPriority(thread) <= wanted || SetThreadPriority(thread, wanted) != 0
    };
    if is_lowered { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(target_os = "macos")]
#[allow(unsafe_code)]
fn lower(to: GivesWayTo) -> io::Result<()> {
    use libc::qos_class_t::{QOS_CLASS_UNSPECIFIED, QOS_CLASS_UTILITY};
    // Within a class, 0 to -15.
    let wanted = match to {
        GivesWayTo::Stream => 0,
        GivesWayTo::Looking => -8,
    };
    let (mut class, mut now) = (QOS_CLASS_UNSPECIFIED, 0);
    // SAFETY: both pointers are those of variables that outlive the call, and the thread is the calling one.
    let known = unsafe { libc::pthread_get_qos_class_np(libc::pthread_self(), &raw mut class, &raw mut now) } == 0;
    let (rank, utility) = (class as u32, QOS_CLASS_UTILITY as u32);
    if known && rank != QOS_CLASS_UNSPECIFIED as u32 && (rank < utility || (rank == utility && now <= wanted)) {
        return Ok(());
    }
    // SAFETY: it concerns the calling thread, and no pointer is handed over.
    match unsafe { libc::pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, wanted) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn lower(_to: GivesWayTo) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn niceness() -> i32 {
        rustix::process::getpriority_process(None).unwrap()
    }

    #[test]
    fn a_thread_gives_way_alone_with_its_children_and_never_comes_forward_again() {
        let before = niceness();
        let (own, child, after) = std::thread::spawn(|| {
            give_way(GivesWayTo::Looking);
            let child = std::thread::spawn(niceness).join().unwrap();
            let own = niceness();
            give_way(GivesWayTo::Stream);
            (own, child, niceness())
        })
        .join()
        .unwrap();
        assert!(own >= 15, "{own}");
        assert_eq!((child, after), (own, own));
        assert_eq!(niceness(), before, "another thread keeps its own");
    }
}
