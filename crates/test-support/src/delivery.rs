//! A proxy for the platform's HTTP that delivers changes twice, late, or without an answer.
//!
//! Every request passes whole and on a connection of its own. Other requests than changes pass as they are.

use crate::chance::Chance;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What is delivered in an unusual way.
const CHANGES: &[u8] = b"POST /api/v1/ops ";

/// Which share of the changes is delivered how; the rest passes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deliveries {
    /// Two copies at the same time; the sender gets either's answer.
    pub twice: f64,
    /// Delivered, and the connection breaks before the answer: the sender can't know that it was.
    pub unanswered: f64,
    /// The connection breaks at once, and the request arrives after a later one was answered.
    pub late: f64,
}

/// How many were delivered in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unusual {
    pub twice: u64,
    pub unanswered: u64,
    pub late: u64,
}

/// Stops when dropped.
pub struct DeliveryProxy {
    address: SocketAddr,
    post: Arc<Post>,
    _stop: DropGuard,
}

struct Post {
    target: SocketAddr,
    deliveries: Deliveries,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chance: Chance,
    counts: Unusual,
    /// Not yet delivered, oldest first. As many as the senders make while none gets through.
    late: Vec<Vec<u8>>,
}

#[derive(Clone, Copy)]
enum Fate {
    Passes,
    Twice { second_answers: bool },
    Unanswered,
    Late,
}

impl DeliveryProxy {
    /// Listens on a free port and passes requests on to `target`.
    pub async fn to(target: SocketAddr, deliveries: Deliveries, seed: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = State { chance: Chance::seeded(seed), ..State::default() };
        let post = Arc::new(Post { target, deliveries, state: Mutex::new(state) });
        let stop = CancellationToken::new();
        tokio::spawn(accept(listener, Arc::clone(&post), stop.clone()));
        Self { address, post, _stop: stop.drop_guard() }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn counts(&self) -> Unusual {
        self.post.with(|state| state.counts)
    }

    /// Delivers what is late by now.
    pub async fn deliver_late(&self) {
        self.post.deliver_late().await;
    }
}

async fn accept(listener: TcpListener, post: Arc<Post>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    let post = Arc::clone(&post);
                    connections.spawn(async move { post.serve(client).await });
                }
            }
        }
    }
}

impl Post {
    async fn serve(&self, mut client: TcpStream) {
        // What was broken off before its end is never delivered.
        let Some(request) = read_request(&mut client).await else { return };
        let fate =
            if request.starts_with(CHANGES) { self.with(|state| state.draw(&self.deliveries)) } else { Fate::Passes };
        let answer = match fate {
            Fate::Passes => self.deliver(&request).await,
            Fate::Twice { second_answers } => {
                let (first, second) = tokio::join!(self.deliver(&request), self.deliver(&request));
                if second_answers { second } else { first }
            }
            Fate::Unanswered => {
                self.deliver(&request).await;
                return;
            }
            Fate::Late => return self.with(|state| state.late.push(request)),
        };
        if let Some(answer) = answer {
            let _ = client.write_all(&answer).await;
            let _ = client.shutdown().await;
        }
        if request.starts_with(CHANGES) {
            self.deliver_late().await;
        }
    }

    async fn deliver_late(&self) {
        for request in self.with(|state| std::mem::take(&mut state.late)) {
            self.deliver(&request).await;
        }
    }

    /// The whole answer; none when the platform gives none.
    async fn deliver(&self, request: &[u8]) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(self.target).await.ok()?;
        server.write_all(request).await.ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await.ok()?;
        (!answer.is_empty()).then_some(answer)
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// By chance, but that each way that is wished for comes once first: how many changes there will be is not known here, and a
    /// network of which the tests are to see the worst must not be good by luck.
    fn draw(&mut self, shares: &Deliveries) -> Fate {
        let rolled = self.chance.roll();
        let first = |share: f64, count: u64| share > 0.0 && count == 0;
        let (twice, unanswered) = (shares.twice, shares.twice + shares.unanswered);
        let is_first = first(shares.twice, self.counts.twice)
            || first(shares.unanswered, self.counts.unanswered)
            || first(shares.late, self.counts.late);
        if first(shares.twice, self.counts.twice) || !is_first && rolled < twice {
            self.counts.twice += 1;
            Fate::Twice { second_answers: self.chance.below(2) == 1 }
        } else if first(shares.unanswered, self.counts.unanswered) || !is_first && rolled < unanswered {
            self.counts.unanswered += 1;
            Fate::Unanswered
        } else if first(shares.late, self.counts.late) || !is_first && rolled < unanswered + shares.late {
            self.counts.late += 1;
            Fate::Late
        } else {
            Fate::Passes
        }
    }
}

