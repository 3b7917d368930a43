//! The platform's seller API as typed calls. Longer than most files, since it is one list of calls that share one way to be sent.

use hawker_domain::{ClaimId, DeviceId, OpId, SellerId, ShowId, Sku};
use hawker_wire::{
    ErrorCode, Failure,
    account::{ChangePassword, Device, Devices, ListedDevice, LogIn, Refresh, RegisterDevice, SignUp, Tokens},
    catalogue::{Delist, PutCatalogue},
    claim::{ClaimPayUrl, PutClaimRules},
    feed::{FeedPage, FeedParted, FeedPosition, FeedReturned, OpsAcked, OpsForgotten, ReturnFeed},
    ops::{OpsApplied, PostOps},
    order::{AskBuyers, Buyers},
    quarantine::{Decide, HeldChange, Quarantine},
    rights::RightsReport,
    show::{CreateShow, PutPin, PutRunningOrder, ShowCreated},
    viewer::Viewers,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use url::Url;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// For an answer as a whole; a photo on a slow line is the longest.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// What a long poll may take beyond the time it was asked to wait.
const POLL_GRACE: Duration = Duration::from_secs(10);

/// Called with tokens that replace the ones before, so that they can be kept.
type OnTokens = Arc<dyn Fn(&Tokens) + Send + std::marker::Sync>;

/// A platform as this seller talks to it. Cheap to clone; clones share the tokens.
#[derive(Clone)]
pub struct PlatformClient {
    http: Result<reqwest::Client, Failure>,
    base: Url,
    tokens: Arc<Mutex<Option<Tokens>>>,
    /// One refresh at a time: each refresh token is good once.
    refreshing: Arc<tokio::sync::Mutex<()>>,
    on_tokens: Option<OnTokens>,
}

impl fmt::Debug for PlatformClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformClient").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// What became of a batch of ops.
#[derive(Clone, Debug, PartialEq)]
pub enum OpsAnswer {
    /// Each op has its result.
    Applied(OpsApplied),
    /// The platform took none beyond `wanted_seq` - 1, and why.
    Stopped { reason: OpsStop, wanted_seq: u64, failure: Failure },
}

/// What the platform's feed has behind an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedAnswer {
    Page(FeedPage),
    /// It is not the feed that this device has read up to that entry.
    Parted(FeedParted),
    /// Ops of this device that the platform has answered are unknown to it.
    Forgotten(OpsForgotten),
}

/// Why the platform stopped at an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpsStop {
    /// Ops before it are missing.
    Gap,
    /// The epoch is over.
    Fenced,
    /// The number was used by another op: this device is a copy, or was restored.
    Fork,
    /// The device is not registered.
    UnknownDevice,
    /// The platform's feed is not the one this device has read.
    Parted,
    /// The op is not signed with the key that the platform has of this device.
    BadSignature,
    /// The op itself is wrong (its id or hash); sending it again won't help.
    Refused,
}

impl PlatformClient {
    /// A client of the platform at `base`. Without tokens only [`Self::sign_up`] and [`Self::log_in`] work.
    pub fn new(base: Url, tokens: Option<Tokens>) -> Self {
        let mut builder = reqwest::Client::builder().connect_timeout(CONNECT_LIMIT).timeout(ANSWER_LIMIT);
        let here = matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if here {
            // The system's proxy can't reach a platform on this machine.
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| Failure::new(ErrorCode::Internal, format!("the network can't be used ({error})")));
        let tokens = Arc::new(Mutex::new(tokens));
        Self { http, base, tokens, refreshing: Arc::default(), on_tokens: None }
    }

    /// Sets who is told of tokens that replace the ones before.
    #[must_use]
    pub fn on_tokens(mut self, keep: impl Fn(&Tokens) + Send + std::marker::Sync + 'static) -> Self {
        self.on_tokens = Some(Arc::new(keep));
        self
    }

    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Whose tokens these are.
    pub fn seller_id(&self) -> Option<SellerId> {
        self.tokens().as_ref().map(|tokens| tokens.seller_id)
    }

    /// Makes an account and signs in.
    pub async fn sign_up(&self, form: &SignUp) -> Result<Tokens, Failure> {
        self.sign_in(Method::POST, &["accounts"], form).await
    }

    /// Sets another password and signs in with it: every other log-in of the account ends.
    pub async fn change_password(&self, form: &ChangePassword) -> Result<Tokens, Failure> {
        self.sign_in(Method::PUT, &["accounts", "password"], form).await
    }

    pub async fn log_in(&self, form: &LogIn) -> Result<Tokens, Failure> {
        self.sign_in(Method::POST, &["sessions"], form).await
    }

