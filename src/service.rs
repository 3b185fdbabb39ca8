//! The REST API, and the extractors and middleware for handlers.

pub(crate) mod answer;
pub(crate) mod bell;
#[cfg(all(test, feature = "openapi"))]
mod documentation_tests;
pub mod endpoints;
pub(crate) mod handler;
#[cfg(feature = "openapi")]
mod openapi;
pub(crate) mod question;
pub(crate) mod routes;
pub(crate) mod scope;
pub(crate) mod settings;
