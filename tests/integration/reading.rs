//! What an application reads of a mailbox, and what of it counts as read then.

mod selections;
mod storage;
mod views;

use actix_messages::{Mailbox, Message, MessageOrder, OrderKey};

use crate::support::TestStore;

/// The texts of messages, in their order.
fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

/// A mailbox with three unread messages: one at level info, two at level success, three at level warning.
async fn three(store: &TestStore) -> Mailbox {
    let mailbox = store.mailbox("alice");
    mailbox.info("one").await.unwrap();
    mailbox.success("two").await.unwrap();
    mailbox.warning("three").await.unwrap();
    mailbox
}

/// The texts of the unread messages, the oldest first.
async fn unread(mailbox: &Mailbox) -> Vec<String> {
    let unread = mailbox.unread().order(MessageOrder::by(OrderKey::Created)).list().await.unwrap();
    unread.into_iter().map(|message| message.content.text).collect()
}
