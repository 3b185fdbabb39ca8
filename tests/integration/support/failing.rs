//! A store that fails at every call.

use std::io;

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId, Summary,
    Timestamp,
    store::{
        Change, Inserted, Insertion, Kept, Mailboxes, Mark, MessageDirectory, Move, Moved, Result, RetentionCutoff,
        SessionEnd, StoreError, SweepPosition, SweepStep,
    },
};
use async_trait::async_trait;

/// A store that fails at every call, in one of two ways.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FailingStore {
    /// Like a store that can't be reached.
    Unavailable,
    /// Like a broken store.
    Broken,
}

impl FailingStore {
    fn failure(self) -> StoreError {
        let cause = io::Error::other(Layer("the pool gave up", Some(Box::new(Layer("the disk is on fire", None)))));
        match self {
            Self::Unavailable => StoreError::Unavailable { store: "failing", source: cause.into() },
            Self::Broken => StoreError::Failed { store: "failing", source: cause.into() },
        }
    }
}

/// An error with a source.
#[derive(Debug)]
struct Layer(&'static str, Option<Box<Layer>>);

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Layer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

#[async_trait]
impl MessageStore for FailingStore {
    async fn insert(&self, _: Insertion, _: &Clock) -> Result<Vec<Vec<Inserted>>> {
        Err(self.failure())
    }

    async fn list(&self, _: &Recipient, _: &MessageFilter, _: &PageRequest) -> Result<Page> {
        Err(self.failure())
    }

    async fn summarize(&self, _: &Recipient, _: &MessageFilter) -> Result<Summary> {
        Err(self.failure())
    }

    async fn change(&self, _: &Recipient, _: &MessageFilter, _: &Change, _: Timestamp) -> Result<Vec<MessageId>> {
        Err(self.failure())
    }

    async fn delete(&self, _: &Recipient, _: &MessageFilter) -> Result<Vec<MessageId>> {
        Err(self.failure())
    }

    async fn transfer(&self, _: &Recipient, _: &Recipient, _: &Move, _: &Clock) -> Result<Vec<Moved>> {
        Err(self.failure())
    }

    async fn due(&self, _: Timestamp, _: u32) -> Result<Vec<(Recipient, Message)>> {
        Err(self.failure())
    }

    async fn advance(&self, _: &Recipient, _: &Mark, _: Option<MessageId>) -> Result<Option<MessageId>> {
        Err(self.failure())
    }

    async fn erase(&self, _: &Recipient) -> Result<u64> {
        Err(self.failure())
    }

    async fn sweep(&self, _: &RetentionCutoff, _: Option<&SweepPosition>, _: u32) -> Result<SweepStep> {
        Err(self.failure())
    }

    async fn end_session(&self, _: &SessionId, _: &Kept) -> Result<SessionEnd> {
        Err(self.failure())
    }
}

#[async_trait]
impl MessageDirectory for FailingStore {
    async fn list_across(
        &self,
        _: &Mailboxes,
        _: &MessageFilter,
        _: &PageRequest,
    ) -> Result<Vec<(Recipient, Message)>> {
        Err(self.failure())
    }

    async fn summarize_across(&self, _: &Mailboxes, _: &MessageFilter) -> Result<Summary> {
        Err(self.failure())
    }
}
