//! A platform of its own, the real program on fresh data and free ports, and a seller there.

use super::stage::Stage;
use hawker_domain::stock::{MovementReason, StockMovement};
use hawker_domain::{Currency, DeviceId, Money, OpId, ShowId, Sku};
use hawker_wire::account::{Device, RegisterDevice, SignUp, Tokens};
use hawker_wire::catalogue::{Listing, PutCatalogue};
use hawker_wire::feed::{FeedEntry, FeedPage};
use hawker_wire::ops::{OpEnvelope, OpPayload, OpResult, OpsApplied, PostOps};
use hawker_wire::show::{CreateShow, ShowCreated};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use ureq::Agent;
use uuid::Uuid;

const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// Ends when dropped, as it does when the studio that started it is gone.
pub struct Platform {
    child: Child,
    stdin: Option<ChildStdin>,
    pub http: SocketAddr,
}

impl Platform {
    /// Errors, in words: the program is not there, or does not come up; its log lies in `folder`.
    pub fn start(stage: &Stage, folder: &Path) -> Result<Self, String> {
        let program = stage.workspace.program(stage.programs.folder(), "hawker-platform");
        let log = folder.join("platform.log");
        let log_file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command = Command::new(&program);
        command.args(["serve", "--embedded", "--data-dir"]).arg(folder.join("platform"));
        // A line for each request would be part of what is measured.
        command.env("HAWKER_LOG", "warn").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log_file);
        let mut child = command.spawn().map_err(|error| format!("{} can't be started: {error}", program.display()))?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        let read = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let mut platform = Self { child, stdin, http: SocketAddr::from(([127, 0, 0, 1], 0)) };
        platform.http = read
            .and_then(Result::ok)
            .and_then(|_| ready(&line))
            .ok_or_else(|| format!("the platform did not come up; see {}", log.display()))?;
        Ok(platform)
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < ENDS_WITHIN {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// `{"event":"ready","http":"http://127.0.0.1:P","rtmp":…}`
fn ready(line: &str) -> Option<SocketAddr> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    value.get("http")?.as_str()?.strip_prefix("http://")?.parse().ok()
}

/// A seller with one registered device, as a studio is one.
pub struct Seller {
    agent: Agent,
    origin: String,
    token: String,
    device: Device,
    next_seq: u64,
}

impl Seller {
    /// Errors, in words: the platform can't be reached or refuses.
    pub fn sign_up(http: SocketAddr) -> Result<Self, String> {
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).http_status_as_error(false).build();
        let nobody = Device { device_id: DeviceId(Uuid::now_v7()), epoch: 0, is_revoked: false };
        let (agent, origin) = (config.into(), format!("http://{http}"));
        let mut seller = Self { agent, origin, token: String::new(), device: nobody, next_seq: 1 };
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(|error| format!("the system has no random numbers: {error}"))?;
        let form = SignUp {
            email: "bench@example.org".to_owned(),
            password: hex::encode(secret),
            shop_name: "Bench".to_owned(),
        };
        let tokens: Tokens = seller.post("/api/v1/accounts", &form)?;
        seller.token = tokens.access_token;
        let device_id = seller.device.device_id;
        let form = RegisterDevice { device_id, name: "bench".to_owned(), public_key: None, restored: false };
        seller.device = seller.post("/api/v1/devices", &form)?;
        Ok(seller)
    }

    /// A show with the whole catalogue.
    pub fn show(&self) -> Result<ShowId, String> {
        let form = CreateShow { show_id: ShowId(Uuid::now_v7()), title: "Bench".to_owned(), running_order: Vec::new() };
        self.post::<ShowCreated>("/api/v1/shows", &form).map(|created| created.show_id)
    }

    /// Sells `pieces` of a new product at 15.80.
    pub fn sell(&mut self, sku: &Sku, pieces: i64) -> Result<(), String> {
        let listing = Listing {
            sku: sku.clone(),
            title: format!("商品 {sku}"),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(1_580, Currency::CNY),
        };
        let url = format!("{}/api/v1/catalogue", self.origin);
        let request = self.agent.put(&url).header("Authorization", self.bearer());
        let answer = request.send_json(PutCatalogue { listings: vec![listing] });
        text_of("/api/v1/catalogue", answer)?;
        let movement =
            StockMovement { sku: sku.clone(), delta: pieces, reason: MovementReason::Received, order_id: None };
        let payload = serde_json::to_string(&OpPayload::stock_moved(movement)).map_err(|error| error.to_string())?;
        let hash = hex::encode(Sha256::digest(payload.as_bytes()));
        let Device { device_id, epoch, .. } = self.device;
        let op = OpEnvelope {
            op_id: OpId(Uuid::now_v7()),
            device_id,
            epoch,
            seq: self.next_seq,
            payload_version: 1,
            payload,
            hash,
            signature: String::new(),
        };
        self.next_seq += 1;
        let applied: OpsApplied = self.post("/api/v1/ops", &PostOps { ops: vec![op], seen: None, acked_op: None })?;
        if applied.results == [OpResult::Applied] {
            Ok(())
        } else {
            Err(format!("stock was refused: {:?}", applied.results))
        }
    }

    /// Everything the platform told since `after`, which is moved on.
    pub fn news(&self, after: &mut u64) -> Result<Vec<FeedEntry>, String> {
        let mut all = Vec::new();
        loop {
            let path = format!("/api/v1/feed?after={after}&wait_ms=0");
            let url = format!("{}{path}", self.origin);
            let text = text_of(&path, self.agent.get(&url).header("Authorization", self.bearer()).call())?;
            let page: FeedPage = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
            if page.lines.is_empty() {
                return Ok(all);
            }
            *after = page.last_seq;
            all.extend(page.entries());
        }
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, String> {
        let url = format!("{}{path}", self.origin);
        let mut request = self.agent.post(&url);
        if !self.token.is_empty() {
            request = request.header("Authorization", self.bearer());
        }
        let text = text_of(path, request.send_json(body))?;
        serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// The body of an answer that is none of a refusal.
fn text_of(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<String, String> {
    let mut answer = answer.map_err(|error| format!("{path}: {error}"))?;
    let status = answer.status();
    let text = answer.body_mut().read_to_string().map_err(|error| format!("{path}: {error}"))?;
    if status.is_success() { Ok(text) } else { Err(format!("{path}: the platform answered {status}: {text}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_platform_is_stands_in_its_first_line() {
        let line = r#"{"event":"ready","http":"http://127.0.0.1:4177","rtmp":"rtmp://127.0.0.1:9/live"}"#;
        assert_eq!(ready(line), Some(SocketAddr::from(([127, 0, 0, 1], 4177))));
        assert_eq!(ready("error: the port is taken"), None);
    }
}
