//! Marks the messages up to one as seen.

use actix_web::{HttpRequest, HttpResponse};

use super::open_permitted_mailbox;
use crate::service::{
    answer::{error::Refusal, page_json::SeenBody},
    question::{query::seen_up_to, query_string::QueryString},
    settings::access::Action,
};

/// `POST /seen/?up_to={id}`: marks the messages up to this one as seen, and returns the id of the last message that
/// counts as seen: `{"seen": 1795376852302332}`. It never goes back. An id beyond the newest message counts as the
/// newest message.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn mark_seen(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (_, mailbox) = open_permitted_mailbox(&request, Action::MarkSeen)?;
    let sent = QueryString::read(request.query_string());
    let seen = mailbox.mark_seen(seen_up_to(&sent)?).await?;
    Ok(HttpResponse::Ok().json(SeenBody { seen }))
}
