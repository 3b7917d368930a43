//! The loop: a till sells and syncs over a bad network, is killed, and is started again; in the end store and platform are
//! held to what was acknowledged.

use crate::{
    Chance, Deliveries, DeliveryProxy, HandClock, TestPlatform, TestSeller, Unusual, buy,
    till::{self, Finding, Line, Told},
};
use hawker_domain::ShowId;
use hawker_wire::{account::Tokens, ops::OpPayload, viewer::PublicShow};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, io, path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
};
use url::Url;
use uuid::Uuid;

/// Half of the changes arrive as they should.
const DELIVERIES: Deliveries = Deliveries { twice: 0.2, unanswered: 0.15, late: 0.15 };
/// A till is killed so long after a sale, at most: somewhere within the next one or its way to the platform.
const WITHIN_US: usize = 10_000;
/// One that sells nothing is killed so long after its start, at most: a start takes some tenths of a second.
const WITHIN_OPENING_US: usize = 600_000;
/// Most ops in one request.
const AT_ONCE: usize = 200;
/// For a till that has sold everything to be in step, and for one line of it.
const PATIENCE: Duration = Duration::from_secs(300);

/// What a till reads on its standard input: a line of JSON.
#[derive(Serialize, Deserialize)]
pub struct Job {
    /// Where its platform is.
    pub platform: Url,
    pub tokens: Tokens,
    /// Pieces that come in at its first start.
    pub received: i64,
    /// Orders of one piece that it has sold in the end.
    pub orders: u32,
}

/// How many orders, how many kills, and by which seed.
#[derive(Clone, Copy, Debug)]
pub struct KillLoops {
    pub orders: u32,
    pub kills: u32,
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillsReport {
    pub seed: u64,
    pub kills: u32,
    /// Sales that a till had acknowledged.
    pub acknowledged: u64,
    /// Bought on the platform meanwhile.
    pub bought: u64,
    /// Acknowledged and not on the till or not on the platform.
    pub lost: u64,
    /// Pieces that left the platform's stock more than once.
    pub doubled: i64,
    /// The platform's stock at its lowest, pieces.
    pub least: i64,
    /// Pieces on hand in the end.
    pub on_till: i64,
    pub on_platform: i64,
    pub deliveries: Unusual,
    /// Each rule that did not hold, in words.
    pub findings: Vec<String>,
}

impl KillsReport {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl KillLoops {
    /// `till` gives the program for a folder; it reads its [`Job`], says [`Line`]s and ends when it is in step.
    /// Errors: a till can't be started, or says nothing more.
    pub async fn run(&self, till: impl Fn(&Path) -> Command) -> io::Result<KillsReport> {
        // A clock that stands: sign-ins don't run out, however long it takes.
        let platform = TestPlatform::start_on(&HandClock::default()).await;
        let seller = platform.seller("anna").await;
        seller.list(till::sku().as_str(), 1580).await;
        let show = seller.show("Friday").await.show_id;
        let target = *platform.http().socket_addrs(|| None)?.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let proxy = DeliveryProxy::to(target, DELIVERIES, self.seed).await;
        let job = Job {
            platform: Url::parse(&format!("http://{}/", proxy.address())).map_err(io::Error::other)?,
            tokens: seller.tokens.clone(),
            // A piece for each buyer too: there is one at most in each life of a till.
            received: i64::from(self.orders) + i64::from(self.kills),
            orders: self.orders,
        };
        let mut row = Row {
            shop: Shop { platform, seller, show },
            job: serde_json::to_string(&job)? + "\n",
            folder: tempfile::tempdir()?,
            chance: Chance::seeded(self.seed),
            received: 0,
            orders: BTreeSet::new(),
            report: KillsReport { seed: self.seed, least: job.received, ..KillsReport::default() },
        };
        // Lives of so many sales at most are half as long on average: the last one sells what is left.
        let life = (2 * self.orders / (self.kills + 1)) as usize;
        for _ in 0..self.kills {
            let sales = row.chance.below(life);
            row.live(&till, Some(sales)).await?;
            row.report.kills += 1;
        }
        row.live(&till, None).await?;
        proxy.deliver_late().await;
        row.compare().await;
        row.report.deliveries = proxy.counts();
        Ok(row.report)
    }
}

/// The platform with its seller and a show to buy in.
struct Shop {
    platform: TestPlatform,
    /// Has a device of its own, which is not the till's.
    seller: TestSeller,
    show: ShowId,
}

impl Shop {
    /// Pieces that the platform would still sell.
    async fn stock(&self) -> i64 {
        let url = self.platform.url(&format!("/api/v1/public/shows/{}", self.show));
        let page: PublicShow = self.platform.client.get(url).send().await.unwrap().json().await.unwrap();
        page.shelf.iter().find(|product| product.sku == till::sku()).map_or(0, |product| product.available)
    }

