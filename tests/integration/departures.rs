//! Where the surface differs from the original on purpose: one test for each rule, on every store.

mod dates;
mod http;
mod limits;
mod lookups;
mod meanwhile;
mod numbers;
mod ordering;
mod reading;
mod search;
mod sending;
mod sessions;
mod sites;
mod unseen;

use actix_messages::Recipient;
use actix_web::HttpRequest;

/// Believes the name of the user in a header.
fn named(request: &HttpRequest) -> Option<Recipient> {
    Recipient::user(request.headers().get("x-user")?.to_str().ok()?).ok()
}
