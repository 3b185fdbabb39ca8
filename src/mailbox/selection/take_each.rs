//! Takes messages one after the other.

use std::collections::VecDeque;

use super::{Selection, mark};
use crate::{
    error::Error,
    model::{Message, PageRequest},
};

/// The number of messages that are fetched at once.
const FETCHED_AT_ONCE: u32 = 100;

/// Takes messages one after the other: see [`Selection::take_each`].
#[derive(Debug)]
pub struct TakeEach {
    pub(super) selection: Selection,
    pub(super) fetched: VecDeque<Message>,
}

impl TakeEach {
    /// Marks the next unread message as read and returns it. Returns `None` if no unread message is left.
    ///
    /// # Errors
    ///
    /// [`Error`] if the store failed or the mailbox could not be opened. The message then stays unread.
    pub async fn next(&mut self) -> Result<Option<Message>, Error> {
        let mailbox = self.selection.mailbox.clone()?;
        loop {
            if self.fetched.is_empty() {
                let unread = mailbox.select(self.selection.filter.clone()).unread();
                let page = self.selection.in_order(PageRequest::first(FETCHED_AT_ONCE));
                self.fetched = unread.page(&page).await?.messages.into();
            }
            let Some(next) = self.fetched.front() else { return Ok(None) };
            // If marking fails, the message stays first in the queue.
            let taken = mark(&mailbox, vec![next.clone()]).await?.pop();
            self.fetched.pop_front();
            if taken.is_some() {
                return Ok(taken);
            }
        }
    }
}
