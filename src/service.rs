//! The REST surface, and the extractors and middlewares for handlers.

pub(crate) mod answer;
pub mod endpoints;
pub(crate) mod handler;
#[cfg(feature = "openapi")]
mod openapi;
pub(crate) mod question;
pub(crate) mod scope;
pub(crate) mod settings;
