//! How an application reads a mailbox, and which messages count as read afterwards.

mod selections;
mod storage;
mod views;

use actix_messages::{Mailbox, Message, MessageOrder, OrderKey};

use crate::support::TestStore;

/// Returns the texts of messages, in their order.
fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

/// Returns a mailbox with three unread messages: `one` at level info, `two` at level success, `three` at level warning.
async fn three(store: &TestStore) -> Mailbox {
    let mailbox = store.mailbox("alice");
    mailbox.info("one").await.unwrap();
    mailbox.success("two").await.unwrap();
    mailbox.warning("three").await.unwrap();
    mailbox
}

/// Returns the texts of the unread messages, oldest first.
async fn unread(mailbox: &Mailbox) -> Vec<String> {
    let unread = mailbox.unread().order(MessageOrder::by(OrderKey::Created)).list().await.unwrap();
    unread.into_iter().map(|message| message.content.text).collect()
}
