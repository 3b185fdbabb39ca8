//! The settings of an application, and the state that its requests share.

pub(crate) mod access;
mod choose_texts;
pub(crate) mod config;
pub(crate) mod cursor_key;
pub(crate) mod identify;
pub(crate) mod live;
pub(crate) mod lookup;
pub(crate) mod parameter_switches;
pub(crate) mod policy;
pub(crate) mod query_parameters;
pub(crate) mod repeats;
pub(crate) mod represent;
pub(crate) mod shared_state;
pub(crate) mod trusted_origins;
pub(crate) mod unsent;
pub(crate) mod versioning;
