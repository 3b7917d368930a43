//! Datagrams through a bad network.

use super::{Shared, Weather, time_of};
use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

/// How often a waiting thread looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(10);
/// How much later an overtaken packet comes.
const OVERTAKEN: Duration = Duration::from_millis(20);
/// A slow link's own buffer; what does not fit is lost.
const BUFFER: Duration = Duration::from_millis(200);

/// Passes datagrams on to a target, and its answers back. Ends when dropped.
pub struct UdpLink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl UdpLink {
    /// Listens on a free port of the address that the target has on this machine; of loopback where it is another machine.
    pub fn to(target: SocketAddr) -> Self {
        let front = socket_of(target.ip(), loopback(target.ip()));
        let address = front.local_addr().expect("an address");
        let shared = Shared::new(Weather::default());
        let inside = Arc::clone(&shared);
        thread::spawn(move || there(&Arc::new(front), target, &inside));
        Self { address, shared }
    }

    /// Where clients send to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on.
    pub fn set(&self, weather: Weather) {
        self.shared.set(weather);
    }

    /// Bytes delivered, both directions together.
    pub fn passed_bytes(&self) -> u64 {
        self.shared.passed_bytes.load(Ordering::SeqCst)
    }
}

impl Drop for UdpLink {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
    }
}

fn loopback(like: IpAddr) -> IpAddr {
    if like.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() }
}

/// Sends as the system finds the way.
fn anywhere(like: IpAddr) -> IpAddr {
    if like.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() }
}

#[cfg(test)]
fn socket(address: IpAddr) -> UdpSocket {
    socket_of(address, address)
}

/// One of `address` if that is this machine's, else of the other.
fn socket_of(address: IpAddr, else_of: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).or_else(|_| UdpSocket::bind((else_of, 0))).expect("a free port");
    socket.set_read_timeout(Some(LOOK)).expect("a time-out");
    socket
}

/// From clients to the target. Each client gets a socket of its own, so that answers find back.
fn there(front: &Arc<UdpSocket>, target: SocketAddr, shared: &Arc<Shared>) {
    let mut clients: BTreeMap<SocketAddr, (Arc<UdpSocket>, Road)> = BTreeMap::new();
    let mut packet = vec![0; 65_536];
    while !shared.stopped() {
        if let Ok((count, from)) = front.recv_from(&mut packet) {
            let (_, road) = clients.entry(from).or_insert_with(|| {
                let back = Arc::new(socket_of(target.ip(), anywhere(target.ip())));
                let road = Road::start(shared, Arc::clone(&back), target);
                let (answers, front, shared) = (Arc::clone(&back), Arc::clone(front), Arc::clone(shared));
                thread::spawn(move || and_back(&answers, front, from, &shared));
                (back, road)
            });
            road.take(&packet[..count]);
        }
    }
}

fn and_back(answers: &UdpSocket, front: Arc<UdpSocket>, client: SocketAddr, shared: &Arc<Shared>) {
    let mut road = Road::start(shared, front, client);
    let mut packet = vec![0; 65_536];
    while !shared.stopped() {
        if let Ok(count) = answers.recv(&mut packet) {
            road.take(&packet[..count]);
        }
    }
}

/// Packets under way, by when they arrive.
type UnderWay = Arc<Mutex<VecDeque<(Instant, Vec<u8>)>>>;

/// One direction for one client.
struct Road {
    shared: Arc<Shared>,
    under_way: UnderWay,
    free_at: Instant,
}

impl Road {
    fn start(shared: &Arc<Shared>, socket: Arc<UdpSocket>, to: SocketAddr) -> Self {
        let under_way = UnderWay::default();
        let (queue, inside) = (Arc::clone(&under_way), Arc::clone(shared));
        thread::spawn(move || deliver(&queue, &socket, to, &inside));
        Self { shared: Arc::clone(shared), under_way, free_at: Instant::now() }
    }

