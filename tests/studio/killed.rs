//! The programs as they are shipped, killed at any moment while goods are sold: studio, platform and the command that sells, over a network
//! that repeats, loses and delays what is sent. In the end a second computer of the same seller has every acknowledged sale, once.

use hawker_test_support::{Chance, Deliveries, DeliveryProxy};
use hawker_tests::{Guard, Hawker, Studio, free_port, program};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse battery staple";
const SOON: Duration = Duration::from_secs(60);
/// Times that the studio is killed; the platform is at every second of them, and the command that sells at every one.
const LIVES: u32 = 6;
/// Sales of one life at most.
const SALES: usize = 4;
/// Pieces that there are: more than anybody sells here.
const STOCK: i64 = 500;
/// A sale takes about a second with a store to open, and less with a running studio.
const WITHIN_MS: usize = 1_500;
const DELIVERIES: Deliveries = Deliveries { twice: 0.2, unanswered: 0.2, late: 0.2 };

/// `hawker-platform serve` at an address that stays.
struct Platform {
    data: PathBuf,
    address: SocketAddr,
    running: Option<Guard>,
}

impl Platform {
    fn open(data: PathBuf) -> Self {
        let mut add = Command::new(program("hawker-platform"));
        add.args(["user", "add", "--email", EMAIL, "--shop", "Ada's", "--data-dir"]).arg(&data);
        let mut child = add.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success(), "the account is made");
        let mut platform = Self { data, address: SocketAddr::from(([127, 0, 0, 1], free_port())), running: None };
        platform.start();
        platform
    }

    fn start(&mut self) {
        let mut serve = Command::new(program("hawker-platform"));
        serve.args(["serve", "--rtmp", "127.0.0.1:0", "--http", &self.address.to_string(), "--data-dir"]);
        serve.arg(&self.data).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Guard::start(&mut serve);
        let deadline = Instant::now() + SOON;
        while TcpStream::connect(self.address).is_err() {
            assert_eq!(process.0.try_wait().unwrap(), None, "it opens what the kill left");
            assert!(Instant::now() < deadline, "the platform starts");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        self.running = Some(process);
    }

    fn kill_and_start(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill();
        }
        self.start();
    }
}

/// A seller's computer that is signed in.
fn computer(url: &str) -> Studio {
    let studio = Studio::new();
    studio.json(&["settings", "set", "platform_url", url]);
    let signed_in = studio.run_with_stdin(&["platform", "sign-in", EMAIL], &format!("{PASSWORD}\n"));
    assert!(signed_in.status.success(), "{}", String::from_utf8_lossy(&signed_in.stderr));
    studio
}

/// A running studio that keeps in step with the platform.
fn on_air(studio: &Studio, folder: &Path) -> Hawker {
    let recording = folder.join("show.mkv");
    let mut show = studio.start(&["live", "--source", "test", "--record", recording.to_str().unwrap()], None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    show
}

/// The order that the command acknowledged, if it did before it was killed or gave up.
fn acknowledged(stdout: &[u8]) -> Option<String> {
    let order: Value = serde_json::from_slice(stdout).ok()?;
    order[0]["id"].as_str().map(str::to_owned)
}

/// Sells, and is killed within so many milliseconds where `within` says so.
fn sell(studio: &Studio, within: Option<usize>, chance: &mut Chance) -> Option<String> {
    let mut command = studio.command(&["--json", "orders", "add", "APPLE"], None);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut child = Guard(child);
    let mut stdout = child.0.stdout.take().unwrap();
    if let Some(within) = within {
        // The moment is drawn: nothing is waited for.
        std::thread::sleep(Duration::from_millis(chance.below(within) as u64));
        child.kill();
    }
    let mut said = Vec::new();
    std::io::Read::read_to_end(&mut stdout, &mut said).unwrap();
    let _ = child.0.wait();
    acknowledged(&said)
}

/// How often each order is on the list of a computer, and what its stock says.
fn ledger(studio: &Studio) -> (BTreeMap<String, u32>, i64) {
    let mut orders = BTreeMap::new();
    for order in studio.json(&["orders", "list"]).as_array().unwrap() {
        *orders.entry(order["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let found = studio.json(&["catalog", "search", "APPLE"])["products"].as_array().unwrap().clone();
    let on_hand = found
        .iter()
        .find(|product| product["sku"] == "APPLE")
        .map_or(0, |product| product["on_hand"].as_i64().unwrap());
    (orders, on_hand)
}

#[test]
fn programs_that_are_killed_while_they_sell_lose_no_sale_and_tell_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut chance = Chance::seeded(5);
    let mut platform = Platform::open(folder.path().join("platform"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let proxy = runtime.block_on(DeliveryProxy::to(platform.address, DELIVERIES, 5));
    let url = format!("http://{}/", proxy.address());
    let stall = computer(&url);
    let table = folder.path().join("apple.csv");
    std::fs::write(&table, format!("sku,title,price,stock\nAPPLE,Apple,3.00,{STOCK}\n")).unwrap();
    stall.json(&["catalog", "import", table.to_str().unwrap()]);

    let mut sold = Vec::new();
    for life in 0..LIVES {
        let show = on_air(&stall, folder.path());
        for sale in 0..1 + chance.below(SALES) {
            sold.extend(sell(&stall, None, &mut chance));
            if sale == 0 && life % 2 == 1 {
                platform.kill_and_start();
            }
        }
        // In the middle of a sale or of its way to the platform.
        let pid = show.pid();
        let killer = std::thread::spawn({
            let after = Duration::from_millis(chance.below(WITHIN_MS / 3) as u64);
            move || {
                std::thread::sleep(after);
                hawker_tests::send_signal(pid, "KILL");
            }
        });
        sold.extend(sell(&stall, None, &mut chance));
        killer.join().unwrap();
        drop(show);
        // And the command alone, with the store that the kill left.
        sold.extend(sell(&stall, Some(WITHIN_MS), &mut chance));
    }
    assert!(sold.len() >= LIVES as usize, "too few sales for the kills to mean anything: {sold:?}");

    let waiting = |studio: &Studio| studio.json(&["platform", "status"])["waiting_to_sync"].as_u64().unwrap();
    let show = on_air(&stall, folder.path());
    let deadline = Instant::now() + SOON;
    while waiting(&stall) > 0 {
        assert!(Instant::now() < deadline, "{} changes still wait", waiting(&stall));
        std::thread::park_timeout(Duration::from_millis(200));
    }
    runtime.block_on(proxy.deliver_late());
    drop(show);
    let counts = proxy.counts();
    assert!(counts.twice + counts.unanswered + counts.late > 0, "{counts:?}");

    // Straight to the platform, with nothing of the first.
    let home = computer(&format!("http://{}/", platform.address));
    let show = on_air(&home, folder.path());
    let (at_stall, left) = ledger(&stall);
    let deadline = Instant::now() + SOON;
    let (at_home, left_at_home) = loop {
        let now = ledger(&home);
        if now.0.len() >= at_stall.len() || Instant::now() > deadline {
            break now;
        }
        std::thread::park_timeout(Duration::from_millis(200));
    };
    drop(show);
    for id in &sold {
        assert_eq!((at_stall.get(id), at_home.get(id)), (Some(&1), Some(&1)), "order {id} of {sold:?}");
    }
    assert_eq!(at_home, at_stall, "nor has anybody an order that the other has not");
    let count = i64::try_from(at_stall.len()).unwrap();
    assert_eq!((left, left_at_home), (STOCK - count, STOCK - count), "each sale left the stock once");
    eprintln!("{} acknowledged, {count} in all, {counts:?}", sold.len());
}
