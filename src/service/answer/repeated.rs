//! Repeated requests: a client that has the answer already gets a 304 without a query, if the application permits it.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{
        Method,
        header::{ACCEPT, HOST},
    },
};
use xxhash_rust::xxh3::Xxh3Default;

use super::conditional::Json;
use crate::{
    mailbox::Mailbox,
    service::settings::{config::MessagesConfig, repeats::Repeat},
};

/// The key of a request that may be repeated, and the state of its mailbox before the store is read.
#[derive(Debug, Clone, Copy)]
struct Asked {
    key: u128,
    changes: u64,
}

/// Returns the 304 for a request whose answer the client has, and which is known to be the same a short time ago.
/// Otherwise, [`remember`] keeps the answer.
pub(crate) fn repeated(request: &HttpRequest, config: &MessagesConfig, mailbox: &Mailbox) -> Option<HttpResponse> {
    let repeats = config.repeats.as_ref()?;
    if request.method() != Method::GET {
        return None;
    }
    // Before the store is read, so that a change in the meantime is noticed.
    let asked = Asked { key: key(request, mailbox), changes: mailbox.changes() };
    let known = repeats.find(asked.key).filter(|known| known.changes == asked.changes);
    if let Some(known) = known.filter(|known| Json::is_digest_known_to(known.digest, request)) {
        return Some(Json::not_modified_of(known.digest));
    }
    request.extensions_mut().insert(asked);
    None
}

/// Remembers the answer to a request.
pub(crate) fn remember(request: &HttpRequest, config: &MessagesConfig, answer: &Json) {
    let Some(repeats) = &config.repeats else { return };
    let asked = request.extensions().get::<Asked>().copied();
    if let Some(Asked { key, changes }) = asked {
        repeats.remember(key, Repeat { digest: answer.digest(), changes });
    }
}

/// Returns a digest of everything that the answer depends on, besides the messages.
fn key(request: &HttpRequest, mailbox: &Mailbox) -> u128 {
    let mut hasher = Xxh3Default::new();
    let session = mailbox.session_shown().map_or("", |session| session.as_str());
    let header = |name| request.headers().get(name).map_or(&b""[..], |value| value.as_bytes());
    let uri = request.uri().to_string();
    for part in [mailbox.recipient().key().as_bytes(), session.as_bytes(), uri.as_bytes(), header(HOST), header(ACCEPT)]
    {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.digest128()
}
