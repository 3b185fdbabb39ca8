//! Handlers: the extractor, whoever is signed in by whatever means, and the scope at any place of an application.

mod adding;
mod identity;
mod mounting;
mod nobody;
mod private;

use actix_messages::Recipient;
use actix_web::HttpRequest;

/// Believes whoever says in a header who they are.
fn by_header(request: &HttpRequest) -> Option<Recipient> {
    Recipient::user(request.headers().get("x-user")?.to_str().ok()?).ok()
}
