//! The body of a live stream: events of a mailbox as server-sent events.

use std::{
    fmt::Write,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use actix_web::{
    HttpRequest,
    body::{BodySize, MessageBody},
    web::Bytes,
};
use serde::Serialize;

use super::page_json::SummaryBody;
use crate::{
    mailbox::{Event, Watch},
    model::{LevelNames, MessageId, MessageJson, Timestamp},
    service::settings::{live::OpenStream, represent::Represent},
};

/// A chunk of the body takes no further events once it has this many bytes.
const FULL_CHUNK: usize = 16 * 1024;

/// The body of a stream. It ends with its watch.
///
/// Source: [the HTML standard, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html).
pub(crate) struct EventStream {
    next: Pin<Box<dyn Future<Output = Option<NextChunk>>>>,
}

/// A chunk of the body, and the stream after it.
type NextChunk = (Box<Open>, Bytes);

/// A stream that has not ended.
struct Open {
    watch: Watch,
    writer: EventWriter,
    /// Counts the stream as open.
    _place: OpenStream,
}

impl EventStream {
    /// Creates the body. Its first block also tells the client after how many milliseconds to connect again. A block
    /// without an event would be an empty event for some clients.
    pub(crate) fn new(watch: Watch, writer: EventWriter, place: OpenStream, retry: u32) -> Self {
        let open = Box::new(Open { watch, writer, _place: place });
        Self { next: Box::pin(open.next(format!("retry: {retry}\n"))) }
    }
}

impl Open {
    /// Waits for the next events, and returns all that are ready, after this start of a chunk. Returns `None` at the
    /// end.
    async fn next(mut self: Box<Self>, mut chunk: String) -> Option<NextChunk> {
        let mut event = self.watch.next().await?;
        loop {
            self.writer.write(&event, &self.watch, &mut chunk);
            // An event that was taken from the watch must be in this chunk: the watch does not return it again.
            let ready = if chunk.len() < FULL_CHUNK { self.watch.next_ready() } else { None };
            match ready {
                Some(ready) => event = ready,
                None => return Some((self, Bytes::from(chunk))),
            }
        }
    }
}

impl MessageBody for EventStream {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let Some((open, chunk)) = ready!(self.next.as_mut().poll(context)) else { return Poll::Ready(None) };
        self.next = Box::pin(open.next(String::new()));
        Poll::Ready(Some(Ok(chunk)))
    }
}

/// Writes events in the format of server-sent events.
pub(crate) struct EventWriter {
    pub(crate) names: Arc<LevelNames>,
    pub(crate) represent: Represent,
    /// The request, if the application converts messages for it.
    pub(crate) request: Option<HttpRequest>,
    /// The opaque key of the mailbox.
    pub(crate) mailbox: String,
}

/// The messages whose reading, tags or existence has changed.
#[derive(Debug, Serialize)]
struct IdsBody<'a> {
    ids: &'a [MessageId],
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<Timestamp>,
}

/// The summary of a mailbox.
#[derive(Debug, Serialize)]
struct MailboxSummaryBody<'a> {
    #[serde(flatten)]
    summary: SummaryBody<'a>,
    mailbox: &'a str,
}

const RESYNC: &str = "event: resync\n";

/// An event without data would not reach the page.
const EMPTY: &str = "{}";

impl EventWriter {
    /// Writes the event that the watch has returned last.
    fn write(&self, event: &Event, watch: &Watch, out: &mut String) {
        let ids = |ids, read_at| json(&IdsBody { ids, read_at });
        let (name, data) = match event {
            Event::Message(message) => {
                let message = MessageJson::new(message, &self.names);
                let message = match &self.request {
                    Some(request) => json(&self.represent.one(request, message)),
                    None => json(&message),
                };
                // Without a name, so that `EventSource` passes it to `onmessage`.
                ("", message)
            }
            Event::Read { ids: read, read_at } => ("event: read\n", ids(read, Some(*read_at))),
            Event::Unread(unread) => ("event: unread\n", ids(unread, None)),
            Event::Tagged(tagged) => ("event: tagged\n", ids(tagged, None)),
            Event::Deleted(deleted) => ("event: deleted\n", ids(deleted, None)),
            Event::Summary(summary) => {
                let summary = SummaryBody::new(summary, watch.unseen(), &self.names);
                ("event: summary\n", json(&MailboxSummaryBody { summary, mailbox: &self.mailbox }))
            }
            Event::Resync => (RESYNC, Some(EMPTY.to_owned())),
        };
        // A message that can't be serialized would be missing without a trace. `resync` makes the client list it.
        let (name, data) = data.map_or_else(|| (RESYNC, EMPTY.to_owned()), |data| (name, data));
        let position = watch.position();
        // Writing to a `String` can't fail. JSON has no line breaks outside of its escapes.
        let _ = write!(out, "id: {position}\n{name}data: {data}\n\n");
    }
}

fn json(body: &impl Serialize) -> Option<String> {
    serde_json::to_string(body).inspect_err(|error| tracing::error!(%error, "an event can't be serialized")).ok()
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::{
        mailbox::{Mailbox, Since},
        model::{Level, NewMessage, Recipient},
        service::settings::live::{Live, OpenStreams},
        store::MemoryStore,
    };

    #[actix_web::test]
    async fn no_event_is_lost_between_two_chunks() {
        let alice = Recipient::user("alice").unwrap();
        let mailbox = Mailbox::new(alice.clone(), Arc::new(MemoryStore::new()));
        let watch = mailbox.all().watch(Since::Now).await.unwrap();
        let texts = (0..60).map(|number| format!("{number:02} {}", "long ".repeat(200)));
        mailbox.add_all(texts.map(|text| NewMessage::new(Level::INFO, text))).await.unwrap();
        let writer = EventWriter {
            names: Arc::default(),
            represent: Represent::default(),
            request: None,
            mailbox: "key".into(),
        };
        let place = Arc::<OpenStreams>::default().open(&alice, &Live::default()).unwrap();
        let mut stream = Box::pin(EventStream::new(watch, writer, place, 1000));
        let (mut sent, mut chunks) = (String::new(), 0);
        while !sent.contains(r#""count":60"#) {
            let chunk = poll_fn(|context| stream.as_mut().poll_next(context)).await.unwrap().unwrap();
            sent += std::str::from_utf8(&chunk).unwrap();
            chunks += 1;
        }
        assert!(chunks > 3);
        let missing = (0..60).filter(|number| !sent.contains(&format!("{number:02} long")));
        assert_eq!(missing.collect::<Vec<_>>(), [0; 0]);
    }
}
