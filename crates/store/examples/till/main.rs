//! A shop's till for tests of crashes: opens the store in a folder, tells what lies in it, and sells one order after the
//! other until it is killed. Each line on standard output is a `Line` of the tests; what it says was committed before.
//!
//! `till FOLDER [--less-durable]`; with it the store is one that a power cut takes sales from.

mod tell;

use hawker_test_support::till::{self, Line};
use std::{error::Error, path::Path, process::ExitCode};
use uuid::Uuid;

/// More than is ever sold.
const RECEIVED: i64 = 1_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().unwrap_or_default();
    let less_durable = arguments.any(|argument| argument == "--less-durable");
    match sell(folder.as_ref(), less_durable).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Who reads this may be gone by now.
            let _ = tell::say(&Line::Refused(why.to_string()));
            ExitCode::FAILURE
        }
    }
}

async fn sell(folder: &Path, less_durable: bool) -> Result<(), Box<dyn Error>> {
    let store = tell::open(folder).await?;
    if less_durable {
        store.make_less_durable().await?;
    }
    let told = tell::tell(&store).await?;
    let has_goods = told.received > 0;
    tell::say(&Line::Opened(told))?;
    if !has_goods {
        store.move_stock(&till::received(RECEIVED)).await?;
        tell::say(&Line::Received(RECEIVED))?;
    }
    for number in 0_u32.. {
        let order = till::order(Uuid::now_v7(), 1 + number % 3);
        store.record_venue_sale(&order).await?;
        tell::say(&Line::Sold(order.id.0))?;
    }
    Ok(())
}
