//! The endpoints: an admitted request -> what it asked for.

use actix_web::{HttpRequest, HttpResponse, http::Method};

use super::{
    body::{EndpointBody, MessageBody, PageBody, SummaryBody},
    config::{MessagesConfig, UnreadDeletion},
    error::Refusal,
    extract::Messages,
    links::Links,
    query::{ListQuery, Shape},
};
use crate::{AfterReading, MessageFilter, MessageId, PageRequest};

/// A page of the user's messages, as they were before this request read them.
pub(crate) async fn list(request: HttpRequest, messages: Messages) -> Result<HttpResponse, Refusal> {
    let config = messages.config()?;
    let query = ListQuery::parse(request.query_string())?;
    let filter = query.filter(&config.level_names)?;
    let shape = query.shape(config);

    let mailbox = messages.mailbox()?;
    let page = query.page(shape, config);
    let page = mailbox.select(filter).read_page(&page, reading(&request, config.after_reading)).await?;

    let results: Vec<_> = page.messages.iter().map(|message| MessageBody::new(message, &config.level_names)).collect();
    Ok(match shape {
        Shape::Array => HttpResponse::Ok().json(results),
        Shape::Page(address) => {
            let count = page.total.unwrap_or_default();
            HttpResponse::Ok().json(PageBody::new(count, Links::new(&request, config, address, count), results))
        }
    })
}

/// How many messages are unread, and how severe they get. Filters do nothing here.
pub(crate) async fn peek(messages: Messages) -> Result<HttpResponse, Refusal> {
    let config = messages.config()?;
    let mailbox = messages.mailbox()?;
    let summary = mailbox.unread().summarize().await?;
    Ok(HttpResponse::Ok().json(SummaryBody::new(summary, &config.level_names)))
}

/// One message, as it was before this request read it.
pub(crate) async fn retrieve(request: HttpRequest, messages: Messages) -> Result<HttpResponse, Refusal> {
    let config = messages.config()?;
    let one = only(&request, config)?;
    let mailbox = messages.mailbox()?;
    let page = mailbox.select(one).read_page(&PageRequest::first(1), reading(&request, config.after_reading)).await?;
    let message = page.messages.first().ok_or(Refusal::NoSuchMessage)?;
    Ok(HttpResponse::Ok().json(MessageBody::new(message, &config.level_names)))
}

/// Deletes one message. That unread ones stay is part of what is deleted, not a check before it, so a message can't
/// slip through between the two.
pub(crate) async fn delete(request: HttpRequest, messages: Messages) -> Result<HttpResponse, Refusal> {
    let config = messages.config()?;
    let one = only(&request, config)?;
    let mailbox = messages.mailbox()?;
    let deleted = match config.unread_deletion {
        UnreadDeletion::Allow => mailbox.select(one.clone()).delete().await?,
        UnreadDeletion::Forbid => mailbox.select(one.clone()).read().delete().await?,
    };
    if !deleted.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let is_there = config.unread_deletion == UnreadDeletion::Forbid && !mailbox.select(one).is_empty().await?;
    Err(if is_there { Refusal::Unread } else { Refusal::NoSuchMessage })
}

/// What `OPTIONS` says of the list.
pub(crate) async fn describe_list() -> HttpResponse {
    describe("Messages List", "List, Retrieve and Delete messages for this session.")
}

/// What `OPTIONS` says of peek.
pub(crate) async fn describe_peek() -> HttpResponse {
    describe("Peek", "Get summary about unread message without reading them.")
}

/// What `OPTIONS` says of one message.
pub(crate) async fn describe_message() -> HttpResponse {
    describe("Messages Instance", "List, Retrieve and Delete messages for this session.")
}

fn describe(name: &'static str, description: &'static str) -> HttpResponse {
    HttpResponse::Ok().json(EndpointBody::new(name, description))
}

/// What reading does: nothing where no body is sent.
fn reading(request: &HttpRequest, policy: AfterReading) -> AfterReading {
    if request.method() == Method::HEAD { AfterReading::Nothing } else { policy }
}

/// The filter for the message with this id, narrowed by the filters of the query. The query is looked at first, as
/// in the original. The id is the last parameter of the path: an application may mount the scope below others.
fn only(request: &HttpRequest, config: &MessagesConfig) -> Result<MessageFilter, Refusal> {
    let filter = ListQuery::parse(request.query_string())?.filter(&config.level_names)?;
    let (_, id) = request.match_info().iter().last().unwrap_or_default();
    match PathId::parse(id) {
        Some(PathId::Possible(id)) => Ok(filter.with_id(id)),
        Some(PathId::BeyondAny) => Err(Refusal::NoSuchMessage),
        None => Err(Refusal::NoSuchPath),
    }
}

/// The last segment of a path, as an id.
enum PathId {
    Possible(MessageId),
    /// A number that no id has.
    BeyondAny,
}

impl PathId {
    /// Reads the one spelling of a number: ASCII digits without leading zeros, a minus allowed.
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_canonical = match digits.as_bytes() {
            [b'0'] => true,
            [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        is_canonical.then(|| text.parse().map_or(Self::BeyondAny, |id| Self::Possible(MessageId::new(id))))
    }
}
