//! The TCP socket below a destination, which GStreamer's sink keeps to itself.
//!
//! A kernel takes megabytes for a slow peer before it pushes back. A viewer would be that much behind, and nobody would know
//! that the line is slow until many seconds later; then the whole of it is drained at once, and what is measured meanwhile is
//! nonsense. So what waits unsent in the kernel is bounded (`TCP_NOTSENT_LOWAT`): the queue that counts is ours.
//!
//! The socket is found among the process's own, as one that leads to the right port and was not there before the sink began
//! to connect, and borrowed for a moment each time: a copy that was kept would keep the connection open after the sink closed
//! it. Linux alone; elsewhere nothing is found, and the kernel's queue stays as it is.

#[cfg(target_os = "linux")]
pub(super) use linux::{Others, Socket};

/// What may wait unsent in the kernel, bytes: a quarter of a second of `bitrate_bps`, so that it neither runs dry while our
/// thread sleeps nor hides a slow line.
fn unsent(bitrate_bps: u32) -> u32 {
    (bitrate_bps / 8 / 4).max(LEAST)
}

/// Below some packets' worth a fast line would wait for us.
const LEAST: u32 = 16 * 1024;

#[cfg(target_os = "linux")]
mod linux {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
    use socket2::SockRef;
    use std::{
        collections::BTreeSet,
        net::SocketAddr,
        os::fd::OwnedFd,
        sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    };

    /// Local addresses of sockets that were found: two destinations on one server have one each.
    static FOUND: Mutex<BTreeSet<SocketAddr>> = Mutex::new(BTreeSet::new());

    fn found() -> MutexGuard<'static, BTreeSet<SocketAddr>> {
        FOUND.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connections that this process has without the one that is looked for.
    #[derive(Debug)]
    pub(in crate::output) struct Others(BTreeSet<SocketAddr>);

    impl Others {
        /// Those that are open now.
        pub(in crate::output) fn now() -> Self {
            Self(connections().map(|(_, local, _)| local).collect())
        }
    }

    /// Number, own address and the other side's of every open connection.
    fn connections() -> impl Iterator<Item = (i32, SocketAddr, SocketAddr)> {
        let files = std::fs::read_dir("/proc/self/fd").into_iter().flatten();
        let numbers = files.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        numbers.filter_map(|number| borrow(number).map(|(_, local, peer)| (number, local, peer)))
    }

    /// One connection of this process. Its address is free for others again once dropped.
    #[derive(Debug)]
    pub(in crate::output) struct Socket {
        number: i32,
        local: SocketAddr,
    }

    impl Socket {
        /// A connection to `port` of any host, besides `others`, that nobody else has found. None where there is none.
        pub(in crate::output) fn to_port(port: u16, others: &Others) -> Option<Self> {
            let mut found = found();
            let mut ours = connections().filter(|(_, local, peer)| peer.port() == port && !others.0.contains(local));
            ours.find(|(_, local, _)| found.insert(*local)).map(|(number, local, _)| Self { number, local })
        }

        /// Bounds what waits unsent in the kernel to a quarter of a second of `bitrate_bps`.
        pub(in crate::output) fn keep_little_unsent(&self, bitrate_bps: u32) -> std::io::Result<()> {
            let gone = || std::io::Error::from(std::io::ErrorKind::NotConnected);
            let socket = self.borrow().ok_or_else(gone)?;
            SockRef::from(&socket).set_tcp_notsent_lowat(super::unsent(bitrate_bps))
        }

        /// Smoothed round trip to the other side, milliseconds, as the kernel measures it.
        pub(in crate::output) fn rtt_ms(&self) -> Option<f64> {
            let info = info(&self.borrow()?)?;
            (info.tcpi_rtt > 0).then(|| f64::from(info.tcpi_rtt) / 1000.0)
        }

        /// The socket, if it is still the one that was found.
        fn borrow(&self) -> Option<OwnedFd> {
            borrow(self.number).and_then(|(socket, local, _)| (local == self.local).then_some(socket))
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            found().remove(&self.local);
        }
    }

