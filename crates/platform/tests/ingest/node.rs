//! An ingest of our own on free ports, ended by its guard.

use hawker_domain::ShowId;
use hawker_platform::hub::{PublishGate, PublishRefused};
use hawker_platform::ingest::{IngestLimits, StreamHub, flv_router, serve_within};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::sync::DropGuard;

/// Knows tokens and who publishes; counts what the ingest reports.
pub struct Doorman {
    tokens: HashMap<String, ShowId>,
    claimed: Mutex<HashSet<ShowId>>,
    /// Each report of `on_stream`, in order.
    pub reports: watch::Sender<Vec<(ShowId, bool)>>,
}

impl PublishGate for Doorman {
    async fn authorise(&self, token: &str) -> Result<ShowId, PublishRefused> {
        let show = *self.tokens.get(token).ok_or(PublishRefused::UnknownToken)?;
        let free = self.claimed.lock().unwrap().insert(show);
        if free { Ok(show) } else { Err(PublishRefused::AlreadyPublishing) }
    }

    async fn on_stream(&self, show: ShowId, live: bool) {
        if !live {
            self.claimed.lock().unwrap().remove(&show);
        }
        self.reports.send_modify(|reports| reports.push((show, live)));
    }
}

pub struct Node {
    pub rtmp: SocketAddr,
    pub http: SocketAddr,
    pub show: ShowId,
    pub hub: StreamHub,
    pub doorman: Arc<Doorman>,
    _guard: DropGuard,
}

pub const TOKEN: &str = "right-token";

impl Node {
    pub async fn start() -> Self {
        Self::start_within(IngestLimits::default()).await
    }

    pub async fn start_within(limits: IngestLimits) -> Self {
        let show = ShowId(uuid::Uuid::now_v7());
        let doorman = Arc::new(Doorman {
            tokens: HashMap::from([(TOKEN.to_owned(), show)]),
            claimed: Mutex::default(),
            reports: watch::Sender::default(),
        });
        let hub = StreamHub::default();
        let cancel = CancellationToken::new();
        let rtmp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let node = Self {
            rtmp: rtmp.local_addr().unwrap(),
            http: http.local_addr().unwrap(),
            show,
            hub: hub.clone(),
            doorman: Arc::clone(&doorman),
            _guard: cancel.clone().drop_guard(),
        };
        tokio::spawn(serve_within(rtmp, doorman, hub.clone(), limits, cancel.clone()));
        tokio::spawn(async move { axum::serve(http, flv_router(hub)).await });
        node
    }

    pub fn publish_url(&self, token: &str) -> String {
        format!("rtmp://{}/live/{token}", self.rtmp)
    }

    pub fn flv_url(&self) -> String {
        format!("http://{}/live/{}.flv", self.http, self.show)
    }

    /// Waits until the show was reported live (or gone) `times` times.
    pub async fn reported(&self, live: bool, times: usize) {
        let mut reports = self.doorman.reports.subscribe();
        let enough = |seen: &Vec<(ShowId, bool)>| seen.iter().filter(|(_, is)| *is == live).count() >= times;
        let waited = tokio::time::timeout(std::time::Duration::from_secs(30), reports.wait_for(enough)).await;
        waited.expect("the report comes within 30 s").unwrap();
    }
}
