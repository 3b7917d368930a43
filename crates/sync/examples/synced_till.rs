//! A shop's till as the store's example, that syncs with a platform: reads its `Job` from standard input, sells what is
//! still to be sold, and ends when it is in step with the platform.
//!
//! `synced_till FOLDER`

#[path = "../../store/examples/till/tell.rs"]
mod tell;

use hawker_store::Store;
use hawker_sync::{PlatformClient, Sync};
use hawker_test_support::{
    Job,
    till::{self, Line},
};
use std::{error::Error, io, path::Path, process::ExitCode, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A customer comes this often: changes go out in many small batches, as at a counter.
const BETWEEN_SALES: Duration = Duration::from_millis(4);
/// Between two tries to be in step.
const AGAIN: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).unwrap_or_default();
    match work(folder.as_ref()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Who reads this may be gone by now.
            let _ = tell::say(&Line::Refused(why.to_string()));
            ExitCode::FAILURE
        }
    }
}

async fn work(folder: &Path) -> Result<(), Box<dyn Error>> {
    let job: Job = serde_json::from_str(&io::read_to_string(io::stdin())?)?;
    let client = PlatformClient::new(job.platform.clone(), Some(job.tokens.clone()));
    let store = tell::open(folder).await?;
    let (cancel, (events, mut told)) = (CancellationToken::new(), mpsc::channel(16));
    let syncing = tokio::spawn(Sync::new(store.clone(), client.clone()).run(cancel.clone(), events));
    let listening = tokio::spawn(async move { while told.recv().await.is_some() {} });
    sell(&store, &job).await?;
    cancel.cancel();
    syncing.await?;
    listening.await?;
    in_step(&Sync::new(store.clone(), client)).await?;
    tell::say(&Line::InStep(tell::tell(&store).await?))?;
    Ok(())
}

async fn sell(store: &Store, job: &Job) -> Result<(), Box<dyn Error>> {
    let told = tell::tell(store).await?;
    let (has_goods, sold) = (told.received > 0, told.orders.len());
    tell::say(&Line::Opened(told))?;
    if !has_goods {
        store.move_stock(&till::received(job.received)).await?;
        tell::say(&Line::Received(job.received))?;
    }
    let mut customers = tokio::time::interval(BETWEEN_SALES);
    for _ in sold..job.orders as usize {
        customers.tick().await;
        let order = till::order(Uuid::now_v7(), 1);
        store.record_venue_sale(&order).await?;
        tell::say(&Line::Sold(order.id.0))?;
    }
    Ok(())
}

/// Tries until all is sent and all is fetched: the network loses requests.
async fn in_step(sync: &Sync) -> Result<(), Box<dyn Error>> {
    loop {
        match sync.sync_once().await {
            Ok(_) => return Ok(()),
            Err(why) if why.retryable => tokio::time::sleep(AGAIN).await,
            Err(why) => return Err(why.to_string().into()),
        }
    }
}
