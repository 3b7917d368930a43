//! Files of a store that are copied while it sells, as a backup program does that knows nothing of databases. No order of
//! the files makes such a copy whole. What opens of it must be a beginning of what was sold, never a mixture.

use crate::{example, listening::Till};
use hawker_test_support::{
    Chance,
    till::{Line, Told},
};
use std::{collections::BTreeSet, fs, path::Path};

/// Enough that some are taken while the log goes into the main file.
const COPIES: usize = 16;
/// Sales between two copies, at most: the log goes into the main file every hundred sales or so.
const BETWEEN: usize = 60;

#[test]
fn a_copy_taken_while_sales_are_written_is_whole_or_refused() {
    let (folder, mut chance) = (tempfile::tempdir().unwrap(), Chance::seeded(1));
    let mut till = Till::start(&example("till"), folder.path());
    let mut sold = Vec::new();
    let mut copies = Vec::new();
    for _ in 0..COPIES {
        let enough = sold.len() + 1 + chance.below(BETWEEN);
        while sold.len() < enough {
            match till.line().expect("it sells until it is killed") {
                Line::Sold(order) => sold.push(order),
                Line::Refused(why) => panic!("{why}"),
                _ => {}
            }
        }
        let mut names = vec!["hawker.db", "hawker.db-wal"];
        if chance.below(2) == 1 {
            names.reverse();
        }
        copies.push(copy(folder.path(), &names));
    }
    sold.extend(
        till.kill().into_iter().filter_map(|line| if let Line::Sold(order) = line { Some(order) } else { None }),
    );

    let mut whole = 0;
    for (number, copy) in copies.iter().enumerate() {
        let mut till = Till::start(&example("till"), copy.path());
        match till.line().expect("it says whether it opened") {
            Line::Opened(told) => {
                whole += 1;
                assert_beginning(number, &told, &sold);
            }
            Line::Refused(why) => assert!(why.contains("damaged"), "copy {number}: {why}"),
            other => panic!("copy {number}: {other:?}"),
        }
        till.kill();
    }
    assert!(whole > 0, "a store that opens no copy would pass as well");
    eprintln!("{whole} of {COPIES} copies opened, the others were refused");
}

fn copy(from: &Path, names: &[&str]) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for name in ["key.json"].iter().chain(names) {
        fs::copy(from.join(name), to.path().join(name)).unwrap();
    }
    to
}

fn assert_beginning(number: usize, told: &Told, sold: &[uuid::Uuid]) {
    let there: BTreeSet<_> = told.orders.iter().map(|(order, _)| *order).collect();
    // The last one may have been written and not yet acknowledged when the till was killed.
    let known = there.len().min(sold.len());
    let beginning: BTreeSet<_> = sold[..known].iter().copied().collect();
    assert!(beginning.is_subset(&there), "copy {number} has {} orders, and not the first ones", there.len());
    assert_eq!(told.check(told.received, &beginning), [], "copy {number} with {known} orders");
}
