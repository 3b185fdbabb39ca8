//! Intended differences from the original: one test for each rule, on every store.

mod dates;
mod http;
mod limits;
mod lookups;
mod meanwhile;
mod numbers;
mod ordering;
mod reading;
mod search;
mod sending;
mod sessions;
mod sites;
mod unseen;
