//! Defines the fuzz targets of actix-messages. The module of a target takes any bytes as input, and panics if the
//! library violates a guarantee.
//!
//! The programs in `fuzz_targets` run the targets with the inputs of libFuzzer. The ordinary tests run them with the
//! stored inputs.

#![forbid(unsafe_code)]

pub mod admin;
pub mod contents;
pub mod cursors;
pub mod dates;
pub mod headers;
pub mod promises;
pub mod recordings;
pub mod requests;
pub mod rows;
pub mod site;
pub mod written;

/// Tries an input, and panics if it finds a bug.
pub type Target = fn(&[u8]);

/// The targets, with the names of their programs and input folders.
pub const TARGETS: [(&str, Target); 7] = [
    ("requests", requests::try_input),
    ("headers", headers::try_input),
    ("cursors", cursors::try_input),
    ("dates", dates::try_input),
    ("rows", rows::try_input),
    ("contents", contents::try_input),
    ("admin", admin::try_input),
];
