//! Three platforms of one database behind the HAProxy of assets/deploy: one is killed, comes back, another is stopped in good order, and
//! buyers notice nothing. All are real programs.

use hawker_domain::{OrderId, ShowId, Sku};
use hawker_test_support::{PostgresServer, TestSeller};
use hawker_wire::{
    feed::FeedEvent,
    viewer::{Pay, Payment, Receipt, Reservation, Reserve, ReserveLine},
};
use reqwest::Client;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

/// Longest wait for a program.
const PATIENCE: Duration = Duration::from_secs(60);
/// Buyers at the same time.
const BUYERS: usize = 8;
/// Orders in each of the four parts of the story.
const ORDERS_A_PART: usize = 60;
/// How often a page asks again.
const TRIES: usize = 8;

/// Ends with its owner, the hard way.
struct Program(Child);

impl Program {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An address nobody listens on at the moment.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

struct Replica {
    config: PathBuf,
    http: SocketAddr,
    running: Option<Program>,
}

impl Replica {
    /// With a file as an operator writes it.
    fn new(folder: &Path, number: usize, database: &str, front: SocketAddr) -> Self {
        let (config, http) = (folder.join(format!("platform-{number}.toml")), free());
        let file = format!(
            r#"
                data_dir = "platform-{number}"
                database_key_file = "platform.key"
                database = "{database}"
                http = "{http}"
                rtmp = "127.0.0.1:0"
                public_url = "http://{front}"
                trusted_hops = 1
                drain_seconds = 3
                [limits]
                log_in = {{ burst = 1000000, per_minute = 1000000 }}
                buy = {{ burst = 1000000, per_minute = 1000000 }}
            "#
        );
        std::fs::write(&config, file).unwrap();
        std::fs::set_permissions(&config, PermissionsExt::from_mode(0o600)).unwrap();
        Self { config, http, running: None }
    }

    async fn start(&mut self, client: &Client) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hawker-platform"));
        command.args(["serve", "--config"]).arg(&self.config).stdin(Stdio::null()).stdout(Stdio::null());
        let log = std::fs::File::create(self.config.with_extension("log")).unwrap();
        self.running = Some(Program(command.stderr(log).spawn().unwrap()));
        ready(client, self.http).await;
    }

    /// SIGTERM.
    fn ask_to_stop(&self) {
        let id = self.running.as_ref().unwrap().0.id();
        assert!(Command::new("kill").args(["-s", "TERM", &id.to_string()]).status().unwrap().success());
    }
}

async fn ready(client: &Client, address: SocketAddr) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = client.get(format!("http://{address}/readyz")).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        assert!(Instant::now() < deadline, "{address} does not get ready");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn balancer(front: SocketAddr, replicas: &[Replica]) -> Program {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/deploy/haproxy.cfg");
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-f").arg(config).env("HAWKER_BIND", front.to_string());
    for (number, replica) in replicas.iter().enumerate() {
        command.env(format!("HAWKER_PLATFORM_{}", number + 1), replica.http.to_string());
    }
    // What it objects to stands in the test's own output.
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Program(command.spawn().expect("haproxy is installed"))
}

/// Buyers who go on until they are told to stop, and what they saw.
struct Crowd {
    client: Client,
    front: Url,
    show: ShowId,
    requests: AtomicUsize,
    /// Answers that were no answer: a broken connection, or a status of 500 and above.
    failed: AtomicUsize,
    acknowledged: AtomicUsize,
    is_over: AtomicBool,
}

impl Crowd {
    /// Asks until there is an answer, always under the same key.
    async fn ask<T: DeserializeOwned>(&self, path: &str, key: &str, form: &impl Serialize) -> T {
        let url = self.front.join(path).unwrap();
        for _ in 0..TRIES {
            self.requests.fetch_add(1, Ordering::SeqCst);
            let sent = self.client.post(url.clone()).header("Idempotency-Key", key).json(form).send().await;
            match sent {
                Ok(answer) if answer.status().is_server_error() => {}
                Ok(answer) => {
                    let (status, text) = (answer.status(), answer.text().await);
                    if let Ok(text) = text {
                        assert!(status.is_success(), "{url}: {status} {text}");
                        return serde_json::from_str(&text).unwrap();
                    }
                }
                Err(_) => {}
            }
            self.failed.fetch_add(1, Ordering::SeqCst);
        }
        panic!("{url} was asked {TRIES} times in vain");
    }

