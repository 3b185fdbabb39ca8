//! Makes answers: pages, links, bodies, errors, and marks that are made once an answer is sent.

pub(crate) mod conditional;
mod cursor;
pub(crate) mod error;
pub(crate) mod links;
pub(crate) mod mark_once_sent;
pub(crate) mod page_json;
pub(crate) mod pagination;
pub(crate) mod problem;
mod unsent_body;
