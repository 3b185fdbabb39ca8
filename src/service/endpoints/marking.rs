//! The handlers that mark or snooze messages or delete a selection, and return the number of messages changed.

use actix_web::{HttpRequest, HttpResponse, http::header::CONTENT_LENGTH, web::Payload};

use super::{check_access_to_message, deletable, filter_for_path_id, open_permitted_mailbox};
use crate::{
    mailbox::Selection,
    model::MessageId,
    service::{
        answer::{error::Refusal, page_json::CountBody},
        question::{
            query::{ListQuery, QueryError},
            query_string::QueryString,
        },
        settings::{access::Action, config::config_of, query_parameters::besides_selection},
    },
    texts::Text,
};

/// `POST /{id}/read/`: marks one message as read. Returns `{"count": 1}` if the message was unread, otherwise
/// `{"count": 0}`.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn mark_read(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    change_one(&request, Action::MarkRead, async |one, _| Ok(number(&one.mark_read().await?))).await
}

/// `POST /{id}/unread/`: marks one message as unread. Returns `{"count": 1}` if the message was read, otherwise
/// `{"count": 0}`.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn mark_unread(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    change_one(&request, Action::MarkUnread, async |one, _| Ok(number(&one.mark_unread().await?))).await
}

/// `POST /read/`: marks a selection as read, and returns the number of messages that were unread.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn mark_selection_read(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    let mark = async |selection: Selection, _: &ListQuery<'_>| Ok(number(&selection.mark_read().await?));
    change_selection(&request, body, Action::MarkSelectionRead, mark).await
}

/// `POST /unread/`: marks a selection as unread, and returns the number of messages that were read.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn mark_selection_unread(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    let mark = async |selection: Selection, _: &ListQuery<'_>| Ok(number(&selection.mark_unread().await?));
    change_selection(&request, body, Action::MarkSelectionUnread, mark).await
}

/// `DELETE /`: deletes a selection, and returns the number of deleted messages. Unread messages stay, unless the
/// application allows their deletion.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn delete_selection(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    let config = config_of(&request)?;
    let delete = async |selection: Selection, _: &ListQuery<'_>| {
        Ok(number(&selection.narrow(|filter| deletable(filter, config)).delete().await?))
    };
    change_selection(&request, body, Action::DeleteSelection, delete).await
}

/// `POST /{id}/snooze/?until=..`: moves one message to `Later` until that moment. Returns `{"count": 1}`.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn snooze(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    change_one(&request, Action::Snooze, async |one, query| put_off(&request, one, query).await).await
}

/// `POST /snooze/?until=..`: moves a selection to `Later` until that moment, and returns the number of messages.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn snooze_selection(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    let put_off = async |selection: Selection, query: &ListQuery<'_>| put_off(&request, selection, query).await;
    change_selection(&request, body, Action::SnoozeSelection, put_off).await
}

async fn put_off(request: &HttpRequest, selection: Selection, query: &ListQuery<'_>) -> Result<u64, Refusal> {
    let until = query.until(config_of(request)?.delivery.clock.now())?;
    Ok(number(&selection.snooze(until).await?))
}

/// Changes one message, and returns the number of messages changed. Refuses with 404 if the message does not exist.
pub(super) async fn change_one(
    request: &HttpRequest,
    action: Action,
    change: impl AsyncFnOnce(Selection, &ListQuery<'_>) -> Result<u64, Refusal>,
) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(request, action)?;
    let sent = QueryString::read(request.query_string());
    let query =
        ListQuery::of_selection(&sent, &config.filters, &config.delivery.level_names, besides_selection(action))?;
    let one = filter_for_path_id(request, &query, config)?;
    let mailbox = match action.next_place() {
        Some(next) if mailbox.select(one.clone()).is_empty().await? => mailbox.at(next),
        _ => mailbox,
    };
    check_access_to_message(config, request, action, &mailbox, &one).await?;
    let count = change(mailbox.select(one.clone()), &query).await?;
    if count == 0 && mailbox.select(one).is_empty().await? {
        return Err(Refusal::NoSuchMessage);
    }
    Ok(HttpResponse::Ok().json(CountBody { count }))
}

/// Changes the messages that match the query, and returns the number of messages changed.
pub(super) async fn change_selection(
    request: &HttpRequest,
    body: Payload,
    action: Action,
    change: impl AsyncFnOnce(Selection, &ListQuery<'_>) -> Result<u64, Refusal>,
) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(request, action)?;
    if announces_a_body(request) || !is_empty(body).await {
        // The body may say which messages to change. To ignore it could change all messages.
        return Err(QueryError::field("body", Text::BodyNotRead).into());
    }
    let sent = QueryString::read(request.query_string());
    let query =
        ListQuery::of_selection(&sent, &config.filters, &config.delivery.level_names, besides_selection(action))?;
    let count = change(mailbox.select(query.filter(&config.delivery.level_names)?), &query).await?;
    Ok(HttpResponse::Ok().json(CountBody { count }))
}

fn announces_a_body(request: &HttpRequest) -> bool {
    request.headers().get(CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// Returns whether the body is empty. A chunked body, or one over HTTP/2, may be empty although it announces no length.
async fn is_empty(body: Payload) -> bool {
    matches!(body.to_bytes_limited(0).await, Ok(Ok(_)))
}

fn number(changed: &[MessageId]) -> u64 {
    changed.len() as u64
}
