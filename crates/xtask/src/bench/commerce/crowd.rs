//! Many buyers at once, each on an address of its own: the platform counts requests by address, as it must, and a crowd on one address
//! would measure that alone. The whole of 127.0.0.0/8 is this computer, so no limit has to be lifted.

use super::super::parts::http::{Answer, Connection};
use hawker_domain::{OrderId, ShowId, Sku};
use hawker_wire::ErrorCode;
use hawker_wire::viewer::{Pay, Receipt, Reservation, Reserve, ReserveLine};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

/// A request that is told to come again does, so long.
const PATIENCE: Duration = Duration::from_secs(20);
const AGAIN: Duration = Duration::from_millis(20);

/// 500 threads of ordinary size would ask for a gigabyte of addresses; a buyer needs little.
const STACK_BYTES: usize = 256 * 1024;

/// The sandbox provider accepts cards that end in an even digit.
const CARD_THAT_PAYS: &str = "4242424242424242";

/// What became of one buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Bought(OrderId),
    SoldOut,
    /// Anything else, in words: a round with one of these says nothing.
    Failed(String),
}

#[derive(Clone, Debug)]
pub struct Buyer {
    pub outcome: Outcome,
    /// From the first byte of "reserve" to the last answer.
    pub took: Duration,
    /// When that answer was there.
    pub done: Instant,
    /// Requests that the platform told to come again, and that did.
    pub repeated: u32,
}

/// What all of them want: one of this.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub platform: SocketAddr,
    pub show: ShowId,
    pub sku: Sku,
    /// Tells the rounds apart: addresses and keys are new in each.
    pub round: u32,
}

/// So many buyers connect, wait for each other and buy at once. Also says when they began. Errors: no thread can be had.
pub fn rush(wanted: &Wanted, buyers: u32) -> Result<(Instant, Vec<Buyer>), String> {
    let start = Arc::new(Barrier::new(buyers as usize + 1));
    let mut threads = Vec::with_capacity(buyers as usize);
    for number in 0..buyers {
        let (start, wanted) = (Arc::clone(&start), wanted.clone());
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || buyer(&wanted, number, &start));
        // Those that wait already are left where they are: nothing but this process hears of them.
        threads.push(thread.map_err(|error| format!("{buyers} buyers need as many threads: {error}"))?);
    }
    start.wait();
    let begun = Instant::now();
    let ended = threads.into_iter().map(|thread| thread.join().map_err(|_| "a buyer's thread died".to_owned()));
    Ok((begun, ended.collect::<Result<_, _>>()?))
}

fn buyer(wanted: &Wanted, number: u32, start: &Barrier) -> Buyer {
    let connection = Connection::open(wanted.platform, address(wanted.round, number));
    start.wait();
    let begun = Instant::now();
    let mut repeated = 0;
    let outcome = connection.and_then(|mut connection| buy(&mut connection, wanted, number, &mut repeated));
    let done = Instant::now();
    Buyer { outcome: outcome.unwrap_or_else(Outcome::Failed), took: done - begun, done, repeated }
}

fn buy(connection: &mut Connection, wanted: &Wanted, number: u32, repeated: &mut u32) -> Result<Outcome, String> {
    let Wanted { show, sku, round, .. } = wanted;
    let key = format!("round-{round}-buyer-{number}");
    let reserve =
        Reserve { lines: vec![ReserveLine { sku: sku.clone(), qty: 1 }], at: None, coupon: None, viewer: None };
    let path = format!("/api/v1/public/shows/{show}/reservations");
    let answer = post(connection, &path, &key, &reserve, repeated)?;
    if answer.failure().is_some_and(|failure| failure.code == ErrorCode::OutOfStock) {
        return Ok(Outcome::SoldOut);
    }
    let held: Reservation = answer.json()?;
    let pay = Pay {
        secret: held.secret,
        card: CARD_THAT_PAYS.to_owned(),
        name: format!("买家{number}"),
        phone: "13800138000".to_owned(),
        address: "示例路 1 号".to_owned(),
    };
    let path = format!("/api/v1/public/reservations/{}/pay", held.reservation_id);
    let receipt: Receipt = post(connection, &path, &key, &pay, repeated)?.json()?;
    Ok(Outcome::Bought(receipt.order_id))
}

/// As a page does: what is told to come again comes again, under the same key. A limit that is met is no such thing here: it would say
/// that the buyers are not apart.
fn post(
    connection: &mut Connection,
    path: &str,
    key: &str,
    body: &impl serde::Serialize,
    repeated: &mut u32,
) -> Result<Answer, String> {
    let body = serde_json::to_string(body).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    loop {
        let answer = connection.post(path, &[("Idempotency-Key", key)], &body)?;
        let failure = answer.failure().filter(|failure| failure.retryable && failure.code != ErrorCode::RateLimited);
        if failure.is_none() || begun.elapsed() > PATIENCE {
            return Ok(answer);
        }
        *repeated += 1;
        std::thread::sleep(AGAIN);
    }
}

/// 127.16.0.0 and what follows: 500 buyers in each of 100 rounds stay far inside, and 127.0.0.1 is not among them.
fn address(round: u32, number: u32) -> Ipv4Addr {
    let [_, high, middle, low] = (round * 1_024 + number + 1).to_be_bytes();
    Ipv4Addr::new(127, 16 + high % 200, middle, low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_buyers_of_a_hundred_rounds_share_an_address_and_all_are_this_computer() {
        let all: BTreeSet<Ipv4Addr> =
            (0..100).flat_map(|round| (0..500).map(move |number| address(round, number))).collect();
        assert_eq!(all.len(), 50_000);
        assert!(all.iter().all(Ipv4Addr::is_loopback) && !all.contains(&Ipv4Addr::LOCALHOST));
    }
}
