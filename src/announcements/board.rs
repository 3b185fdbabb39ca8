//! The mailbox of a group: the running announcements are in the inbox, and the withdrawn ones in the archive.

use super::Group;
use crate::{
    mailbox::delivery::Delivery,
    model::{CheckedMessage, Insertion, Message, MessageFilter, MessageId, PageRequest, Place},
    store::StoreError,
};

/// Withdraws an announcement. Returns whether it was running or scheduled.
pub(crate) async fn withdraw(delivery: &Delivery, group: &Group, id: MessageId) -> Result<bool, StoreError> {
    let (of, by_id) = (group.recipient(), MessageFilter::default().with_id(id));
    let running = delivery.store.list(of, &by_id, &PageRequest::first(1)).await?.messages;
    let Some(announcement) = running.first() else {
        return Ok(!delivery.store.delete(&of.later(), &by_id).await?.is_empty());
    };
    // The tombstone comes first, so a look that copies the announcement during the withdrawal finds it afterwards.
    let tombstone = CheckedMessage::copy_of(announcement, group.key_of(id));
    delivery.insert(Insertion::new([of.archive()], [tombstone])).await?;
    Ok(!delivery.store.delete(of, &by_id).await?.is_empty())
}

/// Returns the messages in a place of the group's mailbox, the oldest first.
pub(crate) async fn in_place(delivery: &Delivery, group: &Group, place: Place) -> Result<Vec<Message>, StoreError> {
    let (of, filter) = (group.recipient().at(place), MessageFilter::default());
    let mut messages = delivery.store.list(&of, &filter, &PageRequest::all()).await?.messages;
    messages.sort_unstable_by_key(|message| message.id);
    Ok(messages)
}

/// Returns the newest message in a place of the group's mailbox.
pub(crate) async fn newest(delivery: &Delivery, group: &Group, place: Place) -> Result<Option<MessageId>, StoreError> {
    let (of, filter) = (group.recipient().at(place), MessageFilter::default());
    let page = delivery.store.list(&of, &filter, &PageRequest::first(1)).await?;
    Ok(page.messages.first().map(|message| message.id))
}
