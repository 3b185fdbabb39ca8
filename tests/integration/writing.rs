//! What an application writes: many at once, for many at once, quietly, after success, or not at all.

mod batches;
mod broadcasts;
mod keys;
mod levels;
mod quiet;
mod success;
mod tags;
mod times;

use std::sync::Arc;

use actix_messages::{Mailbox, MessageOrder, MessagesConfig, OrderKey, Recipient};

use crate::support::{TestStore, by_header};

/// Messages in this store, of an application that believes a header.
fn config(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), by_header)
}

fn alice() -> Recipient {
    Recipient::user("alice").unwrap()
}

/// The texts of a mailbox, the oldest first.
async fn texts(mailbox: &Mailbox) -> Vec<String> {
    let all = mailbox.all().order(MessageOrder::by(OrderKey::Created)).list().await.unwrap();
    all.into_iter().map(|message| message.content.text).collect()
}
