//! The handlers of the REST API.
//!
//! [`Endpoints`](crate::Endpoints) mounts them. An application can also mount each handler at a path of its choice:
//! `web::resource("/inbox").wrap(from_fn(endpoints::admit)).route(web::get().to(endpoints::list))`. The
//! [HTTP API](crate::guide::http_api) describes their responses.

pub(crate) mod admit;
pub(crate) mod inbox;
mod marking;
mod places;
mod seen;
mod stream;
mod tags;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{CACHE_CONTROL, ETAG, HeaderName, HeaderValue, LINK},
    },
};

pub use self::admit::{admit, admit_stream};
use self::inbox::counts_unseen;
pub use self::inbox::inbox;
pub use self::marking::{
    delete_selection, mark_read, mark_selection_read, mark_selection_unread, mark_unread, snooze, snooze_selection,
};
pub use self::places::{archive, archive_selection, list_archive, list_later, restore, restore_selection};
pub use self::seen::mark_seen;
pub use self::stream::stream;
pub use self::tags::change_tags;
pub use super::{
    answer::{error::Refusal, error_body::translate_errors},
    question::{
        query::{FieldErrors, QueryError},
        version::UnknownVersion,
    },
};
use crate::{
    mailbox::{AfterReading, Mailbox, pending_marks::Shown, selection::after_reading},
    model::{Message, MessageFilter, MessageJson, PageRequest},
    service::{
        answer::{
            conditional::Json,
            links::Links,
            mark_once_sent::mark_once_sent,
            page_json::{EndpointBody, ListBody, PageBody, SummaryBody},
            pagination::{FetchedPage, PageLinks, RequestedPage},
            repeated::{remember, repeated},
        },
        handler::messages::Messages,
        question::{
            path::PathId,
            query::{ListQuery, is_grouped_by_level},
            query_string::QueryString,
            sender::Unseen,
        },
        settings::{
            access::{Access, AccessRequest, Action},
            config::{MessagesConfig, config_of},
            policy::UnreadDeletion,
            query_parameters::OF_LISTS,
            trusted_origins::Notice,
        },
    },
};

/// `GET /`: returns a page of the user's messages, as they were before this request.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn list(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(&request, Action::List)?;
    if let Some(unchanged) = repeated(&request, config, &mailbox) {
        return Ok(unchanged);
    }
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of(&sent, &config.filters, OF_LISTS)?;
    let filter = query.filter(&config.delivery.level_names)?;
    let asked = RequestedPage::of(&query, config)?;

    let FetchedPage { messages, envelope } = asked.fetch(&mailbox, filter).await?;
    let (count, links) = match envelope {
        PageLinks::Nothing => (None, None),
        PageLinks::Pages { count, next, previous } => {
            (count, Some(Links::new(&request, &sent, config, next, previous)))
        }
    };
    let body = |messages: &[Message]| {
        let results = messages.iter().map(|message| MessageJson::new(message, &config.delivery.level_names));
        let results = results.map(|message| config.represent.one(&request, message)).collect();
        Json::new(&match &links {
            None => ListBody::Array(results),
            Some(Links { next, previous }) => {
                let (next, previous) = (next.as_deref(), previous.as_deref());
                ListBody::Page(PageBody { count, next, previous, results })
            }
        })
    };
    let mut response = respond_and_mark(&request, config, &mailbox, messages, body).await?;
    if let Some(link) = links.as_ref().and_then(Links::to_header).and_then(|links| links.parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// `GET /peek/`: returns the number of unread messages and the highest level among them. Filters are ignored.
/// `?group=level` adds the number of messages of each level. With [`Endpoint::Seen`](crate::Endpoint::Seen), the response
/// also has the number of unseen messages.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn peek(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(&request, Action::Peek)?;
    if let Some(unchanged) = repeated(&request, config, &mailbox) {
        return Ok(unchanged);
    }
    let is_grouped = is_grouped_by_level(request.query_string())?;
    let summary = mailbox.unread().summarize().await?;
    let unseen = match counts_unseen(&request) {
        // A message may have come in between.
        true => Some(mailbox.unread().count_unseen().await?.min(summary.count())),
        false => None,
    };
    let body = SummaryBody::new(&summary, unseen, &config.delivery.level_names);
    let body = Json::new(&if is_grouped { body.by_level(&summary, &config.delivery.level_names) } else { body })?;
    respond(&request, config, &mailbox, body)
}

