//! Marks shown messages as read once the response is sent.

use super::Mailbox;
use crate::{
    error::WithCauses,
    live::running_marks::RunningMark,
    model::{Change, Message, MessageFilter},
};

/// The unread messages of a response that is about to be sent.
#[derive(Debug)]
pub(crate) struct Shown {
    mailbox: Mailbox,
    unread: MessageFilter,
}

impl Shown {
    /// Returns `None` if all of the messages were read before. If messages are being marked in too many mailboxes,
    /// waits up to 5 seconds, so that no more messages are shown than the store can mark.
    pub(crate) async fn of(mailbox: &Mailbox, messages: &[Message]) -> Option<Self> {
        let unread = unread_of(messages)?;
        mailbox.delivery.feed.marks().wait_for_capacity().await;
        Some(Self { mailbox: mailbox.clone(), unread: mailbox.scoped(unread) })
    }

    /// Marks the messages as read, because they have been sent. From this call on, even before the future is polled,
    /// other requests to the mailbox wait until the messages are marked. If marking fails, the messages stay unread and
    /// are shown again.
    pub(crate) fn mark(self) -> impl Future<Output = ()> + Send + 'static {
        let Self { mailbox, unread } = self;
        let feed = mailbox.delivery.feed.clone();
        let (under_way, now) = (RunningMark::start(feed.clone(), mailbox.recipient().clone()), mailbox.now());
        async move {
            let _permit = feed.marks().permit().await;
            if let Err(error) = mailbox.store().change(mailbox.recipient(), &unread, &Change::MarkRead, now).await {
                tracing::warn!(error = %WithCauses(&error), "messages that were shown could not be marked as read");
            }
            drop(under_way);
        }
    }
}

/// Returns a filter for the unread messages among these, or `None` if all of them are read.
pub(super) fn unread_of(messages: &[Message]) -> Option<MessageFilter> {
    let mut unread = messages.iter().filter(|message| message.is_unread()).map(|message| message.id).peekable();
    unread.peek()?;
    Some(MessageFilter::default().with_ids(unread))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use async_trait::async_trait;
    use tokio::runtime::Builder;

    use super::*;
    use crate::{
        forward_to_store,
        model::{Clock, Level, MessageId, NewMessage, Recipient, Timestamp},
        store::{Insertion, MemoryStore, MessageStore, Result},
    };

    fn wait<T>(work: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    fn user(number: usize) -> Recipient {
        Recipient::user(format_args!("pending-{number}")).unwrap()
    }

    /// The maximum number of marks of one store that run at once.
    const MAX_MARKS: usize = 64;

    /// A store that takes a while to mark, and counts how many marks it makes at once.
    #[derive(Debug, Default)]
    struct Slow {
        store: MemoryStore,
        now: AtomicUsize,
        most: AtomicUsize,
    }

    #[async_trait]
    impl MessageStore for Slow {
        async fn change(
            &self,
            of: &Recipient,
            filter: &MessageFilter,
            change: &Change,
            now: Timestamp,
        ) -> Result<Vec<MessageId>> {
            let running = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(running, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            self.store.change(of, filter, change, now).await
        }

        forward_to_store!(slow => slow.store; except change);
    }

    #[test]
    fn the_number_of_marks_at_once_is_bounded() {
        let store = Arc::new(Slow::default());
        wait(async {
            let mut shown = Vec::new();
            for number in 0..3 * MAX_MARKS {
                let mailbox = Mailbox::new(user(number), store.clone());
                let message = NewMessage::new(Level::INFO, "text").check().unwrap();
                store.insert(Insertion::new([user(number)], [message]), &Clock::default()).await.unwrap();
                let unread = mailbox.unread().list().await.unwrap().into_iter().collect::<Vec<_>>();
                shown.push(Shown::of(&mailbox, &unread).await.unwrap());
            }
            // All were shown before the first one is marked.
            let marks = shown.into_iter().map(|shown| tokio::spawn(shown.mark())).collect::<Vec<_>>();
            for mark in marks {
                mark.await.unwrap();
            }
            for number in 0..3 * MAX_MARKS {
                let mailbox = Mailbox::new(user(number), store.clone());
                assert!(mailbox.unread().is_empty().await.unwrap(), "the mark of {number} is missing");
            }
        });
        let most = store.most.load(Ordering::SeqCst);
        assert_eq!(most, MAX_MARKS, "marks at once");
    }
}
