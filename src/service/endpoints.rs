//! The endpoints: an admitted request -> what it asked for.
//!
//! [`Endpoints`](crate::Endpoints) mounts them; an application may as well mount them one by one, where it likes:
//! `web::resource("/inbox").wrap(from_fn(endpoints::admit)).route(web::get().to(endpoints::list))`. Each takes what
//! Actix extracts and answers as the [HTTP API](crate::guide::http_api) says.

pub(crate) mod admit;
mod marking;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{CACHE_CONTROL, ETAG, HeaderName, HeaderValue, LINK},
    },
};

pub use self::admit::admit;
pub use self::marking::{delete_selection, mark_read, mark_selection_read, mark_selection_unread, mark_unread};
pub use super::{
    answer::error::Refusal,
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
            pagination::{Asked, Envelope, Fetched},
        },
        handler::messages::Messages,
        question::{
            path::PathId,
            query::{ListQuery, peek_groups},
            query_string::QueryString,
            sender::Unseen,
        },
        settings::{
            access::{Access, AccessRequest, Action},
            config::{MessagesConfig, config_of},
            policy::UnreadDeletion,
            trusted_origins::Notice,
        },
    },
};

/// `GET /`: a page of the user's messages, as they were before this request read them.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn list(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open(&request, Action::List)?;
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of_list(&sent, &config.filters)?;
    let filter = query.filter(&config.delivery.level_names)?;
    let asked = Asked::of(&query, config)?;

    let Fetched { messages, envelope } = asked.fetch(&mailbox, filter).await?;
    let (count, links) = match envelope {
        Envelope::Nothing => (None, None),
        Envelope::Pages { count, next, previous } => (count, Some(Links::new(&request, &sent, config, next, previous))),
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
    let mut response = read(&request, config, &mailbox, messages, body).await?;
    if let Some(link) = links.as_ref().and_then(Links::to_header).and_then(|links| links.parse().ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

/// `GET /peek/`: how many messages are unread, and how severe they get. Filters do nothing here; `?group=level` adds
/// the counts of each level.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn peek(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open(&request, Action::Peek)?;
    let is_grouped = peek_groups(request.query_string())?;
    let summary = mailbox.unread().summarize().await?;
    let body = SummaryBody::new(&summary, &config.delivery.level_names);
    let body = Json::new(&if is_grouped { body.by_level(&summary, &config.delivery.level_names) } else { body })?;
    if body.is_known_to(&request) {
        return Ok(body.not_modified());
    }
    let room = config.shared.unsent.reserve(mailbox.recipient(), body.len())?;
    Ok(body.ok(room))
}

/// `GET /{id}/`: one message, as it was before this request read it.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn retrieve(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open(&request, Action::Retrieve)?;
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of_list(&sent, &config.filters)?;
    let one = only(&request, &query, config)?;
    let message = mailbox.select(one).page(&PageRequest::first(1)).await?.messages;
    permit(config, &request, Action::Retrieve, Some(message.first().ok_or(Refusal::NoSuchMessage)?))?;
    let body = |messages: &[Message]| {
        let message = MessageJson::new(messages.first().ok_or(Refusal::NoSuchMessage)?, &config.delivery.level_names);
        Json::new(&config.represent.one(&request, message))
    };
    read(&request, config, &mailbox, message, body).await
}

/// `DELETE /{id}/`: deletes one message. That unread ones stay is part of what is deleted, not a check before it, so a
/// message can't slip through between the two.
///
/// # Errors
///
/// A refusal or a failure, as the [HTTP API](crate::guide::http_api) says.
pub async fn delete(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open(&request, Action::Delete)?;
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of_list(&sent, &config.filters)?;
    let one = only(&request, &query, config)?;
    permit_message(config, &request, Action::Delete, &mailbox, &one).await?;
    let deleted = mailbox.select(deletable(one.clone(), config)).delete().await?;
    if !deleted.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let is_there = config.unread_deletion == UnreadDeletion::Forbid && !mailbox.select(one).is_empty().await?;
    Err(if is_there { Refusal::Unread } else { Refusal::NoSuchMessage })
}

/// The answer to `OPTIONS`.
pub(crate) fn describe(name: &'static str, description: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(EndpointBody::new(name, description))
}

