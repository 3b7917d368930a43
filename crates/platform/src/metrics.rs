//! What the platform counts of itself, as Prometheus reads it. No label holds what a person is known by, and none has values without an
//! end: a route is its pattern, not the address that was asked for.

use crate::{limits::MAX_LISTENERS, state::App};
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::{sync::Arc, time::Instant};

/// Of what Prometheus asks for.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every address that is none of ours, so that strangers make no series.
const NO_ROUTE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Round {
    job: &'static str,
    outcome: &'static str,
}

/// See the module.
pub struct Metrics {
    registry: Registry,
    answers: Family<Answer, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    under_way: Gauge,
    rounds: Family<Round, Counter>,
    listeners: Gauge,
    publishers: Gauge,
    stream_viewers: Gauge,
    is_draining: Gauge,
}

/// 1 ms to 16 s.
fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("hawker");
        let answers = Family::default();
        let durations = Family::new_with_constructor(durations as fn() -> Histogram);
        let rounds = Family::default();
        let [under_way, listeners, publishers, stream_viewers, is_draining]: [Gauge; 5] = Default::default();
        registry.register("http_answers", "Answers by route and status", answers.clone());
        let told = "From a request's head to the head of its answer, by route";
        registry.register_with_unit("http_answer_time", told, Unit::Seconds, durations.clone());
        registry.register("http_under_way", "Requests whose answer has not begun", under_way.clone());
        registry.register("job_rounds", "Rounds of the platform's own jobs, by what came of them", rounds.clone());
        registry.register("listeners", "Pages that listen to shows", listeners.clone());
        registry.register("publishers", "Shows whose stream delivers", publishers.clone());
        registry.register("stream_viewers", "Pages that play a stream", stream_viewers.clone());
        registry.register(
            "draining",
            "1 while the platform waits for balancers to look elsewhere",
            is_draining.clone(),
        );
        Self { registry, answers, durations, under_way, rounds, listeners, publishers, stream_viewers, is_draining }
    }
}

impl Metrics {
    /// Counts a round of a job.
    pub fn round(&self, job: &'static str, is_done: bool) {
        let outcome = if is_done { "done" } else { "failed" };
        self.rounds.get_or_create(&Round { job, outcome }).inc();
    }

    /// Everything there is to tell. Errors: never in practice; it writes into memory.
    pub fn text(&self, app: &App) -> Result<String, std::fmt::Error> {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.listeners.set(count(MAX_LISTENERS.saturating_sub(app.listeners.available_permits())));
        let (publishers, viewers) = app.streams.totals();
        self.publishers.set(count(publishers));
        self.stream_viewers.set(count(viewers));
        self.is_draining.set(i64::from(app.draining.is_cancelled()));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Measures every request.
pub async fn measure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let method = method_of(&request);
    let metrics = &app.metrics;
    metrics.under_way.inc();
    // Also where the connection breaks and this is dropped half-way.
    let _over = Over(&metrics.under_way);
    let begun = Instant::now();
    let answer = next.run(request).await;
    metrics.durations.get_or_create(&Route { route: route.clone() }).observe(begun.elapsed().as_secs_f64());
    metrics.answers.get_or_create(&Answer { method, route, status: answer.status().as_u16() }).inc();
    answer
}

struct Over<'a>(&'a Gauge);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// One of those that anybody means; the others are one series.
fn method_of(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        _ => "other",
    }
}
