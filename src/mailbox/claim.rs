//! Moves the messages of a visitor to the user who has signed in.

use super::Mailbox;
use crate::{
    model::Recipient,
    store::{Move, StoreError},
};

impl Mailbox {
    /// Moves all messages of another mailbox into this one, in their order, and returns their number. Call it at
    /// sign-in to give the user the messages that they got as a visitor.
    ///
    /// Each message is moved once, even if two requests claim it at the same time. If the owner of this mailbox already
    /// has a message with the same key in any [place](crate::Place), the claimed message is deleted and not counted.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not move the messages. Then no message is moved.
    pub async fn claim(&self, from: &Recipient) -> Result<u64, StoreError> {
        self.wait_for_marks(from).await;
        if *from == self.recipient {
            return Ok(0);
        }
        let moved = self.store().transfer(from, &self.recipient, &Move::mailbox(), &self.delivery.clock).await?;
        if let Some(added) = &self.added {
            added.follow(from, &self.recipient, &moved);
        }
        // The client of a stream must find out which mailbox it sees now.
        self.delivery.feed.end_watches_of(from);
        Ok(moved.iter().filter(|moved| moved.to.is_some()).count() as u64)
    }
}