/// One whole request that asks for its connection to end with the answer, so that the answer's end is seen by that.
async fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(head);
    let (head, length) = closing(std::str::from_utf8(&bytes).ok()?);
    while body.len() < length {
        if client.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some([head.into_bytes(), body].concat())
}

/// The head with `connection: close`, and the length of the body that follows.
fn closing(head: &str) -> (String, usize) {
    let mut length = 0;
    let mut out = String::new();
    for line in head.trim_end().split("\r\n") {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        }
        if !name.eq_ignore_ascii_case("connection") {
            out.push_str(line);
            out.push_str("\r\n");
        }
    }
    (out + "connection: close\r\n\r\n", length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Answers each request with how many came before it, and keeps the bodies.
    async fn counting_server() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (bodies, count) = (Arc::new(Mutex::new(Vec::new())), AtomicU64::new(0));
        let kept = Arc::clone(&bodies);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read_request(&mut stream).await else { continue };
                let text = String::from_utf8(request).unwrap();
                kept.lock().unwrap().push(text.split("\r\n\r\n").nth(1).unwrap().to_owned());
                let body = count.fetch_add(1, Ordering::SeqCst).to_string();
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        (address, bodies)
    }

    async fn post(proxy: &DeliveryProxy, path: &str, body: &'static str) -> Option<String> {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = client.post(format!("http://{}{path}", proxy.address())).body(body).send().await;
        sent.ok()?.text().await.ok()
    }

    async fn proxy(deliveries: Deliveries) -> (DeliveryProxy, Arc<Mutex<Vec<String>>>) {
        let (server, bodies) = counting_server().await;
        (DeliveryProxy::to(server, deliveries, 1).await, bodies)
    }

    fn came(bodies: &Mutex<Vec<String>>) -> Vec<String> {
        bodies.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn changes_are_delivered_twice_and_answered_once() {
        let (proxy, bodies) = proxy(Deliveries { twice: 1.0, ..Deliveries::default() }).await;
        assert!(post(&proxy, "/api/v1/ops", "a").await.is_some());
        assert_eq!(came(&bodies), ["a", "a"]);
        assert!(post(&proxy, "/api/v1/devices", "b").await.is_some());
        assert_eq!(came(&bodies), ["a", "a", "b"], "what is no change passes as it is");
        assert_eq!(proxy.counts().twice, 1);
    }

    #[tokio::test]
    async fn an_unanswered_change_was_delivered() {
        let (proxy, bodies) = proxy(Deliveries { unanswered: 1.0, ..Deliveries::default() }).await;
        assert_eq!(post(&proxy, "/api/v1/ops", "a").await, None);
        assert_eq!(came(&bodies), ["a"]);
    }

    #[tokio::test]
    async fn a_late_change_arrives_when_it_is_let_through_and_no_sooner() {
        let (proxy, bodies) = proxy(Deliveries { late: 1.0, ..Deliveries::default() }).await;
        assert_eq!(post(&proxy, "/api/v1/ops", "first").await, None);
        assert!(post(&proxy, "/api/v1/feed", "other").await.is_some());
        assert_eq!(came(&bodies), ["other"]);
        proxy.deliver_late().await;
        assert_eq!(came(&bodies), ["other", "first"]);
    }

    #[tokio::test]
    async fn a_later_change_overtakes_a_late_one() {
        let (proxy, bodies) = proxy(Deliveries { late: 0.5, ..Deliveries::default() }).await;
        let mut sent = Vec::new();
        for body in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            sent.push((body, post(&proxy, "/api/v1/ops", body).await.is_some()));
        }
        proxy.deliver_late().await;
        let order = came(&bodies);
        assert_eq!(order.len(), sent.len(), "each once");
        assert!(order.windows(2).any(|pair| pair[0] > pair[1]), "{order:?} after {sent:?}");
    }
}
