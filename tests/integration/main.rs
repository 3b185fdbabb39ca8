//! The tests of both crates together: over real HTTP, on every store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::type_complexity, clippy::needless_pass_by_value, reason = "tests have tables of closures")]

mod assertions;
mod concurrency;
mod conformance;
mod conversations;
mod delivery;
mod departures;
mod handlers;
mod housekeeping;
mod layers;
mod own_pool;
mod postgres;
mod reading;
mod sessions;
mod set_up;
mod sqlite;
mod statements;
mod support;
mod visitors;
mod writing;
