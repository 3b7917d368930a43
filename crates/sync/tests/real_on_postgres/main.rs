//! The tests of `real` that ask the platform's database something, on PostgreSQL. That it is PostgreSQL says this target's name: see
//! `hawker_test_support::TestPlatform`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../real/devices.rs"]
mod devices;
#[path = "../real/edits.rs"]
mod edits;
#[path = "../real/making.rs"]
mod making;
#[path = "../real/offers.rs"]
mod offers;
#[path = "../real/once.rs"]
mod once;
#[path = "../real/put_back.rs"]
mod put_back;
#[path = "../real/restored.rs"]
mod restored;
#[path = "../real/rights.rs"]
mod rights;
#[path = "../real/signed.rs"]
mod signed;
#[path = "../real/till.rs"]
mod till;
#[path = "../real/tokens.rs"]
mod tokens;

#[tokio::test]
async fn the_platform_of_these_tests_has_no_database_of_its_own() {
    let platform = hawker_test_support::TestPlatform::start().await;
    let data = platform.data_dir();
    assert!(
        data.join("platform.key").exists() && !data.join("platform.db").exists(),
        "else nothing here is of PostgreSQL"
    );
}
