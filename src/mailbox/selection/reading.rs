//! Marks or deletes messages that are read, and returns the messages that this reader gets.

use std::collections::BTreeSet;

use super::AfterReading;
use crate::{
    error::Error,
    mailbox::{Mailbox, pending_marks::unread_of},
    model::{Message, MessageFilter, MessageId, PageRequest},
};

/// Marks or deletes messages that are read, and returns them. If they are deleted, returns only the messages that this
/// call has deleted. On an unseen page, changes nothing and returns all.
pub(crate) async fn after_reading(
    mailbox: &Mailbox,
    mut messages: Vec<Message>,
    after: AfterReading,
) -> Result<Vec<Message>, Error> {
    match after {
        AfterReading::Nothing => {}
        AfterReading::Mark => {
            mark_all(mailbox, &messages).await?;
        }
        AfterReading::Delete => {
            if !messages.is_empty() && mailbox.note_taking(&messages).is_none() {
                let shown = MessageFilter::default().with_ids(messages.iter().map(|message| message.id));
                let mine = mailbox.select(shown).delete().await?.into_iter().collect::<BTreeSet<_>>();
                messages.retain(|message| mine.contains(&message.id));
            }
        }
    }
    Ok(messages)
}

/// Takes the messages of a page. Returns the number of messages found, and the messages that this call has taken.
pub(super) async fn take_page(
    mailbox: &Mailbox,
    filter: MessageFilter,
    page: &PageRequest,
) -> Result<(usize, Vec<Message>), Error> {
    let found = mailbox.select(filter).page(page).await?.messages;
    Ok((found.len(), mark(mailbox, found).await?))
}

/// Marks the unread messages among these, and returns the messages that this call has marked. Another call may have
/// marked the others at the same moment.
pub(super) async fn mark(mailbox: &Mailbox, mut messages: Vec<Message>) -> Result<Vec<Message>, Error> {
    let mine = mark_all(mailbox, &messages).await?;
    messages.retain(|message| mine.contains(&message.id));
    Ok(messages)
}

/// Marks the unread messages among these, and returns their ids. On an unseen page, marks none.
async fn mark_all(mailbox: &Mailbox, messages: &[Message]) -> Result<BTreeSet<MessageId>, Error> {
    if let Some(taken) = mailbox.note_taking(messages) {
        return Ok(taken);
    }
    let Some(unread) = unread_of(messages) else { return Ok(BTreeSet::new()) };
    Ok(mailbox.select(unread).mark_read().await?.into_iter().collect())
}
