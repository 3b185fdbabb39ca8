//! A store in which an event happens between a list and the marks of its messages.

use std::{io, sync::Arc};

use actix_messages::{
    Clock, Level, MessageFilter, MessageId, MessageStore, NewMessage, Page, PageRequest, Recipient, Timestamp,
    forward_to_store,
    store::{Change, Insertion, Result, StoreError},
};
use async_trait::async_trait;
use tokio::sync::Semaphore;

/// An event between a list and the marks of its messages.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A message with this text arrives.
    Arrival(&'static str),
    /// Another client reads the listed messages.
    Reading,
    /// Another client deletes the first message of the list.
    Deletion,
    /// The disk is slow: a mark waits for a permit.
    Slowness(Arc<Semaphore>),
    /// The disk is full: marks fail.
    Fullness,
}

#[derive(Debug)]
pub(super) struct Meanwhile {
    pub(super) store: Arc<dyn MessageStore>,
    pub(super) event: Event,
}

#[async_trait]
impl MessageStore for Meanwhile {
    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
        let listed = self.store.list(of, filter, page).await?;
        let ids = listed.messages.iter().map(|message| message.id);
        match &self.event {
            Event::Arrival(text) => {
                let message = NewMessage::new(Level::INFO, *text).check().unwrap();
                self.store.insert(Insertion::new([of.clone()], vec![message]), &Clock::default()).await?;
            }
            Event::Reading => {
                // `read_at` is never earlier than the creation, so the messages are read at their creation.
                self.store
                    .change(of, &MessageFilter::default().with_ids(ids), &Change::MarkRead, Timestamp::from_micros(0))
                    .await?;
            }
            Event::Deletion => {
                self.store.delete(of, &MessageFilter::default().with_ids(ids.take(1))).await?;
            }
            Event::Slowness(_) | Event::Fullness => {}
        }
        Ok(listed)
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        match &self.event {
            Event::Slowness(until) => until.acquire().await.unwrap().forget(),
            Event::Fullness => {
                let source = io::Error::from(io::ErrorKind::StorageFull).into();
                return Err(StoreError::Unavailable { store: "full", source });
            }
            Event::Arrival(_) | Event::Reading | Event::Deletion => {}
        }
        self.store.change(of, filter, change, now).await
    }

    forward_to_store!(meanwhile => meanwhile.store; except list, change);
}
