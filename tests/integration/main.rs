//! The tests of both crates together: over real HTTP, on every store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod concurrency;
mod conformance;
mod conversations;
mod departures;
mod handlers;
mod layers;
mod set_up;
mod sqlite;
mod statements;
mod support;
