//! Extractors and middleware for the handlers of an application.

#[cfg(feature = "session")]
pub(crate) mod follow_session;
pub(crate) mod messages;
pub(crate) mod private_pages;
pub(crate) mod quiet;
#[cfg(feature = "session")]
mod session;
#[cfg(feature = "session")]
mod session_id;
pub(crate) mod success;
#[cfg(feature = "session")]
pub(crate) mod user_in_session;
