//! Provides a store with constant results, to measure the scope alone.

use actix_messages::{
    Clock, Level, Message, MessageFilter, MessageId, MessageState, MessageStore, NewMessage, Page, PageRequest,
    Recipient, SessionId, Summary, Timestamp,
    error::InvalidMessage,
    store::{
        Change, Inserted, Insertion, Kept, Mark, Move, Moved, Outcome, Result, RetentionCutoff, SessionEnd,
        SweepPosition, SweepStep,
    },
};
use async_trait::async_trait;

/// A store that lists the same ten read messages for every user, and counts four unread ones.
#[derive(Debug)]
pub(crate) struct ConstantStore(Vec<Message>);

impl ConstantStore {
    pub(crate) fn new() -> Result<Self, InvalidMessage> {
        let text = "Your order is placed, and will be with you in three working days.";
        let message = NewMessage::new(Level::SUCCESS, text).tag("order").view("shop:orders").check()?;
        let ids = (0..10).map(|number| MessageId::new(1_700_000_000_123_456 - number));
        let state = |id: MessageId| MessageState { read_at: Some(id.created()), replaced: 0 };
        let read = |id: MessageId| Message { state: state(id), ..message.clone().stored_as(id) };
        Ok(Self(ids.map(read).collect()))
    }
}

#[async_trait]
impl MessageStore for ConstantStore {
    async fn insert(&self, _: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let ids = MessageId::next(None, 1, clock.reserve(1));
        Ok(vec![ids.into_iter().map(|id| Inserted::new(id, Outcome::New)).collect()])
    }

    async fn list(&self, _: &Recipient, _: &MessageFilter, _: &PageRequest) -> Result<Page> {
        Ok(Page::new(self.0.clone(), Some(10)))
    }

    async fn summarize(&self, _: &Recipient, _: &MessageFilter) -> Result<Summary> {
        Ok(Summary::new([(Level::INFO, 3), (Level::WARNING, 1)].into()))
    }

    async fn change(&self, _: &Recipient, _: &MessageFilter, _: &Change, _: Timestamp) -> Result<Vec<MessageId>> {
        Ok(Vec::new())
    }

    async fn delete(&self, _: &Recipient, _: &MessageFilter) -> Result<Vec<MessageId>> {
        Ok(Vec::new())
    }

    async fn transfer(&self, _: &Recipient, _: &Recipient, _: &Move, _: &Clock) -> Result<Vec<Moved>> {
        Ok(Vec::new())
    }

    async fn due(&self, _: Timestamp, _: u32) -> Result<Vec<(Recipient, Message)>> {
        Ok(Vec::new())
    }

    async fn advance(&self, _: &Recipient, _: &Mark, _: Option<MessageId>) -> Result<Option<MessageId>> {
        Ok(None)
    }

    async fn erase(&self, _: &Recipient) -> Result<u64> {
        Ok(0)
    }

    async fn end_session(&self, _: &SessionId, _: &Kept) -> Result<SessionEnd> {
        Ok(SessionEnd::default())
    }

    async fn sweep(&self, _: &RetentionCutoff, _: Option<&SweepPosition>, _: u32) -> Result<SweepStep> {
        Ok(SweepStep::new(0, Default::default(), None))
    }
}
