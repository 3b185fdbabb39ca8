//! Kinds of faults, and how a message gets to many with each of them.

use std::thread::yield_now;

use actix_messages::{
    Clock, MessageFilter, MessageId, MessageStore, Recipient,
    store::{Inserted, Insertion, Result},
};

use super::faulty::Faulty;

/// How a message for many gets to them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Delivery {
    AllAtOnce,
    /// Under one id, which is larger than all in any of their mailboxes.
    UnderOneId,
    /// One mailbox after the other.
    OneAfterTheOther,
    /// Under the moment as its id, whatever is there already.
    Backdated,
}

/// How messages get from one mailbox to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Claiming {
    Moved,
    /// They are inserted there and then deleted here.
    Copied,
    /// As copied, and unread again.
    CopiedUnread,
    /// As copied, the newest first.
    CopiedBackwards,
    /// They are moved, and what was read is left behind.
    OnlyUnread,
}

/// When the newest id of a mailbox is forgotten.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Forgets {
    /// If its message is deleted.
    IfDeleted,
    /// If the mailbox is empty.
    IfEmptied,
}

/// How marks are moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Advancing {
    Good,
    /// The last one to write counts.
    LooksFirst,
    /// Beyond the newest id, too.
    Anywhere,
    /// Back, too.
    Back,
    /// The position afterwards is returned.
    After,
}

/// What is erased.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Erasing {
    Good,
    OnlyMessages,
    AllPlaces,
}

impl Faulty {
    pub(super) async fn deliver(&self, insertion: Insertion, clock: Clock) -> Result<Vec<Vec<Inserted>>> {
        let Insertion { recipients, messages } = insertion.clone();
        match self.delivery {
            Delivery::AllAtOnce => return self.good.insert(insertion, &clock).await,
            Delivery::UnderOneId => {
                // What is in all of the mailboxes decides.
                let mut last = None;
                for one in &recipients {
                    last = last.max(self.seen(one, &MessageFilter::default()).await?.last().map(|newest| newest.id));
                }
                let first = MessageId::next(last, 1, clock.now())[0];
                return self.good.insert(insertion, &first.created().into()).await;
            }
            Delivery::OneAfterTheOther | Delivery::Backdated => {}
        }
        let mut inserted = Vec::new();
        for one in recipients {
            if self.delivery == Delivery::Backdated {
                let aside = Recipient::user(format!("aside-{one:?}").replace('"', "").to_lowercase()).unwrap();
                let aside = Insertion::new([aside], messages.clone());
                inserted.extend(self.good.insert(aside.clone(), &clock).await?);
                self.good.claim(&aside.recipients[0], &one).await?;
                self.good.erase(&aside.recipients[0]).await?;
            } else {
                inserted.extend(self.good.insert(Insertion::new([one], messages.clone()), &clock).await?);
            }
            yield_now();
        }
        Ok(inserted)
    }
}
