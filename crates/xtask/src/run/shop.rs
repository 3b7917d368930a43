//! The viewer page's own HTTP API, as a buyer's browser uses it: look, reserve, pay.

use hawker_domain::{OrderId, ReservationId, ShowId, ShowMs, Sku};
use hawker_wire::viewer::{Pay, PublicShow, Receipt, Reservation, Reserve, ReserveLine};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::Response;

/// A platform on the same machine answers in milliseconds; one that does not is stuck.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The sandbox provider accepts cards that end in an even digit.
const CARD_THAT_PAYS: &str = "4242424242424242";

/// Why a purchase did not come about.
#[derive(Debug, thiserror::Error)]
pub enum BuyError {
    #[error("{address} is no viewer page's address")]
    Address { address: String },
    #[error("{url} can't be reached: {source}")]
    Unreachable { url: String, source: Box<ureq::Error> },
    #[error("{url} answered {status}: {body}")]
    Refused { url: String, status: u16, body: String },
}

/// One show's page.
#[derive(Clone, Debug)]
pub struct Shop {
    agent: Agent,
    api: String,
    show: ShowId,
}

/// A purchase.
#[derive(Clone, Debug)]
pub struct Bought {
    pub order: OrderId,
    /// Just before the payment was sent.
    pub paid_at: Instant,
}

impl Shop {
    /// `viewer_url` is what the show printed: `http://host:port/s/<show>`. Errors: `Address`.
    pub fn open(viewer_url: &str, show: ShowId) -> Result<Self, BuyError> {
        let origin = origin_of(viewer_url).ok_or_else(|| BuyError::Address { address: viewer_url.to_owned() })?;
        let config = Agent::config_builder().timeout_global(Some(ANSWER_WITHIN)).http_status_as_error(false).build();
        Ok(Self { agent: config.into(), api: format!("{origin}/api/v1/public"), show })
    }

    /// What the page shows. Errors: `Unreachable`, `Refused`.
    pub fn look(&self) -> Result<PublicShow, BuyError> {
        let url = format!("{}/shows/{}", self.api, self.show);
        read(&url, self.agent.get(&url).call())
    }

    /// Reserves and pays `qty` of one product. `key` makes a repetition harmless. Errors: `Unreachable`, `Refused`.
    pub fn buy(&self, sku: &Sku, qty: u32, at: Option<ShowMs>, key: &str) -> Result<Bought, BuyError> {
        let lines = vec![ReserveLine { sku: sku.clone(), qty }];
        let url = format!("{}/shows/{}/reservations", self.api, self.show);
        let reservation: Reservation =
            self.post(&url, &format!("{key}-reserve"), &Reserve { lines, at, coupon: None, viewer: None })?;
        let paid_at = Instant::now();
        let receipt = self.pay(reservation.reservation_id, reservation.secret, key)?;
        Ok(Bought { order: receipt.order_id, paid_at })
    }

    fn pay(&self, reservation: ReservationId, secret: String, key: &str) -> Result<Receipt, BuyError> {
        let url = format!("{}/reservations/{reservation}/pay", self.api);
        let pay = Pay {
            secret,
            card: CARD_THAT_PAYS.to_owned(),
            name: "张三".to_owned(),
            phone: "13800138000".to_owned(),
            address: "示例路 1 号".to_owned(),
        };
        self.post(&url, &format!("{key}-pay"), &pay)
    }

    fn post<T: DeserializeOwned>(&self, url: &str, key: &str, body: &impl Serialize) -> Result<T, BuyError> {
        read(url, self.agent.post(url).header("Idempotency-Key", key).send_json(body))
    }
}

fn read<T: DeserializeOwned>(url: &str, answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<T, BuyError> {
    let unreachable = |source: ureq::Error| BuyError::Unreachable { url: url.to_owned(), source: Box::new(source) };
    let mut answer = answer.map_err(unreachable)?;
    let status = answer.status();
    if status.is_success() {
        return answer.body_mut().read_json().map_err(unreachable);
    }
    let body = answer.body_mut().read_to_string().unwrap_or_default();
    Err(BuyError::Refused { url: url.to_owned(), status: status.as_u16(), body })
}

/// `scheme://host:port` of an address.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())?;
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn the_api_stands_beside_the_page() {
        for (url, origin) in [
            ("http://127.0.0.1:4177/s/0190", Some("http://127.0.0.1:4177")),
            ("https://shop.example/s/1?t=5", Some("https://shop.example")),
            ("http:///s/1", None),
            ("/s/1", None),
        ] {
            assert_eq!(origin_of(url).as_deref(), origin, "{url}");
        }
    }

    #[test]
    fn a_refusal_keeps_the_status_and_the_platforms_words() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/s/x", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let body = r#"{"code":"out_of_stock","message":"none left","retryable":false}"#;
            let head = format!("HTTP/1.1 409 Conflict\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..read]).to_lowercase()
        });
        let shop = Shop::open(&url, ShowId(uuid::Uuid::nil())).unwrap();
        match shop.buy(&Sku::new("TEA-1").unwrap(), 1, None, "k1").unwrap_err() {
            BuyError::Refused { status, body, .. } => {
                assert_eq!(status, 409);
                assert!(body.contains("out_of_stock"), "{body}");
            }
            other => panic!("{other}"),
        }
        assert!(server.join().unwrap().contains("idempotency-key: k1-reserve"));
    }
}
