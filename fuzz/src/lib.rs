//! What no input may do to actix-messages: each module takes an input of any bytes, and panics where a promise is broken.
//!
//! The programs in `fuzz_targets` hand them the inputs of libFuzzer, and the ordinary tests those that are kept.

#![forbid(unsafe_code)]

pub mod admin;
pub mod cursors;
pub mod dates;
pub mod headers;
pub mod promises;
pub mod recordings;
pub mod requests;
pub mod rows;
pub mod site;
pub mod written;

/// Tries an input.
pub type Target = fn(&[u8]);

/// The targets, by the names that their programs and the folders of their inputs have.
pub const TARGETS: [(&str, Target); 6] = [
    ("requests", requests::try_input),
    ("headers", headers::try_input),
    ("cursors", cursors::try_input),
    ("dates", dates::try_input),
    ("rows", rows::try_input),
    ("admin", admin::try_input),
];