    /// Trades the refresh token for new tokens. Other calls do this by themselves when the access token is over.
    pub async fn refresh(&self) -> Result<Tokens, Failure> {
        let _one = self.refreshing.lock().await;
        self.refresh_now().await
    }

    pub async fn register_device(&self, form: &RegisterDevice) -> Result<Device, Failure> {
        json(self.send(Method::POST, &["devices"], |request| request.json(form)).await?).await
    }

    /// The seller's installations.
    pub async fn devices(&self) -> Result<Devices, Failure> {
        json(self.send(Method::GET, &["devices"], |request| request).await?).await
    }

    /// From now on the device's changes are held for a person, and it hears nothing.
    pub async fn revoke_device(&self, id: DeviceId) -> Result<ListedDevice, Failure> {
        let id = id.to_string();
        json(self.send(Method::DELETE, &["devices", &id], |request| request).await?).await
    }

    /// Changes that wait for a person, and those that were decided about.
    pub async fn quarantine(&self) -> Result<Quarantine, Failure> {
        json(self.send(Method::GET, &["quarantine"], |request| request).await?).await
    }

    pub async fn decide(&self, id: OpId, form: &Decide) -> Result<HeldChange, Failure> {
        let id = id.to_string();
        json(self.send(Method::POST, &["quarantine", &id], |request| request.json(form)).await?).await
    }

    pub async fn put_catalogue(&self, form: &PutCatalogue) -> Result<(), Failure> {
        done(self.send(Method::PUT, &["catalogue"], |request| request.json(form)).await?).await
    }

    /// These are no longer sold.
    pub async fn delist(&self, form: &Delist) -> Result<(), Failure> {
        done(self.send(Method::POST, &["catalogue", "delist"], |request| request.json(form)).await?).await
    }

    /// `jpeg`: at most 2 MiB.
    pub async fn put_photo(&self, sku: &Sku, jpeg: Vec<u8>) -> Result<(), Failure> {
        // Shared, since the request may have to be sent twice.
        let jpeg = bytes::Bytes::from(jpeg);
        let path = ["catalogue", sku.as_str(), "photo"];
        let with = |request: RequestBuilder| request.header("content-type", "image/jpeg").body(jpeg.clone());
        done(self.send(Method::PUT, &path, with).await?).await
    }

    /// A product that has no photo, or is not known, stays as it is.
    pub async fn remove_photo(&self, sku: &Sku) -> Result<(), Failure> {
        let path = ["catalogue", sku.as_str(), "photo"];
        done(self.send(Method::DELETE, &path, |request| request).await?).await
    }

    pub async fn create_show(&self, form: &CreateShow) -> Result<ShowCreated, Failure> {
        json(self.send(Method::POST, &["shows"], |request| request.json(form)).await?).await
    }

    pub async fn end_show(&self, id: ShowId) -> Result<(), Failure> {
        let id = id.to_string();
        done(self.send(Method::POST, &["shows", &id, "end"], |request| request).await?).await
    }

    pub async fn put_running_order(&self, id: ShowId, form: &PutRunningOrder) -> Result<(), Failure> {
        let id = id.to_string();
        done(self.send(Method::PUT, &["shows", &id, "running-order"], |request| request.json(form)).await?).await
    }

    /// How comments of a show buy; none: they buy nothing.
    pub async fn put_claim_rules(&self, id: ShowId, form: &PutClaimRules) -> Result<(), Failure> {
        let id = id.to_string();
        done(self.send(Method::PUT, &["shows", &id, "claims"], |request| request.json(form)).await?).await
    }

    /// The link by which a claim is paid. Errors: `not_found`, `conflict` where it may not be paid.
    pub async fn claim_pay_url(&self, id: ClaimId) -> Result<ClaimPayUrl, Failure> {
        let id = id.to_string();
        json(self.send(Method::GET, &["claims", &id, "pay-link"], |request| request).await?).await
    }

    /// How many watch a show right now.
    pub async fn viewers(&self, id: ShowId) -> Result<Viewers, Failure> {
        let id = id.to_string();
        json(self.send(Method::GET, &["public", "shows", &id, "viewers"], |request| request).await?).await
    }

    pub async fn put_pin(&self, id: ShowId, pin: &PutPin) -> Result<(), Failure> {
        let id = id.to_string();
        done(self.send(Method::PUT, &["shows", &id, "pin"], |request| request.json(pin)).await?).await
    }

