//! The way from a decoding process to the web: a proxy on this machine that leads to one server and to no other.
//!
//! It lies in the studio, not in the process that reads hostile bytes. Every request of the web's fetcher goes through
//! it, whoever made it: a playlist, a part list, a redirect.

use super::reach::{self, Place};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use url::Url;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Servers of live streams send something at least every few seconds.
const IDLE: Duration = Duration::from_secs(30);
const LONGEST_HEAD: u64 = 32 * 1024;
/// A player fetches a few things at a time.
const MOST_AT_ONCE: usize = 16;

/// An open gate; dropping it closes it.
pub(super) struct Gate {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    origin: Place,
    /// A fetch that stands still for so long is over.
    idle: Duration,
    /// The first answer of the name service named a public address: it never changes to one of this house.
    public: Mutex<Option<bool>>,
    refused: Mutex<Option<String>>,
    closed: AtomicBool,
    open: AtomicUsize,
}

impl Gate {
    /// A gate to the server of `address`; none for an address that names no server. Errors: no port, no thread.
    pub(super) fn open(address: &Url) -> std::io::Result<Option<Self>> {
        Self::open_with(address, IDLE)
    }

    fn open_with(address: &Url, idle: Duration) -> std::io::Result<Option<Self>> {
        let Some(origin) = Place::of(address) else { return Ok(None) };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            origin,
            idle,
            public: Mutex::default(),
            refused: Mutex::default(),
            closed: AtomicBool::new(false),
            open: AtomicUsize::new(0),
        });
        let serving = shared.clone();
        thread::Builder::new().name("hawker-gate".into()).spawn(move || serve(&listener, &serving))?;
        Ok(Some(Self { address, shared }))
    }

    /// As a fetcher is told of it.
    pub(super) fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Why something was not fetched, once it was not.
    pub(super) fn refused(&self) -> Option<String> {
        lock(&self.shared.refused).clone()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for callers.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for caller in listener.incoming() {
        if shared.closed.load(Ordering::SeqCst) {
            return;
        }
        let Ok(caller) = caller else { continue };
        if shared.open.load(Ordering::SeqCst) >= MOST_AT_ONCE {
            continue;
        }
        shared.open.fetch_add(1, Ordering::SeqCst);
        let own = shared.clone();
        let spawned = thread::Builder::new().name("hawker-gate-fetch".into()).spawn(move || {
            if let Err(error) = pass(caller, &own) {
                tracing::debug!(%error, "a fetch through the gate ended");
            }
            own.open.fetch_sub(1, Ordering::SeqCst);
        });
        if spawned.is_err() {
            shared.open.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Serves one caller: one request of the plain web, or one tunnel.
fn pass(caller: TcpStream, shared: &Shared) -> std::io::Result<()> {
    caller.set_read_timeout(Some(shared.idle))?;
    let mut reader = BufReader::new(caller.try_clone()?).take(LONGEST_HEAD);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim_end() {
            "" => break,
            text => head.push(text.to_owned()),
        }
    }
    let mut caller = caller;
    let Some(request) = Request::read(&head) else {
        return caller.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    };
    let mut server = match shared.connect(&request.place) {
        Ok(server) => server,
        Err(why) => {
            tracing::warn!(why, "a source was not followed");
            *lock(&shared.refused) = Some(why);
            return caller.write_all(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }
    };
    let Some(server) = &mut server else {
        return caller.write_all(b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    };
    server.set_read_timeout(Some(shared.idle))?;
    match request.head {
        Some(head) => server.write_all(head.as_bytes())?,
        None => {
            caller.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n")?;
            // Who has asked once and only listens sends nothing more: how long it is idle is for the other direction to tell.
            caller.set_read_timeout(None)?;
            let (mut from, mut to) = (caller.try_clone()?, server.try_clone()?);
            thread::Builder::new().name("hawker-gate-up".into()).spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            })?;
        }
    }
    let _ = std::io::copy(server, &mut caller);
    let _ = server.shutdown(Shutdown::Both);
    caller.shutdown(Shutdown::Both)
}

impl Shared {
    /// A connection, none where nobody answers. Errors: why it is not reached.
    fn connect(&self, place: &Place) -> Result<Option<TcpStream>, String> {
        if !self.origin.may_lead_to(place) {
            return Err(reach::led_away(&self.origin, &place.to_string()));
        }
        let host = place.host.trim_start_matches('[').trim_end_matches(']');
        let found: Vec<SocketAddr> = (host, place.port).to_socket_addrs().map(Iterator::collect).unwrap_or_default();
        let Some(fit) = self.fitting(&found) else {
            return Err(format!("{} now stands for an address of this network", place.host));
        };
        Ok(fit.iter().find_map(|address| TcpStream::connect_timeout(address, CONNECT_WITHIN).ok()))
    }

    fn fitting(&self, found: &[SocketAddr]) -> Option<Vec<SocketAddr>> {
        let is_public = |address: &SocketAddr| reach::is_public(address.ip());
        if found.is_empty() {
            return Some(Vec::new());
        }
        let public = *lock(&self.public).get_or_insert_with(|| found.iter().any(is_public));
        let fit: Vec<SocketAddr> = found.iter().copied().filter(|address| !public || is_public(address)).collect();
        (!fit.is_empty()).then_some(fit)
    }
}

/// What a caller wants.
struct Request {
    place: Place,
    /// What the server is told; none for a tunnel.
    head: Option<String>,
}

impl Request {
    fn read(head: &[String]) -> Option<Self> {
        let (first, fields) = head.split_first()?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        if method == "CONNECT" {
            let place = Place::of(&Url::parse(&format!("https://{target}")).ok()?)?;
            return Some(Self { place, head: None });
        }
        let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
        let query = url.query().map_or(String::new(), |query| format!("?{query}"));
        // One request for each connection: what follows on it could name another server.
        let of_the_hop = |field: &str| {
            let name = field.split(':').next().unwrap_or_default().to_ascii_lowercase();
            matches!(name.as_str(), "connection" | "proxy-connection" | "proxy-authorization" | "keep-alive")
        };
        let mut text = format!("{method} {}{query} HTTP/1.1\r\n", url.path());
        for field in fields.iter().filter(|field| !of_the_hop(field)) {
            text.push_str(field);
            text.push_str("\r\n");
        }
        text.push_str("Connection: close\r\n\r\n");
        Some(Self { place: Place::of(&url)?, head: Some(text) })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn request(lines: &[&str]) -> Option<(String, Option<String>)> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        Request::read(&lines).map(|request| (request.place.to_string(), request.head))
    }

    #[test]
    fn a_request_is_handed_on_as_the_server_expects_it() {
        let lines = ["GET http://a.example:81/x/l.m3u8?k=1 HTTP/1.1", "Host: a.example:81", "Connection: keep-alive"];
        let (place, head) = request(&lines).unwrap();
        assert_eq!(place, "a.example:81");
        let head = head.unwrap();
        assert_eq!(head, "GET /x/l.m3u8?k=1 HTTP/1.1\r\nHost: a.example:81\r\nConnection: close\r\n\r\n");
        assert_eq!(request(&["CONNECT a.example:443 HTTP/1.1"]), Some(("a.example:443".into(), None)));
        for refused in ["GET file:///etc/passwd HTTP/1.1", "GET /x HTTP/1.1", "GET", "CONNECT // HTTP/1.1"] {
            assert_eq!(request(&[refused]), None, "{refused}");
        }
    }

    #[test]
    fn a_name_that_was_public_never_becomes_an_address_of_this_house() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let fits = |answers: &[&[SocketAddr]]| {
            let gate = Gate::open(&Url::parse("http://a.example/").unwrap()).unwrap().unwrap();
            answers.iter().map(|found| gate.shared.fitting(found).map(|fit| fit.len())).collect::<Vec<_>>()
        };
        let (house, world) = (at("192.168.0.9:80"), at("93.184.216.34:80"));
        assert_eq!(fits(&[&[world], &[house], &[house, world]]), [Some(1), None, Some(1)]);
        assert_eq!(fits(&[&[house], &[house]]), [Some(1), Some(1)], "a camera of this house");
    }

    /// A tunnel through a gate that lets it stand still for `idle`, and the server's end of it.
    fn tunnel(idle: Duration) -> (Gate, TcpStream, TcpStream) {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let place = server.local_addr().unwrap();
        let gate = Gate::open_with(&Url::parse(&format!("https://{place}/live")).unwrap(), idle).unwrap().unwrap();
        let mut caller = TcpStream::connect(gate.address).unwrap();
        caller.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        caller.write_all(format!("CONNECT {place} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
        let (far, _) = server.accept().unwrap();
        let mut said = [0; 39];
        caller.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"HTTP/1.1 200 Connection Established\r\n\r\n");
        (gate, caller, far)
    }

    #[test]
    fn who_only_listens_to_a_stream_is_not_cut_and_a_stream_that_stands_still_is() {
        // Long beside what a busy computer may keep this thread waiting between two bytes.
        let idle = Duration::from_secs(1);
        let (_gate, mut caller, mut far) = tunnel(idle);
        let began = std::time::Instant::now();
        let mut heard = [0];
        while began.elapsed() < idle * 3 / 2 {
            far.write_all(b"x").unwrap();
            caller.read_exact(&mut heard).unwrap();
            thread::sleep(idle / 20);
        }
        caller.write_all(b"go on").unwrap();
        let mut asked = [0; 5];
        far.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        far.read_exact(&mut asked).unwrap();
        assert_eq!(&asked, b"go on", "the other direction is open still");
        let quiet = std::time::Instant::now();
        assert_eq!(caller.read(&mut heard).unwrap(), 0, "nothing comes any more: the gate closes");
        assert!(quiet.elapsed() >= idle / 2, "{:?}", quiet.elapsed());
    }
}
