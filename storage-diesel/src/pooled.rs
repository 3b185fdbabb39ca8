//! Each verb of the store on a pooled connection, on a thread that may block.

use actix_messages::{
    CheckedMessage, CheckedTags, Expiry, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient,
    SessionId, StoreError, Summary, SweepPosition, Swept, Timestamp,
};
use async_trait::async_trait;
use diesel::r2d2::{ConnectionManager, Pool};

use super::{Connection, statements};
use crate::error::Failure;

pub(super) type Connections = Pool<ConnectionManager<Connection>>;

/// A store on connections to read with and connections to write with, which may be the same.
#[derive(Debug)]
pub(crate) struct PooledStore {
    pub(super) readers: Connections,
    pub(super) writers: Connections,
}

async fn on<T: Send + 'static>(
    connections: &Connections,
    statement: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
) -> Result<T, StoreError> {
    let connections = connections.clone();
    let task = move || statement(&mut *connections.get()?);
    Ok(tokio::task::spawn_blocking(task).await.map_err(Failure::from)??)
}

#[async_trait]
impl MessageStore for PooledStore {
    async fn insert(
        &self,
        of: &[Recipient],
        messages: Vec<CheckedMessage>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        let of = of.to_vec();
        on(&self.writers, move |connection| statements::insert(connection, &of, &messages, now)).await
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        let (of, filter, page) = (of.clone(), filter.clone(), page.clone());
        on(&self.readers, move |connection| statements::list(connection, &of, &filter, &page)).await
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary, StoreError> {
        let (of, filter) = (of.clone(), filter.clone());
        on(&self.readers, move |connection| statements::summarize(connection, &of, &filter)).await
    }

    async fn mark_read(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        let (of, filter) = (of.clone(), filter.clone());
        on(&self.writers, move |connection| statements::mark_read(connection, &of, &filter, now)).await
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        let (of, filter) = (of.clone(), filter.clone());
        on(&self.writers, move |connection| statements::delete(connection, &of, &filter)).await
    }

    async fn add_tags(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        tags: &CheckedTags,
    ) -> Result<Vec<MessageId>, StoreError> {
        let (of, filter, tags) = (of.clone(), filter.clone(), tags.clone());
        on(&self.writers, move |connection| statements::add_tags(connection, &of, &filter, &tags)).await
    }

    async fn claim(&self, from: &Recipient, to: &Recipient) -> Result<u64, StoreError> {
        let (from, to) = (from.clone(), to.clone());
        on(&self.writers, move |connection| statements::claim(connection, &from, &to)).await
    }

    async fn end_session(&self, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
        let session = session.clone();
        on(&self.writers, move |connection| statements::end_session(connection, &session, before)).await
    }

    async fn sweep(&self, expiry: &Expiry, from: Option<&SweepPosition>, at_most: u32) -> Result<Swept, StoreError> {
        let (expiry, from) = (*expiry, from.cloned());
        on(&self.writers, move |connection| statements::sweep(connection, &expiry, from.as_ref(), at_most)).await
    }
}