    /// The order that was acknowledged; none where its payment was called off. The sandbox is in the platform's own process, and what it
    /// took dies with it.
    async fn buy(&self) -> Option<OrderId> {
        let key = Uuid::now_v7().to_string();
        let lines = vec![ReserveLine { sku: Sku::new("A").unwrap(), qty: 1 }];
        let form = Reserve { lines, at: None, coupon: None, viewer: None };
        let path = format!("/api/v1/public/shows/{}/reservations", self.show);
        let held: Reservation = self.ask(&path, &key, &form).await;
        let form = Pay {
            secret: held.secret.clone(),
            card: "4242 4242 4242 4242".into(),
            name: "张小雨".into(),
            phone: "13812348000".into(),
            address: "上海市静安区".into(),
        };
        let path = format!("/api/v1/public/reservations/{}/pay", held.reservation_id);
        for _ in 0..TRIES {
            match self.ask(&path, &key, &form).await {
                Payment::Paid(Receipt { order_id, .. }) => {
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                    return Some(order_id);
                }
                // As the page does, which asks until it knows.
                Payment::Pending | Payment::Checking => tokio::time::sleep(Duration::from_millis(250)).await,
                _ => return None,
            }
        }
        None
    }

    async fn run(&self) -> Vec<OrderId> {
        let mut orders = Vec::new();
        while !self.is_over.load(Ordering::SeqCst) {
            orders.extend(self.buy().await);
        }
        orders
    }

    /// Returns when so many more orders were acknowledged.
    async fn more(&self, orders: usize) {
        let until = self.acknowledged.load(Ordering::SeqCst) + orders;
        let deadline = Instant::now() + PATIENCE;
        while self.acknowledged.load(Ordering::SeqCst) < until {
            assert!(Instant::now() < deadline, "nobody gets served");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_dies_or_stops_behind_the_balancer_costs_no_order() {
    let (server, folder) = (PostgresServer::start(), TempDir::new().unwrap());
    let (database, front) = (server.fresh(), free());
    // A connection of its own for each request, so that all platforms are asked.
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(PATIENCE).build().unwrap();
    let mut replicas: Vec<_> = (1..=3).map(|number| Replica::new(folder.path(), number, &database, front)).collect();
    for replica in &mut replicas {
        replica.start(&client).await;
    }
    let _balancer = balancer(front, &replicas);
    ready(&client, front).await;

    let url: Url = format!("http://{front}/").parse().unwrap();
    let seller = TestSeller::sign_up(client.clone(), url.clone(), "ada").await;
    seller.list("A", 1_580).await;
    seller.receive("A", 100_000).await;
    let show = seller.show("First show").await;
    assert!(show.viewer_url.starts_with(url.as_str()), "{}", show.viewer_url);
    let crowd = Crowd {
        client: client.clone(),
        front: url,
        show: show.show_id,
        requests: AtomicUsize::new(0),
        failed: AtomicUsize::new(0),
        acknowledged: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    let story = async {
        crowd.more(ORDERS_A_PART).await;
        replicas[0].running = None;
        crowd.more(ORDERS_A_PART).await;
        replicas[0].start(&client).await;
        crowd.more(ORDERS_A_PART).await;
        replicas[1].ask_to_stop();
        let deadline = Instant::now() + PATIENCE;
        while replicas[1].running.as_mut().unwrap().0.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        crowd.more(ORDERS_A_PART).await;
        crowd.is_over.store(true, Ordering::SeqCst);
    };
    let buyers = futures_util::future::join_all((0..BUYERS).map(|_| crowd.run()));
    let ((), bought) = tokio::join!(story, buyers);
    let acknowledged: BTreeSet<OrderId> = bought.iter().flatten().copied().collect();
    assert_eq!(acknowledged.len(), crowd.acknowledged.load(Ordering::SeqCst), "each order once");

    let mut paid = Vec::new();
    let mut seen = 0;
    loop {
        let page = seller.feed(seen, 0).await;
        let entries = page.entries();
        let Some(last) = entries.last() else { break };
        seen = last.server_seq;
        paid.extend(entries.iter().filter_map(|entry| match &entry.event {
            FeedEvent::OrderPaid { order } => Some(order.id),
            _ => None,
        }));
    }
    let in_feed: BTreeSet<OrderId> = paid.iter().copied().collect();
    assert_eq!(in_feed.len(), paid.len(), "none twice");
    assert!(acknowledged.is_subset(&in_feed), "none lost");
    let (requests, failed) = (crowd.requests.load(Ordering::SeqCst), crowd.failed.load(Ordering::SeqCst));
    assert!(acknowledged.len() >= 4 * ORDERS_A_PART, "{}", acknowledged.len());
    eprintln!("{} orders, {failed} of {requests} requests failed", acknowledged.len());
    assert!(failed * 1_000 <= requests, "{failed} of {requests} requests failed behind the balancer");
}