/// `GET /{id}/`: returns one message, as it was before this request.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn retrieve(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(&request, Action::Retrieve)?;
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of(&sent, &config.filters, OF_LISTS)?;
    let one = filter_for_path_id(&request, &query, config)?;
    let message = mailbox.select(one).page(&PageRequest::first(1)).await?.messages;
    check_access(config, &request, Action::Retrieve, Some(message.first().ok_or(Refusal::NoSuchMessage)?))?;
    let body = |messages: &[Message]| {
        let message = MessageJson::new(messages.first().ok_or(Refusal::NoSuchMessage)?, &config.delivery.level_names);
        Json::new(&config.represent.one(&request, message))
    };
    respond_and_mark(&request, config, &mailbox, message, body).await
}

/// `DELETE /{id}/`: deletes one message.
///
/// With [`UnreadDeletion::Forbid`](crate::settings::UnreadDeletion::Forbid), the deletion itself excludes unread
/// messages. A separate check before it could race with a change of the message.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn delete(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(&request, Action::Delete)?;
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of(&sent, &config.filters, OF_LISTS)?;
    let one = filter_for_path_id(&request, &query, config)?;
    check_access_to_message(config, &request, Action::Delete, &mailbox, &one).await?;
    let deleted = mailbox.select(deletable(one.clone(), config)).delete().await?;
    if !deleted.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let is_there = config.unread_deletion == UnreadDeletion::Forbid && !mailbox.select(one).is_empty().await?;
    Err(if is_there { Refusal::Unread } else { Refusal::NoSuchMessage })
}

/// Returns the response to `OPTIONS`.
pub(crate) fn describe(name: &'static str, description: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(EndpointBody::new(name, description))
}

/// The header that says why a response left its messages unread.
const LEFT_UNREAD: HeaderName = HeaderName::from_static("messages-left-unread");

/// Returns the response with this body, and marks nothing. If the client already has the same response, it gets a 304.
fn respond(
    request: &HttpRequest,
    config: &MessagesConfig,
    mailbox: &Mailbox,
    body: Json,
) -> Result<HttpResponse, Refusal> {
    remember(request, config, &body);
    if body.is_known_to(request) {
        return Ok(body.not_modified());
    }
    let room = config.shared.unsent.reserve(mailbox.recipient(), body.len())?;
    Ok(body.ok(room))
}

/// Returns the response that shows these messages, and marks or deletes them as [`AfterReading`] says. If the client
/// already has the same response, it gets a 304, and nothing is marked or deleted.
async fn respond_and_mark(
    request: &HttpRequest,
    config: &MessagesConfig,
    mailbox: &Mailbox,
    messages: Vec<Message>,
    body: impl Fn(&[Message]) -> Result<Json, Refusal>,
) -> Result<HttpResponse, Refusal> {
    let answer = body(&messages)?;
    remember(request, config, &answer);
    if answer.is_known_to(request) {
        return Ok(answer.not_modified());
    }
    if request.method() == Method::HEAD {
        // No body is sent, so no message counts as read.
        return Ok(answer.ok(None));
    }
    // A response without room is refused before anything is marked or deleted.
    let room = config.shared.unsent.reserve(mailbox.recipient(), answer.len())?;
    Ok(match config.after_reading {
        AfterReading::Nothing => answer.ok(room),
        after => match (Unseen::json(request, config), after) {
            (Some(reason), _) => left_unread(request, config, reason, answer.ok(room)),
            (None, AfterReading::Delete) => {
                drop(answer);
                // Only one request may return a message: the one that deletes it. So the deletion comes first.
                body(&after_reading(mailbox, messages, after).await?)?.ok(room)
            }
            (None, _) => mark_once_sent(Shown::of(mailbox, &messages).await, answer.ok(room)),
        },
    })
}

