//! Creates the id of a session for messages: a secret in the session's state, and its digest, which the store gets.

use actix_session::Session;
use sha2::{Digest, Sha256};

use crate::model::SessionId;

/// The key of the logical id in the session's state.
pub(super) const LOGICAL_ID: &str = "actix_messages.session";

pub(super) fn new_secret() -> Option<String> {
    let mut secret = [0; 16];
    match getrandom::fill(&mut secret) {
        Ok(()) => Some(format!("{:032x}", u128::from_be_bytes(secret))),
        Err(error) => {
            tracing::error!(%error, "no random bytes for a session id: the message is not bound to a session");
            None
        }
    }
}

pub(super) fn stored_id(session: &Session) -> Option<SessionId> {
    session.get::<String>(LOGICAL_ID).ok().flatten().map(|secret| digest(&secret))
}

/// Returns the digest of the secret, which is all that the database stores of a session. A reader of the database can
/// neither take over the session nor tell whose session it was.
pub(super) fn digest(secret: &str) -> SessionId {
    let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    SessionId::from_digest(std::array::from_fn(|at| digest[at]))
}
