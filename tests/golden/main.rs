//! Pictures as viewers get them, made by the real program and compared with pictures that a person has judged.
//!
//! What is compared is what it means: regions, each with a tolerance of its own and its reason; never bytes. A failing test
//! writes what it saw and says where. If the change was meant, that file replaces the one in this folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod card;
mod regions;
