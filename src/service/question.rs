//! Reads a request: its query, its path, the site that sent it, and the response format that it asks for.

pub(crate) mod negotiate;
pub(crate) mod origin;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod query_string;
pub(crate) mod sender;
pub(crate) mod version;