    /// Errors are those of the request as a whole; a stop at one op is an answer.
    pub async fn post_ops(&self, form: &PostOps) -> Result<OpsAnswer, Failure> {
        let response = self.send(Method::POST, &["ops"], |request| request.json(form)).await?;
        if response.status().is_success() {
            return Ok(OpsAnswer::Applied(json(response).await?));
        }
        let status = response.status();
        let body = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        let failure = failure_of(status, &body);
        match serde_json::from_slice::<Stopped>(&body) {
            Ok(Stopped { reason, wanted_seq }) => {
                let reason = match reason.as_deref() {
                    Some("gap") | None => OpsStop::Gap,
                    Some("fenced") => OpsStop::Fenced,
                    Some("fork") => OpsStop::Fork,
                    Some("parted") => OpsStop::Parted,
                    Some("bad_signature") => OpsStop::BadSignature,
                    Some("unknown_device") => OpsStop::UnknownDevice,
                    Some(_) => OpsStop::Refused,
                };
                Ok(OpsAnswer::Stopped { reason, wanted_seq, failure })
            }
            Err(_) => Err(failure),
        }
    }

    /// Entries after `seen`; where there are none, waits up to `wait` for one. `acked`: how far this device's own ops were
    /// answered.
    pub async fn feed(
        &self,
        seen: &FeedPosition,
        acked: Option<OpsAcked>,
        wait: Duration,
    ) -> Result<FeedAnswer, Failure> {
        let query = [
            ("after", seen.server_seq.to_string()),
            ("head", seen.head.clone()),
            ("wait_ms", wait.as_millis().to_string()),
        ];
        let with = |request: RequestBuilder| request.query(&query).query(&acked).timeout(wait + POLL_GRACE);
        let response = self.send(Method::GET, &["feed"], with).await?;
        if response.status() != StatusCode::CONFLICT {
            return json(response).await.map(FeedAnswer::Page);
        }
        let body = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        if let Ok(parted) = serde_json::from_slice(&body) {
            return Ok(FeedAnswer::Parted(parted));
        }
        match serde_json::from_slice(&body) {
            Ok(forgotten) => Ok(FeedAnswer::Forgotten(forgotten)),
            Err(_) => Err(failure_of(StatusCode::CONFLICT, &body)),
        }
    }

    /// Gives back entries that the platform lost.
    pub async fn return_feed(&self, form: &ReturnFeed) -> Result<FeedReturned, Failure> {
        json(self.send(Method::POST, &["feed", "return"], |request| request.json(form)).await?).await
    }

    /// Names and addresses for packing; the platform writes down that they were looked at.
    pub async fn buyers(&self, form: &AskBuyers) -> Result<Buyers, Failure> {
        json(self.send(Method::POST, &["orders", "buyers"], |request| request.json(form)).await?).await
    }

    /// Which device of the seller has what for itself, and whether buyers can order.
    pub async fn rights(&self) -> Result<RightsReport, Failure> {
        json(self.send(Method::GET, &["rights"], |request| request).await?).await
    }

    /// A device does not come back: what it had goes to the pool. Errors: `not_found`.
    pub async fn declare_lost(&self, device: DeviceId) -> Result<RightsReport, Failure> {
        let id = device.to_string();
        json(self.send(Method::POST, &["devices", &id, "lost"], |request| request).await?).await
    }

    async fn sign_in<T: Serialize>(&self, method: Method, path: &[&str], form: &T) -> Result<Tokens, Failure> {
        let request = self.http()?.request(method, self.url(path)?).json(form);
        let tokens: Tokens = json(request.send().await.map_err(|error| self.unreachable(&error))?).await?;
        self.keep(&tokens);
        Ok(tokens)
    }

    async fn refresh_now(&self) -> Result<Tokens, Failure> {
        let refresh_token =
            self.tokens().as_ref().map(|tokens| tokens.refresh_token.clone()).ok_or_else(not_signed_in)?;
        let request = self.http()?.post(self.url(&["sessions", "refresh"])?).json(&Refresh { refresh_token });
        let tokens: Tokens = json(request.send().await.map_err(|error| self.unreachable(&error))?).await?;
        self.keep(&tokens);
        Ok(tokens)
    }

