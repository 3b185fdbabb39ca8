//! The places of a recipient: opens their mailboxes, and moves messages between them.

use super::{Mailbox, Selection, page_exposure::Exposure};
use crate::{
    error::Error,
    model::{Move, Place, Until},
};

impl Mailbox {
    /// Returns the mailbox of this [place](Place) of the same recipient, with the same settings.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// use actix_messages::{Mailbox, MemoryStore, Place, Recipient};
    ///
    /// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// alice.info("Your parcel is on its way.").await?;
    /// assert_eq!(alice.all().archive().await?, 1);
    ///
    /// assert_eq!(alice.unread().count().await?, 0);
    /// let archive = alice.at(Place::Archive);
    /// assert_eq!(archive.all().list().await?[0].text, "Your parcel is on its way.");
    ///
    /// assert_eq!(archive.all().restore().await?, 1);
    /// assert_eq!(alice.unread().count().await?, 1);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn at(&self, place: Place) -> Self {
        Self { recipient: self.recipient.at(place), ..self.clone() }
    }
}

impl Selection {
    /// Selects the messages of this [place](Place) of the same recipient, with the same filter and order.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// use actix_messages::{Mailbox, MemoryStore, Place, Recipient};
    ///
    /// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// alice.info("Your invoice is paid.").await?;
    /// alice.all().archive().await?;
    /// assert!(alice.all().at(Place::Archive).contains("Your invoice is paid.").await?);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub fn at(mut self, place: Place) -> Self {
        self.mailbox = self.mailbox.map(|mailbox| mailbox.at(place));
        self
    }

    /// Moves the messages to the archive, and returns their number. Messages of the archive stay, and are not counted.
    ///
    /// The messages stay read or unread, and keep their ids. If a message in the archive has the same id already, the
    /// message gets the next free id.
    pub async fn archive(self) -> Result<u64, Error> {
        self.move_to(Place::Archive).await
    }

    /// Moves the messages to the inbox, and returns their number. Messages of the inbox stay, and are not counted.
    ///
    /// The messages arrive as they are: with their ids, and read or unread, as in [`archive`](Self::archive).
    pub async fn restore(self) -> Result<u64, Error> {
        self.move_to(Place::Inbox).await
    }

    /// Moves the messages to another place of the same recipient, and returns the number of those that moved.
    async fn move_to(self, place: Place) -> Result<u64, Error> {
        let (mailbox, filter) = self.open(Exposure::Nothing).await?;
        let (from, to) = (mailbox.recipient(), mailbox.recipient().at(place));
        if *from == to {
            return Ok(0);
        }
        // In `Later`, this time is the end of the postponement.
        let until = if from.place() == Place::Later { Until::Expiry } else { Until::Kept };
        let moved =
            mailbox.store().transfer(from, &to, &Move::of(filter).until(until), &mailbox.delivery.clock).await?;
        if let Some(added) = &mailbox.added {
            added.follow(from, &to, &moved);
        }
        Ok(moved.iter().filter(|moved| moved.to.is_some()).count() as u64)
    }
}
