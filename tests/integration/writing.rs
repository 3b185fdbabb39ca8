//! How an application adds messages: in batches, for many recipients, quietly, after success, or not at all.

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

/// Returns a configuration with this store. A header names the user.
fn config(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), by_header)
}

fn alice() -> Recipient {
    Recipient::user("alice").unwrap()
}

/// Returns the texts of a mailbox, oldest first.
async fn texts(mailbox: &Mailbox) -> Vec<String> {
    let all = mailbox.all().order(MessageOrder::by(OrderKey::Created)).list().await.unwrap();
    all.into_iter().map(|message| message.content.text).collect()
}
