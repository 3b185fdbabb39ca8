//! The archive and the postponed messages: their lists, and the moves between the archive and the inbox.

use actix_web::{HttpRequest, HttpResponse, web::Payload};

use super::{
    inbox::page_size,
    marking::{change_one, change_selection},
    open_permitted_mailbox, respond,
};
use crate::{
    mailbox::{Newest, Selection},
    model::MessageJson,
    service::{
        answer::{
            conditional::Json,
            error::Refusal,
            page_json::{PlaceBody, mailbox_key},
        },
        question::{query::ListQuery, query_string::QueryString},
        settings::{access::Action, query_parameters::OF_INBOX},
    },
};

/// `GET /archive/`: returns the newest archived messages. Marks nothing.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn list_archive(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    list_place(&request, Action::ListArchive).await
}

/// `GET /later/`: returns the newest postponed messages. Marks nothing.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn list_later(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    list_place(&request, Action::ListLater).await
}

/// `POST /{id}/archive/`: moves one message of the inbox to the archive, and returns `{"count": 1}`.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn archive(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    change_one(&request, Action::Archive, async |one, _| Ok(one.archive().await?)).await
}

/// `POST /{id}/restore/`: moves one archived or postponed message to the inbox, and returns `{"count": 1}`.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn restore(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    change_one(&request, Action::Restore, async |one, _| Ok(one.restore().await?)).await
}

/// `POST /archive/`: moves a selection of the inbox to the archive, and returns the number of messages moved.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn archive_selection(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    let archive = async |selection: Selection, _: &ListQuery<'_>| Ok(selection.archive().await?);
    change_selection(&request, body, Action::ArchiveSelection, archive).await
}

/// `POST /restore/`: moves a selection of the archive to the inbox, and returns the number of messages moved.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn restore_selection(request: HttpRequest, body: Payload) -> Result<HttpResponse, Refusal> {
    let restore = async |selection: Selection, _: &ListQuery<'_>| Ok(selection.restore().await?);
    change_selection(&request, body, Action::RestoreSelection, restore).await
}

/// Lists the place that the action is about, newest first.
async fn list_place(request: &HttpRequest, action: Action) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(request, action)?;
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of(&sent, &config.filters, OF_INBOX)?;
    let names = &config.delivery.level_names;
    let filter = query.filter(names)?;
    let Newest { messages, has_more } = mailbox.select(filter).newest(page_size(&query, config)).await?;
    let results = messages.iter().map(|message| MessageJson::new(message, names));
    let body = PlaceBody {
        mailbox: mailbox_key(&mailbox.recipient().inbox()),
        results: results.map(|message| config.represent.one(request, message)).collect(),
        more: has_more,
    };
    let body = Json::new(&body)?;
    respond(request, config, &mailbox, body)
}
