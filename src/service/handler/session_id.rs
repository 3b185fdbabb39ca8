//! The id by which messages know a session: a secret in the state of the session, and its digest, which a store gets.

use actix_session::Session;
use sha2::{Digest, Sha256};

use crate::model::SessionId;

/// Where the logical id is in the session's state.
pub(super) const LOGICAL_ID: &str = "actix_messages.session";

pub(super) fn new_secret() -> Option<String> {
    let mut secret = [0; 16];
    match getrandom::fill(&mut secret) {
        Ok(()) => Some(format!("{:032x}", u128::from_be_bytes(secret))),
        Err(error) => {
            tracing::error!(%error, "no random bytes for a session: the message is bound to none");
            None
        }
    }
}

pub(super) fn stored_id(session: &Session) -> Option<SessionId> {
    session.get::<String>(LOGICAL_ID).ok().flatten().map(|secret| digest(&secret))
}

/// What the database keeps of a session: who reads it there can't take the session over, nor tell whose it was.
pub(super) fn digest(secret: &str) -> SessionId {
    let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    SessionId::from_digest(std::array::from_fn(|at| digest[at]))
}
