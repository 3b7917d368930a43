//! A TCP connection through a bad network.

use super::{Shared, Weather, time_of};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
    time::{Duration, Instant},
};

/// What a lost segment costs those who wait for it: a retransmission time-out of a usual kernel.
pub(super) const REPAIR: Duration = Duration::from_millis(200);
/// How often a waiting thread looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(10);
/// Small pieces, so that a slow link flows instead of jerking.
const PIECE: usize = 4 * 1024;
/// Pieces on their way at once.
const UNDER_WAY: usize = 64;
/// A narrow receive window and the segment size of Ethernet: loopback's own let a sender fill megabytes of kernel memory
/// before it notices a slow peer, which no real network does.
const WINDOW: usize = 32 * 1024;
const SEGMENT: u32 = 1448;

/// Passes connections on to a target. Ends with all its connections when dropped.
pub struct TcpLink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl TcpLink {
    /// Listens on a free port.
    pub fn to(target: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).expect("a socket");
        socket.set_recv_buffer_size(WINDOW).expect("a receive buffer");
        #[cfg(unix)]
        socket.set_tcp_mss(SEGMENT).expect("a segment size");
        let _ = SEGMENT;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
        socket.listen(64).expect("listening");
        let listener = TcpListener::from(socket);
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("an address");
        let shared = Shared::new(Weather::default());
        let inside = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, target, &inside));
        Self { address, shared }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, for old and new connections.
    pub fn set(&self, weather: Weather) {
        self.shared.set(weather);
        if weather.refuse {
            self.cut();
        }
    }

    /// Cuts every open connection.
    pub fn cut(&self) {
        self.shared.cuts.fetch_add(1, Ordering::SeqCst);
    }

    /// Bytes delivered, both directions together.
    pub fn passed_bytes(&self) -> u64 {
        self.shared.passed_bytes.load(Ordering::SeqCst)
    }
}

impl Drop for TcpLink {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.cut();
    }
}

fn accept(listener: &TcpListener, target: SocketAddr, shared: &Arc<Shared>) {
    while !shared.stopped() {
        match listener.accept() {
            Ok(_) if shared.weather().refuse => {}
            Ok((client, _)) => {
                let _ = client.set_nonblocking(false);
                // A target that is down looks down from here too: the client's connection closes.
                if let Ok(server) = TcpStream::connect(target) {
                    pass(&client, &server, shared);
                }
            }
            Err(_) => thread::sleep(LOOK),
        }
    }
}

fn pass(client: &TcpStream, server: &TcpStream, shared: &Arc<Shared>) {
    let born = shared.cuts.load(Ordering::SeqCst);
    for (from, to) in [(client, server), (server, client)] {
        let _ = (from.set_nodelay(true), from.set_read_timeout(Some(LOOK)), from.set_write_timeout(Some(LOOK)));
        let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
        let (sender, pieces) = mpsc::sync_channel(UNDER_WAY);
        let (reading, writing) = (Line { shared: Arc::clone(shared), born }, Line { shared: Arc::clone(shared), born });
        thread::spawn(move || reading.read(from, &sender));
        thread::spawn(move || writing.write(to, &pieces));
    }
}

/// One direction of one connection.
struct Line {
    shared: Arc<Shared>,
    born: u64,
}

impl Line {
    fn cut(&self) -> bool {
        self.shared.cuts.load(Ordering::SeqCst) != self.born
    }

