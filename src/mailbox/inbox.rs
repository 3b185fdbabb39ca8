//! A page of the inbox, with the summary and the position from which a watch continues.

use super::{
    Mailbox, Selection,
    page_exposure::Exposure,
    seen::{seen_up_to, unseen},
    watch::newest,
};
use crate::{
    error::Error,
    live::Position,
    model::{Message, MessageFilter, MessageId, PageRequest, Recipient, SessionId, Summary},
    store::{MessageStore, StoreError},
};

/// Messages, and the state of the mailbox around them.
pub(crate) struct InboxPage {
    /// The messages, newest first.
    pub(crate) messages: Vec<Message>,
    /// Whether there are older messages that match.
    pub(crate) has_more: bool,
    /// The unread messages.
    pub(crate) unread: Summary,
    /// The number of unseen messages, if they are counted.
    pub(crate) unseen: Option<u64>,
    /// The position from which a watch returns all that happens after the page was read.
    pub(crate) position: Position,
}

/// The newest messages of a selection, newest first.
pub(crate) struct Newest {
    pub(crate) messages: Vec<Message>,
    /// Whether the selection has older messages.
    pub(crate) has_more: bool,
}

impl Newest {
    /// Reads at most `limit` messages. Without any, `has_more` is `false`, because the store is not asked.
    async fn read(
        store: &dyn MessageStore,
        of: &Recipient,
        filter: &MessageFilter,
        limit: u32,
    ) -> Result<Self, StoreError> {
        let mut messages = match limit {
            0 => Vec::new(),
            limit => store.list(of, filter, &PageRequest::first(limit.saturating_add(1))).await?.messages,
        };
        let has_more = messages.len() > limit as usize;
        messages.truncate(limit as usize);
        Ok(Self { messages, has_more })
    }
}

impl Selection {
    /// Returns the newest messages of the selection, at most `limit`.
    pub(crate) async fn newest(self, limit: u32) -> Result<Newest, Error> {
        let (mailbox, filter) = self.open(Exposure::Messages).await?;
        Ok(Newest::read(mailbox.store(), mailbox.recipient(), &filter, limit).await?)
    }
}

impl Mailbox {
    /// Returns whether the mailbox exists only for one request: it belongs to a visitor without a session.
    pub(crate) fn lasts_for_request(&self) -> bool {
        self.recipient.session() == Some(&SessionId::none())
    }

    /// Reads the newest messages that match `page`, at most `limit`. The summary and the position are those of a watch
    /// with `filter`.
    pub(crate) async fn inbox_page(
        &self,
        filter: MessageFilter,
        page: MessageFilter,
        limit: u32,
        counts_unseen: bool,
    ) -> Result<InboxPage, Error> {
        let (mailbox, filter) = self.select(filter).open(Exposure::Messages).await?;
        let (store, of, feed) = (mailbox.store(), mailbox.recipient(), &mailbox.delivery.feed);
        // The turn and the position come first, so that a watch repeats a change of this moment and never misses one.
        let turn = feed.turn_of(of);
        let shown = mailbox.scoped(page);
        let is_newest_shown = limit > 0 && shown == MessageFilter::default();
        let before = if is_newest_shown { None } else { newest(store, of).await? };
        let Newest { messages, has_more } = Newest::read(store, of, &shown, limit).await?;
        let unread = store.summarize(of, &filter.clone().unread()).await?;
        let unseen = match counts_unseen {
            true => {
                let unseen = unseen(filter.unread(), seen_up_to(store, of).await?);
                // A message may have come in between.
                Some(store.summarize(of, &unseen).await?.count().min(unread.count()))
            }
            false => None,
        };
        let newest = if is_newest_shown { messages.first().map(|message| message.id) } else { before };
        let proof = feed.proof(of, turn, &unread);
        let position = Position::new(newest.unwrap_or(MessageId::new(0)), Some(proof));
        Ok(InboxPage { messages, has_more, unread, unseen, position })
    }
}
