//! Builds responses: pages, links, bodies and errors, and marks messages once a response is sent.

pub(crate) mod conditional;
mod cursor;
pub(crate) mod error;
pub(crate) mod error_body;
pub(crate) mod event_stream;
pub(crate) mod links;
pub(crate) mod mark_once_sent;
pub(crate) mod page_json;
pub(crate) mod pagination;
pub(crate) mod repeated;
mod unsent_body;
