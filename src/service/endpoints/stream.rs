//! The live stream of a mailbox.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue},
    },
};
use tokio::time::Instant;

use super::{inbox::counts_unseen, open_permitted_mailbox};
use crate::{
    live::Position,
    mailbox::{Mailbox, Since},
    service::{
        answer::{
            error::Refusal,
            event_stream::{EventStream, EventWriter},
            page_json::mailbox_key,
        },
        question::{
            query::{ListQuery, QueryError},
            query_string::{MAX_STREAM_QUERY_BYTES, QueryString},
            sender::Sender,
        },
        settings::{
            access::Action,
            config::MessagesConfig,
            query_parameters::{AFTER, OF_STREAMS},
        },
    },
};

/// The header in which an `EventSource` that connects again sends the last `id:`.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells nginx to pass each event on at once.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET /stream/`: sends what happens to the user's messages, as server-sent events. Marks nothing.
///
/// A middleware has to admit the media type `text/event-stream`: see [`admit_stream`](super::admit_stream).
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn stream(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(&request, Action::Stream)?;
    match Sender::of(&request, config) {
        Sender::Own => {}
        // Otherwise any page could use up the streams of its visitors.
        Sender::Sibling => return Err(Refusal::SameSite),
        Sender::Stranger => return Err(Refusal::CrossSite),
    }
    let bytes = request.query_string().len();
    if bytes > MAX_STREAM_QUERY_BYTES {
        return Err(QueryError::TooLong(bytes).into());
    }
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of(&sent, &config.filters, OF_STREAMS)?;
    let filter = query.filter(&config.delivery.level_names)?;
    if mailbox.lasts_for_request() {
        // No message can reach this mailbox. The status 204 stops an `EventSource`.
        return Ok(HttpResponse::NoContent().finish());
    }
    if config.delivery.feed.has_stopped() {
        return Err(Refusal::StreamsFull);
    }
    let place = config.shared.streams.open(mailbox.recipient(), &config.live)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store, no-transform")),
        (CONTENT_ENCODING, HeaderValue::from_static("identity")),
        (X_ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    let mut response = HttpResponse::Ok();
    for header in headers {
        response.insert_header(header);
    }
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    let (selection, since) = (mailbox.select(filter), since(&request, &query));
    let watch = match counts_unseen(&request) {
        true => selection.watch_unseen(since).await?,
        false => selection.watch(since).await?,
    };
    let watch = watch.ending_at(end(&request, config, &mailbox));
    let writer = EventWriter {
        names: Arc::clone(&config.delivery.level_names),
        represent: config.represent.clone(),
        request: config.represent.is_custom().then(|| request.clone()),
        mailbox: mailbox_key(mailbox.recipient()),
    };
    let retry = 2000 + 3 * config.delivery.feed.jitter();
    tracing::debug!(open = config.shared.streams.count(), "a stream of messages was opened");
    Ok(response.body(EventStream::new(watch, writer, place, retry)))
}

/// Returns where the stream begins. A position that is not understood counts as absent.
fn since(request: &HttpRequest, query: &ListQuery<'_>) -> Since {
    let parse = |position: &str| position.parse::<Position>().ok();
    let last = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).and_then(parse);
    last.or_else(|| query.value(AFTER).and_then(parse)).map_or(Since::Now, Since::After)
}

/// Returns the moment at which the stream ends, at the latest.
fn end(request: &HttpRequest, config: &MessagesConfig, mailbox: &Mailbox) -> Instant {
    let max_duration = config.live.max_duration;
    let longest = max_duration - max_duration / 5000 * config.delivery.feed.jitter();
    let expiry = config.live.expires_at.as_ref().and_then(|expires_at| expires_at(request));
    let left = expiry.map(|expiry| {
        let left = expiry.as_micros().saturating_sub(mailbox.now().as_micros());
        Duration::from_micros(u64::try_from(left).unwrap_or_default())
    });
    Instant::now() + left.map_or(longest, |left| left.min(longest))
}
