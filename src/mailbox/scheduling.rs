//! Adds messages that are visible only later to the place where they wait.

use super::Mailbox;
use crate::{error::Error, model::MessageId, store::CheckedMessage};
#[cfg(feature = "testing")]
use crate::{mailbox::delivery::Delivery, model::Timestamp};

impl Mailbox {
    /// Adds the messages that [`check`](Self::check) returned, each in the place that it is for.
    pub(crate) async fn add_checked(
        &self,
        messages: Vec<Option<CheckedMessage>>,
    ) -> Result<Vec<Option<MessageId>>, Error> {
        let clock = &self.delivery.clock;
        let waits = messages.iter().map(|message| message.as_ref().is_some_and(|message| message.waits(clock)));
        let waits = waits.collect::<Vec<_>>();
        if !waits.contains(&true) {
            return self.add_here(messages).await;
        }
        let (mut waiting, mut visible) = (Vec::new(), Vec::new());
        for (message, waits) in messages.into_iter().zip(&waits) {
            match message {
                Some(message) if *waits => waiting.push(Some(message.waiting())),
                message => visible.push(message),
            }
        }
        let mut waiting = self.waiting_room().add_here(waiting).await?.into_iter();
        let mut visible = self.add_here(visible).await?.into_iter();
        Ok(waits.into_iter().map(|waits| if waits { waiting.next() } else { visible.next() }.flatten()).collect())
    }

    /// Returns the mailbox in which messages of this one wait. A message to a user is bound to no session there: it
    /// arrives even if the session ends. A visitor has no mailbox without the session.
    fn waiting_room(&self) -> Self {
        let later = Self { recipient: self.recipient.later(), ..self.clone() };
        if self.recipient.session().is_some() { later } else { later.bound_to(None) }
    }

    /// Returns the store with its rules, and a clock that stands still at this moment.
    #[cfg(feature = "testing")]
    pub(crate) fn delivery_at(&self, now: Timestamp) -> Delivery {
        Delivery { clock: now.into(), ..self.delivery.clone() }
    }
}
