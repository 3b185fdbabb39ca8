//! The look of a member: copies new announcements into the mailbox, and deletes the copies of withdrawn ones.

use std::sync::Arc;

use super::{Group, board, known::Known};
use crate::{
    error::WithCauses,
    mailbox::delivery::Delivery,
    model::{CheckedMessage, Insertion, MessageFilter, MessageId, Place, Recipient},
    store::StoreError,
};

/// The groups whose announcements a request may deliver to its mailbox.
#[derive(Debug, Clone)]
pub(crate) struct FirstLook {
    pub(crate) groups: Vec<Group>,
    pub(crate) known: Arc<Known>,
}

impl FirstLook {
    /// Delivers the announcements. If that fails, the log says so, and the mailbox is read as it is.
    pub(crate) async fn deliver(&self, delivery: &Delivery, of: &Recipient) {
        for group in &self.groups {
            if let Err(error) = self.deliver_from(group, delivery, &of.inbox()).await {
                let group = group.name();
                tracing::warn!(group, error = %WithCauses(&error), "announcements could not be delivered");
            }
        }
    }

    async fn deliver_from(&self, group: &Group, delivery: &Delivery, of: &Recipient) -> Result<(), StoreError> {
        let newest = self.known.newest(delivery, group).await?;
        if newest.is_none() || self.known.is_up_to_date(of, group, newest) {
            return Ok(());
        }
        let copied = copy_new(group, delivery, of, newest.running).await?;
        delete_withdrawn(group, delivery, of, &copied).await?;
        self.known.note_up_to_date(of.clone(), group, newest);
        Ok(())
    }
}

/// Copies the announcements that are newer than the mark, and returns the keys of the copies.
async fn copy_new(
    group: &Group,
    delivery: &Delivery,
    of: &Recipient,
    newest: Option<MessageId>,
) -> Result<Vec<String>, StoreError> {
    let mark = group.delivered();
    let position = delivery.store.advance(of, &mark, None).await?;
    let mut copied = Vec::new();
    if newest <= position {
        return Ok(copied);
    }
    let now = delivery.clock.now();
    for announcement in board::in_place(delivery, group, Place::Inbox).await? {
        let is_over = announcement.expires_at.is_some_and(|moment| moment <= now);
        if is_over || Some(announcement.id) <= position {
            continue;
        }
        let key = group.key_of(announcement.id);
        // A separate insert for each: another look may have delivered one of them, and the user may have deleted it.
        let copy = CheckedMessage::copy_of(&announcement, key.clone());
        let insertion = Insertion::new([of.clone()], [copy]).unless_past(mark.clone(), announcement.id);
        delivery.insert(insertion).await?;
        copied.push(key);
    }
    Ok(copied)
}

/// Deletes the copies of withdrawn announcements: those withdrawn after the mark, and those just copied.
async fn delete_withdrawn(
    group: &Group,
    delivery: &Delivery,
    of: &Recipient,
    copied: &[String],
) -> Result<(), StoreError> {
    // Read after the copies were inserted. A withdrawal that comes later is found by a later look.
    let tombstones = board::in_place(delivery, group, Place::Archive).await?;
    let Some(newest) = tombstones.last().map(|tombstone| tombstone.id) else { return Ok(()) };
    let mark = group.withdrawn();
    let position = delivery.store.advance(of, &mark, None).await?;
    let is_new = |id, key: &String| Some(id) > position || copied.contains(key);
    let keys = tombstones.into_iter().filter_map(|tombstone| {
        let id = tombstone.id;
        tombstone.key.filter(|key| is_new(id, key))
    });
    let keys = keys.collect::<Vec<_>>();
    if !keys.is_empty() {
        let copies = MessageFilter::default().with_keys(keys);
        for place in of.places() {
            delivery.store.delete(&place, &copies).await?;
        }
    }
    if Some(newest) > position {
        delivery.insert(Insertion::new([of.clone()], []).unless_past(mark, newest)).await?;
    }
    Ok(())
}
