//! Recognition goes after the stream: its threads give way to those that capture, encode and send.
//!
//! Linux alone has a niceness for each thread; elsewhere the threads keep their priority.

/// Whom a thread lets go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivesWayTo {
    /// The threads that carry the stream.
    Stream,
    /// Those, and the thread that looks.
    Looking,
}

/// Lowers the priority of the calling thread, and of those it starts from now on. Never raises it: a whole show may have been
/// started below other programs.
pub fn give_way(to: GivesWayTo) {
    #[cfg(target_os = "linux")]
    {
        // Units: steps of Unix niceness; ten of them are a tenth of the time where both want all of it.
        let wanted = match to {
            GivesWayTo::Stream => 10,
            GivesWayTo::Looking => 15,
        };
        let lowered = rustix::process::getpriority_process(None)
            .and_then(|now| if now < wanted { rustix::process::setpriority_process(None, wanted) } else { Ok(()) });
        if let Err(error) = lowered {
            tracing::warn!(%error, "a thread of recognition keeps its priority");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = to;
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