    fn take(&mut self, packet: &[u8]) {
        let (weather, now) = (self.shared.weather(), Instant::now());
        if weather.black_hole || self.shared.happens(weather.loss) {
            return;
        }
        if let Some(rate) = weather.rate_bps {
            if self.free_at > now + BUFFER {
                return;
            }
            self.free_at = self.free_at.max(now) + time_of(packet.len(), rate);
        } else {
            self.free_at = now;
        }
        let overtaken = if self.shared.happens(weather.reorder) { OVERTAKEN } else { Duration::ZERO };
        let due = self.free_at + self.shared.lateness(&weather) + overtaken;
        let copies = 1 + usize::from(self.shared.happens(weather.duplicate));
        let mut queue = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let at = queue.partition_point(|(other, _)| *other <= due);
        for _ in 0..copies {
            queue.insert(at, (due, packet.to_vec()));
        }
    }
}

fn deliver(queue: &UnderWay, socket: &UdpSocket, to: SocketAddr, shared: &Shared) {
    while !shared.stopped() {
        let now = Instant::now();
        let due = {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            let ready = queue.front().is_some_and(|(due, _)| *due <= now);
            ready.then(|| queue.pop_front()).flatten()
        };
        match due {
            Some((_, packet)) => {
                if socket.send_to(&packet, to).is_ok() {
                    shared.passed_bytes.fetch_add(packet.len() as u64, Ordering::SeqCst);
                }
            }
            None => thread::sleep(Duration::from_millis(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    /// Numbers 0 to 199 through a link; what arrived, in order. So many are waited for; of the others those that come soon.
    fn through(weather: Weather, least: usize) -> Vec<u8> {
        let (target, client) = (socket(Ipv4Addr::LOCALHOST.into()), socket(Ipv4Addr::LOCALHOST.into()));
        let link = UdpLink::to(target.local_addr().unwrap());
        link.set(weather);
        for number in 0..200u8 {
            client.send_to(&[number], link.address()).unwrap();
            thread::sleep(Duration::from_micros(200));
        }
        target.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut arrived = Vec::new();
        let mut packet = [0; 8];
        loop {
            if arrived.len() == least {
                target.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
            }
            if target.recv(&mut packet).is_err() {
                return arrived;
            }
            arrived.push(packet[0]);
        }
    }

    #[test]
    fn a_fair_network_delivers_everything_in_order_and_a_bad_one_does_not() {
        assert_eq!(through(Weather::default(), 200), (0..200).collect::<Vec<u8>>());
        let lossy = through(Weather { loss: 0.2, ..Weather::default() }, 120);
        assert!((120..190).contains(&lossy.len()) && lossy.is_sorted(), "{} of 200 arrived", lossy.len());
        let unfair = through(Weather { reorder: 0.2, ..Weather::default() }, 200);
        assert!(unfair.len() == 200 && !unfair.is_sorted());
        let twice = through(Weather { duplicate: 0.2, ..Weather::default() }, 211);
        assert!(twice.len() > 210, "{} arrived", twice.len());
        assert!(through(Weather { black_hole: true, ..Weather::default() }, 0).is_empty());
        let narrow = through(Weather { rate_bps: Some(1_000), ..Weather::default() }, 0);
        assert!(narrow.len() < 60, "what does not fit a slow link's buffer is lost: {}", narrow.len());
    }

    #[test]
    fn answers_find_back() {
        let (target, client) = (socket(Ipv4Addr::LOCALHOST.into()), socket(Ipv4Addr::LOCALHOST.into()));
        let link = UdpLink::to(target.local_addr().unwrap());
        link.set(Weather { delay: Duration::from_millis(50), ..Weather::default() });
        for socket in [&target, &client] {
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        }
        let began = Instant::now();
        client.send_to(b"question", link.address()).unwrap();
        let mut packet = [0; 16];
        let (_, from) = target.recv_from(&mut packet).unwrap();
        target.send_to(b"answer", from).unwrap();
        let count = client.recv(&mut packet).unwrap();
        assert_eq!(&packet[..count], b"answer");
        assert!(began.elapsed() >= Duration::from_millis(95), "late both ways: {:?}", began.elapsed());
    }
}