    fn read(&self, mut from: TcpStream, sender: &mpsc::SyncSender<(Instant, Vec<u8>)>) {
        let mut piece = vec![0; PIECE];
        let mut free_at = Instant::now();
        while !self.cut() {
            let weather = self.shared.weather();
            if weather.deaf || (weather.rate_bps.is_some() && Instant::now() < free_at) {
                thread::sleep(free_at.saturating_duration_since(Instant::now()).clamp(Duration::from_millis(1), LOOK));
                continue;
            }
            let count = match from.read(&mut piece) {
                Ok(0) => return,
                Ok(count) => count,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                Err(_) => break,
            };
            // It may have changed while nothing came.
            let weather = self.shared.weather();
            if let Some(rate) = weather.rate_bps {
                free_at = free_at.max(Instant::now()) + time_of(count, rate);
            }
            if weather.black_hole {
                continue;
            }
            let repair = if self.shared.happens(weather.loss) { REPAIR } else { Duration::ZERO };
            let due = Instant::now() + self.shared.lateness(&weather) + repair;
            if sender.send((due, piece[..count].to_vec())).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
    }

    fn write(&self, mut to: TcpStream, pieces: &mpsc::Receiver<(Instant, Vec<u8>)>) {
        while let Some((due, piece)) = self.next(pieces) {
            while Instant::now() < due && !self.cut() {
                thread::sleep(due.saturating_duration_since(Instant::now()).min(LOOK));
            }
            let mut rest = piece.as_slice();
            while !rest.is_empty() && !self.cut() {
                match to.write(rest) {
                    Ok(count) => {
                        self.shared.passed_bytes.fetch_add(count as u64, Ordering::SeqCst);
                        rest = &rest[count..];
                    }
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(_) => return,
                }
            }
        }
        let _ = to.shutdown(if self.cut() { Shutdown::Both } else { Shutdown::Write });
    }

    /// The next piece; none once the sender closed its side, or the connection is cut.
    fn next(&self, pieces: &mpsc::Receiver<(Instant, Vec<u8>)>) -> Option<(Instant, Vec<u8>)> {
        loop {
            match pieces.recv_timeout(LOOK) {
                Ok(piece) => return Some(piece),
                Err(mpsc::RecvTimeoutError::Timeout) if !self.cut() => {}
                Err(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that sends back what it gets.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                thread::spawn(move || std::io::copy(&mut &stream, &mut &stream));
            }
        });
        address
    }

    fn round_trip(stream: &mut TcpStream, bytes: usize) -> std::io::Result<Duration> {
        let began = Instant::now();
        let mut sending = stream.try_clone()?;
        let writer = thread::spawn(move || sending.write_all(&vec![7; bytes]));
        let mut answer = vec![0; bytes];
        stream.read_exact(&mut answer)?;
        writer.join().unwrap()?;
        Ok(began.elapsed())
    }

    #[test]
    fn a_slow_link_takes_the_time_its_rate_says_and_a_late_one_its_delay() {
        let link = TcpLink::to(echo());
        let mut stream = TcpStream::connect(link.address()).unwrap();
        // The quickest of some: on a busy computer any one of them may have waited for its turn.
        let quick = (0..5).map(|_| round_trip(&mut stream, 50_000).unwrap()).min().unwrap();
        assert!(quick < Duration::from_millis(350), "an open link took {quick:?}");
        link.set(Weather { rate_bps: Some(1_000_000), ..Weather::default() });
        let slow = round_trip(&mut stream, 50_000).unwrap();
        assert!(slow > Duration::from_millis(350), "400 kbit at 1 Mbit/s took {slow:?}");
        link.set(Weather { delay: Duration::from_millis(100), ..Weather::default() });
        let late = round_trip(&mut stream, 10).unwrap();
        assert!(late > Duration::from_millis(195), "there and back took {late:?}");
        link.set(Weather { loss: 1.0, ..Weather::default() });
        let repaired = round_trip(&mut stream, 10).unwrap();
        assert!(repaired > 2 * REPAIR, "a loss each way took {repaired:?}");
    }

    #[test]
    fn a_peer_that_never_reads_stops_the_sender_after_little() {
        let link = TcpLink::to(echo());
        link.set(Weather { deaf: true, ..Weather::default() });
        let mut stream = TcpStream::connect(link.address()).unwrap();
        stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
        let mut taken = 0;
        while let Ok(count) = stream.write(&[0; 8192]) {
            taken += count;
            assert!(taken < 2_000_000, "the kernel took {taken} bytes for a peer that reads nothing");
        }
        assert_eq!(link.passed_bytes(), 0);
    }

    #[test]
    fn a_cut_ends_what_is_open_and_refusal_what_comes() {
        let link = TcpLink::to(echo());
        let mut stream = TcpStream::connect(link.address()).unwrap();
        round_trip(&mut stream, 10).unwrap();
        link.cut();
        assert_eq!(stream.read(&mut [0; 8]).unwrap_or(0), 0);
        let mut again = TcpStream::connect(link.address()).unwrap();
        round_trip(&mut again, 10).unwrap();
        link.set(Weather { refuse: true, ..Weather::default() });
        let mut refused = TcpStream::connect(link.address()).unwrap();
        assert!(round_trip(&mut refused, 10).is_err());
        link.set(Weather { black_hole: true, ..Weather::default() });
        let mut lost = TcpStream::connect(link.address()).unwrap();
        lost.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        assert!(round_trip(&mut lost, 10).is_err(), "nothing comes out of a hole");
    }
}