    /// Tells these sales once more, by another device: each that the platform has had changes nothing.
    async fn tell_again(&self, orders: &BTreeSet<Uuid>) {
        let orders: Vec<Uuid> = orders.iter().copied().collect();
        for some in orders.chunks(AT_ONCE) {
            let op =
                |id: &Uuid| self.seller.op(&OpPayload::VenueSale { order: till::order(*id, 1), rights: Vec::new() });
            let answer = self.seller.post_ops(some.iter().map(op).collect()).await;
            assert!(answer.status().is_success(), "{:?}", answer.text().await);
        }
    }
}

/// The shop, the till's folder, and what is known to lie in it.
struct Row {
    shop: Shop,
    job: String,
    folder: TempDir,
    chance: Chance,
    received: i64,
    orders: BTreeSet<Uuid>,
    report: KillsReport,
}

impl Row {
    /// A till's life: killed somewhere after so many sales, or to the end.
    async fn live(&mut self, till: &impl Fn(&Path) -> Command, sales: Option<usize>) -> io::Result<()> {
        let mut command = till(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut job = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        job.write_all(self.job.as_bytes()).await?;
        drop(job);
        let mut said = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?).lines();
        let before = self.report.acknowledged;
        let enough = |now: u64| sales.is_some_and(|sales| now - before >= sales as u64);
        while !enough(self.report.acknowledged) {
            match tokio::time::timeout(PATIENCE, said.next_line()).await?? {
                Some(line) => self.hear(&line),
                None => break,
            }
        }
        if let Some(sales) = sales {
            self.visit().await;
            // The moment is drawn: nothing is waited for. A till that sells nothing is killed while it opens.
            let within = if sales == 0 { WITHIN_OPENING_US } else { WITHIN_US };
            tokio::time::sleep(Duration::from_micros(self.chance.below(within) as u64)).await;
            child.kill().await?;
        }
        // What it had said before it ended counts.
        while let Some(line) = said.next_line().await? {
            self.hear(&line);
        }
        child.wait().await.map(drop)
    }

    fn hear(&mut self, line: &str) {
        // A line that was cut off by the kill acknowledges nothing.
        let Ok(line) = serde_json::from_str::<Line>(line) else { return };
        match line {
            Line::Opened(told) | Line::InStep(told) => self.check(&told),
            Line::Received(pieces) => self.received += pieces,
            Line::Sold(order) => {
                self.report.acknowledged += 1;
                self.orders.insert(order);
            }
            Line::Refused(why) => self.report.findings.push(why),
        }
    }

    fn check(&mut self, told: &Told) {
        for finding in told.check(self.received, &self.orders) {
            match &finding {
                Finding::Lost(count) => self.report.lost += count,
                Finding::Doubled(count) => self.report.doubled += i64::try_from(*count).unwrap_or(i64::MAX),
                Finding::Broken(_) => {}
            }
            self.report.findings.push(format!("after {} kills: {finding:?}", self.report.kills));
        }
        self.received = told.received;
        self.orders.extend(told.orders.iter().map(|(order, _)| *order));
        self.report.on_till = told.on_hand;
    }

    /// Somebody looks at the shelf, and buys if there is something on it.
    async fn visit(&mut self) {
        let stock = self.shop.stock().await;
        self.report.least = self.report.least.min(stock);
        if stock > 0 {
            let Shop { platform, show, .. } = &self.shop;
            buy(&platform.client, &platform.http(), *show, till::sku().as_str(), 1).await;
            self.report.bought += 1;
        }
    }

    /// Both sides, when all is sold and sent.
    async fn compare(&mut self) {
        let stock = self.shop.stock().await;
        self.shop.tell_again(&self.orders).await;
        // Each sale that the platform had not had left its stock only now.
        let after = self.shop.stock().await;
        let lost = u64::try_from(stock - after).unwrap_or(0);
        let sold = i64::try_from(self.orders.len()).unwrap_or(i64::MAX);
        let bought = i64::try_from(self.report.bought).unwrap_or(i64::MAX);
        let doubled = self.received - sold - bought - after;
        let report = &mut self.report;
        (report.on_platform, report.least) = (stock, report.least.min(stock));
        report.lost += lost;
        report.doubled += doubled;
        let rules = [
            (lost == 0, format!("{lost} sales never reached the platform")),
            (doubled == 0, format!("{doubled} pieces left the platform's stock that nobody sold")),
            (report.least >= 0, format!("the platform's stock fell to {}", report.least)),
            (report.on_till == stock, format!("{} pieces on the till and {stock} on the platform", report.on_till)),
        ];
        report.findings.extend(rules.into_iter().filter(|(holds, _)| !holds).map(|(_, words)| words));
    }
}
