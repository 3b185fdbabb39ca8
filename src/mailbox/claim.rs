//! Moves the messages of a visitor to the user who has signed in.

use super::{Mailbox, watch::newest};
use crate::{
    model::{Place, Recipient},
    store::{Move, Moved, StoreError},
};

impl Mailbox {
    /// Moves all messages of another recipient into the mailboxes of this one, in their order, and returns their
    /// number. Call it at sign-in to give the user the messages that they got as a visitor.
    ///
    /// The messages of each [place](crate::Place) move to the same place. Each message is moved once, even if two
    /// requests claim it at the same time. If the owner of this mailbox already has a message with the same key in any
    /// place, the claimed message is deleted and not counted. Messages that wait in [`Later`](Place::Later) are then bound
    /// to no session, like messages that the user puts off.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not move the messages of a place. Then some places are moved completely, and
    /// the others are unchanged. A later claim moves the rest.
    pub async fn claim(&self, from: &Recipient) -> Result<u64, StoreError> {
        if from.inbox() == self.recipient.inbox() {
            return Ok(0);
        }
        let mut claimed = 0;
        for from in from.places() {
            self.wait_for_marks(&from).await;
            let to = self.recipient.at(from.place());
            let moved = self.claim_place(&from, &to).await?;
            if let Some(added) = &self.added {
                added.follow(&from, &to, &moved);
            }
            // The client of a stream must find out which mailbox it sees now.
            self.delivery.feed.end_watches_of(&from);
            claimed += moved.iter().filter(|moved| moved.to.is_some()).count() as u64;
        }
        Ok(claimed)
    }

    async fn claim_place(&self, from: &Recipient, to: &Recipient) -> Result<Vec<Moved>, StoreError> {
        // A transfer locks both mailboxes, and few visitors have messages outside of the inbox.
        if from.place() != Place::Inbox && newest(self.store(), from).await?.is_none() {
            return Ok(Vec::new());
        }
        let what = Move::mailbox();
        let what = if to.place() == Place::Later && to.session().is_none() { what.unbound() } else { what };
        self.store().transfer(from, to, &what, &self.delivery.clock).await
    }
}
