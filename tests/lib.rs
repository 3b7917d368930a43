//! Shared fixtures of the tests across crates.
