//! Marking on purpose: a message or a selection -> how many of them were changed.

use actix_web::{HttpRequest, HttpResponse, http::header::CONTENT_LENGTH, web::Payload};

use super::{deletable, only, open, permit_message};
use crate::{
    error::Error,
    mailbox::Selection,
    model::MessageId,
    service::{
        answer::{error::Refusal, page_json::CountBody},
        question::{
            query::{ListQuery, QueryError},
            query_string::QueryString,
        },
        settings::{access::Action, config::config_of},
    },
};

/// `POST /{id}/read/`: marks one message as read, and answers whether that was unread: `{"count": 1}` or
/// `{"count": 0}`.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn mark_read(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    change_one(&request, Action::MarkRead, Selection::mark_read).await
}

/// `POST /{id}/unread/`: marks one message as unread, and answers whether that was read: `{"count": 1}` or
/// `{"count": 0}`.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn mark_unread(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    change_one(&request, Action::MarkUnread, Selection::mark_unread).await
}

/// `POST /read/`: marks a selection as read, and answers how many were unread.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn mark_selection_read(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    change_selection(&request, body, Action::MarkSelectionRead, Selection::mark_read).await
}

/// `POST /unread/`: marks a selection as unread, and answers how many were read.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn mark_selection_unread(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    change_selection(&request, body, Action::MarkSelectionUnread, Selection::mark_unread).await
}

/// `DELETE /`: deletes a selection, and answers how many messages that were. Unread ones stay, unless the application
/// allows to delete them.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn delete_selection(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    let config = config_of(&request)?;
    let delete = async |selection: Selection| selection.narrow(|filter| deletable(filter, config)).delete().await;
    change_selection(&request, body, Action::DeleteSelection, delete).await
}

/// Changes one message, and answers how many were changed, if it is there.
async fn change_one(
    request: &HttpRequest,
    action: Action,
    change: impl AsyncFnOnce(Selection) -> Changed,
) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open(request, action)?;
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of_selection(&sent, &config.filters, &config.delivery.level_names)?;
    let one = only(request, &query, config)?;
    permit_message(config, request, action, &mailbox, &one).await?;
    let changed = change(mailbox.select(one.clone())).await?;
    if changed.is_empty() && mailbox.select(one).is_empty().await? {
        return Err(Refusal::NoSuchMessage);
    }
    Ok(HttpResponse::Ok().json(CountBody { count: changed.len() }))
}

/// Changes what the query means, and answers how many were changed.
async fn change_selection(
    request: &HttpRequest,
    body: Payload,
    action: Action,
    change: impl AsyncFnOnce(Selection) -> Changed,
) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open(request, action)?;
    if announces_a_body(request) || !is_empty(body).await {
        // It may say which messages are meant; to ignore it might then mean all of them.
        return Err(QueryError::field("body", "Bodies are not read: parameters say what is meant.").into());
    }
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of_selection(&sent, &config.filters, &config.delivery.level_names)?;
    let changed = change(mailbox.select(query.filter(&config.delivery.level_names)?)).await?;
    Ok(HttpResponse::Ok().json(CountBody { count: changed.len() }))
}

fn announces_a_body(request: &HttpRequest) -> bool {
    request.headers().get(CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// Whether the request has no body. A body in chunks, or over HTTP/2, does not announce its length, which may be 0.
async fn is_empty(body: Payload) -> bool {
    matches!(body.to_bytes_limited(0).await, Ok(Ok(_)))
}

/// The ids of the messages that were changed.
type Changed = Result<Vec<MessageId>, Error>;