/// The header that says why an answer left its messages unread.
const LEFT_UNREAD: HeaderName = HeaderName::from_static("messages-left-unread");

/// The answer that shows these messages, with whatever reading them does. A client that has the same answer already is
/// told so; then nothing was sent, and nothing is marked.
async fn read(
    request: &HttpRequest,
    config: &MessagesConfig,
    mailbox: &Mailbox,
    messages: Vec<Message>,
    body: impl Fn(&[Message]) -> Result<Json, Refusal>,
) -> Result<HttpResponse, Refusal> {
    let answer = body(&messages)?;
    if answer.is_known_to(request) {
        return Ok(answer.not_modified());
    }
    if request.method() == Method::HEAD {
        // No body is sent, so nothing is read.
        return Ok(answer.ok(None));
    }
    // An answer that there is no room for is refused before anything is marked or deleted.
    let room = config.shared.unsent.reserve(mailbox.recipient(), answer.len())?;
    Ok(match config.after_reading {
        AfterReading::Nothing => answer.ok(room),
        after => match (Unseen::json(request, config), after) {
            (Some(reason), _) => left_unread(request, config, reason, answer.ok(room)),
            (None, AfterReading::Delete) => {
                drop(answer);
                // Each message is for one reader, and who that is has to be settled before.
                body(&after_reading(mailbox, messages, after).await?)?.ok(room)
            }
            (None, _) => mark_once_sent(Shown::of(mailbox, &messages).await, answer.ok(room)),
        },
    })
}

/// The answer to a request that marks nothing, which says why. Nobody keeps it, or the request that shows the messages
/// would find them unchanged and mark nothing either.
fn left_unread(
    request: &HttpRequest,
    config: &MessagesConfig,
    reason: Unseen,
    mut response: HttpResponse,
) -> HttpResponse {
    if matches!(reason, Unseen::Sibling | Unseen::Stranger)
        && let Some(origin) = config.shared.named_origins.name(request, Notice::LeftUnread)
    {
        tracing::info!(
            origin,
            "messages that another origin fetched are left unread: `MessagesConfig::trusted_origin` is for origins that \
             show messages to their reader; this is logged once for each origin"
        );
    }
    let headers = response.headers_mut();
    headers.remove(ETAG);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(LEFT_UNREAD, HeaderValue::from_static(reason.name()));
    response
}

/// The settings and the mailbox of who asks, where the application permits the action before anything is looked up.
fn open(request: &HttpRequest, action: Action) -> Result<(&MessagesConfig, Mailbox), Refusal> {
    let config = config_of(request)?;
    let mailbox = Messages::of(request).mailbox_to_read()?;
    permit(config, request, action, None)?;
    Ok((config, mailbox))
}

/// Refuses what the application does not permit.
fn permit(
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

/// Refuses what the application does not permit with the one message that is meant, which it looks up only where that
/// matters.
async fn permit_message(
    config: &MessagesConfig,
    request: &HttpRequest,
    action: Action,
    mailbox: &Mailbox,
    one: &MessageFilter,
) -> Result<(), Refusal> {
    if matches!(config.access, Access::Checked(_)) {
        let message = mailbox.select(one.clone()).first().await?.ok_or(Refusal::NoSuchMessage)?;
        permit(config, request, action, Some(&message))?;
    }
    Ok(())
}

/// Those of the messages that may be deleted over REST.
fn deletable(filter: MessageFilter, config: &MessagesConfig) -> MessageFilter {
    match config.unread_deletion {
        UnreadDeletion::Allow => filter,
        UnreadDeletion::Forbid => filter.read(),
    }
}

/// The filter for the message with this id, narrowed by the filters of the query. The query is looked at first, as
/// in the original. The id is the last parameter of the path: an application may mount the scope below others.
fn only(request: &HttpRequest, query: &ListQuery<'_>, config: &MessagesConfig) -> Result<MessageFilter, Refusal> {
    let filter = query.filter(&config.delivery.level_names)?;
    let (_, id) = request.match_info().iter().last().unwrap_or_default();
    match PathId::parse(id) {
        Some(PathId::Possible(id)) => Ok(filter.with_id(id)),
        Some(PathId::BeyondAny) => Err(Refusal::NoSuchMessage),
        None => Err(Refusal::NoSuchPath),
    }
}