/// Adds the reason to a response that marks nothing. Caches must not store the response: otherwise, a later request
/// that shows the messages would get a 304, and would mark nothing either.
fn left_unread(
    request: &HttpRequest,
    config: &MessagesConfig,
    reason: Unseen,
    mut response: HttpResponse,
) -> HttpResponse {
    if matches!(reason, Unseen::Sibling | Unseen::Stranger)
        && let Some(origin) = config.shared.logged_origins.name(request, Notice::LeftUnread)
    {
        tracing::info!(
            origin,
            "messages that another origin fetched are left unread: if this origin shows them to the user, name it with \
             `MessagesConfig::trusted_origin`; this is logged once for each origin"
        );
    }
    let headers = response.headers_mut();
    headers.remove(ETAG);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(LEFT_UNREAD, HeaderValue::from_static(reason.name()));
    response
}

/// Returns the settings and the mailbox for this request, at the place that the action is about. Refuses the action if
/// the application does not permit it, before any message is looked up.
fn open_permitted_mailbox(request: &HttpRequest, action: Action) -> Result<(&MessagesConfig, Mailbox), Refusal> {
    let config = config_of(request)?;
    let mailbox = Messages::of(request).mailbox_to_read()?;
    check_access(config, request, action, None)?;
    let is_seen = request.method() != Method::HEAD && Unseen::json(request, config).is_none();
    let look = is_seen.then(|| config.announcements.look(request, mailbox.recipient())).flatten();
    Ok((config, mailbox.with_announcements(look).at(action.place())))
}

/// Refuses the action if the application does not permit it.
fn check_access(
    config: &MessagesConfig,
    request: &HttpRequest,
    action: Action,
    message: Option<&Message>,
) -> Result<(), Refusal> {
    let Access::Checked(check) = &config.access else { return Ok(()) };
    let recipient = config.identify.identify(request)?;
    let asked = AccessRequest::new(request, action, recipient.as_ref());
    if check(&message.map_or(asked, |message| asked.about(message))) {
        return Ok(());
    }
    Err(if recipient.is_some() { Refusal::NotPermitted } else { Refusal::NotSignedIn })
}

/// Refuses the action if the application does not permit it on this message. The message is looked up only if the
/// access check needs it.
async fn check_access_to_message(
    config: &MessagesConfig,
    request: &HttpRequest,
    action: Action,
    mailbox: &Mailbox,
    one: &MessageFilter,
) -> Result<(), Refusal> {
    if matches!(config.access, Access::Checked(_)) {
        let message = mailbox.select(one.clone()).first().await?.ok_or(Refusal::NoSuchMessage)?;
        check_access(config, request, action, Some(&message))?;
    }
    Ok(())
}

/// Narrows the filter to messages that may be deleted over REST.
fn deletable(filter: MessageFilter, config: &MessagesConfig) -> MessageFilter {
    match config.unread_deletion {
        UnreadDeletion::Allow => filter,
        UnreadDeletion::Forbid => filter.read(),
    }
}

/// Returns the filter for the message whose id is in the path, narrowed by the filters of the query. The query is
/// checked before the id, as in drf-messages. The id is the last parameter of the path, because an application may
/// mount the scope below other parameters.
fn filter_for_path_id(
    request: &HttpRequest,
    query: &ListQuery<'_>,
    config: &MessagesConfig,
) -> Result<MessageFilter, Refusal> {
    let filter = query.filter(&config.delivery.level_names)?;
    let (_, id) = request.match_info().iter().last().unwrap_or_default();
    match PathId::parse(id) {
        Some(PathId::Possible(id)) => Ok(filter.with_id(id)),
        Some(PathId::BeyondAny) => Err(Refusal::NoSuchMessage),
        None => Err(Refusal::NoSuchPath),
    }
}
