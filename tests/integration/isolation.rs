//! Isolation: nobody reads, counts, marks or deletes what is another's, whichever way they try.
//!
//! `PROPTEST_CASES=2000` plays so many random games on each store.

mod answers;
mod deeds;
mod game;
mod model;
mod moves;
mod routes;
mod site;
mod strangers;
mod strategies;
