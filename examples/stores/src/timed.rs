//! A store -> the same store, which says how long each verb took.

use std::time::Instant;

use actix_messages::{
    CheckedMessage, Clock, Expiry, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId,
    StoreError, Summary, SweepPosition, Swept, TagChange, Timestamp,
};
use async_trait::async_trait;

/// A store that says how long each verb took: the histogram `messages_store_seconds`, with the labels `verb` and
/// `outcome`, which is `ok`, `unavailable` or `failed`.
#[derive(Debug)]
pub struct Timed<S>(pub S);

async fn timed<T>(verb: &'static str, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let start = Instant::now();
    let answer = answer.await;
    let outcome = match &answer {
        Ok(_) => "ok",
        Err(StoreError::Unavailable { .. }) => "unavailable",
        Err(_) => "failed",
    };
    metrics::histogram!("messages_store_seconds", "verb" => verb, "outcome" => outcome).record(start.elapsed());
    answer
}

#[async_trait]
impl<S: MessageStore> MessageStore for Timed<S> {
    async fn insert(
        &self,
        of: &[Recipient],
        messages: Vec<CheckedMessage>,
        clock: &Clock,
    ) -> Result<Vec<MessageId>, StoreError> {
        timed("insert", self.0.insert(of, messages, clock)).await
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        timed("list", self.0.list(of, filter, page)).await
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary, StoreError> {
        timed("summarize", self.0.summarize(of, filter)).await
    }

    async fn mark_read(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        timed("mark_read", self.0.mark_read(of, filter, now)).await
    }

    async fn mark_unread(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        timed("mark_unread", self.0.mark_unread(of, filter)).await
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        timed("delete", self.0.delete(of, filter)).await
    }

    async fn change_tags(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &TagChange,
    ) -> Result<Vec<MessageId>, StoreError> {
        timed("change_tags", self.0.change_tags(of, filter, change)).await
    }

    async fn claim(&self, from: &Recipient, to: &Recipient) -> Result<u64, StoreError> {
        timed("claim", self.0.claim(from, to)).await
    }

    async fn end_session(&self, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
        timed("end_session", self.0.end_session(session, before)).await
    }

    async fn sweep(&self, expiry: &Expiry, from: Option<&SweepPosition>, at_most: u32) -> Result<Swept, StoreError> {
        timed("sweep", self.0.sweep(expiry, from, at_most)).await
    }
}
