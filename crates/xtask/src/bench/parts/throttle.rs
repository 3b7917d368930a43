//! A TCP proxy on loopback that lets only so many bytes a second through, from the publisher to the server. In user space,
//! so that it needs no rights.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Bytes that wait inside are few, so that the publisher feels the limit and not our memory.
const CHUNK: usize = 4 * 1024;
/// How often the allowance is paid out.
const TICK: Duration = Duration::from_millis(20);
const FREE: u64 = u64::MAX;

struct Shared {
    rate: AtomicU64,
    passed: AtomicU64,
    over: AtomicBool,
}

/// Stops when dropped.
pub struct Throttle {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Throttle {
    /// Passes everything on to `port` of this machine. Errors: no port is free.
    pub fn to(port: u16) -> Result<Self, String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let shared =
            Arc::new(Shared { rate: AtomicU64::new(FREE), passed: AtomicU64::new(0), over: AtomicBool::new(false) });
        let theirs = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, port, &theirs));
        Ok(Self { address, shared })
    }

    /// Bits a second from now on; none is no limit. Zero lets nothing through and keeps the connection.
    pub fn limit(&self, bits_per_s: Option<u64>) {
        self.shared.rate.store(bits_per_s.map_or(FREE, |bits| bits / 8), Ordering::Relaxed);
    }

    /// Bytes that went through towards the server.
    pub fn passed_bytes(&self) -> u64 {
        self.shared.passed.load(Ordering::Relaxed)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, key: &str) -> String {
        format!("rtmp://{}/live/{key}", self.address)
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
    }
}

fn accept(listener: &TcpListener, port: u16, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        if shared.over.load(Ordering::Relaxed) {
            return;
        }
        // A server that is not there refuses; we close at once, which a publisher takes for the same.
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
        // What the system would keep for us is taken out of the measure as far as it lets us.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (Ok(client_in), Ok(server_in)) = (client.try_clone(), server.try_clone()) else { continue };
        let shared = Arc::clone(shared);
        std::thread::spawn(move || up(client_in, server, &shared));
        std::thread::spawn(move || down(server_in, client));
    }
}

/// Publisher to server, at the allowed rate.
fn up(mut from: TcpStream, mut to: TcpStream, shared: &Shared) {
    let mut chunk = [0; CHUNK];
    let mut owed: f64 = 0.0;
    let _ = from.set_read_timeout(Some(Duration::from_millis(200)));
    while !shared.over.load(Ordering::Relaxed) {
        let rate = shared.rate.load(Ordering::Relaxed);
        if rate != FREE {
            owed -= rate as f64 * TICK.as_secs_f64();
            std::thread::sleep(TICK);
            if owed > 0.0 || rate == 0 {
                owed = if rate == 0 { 0.0 } else { owed };
                continue;
            }
            // Time in which nothing came is not saved up.
            owed = owed.max(-(CHUNK as f64));
        }
        while rate == FREE || owed <= 0.0 {
            match from.read(&mut chunk) {
                Ok(0) => return close(&from, &to),
                Ok(count) => {
                    if to.write_all(chunk.get(..count).unwrap_or_default()).is_err() {
                        return close(&from, &to);
                    }
                    shared.passed.fetch_add(count as u64, Ordering::Relaxed);
                    owed += count as f64;
                }
                Err(error) if is_wait(&error) => {}
                Err(_) => return close(&from, &to),
            }
            if shared.rate.load(Ordering::Relaxed) != rate || shared.over.load(Ordering::Relaxed) {
                owed = 0.0;
                break;
            }
        }
    }
    close(&from, &to);
}

fn down(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    close(&from, &to);
}

fn is_wait(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

fn close(a: &TcpStream, b: &TcpStream) {
    let _ = (a.shutdown(Shutdown::Both), b.shutdown(Shutdown::Both));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Instant;

    #[test]
    fn only_as_much_passes_as_is_allowed() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Throttle::to(server.local_addr().unwrap().port()).unwrap();
        proxy.limit(Some(800_000));
        let mut client = TcpStream::connect(proxy.address).unwrap();
        let (mut at_server, _) = server.accept().unwrap();
        std::thread::spawn(move || {
            let _ = client.write_all(&vec![7; 4 * 1024 * 1024]);
        });
        let began = Instant::now();
        let mut got = vec![0; 100_000];
        at_server.read_exact(&mut got).unwrap();
        let took = began.elapsed().as_secs_f64();
        assert!((0.7..2.5).contains(&took), "100,000 bytes at 100,000 a second took {took} s");
        proxy.limit(None);
        let began = Instant::now();
        let mut got = vec![0; 2 * 1024 * 1024];
        at_server.read_exact(&mut got).unwrap();
        assert!(began.elapsed().as_secs_f64() < 10.0, "with its limit it would have taken twice as long and more");
        assert!(proxy.passed_bytes() >= 2 * 1024 * 1024);
    }
}
