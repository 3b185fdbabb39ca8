//! Exports all messages of a recipient, page by page.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::{Mailbox, page_exposure::Exposure, seen::later_than, watch::newest};
use crate::{
    error::Error,
    model::{Message, MessageFilter, MessageId, MessageOrder, OrderKey, PageRequest, Place},
};

/// The maximum number of messages that are in memory.
const PAGE: u32 = 100;

/// All messages of a recipient, in all [places](Place): see [`Mailbox::export`].
pub struct Export {
    fetching: Fetching,
    fetched: VecDeque<(Place, Message)>,
}

/// The request for the next page.
type Fetching = Pin<Box<dyn Future<Output = (Progress, Result<Vec<Message>, Error>)> + Send>>;

/// The part of the export that is still to be done.
struct Progress {
    /// The mailboxes of the places. The first one is exported now.
    places: VecDeque<Mailbox>,
    range: Option<Range>,
}

/// The messages of a place that are still to be exported.
#[derive(Clone, Copy)]
struct Range {
    after: MessageId,
    up_to: MessageId,
}

impl Mailbox {
    /// Returns all messages of the recipient, in all [places](Place), including those of other sessions. The messages
    /// of a place come oldest first, and the inbox comes first. Nothing is marked as read.
    ///
    /// The messages are fetched in pages of 100, and no more than a page is in memory. Messages that are added to a
    /// place after its export has begun are not exported. If a message is moved to another place during the export, it
    /// may be exported twice or not at all.
    ///
    /// An [`Export`] is a `Stream`, and has a method [`next`](Export::next). It fails with [`Error::Store`] if the
    /// store can't be read. The next call then tries to fetch the same page again.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// use actix_messages::{Mailbox, MemoryStore, Place, Recipient};
    ///
    /// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// alice.info("one").await?;
    /// alice.all().archive().await?;
    /// alice.info("two").await?;
    ///
    /// let mut exported = Vec::new();
    /// let mut export = alice.export();
    /// while let Some((place, message)) = export.next().await.transpose()? {
    ///     exported.push((place, message.content.text));
    /// }
    /// assert_eq!(exported, [(Place::Inbox, "two".into()), (Place::Archive, "one".into())]);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub fn export(&self) -> Export {
        self.note_on_page(Exposure::Messages);
        let places = self.recipient.places().map(|place| self.at(place.place())).into();
        Export { fetching: fetch(Progress { places, range: None }), fetched: VecDeque::new() }
    }
}

impl Export {
    /// Returns the next message with its place, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<(Place, Message), Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for Export {
    type Item = Result<(Place, Message), Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(next) = self.fetched.pop_front() {
                return Poll::Ready(Some(Ok(next)));
            }
            let (progress, page) = ready!(self.fetching.as_mut().poll(context));
            let place = progress.places.front().map(|mailbox| mailbox.recipient().place());
            let (progress, page) = match page {
                Ok(page) => progress.after(page),
                Err(error) => {
                    self.fetching = fetch(progress);
                    return Poll::Ready(Some(Err(error)));
                }
            };
            self.fetching = fetch(progress);
            let Some(place) = place else { return Poll::Ready(None) };
            self.fetched.extend(page.into_iter().map(|message| (place, message)));
        }
    }
}

/// Shows no message, and no recipient.
impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").finish_non_exhaustive()
    }
}

impl Progress {
    /// Returns the progress after this page, and the page.
    fn after(mut self, page: Vec<Message>) -> (Self, Vec<Message>) {
        match (page.last(), &mut self.range) {
            (Some(last), Some(range)) if page.len() == PAGE as usize => range.after = last.id,
            _ => {
                self.places.pop_front();
                self.range = None;
            }
        }
        (self, page)
    }
}

fn fetch(mut progress: Progress) -> Fetching {
    Box::pin(async move {
        let page = next_page(&mut progress).await;
        (progress, page)
    })
}

/// Returns the next page, which is empty at the end. The first page of a place sets the range that is exported.
async fn next_page(progress: &mut Progress) -> Result<Vec<Message>, Error> {
    let Some(mailbox) = progress.places.front() else { return Ok(Vec::new()) };
    let (store, of) = (mailbox.store(), mailbox.recipient());
    let range = match progress.range {
        Some(range) => range,
        None => {
            mailbox.wait_for_marks(of).await;
            let Some(up_to) = newest(store, of).await? else { return Ok(Vec::new()) };
            *progress.range.insert(Range { after: MessageId::new(i64::MIN), up_to })
        }
    };
    let left = later_than(MessageFilter::default(), range.after).created_before(range.up_to.created());
    let page = PageRequest::first(PAGE).order(MessageOrder::by(OrderKey::Created));
    Ok(store.list(of, &left, &page).await?.messages)
}
