//! Repairs mailboxes whose messages have a time in the future, because a clock was wrong, and names them in the log.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::Mailbox;
use crate::{
    model::{Inserted, MessageFilter, MessageId, Recipient, Timestamp},
    store::{Move, StoreError},
};

/// The maximum number of mailboxes that the log names.
const MOST_NAMED: usize = 1000;

/// The mailboxes that the log has named.
#[derive(Debug, Clone, Default)]
pub(crate) struct NamedMailboxes(Arc<Mutex<BTreeSet<Recipient>>>);

impl NamedMailboxes {
    /// Names a mailbox in the log, once, if a message that was just inserted is ahead of the clock. It is ahead because
    /// the newest id in the mailbox was.
    pub(crate) fn log_if_ahead(&self, of: &Recipient, inserted: &[Inserted], now: Timestamp) {
        let Some(ahead) = inserted.iter().find(|inserted| inserted.is_new() && inserted.id.is_ahead_of(now)) else {
            return;
        };
        let mut named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() < MOST_NAMED && named.insert(of.clone()) {
            let (user, dated) = (of.user_id(), ahead.id.created());
            tracing::warn!(user, %dated, "a mailbox is more than a day ahead of the clock: if the clock is right, `Mailbox::redate` repairs it");
        }
    }

    fn forget(&self, of: &Recipient) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(of);
    }
}

impl Mailbox {
    /// Gives new ids to messages whose time of creation is more than a day in the future, because a clock was wrong.
    /// Does this in all [places](crate::Place) of the recipient, and returns the number of these messages. They stay in
    /// their order. Their old ids no longer refer to them. The next message gets its time from the clock again.
    ///
    /// The id of a message is its time of creation, and each new id in a mailbox is larger than all ids before it. So
    /// after a message got a time in the future, each later message gets a time just after it, until this method is
    /// called. The log names such a mailbox when a message is added.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not repair a place. Then some places are repaired completely, and the others
    /// are unchanged.
    pub async fn redate(&self) -> Result<u64, StoreError> {
        let plausible = MessageId::latest_plausible(self.now());
        let ahead =
            MessageFilter::default().created_after(MessageId::new(plausible.value().saturating_add(1)).created());
        let repair = Move::of(ahead).with_marks();
        let mut redated = 0;
        for place in self.recipient().places() {
            self.wait_for_marks(&place).await;
            let moved = self.store().transfer(&place, &place, &repair, &self.delivery.clock).await?;
            if let Some(added) = &self.added {
                added.follow(&place, &place, &moved);
            }
            redated += moved.iter().filter(|moved| moved.to != Some(moved.from)).count() as u64;
            self.delivery.ahead.forget(&place);
        }
        Ok(redated)
    }
}
