//! A simulation of markets: one seller's devices, the real stores and the real platform, between them a network that loses, repeats and
//! holds back, and every misfortune of disks and machines, drawn by a seed. At the end all is quiet, and what was acknowledged must
//! be everywhere, once.
//!
//! 300 seeds in every run of the tests; `HAWKER_SIM_SEEDS=A..B` runs others. A seed that failed is kept in `KEPT`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod act;
mod check;
mod clock;
mod device;
mod edits;
mod facts;
mod sabotage;
mod server;
mod weather;
mod world;

use act::Market;
use sabotage::Sabotage;
use std::ops::Range;
use world::World;

/// Acts in one run.
const ACTS: usize = 40;

/// Acts between two looks at everybody's ledger.
const LOOK_EVERY: usize = 8;

/// Seeds that failed once.
const KEPT: &[u64] = &[154];
const KEPT_OF_RIGHTS: &[u64] = &[77, 81, 301, 428, 868, 899, 1_082, 2_913, 3_852, 5_252];

async fn run(seed: u64, market: Market, sabotage: Sabotage) -> Result<(), String> {
    let mut world = World::new(seed, market, sabotage).await;
    for number in 0..ACTS {
        let act = world.draw();
        world.log(format!("{number}: {act:?}"));
        world.perform(act).await.map_err(|why| world.story(seed, &why))?;
        if number % LOOK_EVERY == 0 {
            world.ledgers_add_up().await.map_err(|why| world.story(seed, &why))?;
        }
    }
    let judged = judge(&mut world, market).await;
    match judged {
        Ok(()) => Ok(()),
        Err(why) => Err(world.full_story(seed, &why).await),
    }
}

async fn judge(world: &mut World, market: Market) -> Result<(), String> {
    world.come_to_rest().await?;
    if market == Market::Careful {
        world.nothing_is_missing().await?;
    }
    world.check().await
}

/// Runs these seeds, or those that `HAWKER_SIM_SEEDS` names in their place.
async fn nothing_is_lost(seeds: impl Iterator<Item = u64>, market: Market) {
    let mut failed = Vec::new();
    let mut runs = 0;
    for seed in seeds {
        runs += 1;
        failed.extend(run(seed, market, Sabotage::None).await.err());
        assert!(failed.len() < 3, "{}", failed.join("\n\n"));
    }
    println!("{runs} seeds, {} violations", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// For `cargo xtask bench commerce --only seeds`; without `HAWKER_SIM_SEEDS` there is nothing for it to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_other_seeds() {
    let Ok(text) = std::env::var("HAWKER_SIM_SEEDS") else { return };
    let (from, to) = text.split_once("..").expect("HAWKER_SIM_SEEDS is A..B");
    let seeds: Range<u64> = from.parse().expect("a number")..to.parse().expect("a number");
    nothing_is_lost(seeds, Market::Whole).await;
}

// Several, since a test runs on one core.
macro_rules! seeds {
    ($($name:ident $market:ident $seeds:expr;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            nothing_is_lost($seeds.into_iter(), Market::$market).await;
        }
    )+};
}

seeds! {
    whatever_happens_nothing_is_lost_doubled_or_oversold Whole 0..70;
    whatever_happens_all_devices_come_to_the_same Whole 70..140;
    whatever_happens_the_ledger_is_the_stock Whole 140..210;
    whatever_happens_all_comes_to_rest Whole 210..270;
    what_is_covered_by_rights_is_there Careful 0..30;
    what_went_wrong_once_does_not_again Before KEPT.iter().copied();
    what_went_wrong_with_rights_does_not_again Whole KEPT_OF_RIGHTS.iter().copied();
}

/// A check that nothing can fail proves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rule_that_is_broken_on_purpose_is_caught() {
    let mut missed = Vec::new();
    for sabotage in Sabotage::ALL {
        let mut caught = None;
        for seed in 0..60 {
            if let Err(story) = run(seed, sabotage.market(), sabotage).await {
                caught = Some((seed, story));
                break;
            }
        }
        match caught {
            Some((seed, story)) => {
                println!("{sabotage:?}: seed {seed}: {}", story.lines().next().unwrap_or_default());
            }
            None => missed.push(sabotage),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}
