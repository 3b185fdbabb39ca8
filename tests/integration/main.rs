//! Tests both crates together: over real HTTP, on every store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::type_complexity, clippy::needless_pass_by_value, reason = "tests have tables of closures")]

mod admin;
mod announcements;
mod architecture;
mod assertions;
mod authentication;
mod away;
mod browsers;
mod concurrency;
mod conformance;
mod conversations;
mod crashes;
mod crowds;
mod customising;
mod delivery;
mod departures;
mod directory;
mod fuzzing;
mod handlers;
mod hostile;
mod housekeeping;
mod isolation;
mod live;
mod migrations;
mod moments;
mod openapi;
mod own_pool;
mod panics;
mod passwords;
mod places;
mod postgres;
mod processes;
mod reading;
mod sessions;
mod set_up;
mod sqlite;
mod statements;
mod support;
mod visitors;
mod writing;