    /// A second handle of one of our own files, with both addresses, if it is a connected socket of the internet.
    fn borrow(number: i32) -> Option<(OwnedFd, SocketAddr, SocketAddr)> {
        static THIS: OnceLock<Option<OwnedFd>> = OnceLock::new();
        let this = THIS.get_or_init(|| pidfd_open(rustix::process::getpid(), PidfdFlags::empty()).ok());
        let socket = pidfd_getfd(this.as_ref()?, number, PidfdGetfdFlags::empty()).ok()?;
        let (local, peer) = {
            let socket = SockRef::from(&socket);
            if socket.r#type().ok()? != socket2::Type::STREAM {
                return None;
            }
            (socket.local_addr().ok()?.as_socket()?, socket.peer_addr().ok()?.as_socket()?)
        };
        Some((socket, local, peer))
    }

    #[allow(unsafe_code)]
    fn info(socket: &OwnedFd) -> Option<libc::tcp_info> {
        use std::os::fd::AsRawFd;
        let mut size = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
        // SAFETY: plain numbers, for which all zeros is a value.
        let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
        let to = std::ptr::from_mut(&mut info).cast();
        // SAFETY: `to` has room for `size` bytes, and the socket is open while it is borrowed.
        let done =
            unsafe { libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, to, &raw mut size) };
        (done == 0).then_some(info)
    }

    #[cfg(test)]
    mod tests {
        #![allow(clippy::unwrap_used)]
        use super::*;
        use std::{
            io::{Read, Write},
            net::{TcpListener, TcpStream},
        };

        #[test]
        fn a_connection_is_found_once_and_its_kernel_keeps_little() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let none = Others(BTreeSet::new());
            assert!(Socket::to_port(port, &none).is_none(), "nobody is connected");
            let mut ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut theirs, _) = listener.accept().unwrap();
            assert!(Socket::to_port(port, &Others::now()).is_none(), "it was there before");
            let socket = Socket::to_port(port, &none).unwrap();
            assert_eq!(socket.local, ours.local_addr().unwrap());
            assert!(Socket::to_port(port, &none).is_none(), "it is another's");
            socket.keep_little_unsent(800_000).unwrap();
            ours.set_nonblocking(true).unwrap();
            let taken = |stream: &mut TcpStream| -> usize {
                std::iter::from_fn(|| stream.write(&[0; 4096]).ok()).take(10_000).sum()
            };
            let bounded = taken(&mut ours);
            assert!(socket.rtt_ms().is_some_and(|ms| ms < 1_000.0), "{:?}", socket.rtt_ms());

            // Without the bound, the kernel takes more for a peer that reads as little.
            let mut other = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (_unread, _) = listener.accept().unwrap();
            other.set_nonblocking(true).unwrap();
            let unbounded = taken(&mut other);
            assert!(bounded + 500_000 < unbounded, "{bounded} with and {unbounded} bytes without");

            // What was borrowed keeps nothing open.
            drop(ours);
            let mut rest = Vec::new();
            assert_eq!(theirs.read_to_end(&mut rest).unwrap(), bounded);
            assert_eq!(socket.rtt_ms(), None, "it is closed");
            drop(socket);
            assert!(Socket::to_port(port, &none).is_some(), "the other connection");
        }
    }
}

/// Nothing is looked for.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(super) struct Others;

#[cfg(not(target_os = "linux"))]
impl Others {
    pub(super) fn now() -> Self {
        Self
    }
}

/// Finds nothing.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(super) struct Socket(std::convert::Infallible);

#[cfg(not(target_os = "linux"))]
impl Socket {
    pub(super) fn to_port(_: u16, _: &Others) -> Option<Self> {
        None
    }

    pub(super) fn keep_little_unsent(&self, bitrate_bps: u32) -> std::io::Result<()> {
        let _ = unsent(bitrate_bps);
        match self.0 {}
    }

    pub(super) fn rtt_ms(&self) -> Option<f64> {
        match self.0 {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_a_second_may_wait() {
        for (bitrate_bps, bytes) in [(0, LEAST), (300_000, LEAST), (1_600_000, 50_000), (8_000_000, 250_000)] {
            assert_eq!(unsent(bitrate_bps), bytes, "{bitrate_bps} bit/s");
        }
    }
}