    /// Sends with the access token; when that is over, refreshes once and sends again.
    async fn send(
        &self,
        method: Method,
        path: &[&str],
        with: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, Failure> {
        let url = self.url(path)?;
        let access = self.access().ok_or_else(not_signed_in)?;
        let once = async |access: &str| {
            let request = self.http()?.request(method.clone(), url.clone()).bearer_auth(access);
            with(request).send().await.map_err(|error| self.unreachable(&error))
        };
        let response = once(&access).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let renewed = {
            let _one = self.refreshing.lock().await;
            match self.access().filter(|now| *now != access) {
                // Another request refreshed while this one was refused.
                Some(renewed) => renewed,
                None => self.refresh_now().await?.access_token,
            }
        };
        once(&renewed).await
    }

    fn http(&self) -> Result<&reqwest::Client, Failure> {
        self.http.as_ref().map_err(Clone::clone)
    }

    fn url(&self, path: &[&str]) -> Result<Url, Failure> {
        let mut url = self.base.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => segments.pop_if_empty().extend(["api", "v1"]).extend(path),
            Err(()) => {
                return Err(Failure::new(ErrorCode::BadInput, "the platform's address is no http address"));
            }
        };
        Ok(url)
    }

    fn access(&self) -> Option<String> {
        self.tokens().as_ref().map(|tokens| tokens.access_token.clone())
    }

    /// Held for a copy only, never over an await.
    fn tokens(&self) -> MutexGuard<'_, Option<Tokens>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, tokens: &Tokens) {
        *self.tokens() = Some(tokens.clone());
        if let Some(on_tokens) = &self.on_tokens {
            on_tokens(tokens);
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let why = if error.is_timeout() { "did not answer in time" } else { "does not answer" };
        let host = self.base.host_str().unwrap_or("?");
        // The error names the address; its query and the headers are left out on purpose.
        tracing::debug!(error = %error.to_string().split('?').next().unwrap_or_default(), "a request failed");
        Failure::new(ErrorCode::Unreachable, format!("the platform at {host} {why}"))
            .hint("check the network; what waits is sent when it is back")
    }
}

/// The part of a refusal that says where to go on.
#[derive(Deserialize)]
struct Stopped {
    #[serde(default)]
    reason: Option<String>,
    wanted_seq: u64,
}

fn not_signed_in() -> Failure {
    Failure::new(ErrorCode::Unauthorized, "this studio is not signed in at the platform").hint("sign in")
}

async fn json<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let (status, body) = body_of(response).await?;
    serde_json::from_slice(&body).map_err(|error| {
        let message = format!("the platform's answer ({status}) can't be read: {error}");
        Failure::new(ErrorCode::Internal, message).hint("the platform and this studio may be of different versions")
    })
}

async fn done(response: Response) -> Result<(), Failure> {
    body_of(response).await.map(|_| ())
}

/// The body of a success. Errors: the platform's own failure.
async fn body_of(response: Response) -> Result<(StatusCode, Vec<u8>), Failure> {
    let status = response.status();
    let body =
        response.bytes().await.map_err(|_| Failure::new(ErrorCode::Unreachable, "the platform's answer broke off"))?;
    if status.is_success() { Ok((status, body.to_vec())) } else { Err(failure_of(status, &body)) }
}

/// The failure in a body. A status without one is no word of the platform's: a proxy, or a page that says "back soon", stands
/// in its place, and the same request may reach it later. Only that a request is too large for what is in between stays true.
fn failure_of(status: StatusCode, body: &[u8]) -> Failure {
    if let Ok(failure) = serde_json::from_slice::<Failure>(body) {
        return failure;
    }
    let code = match status.as_u16() {
        413 => ErrorCode::BadInput,
        429 => ErrorCode::RateLimited,
        400..500 | 502..=504 => ErrorCode::Unreachable,
        _ => ErrorCode::Internal,
    };
    Failure::new(code, format!("something answered {status} in the platform's place"))
        .hint("check the platform's address, and whether it is being maintained")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_platforms_own_word_is_a_verdict() {
        for (status, code, retryable) in [
            (400, ErrorCode::Unreachable, true),
            (401, ErrorCode::Unreachable, true),
            (403, ErrorCode::Unreachable, true),
            (404, ErrorCode::Unreachable, true),
            (405, ErrorCode::Unreachable, true),
            (408, ErrorCode::Unreachable, true),
            (413, ErrorCode::BadInput, false),
            (429, ErrorCode::RateLimited, true),
            (500, ErrorCode::Internal, true),
            (503, ErrorCode::Unreachable, true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            for body in ["", "<html>back soon</html>", "{}", r#"{"message":"not found"}"#] {
                let failure = failure_of(status, body.as_bytes());
                assert_eq!((failure.code, failure.retryable), (code, retryable), "{status} with {body:?}");
            }
            let own = Failure::new(ErrorCode::NotFound, "there is no such show");
            assert_eq!(failure_of(status, &serde_json::to_vec(&own).unwrap()), own, "{status}");
        }
    }
}
