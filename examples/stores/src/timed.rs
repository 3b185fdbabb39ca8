//! Wraps a store and records how long each verb takes.

use std::time::Instant;

use actix_messages::{MessageStore, forward_to_store, store::StoreError};
use async_trait::async_trait;

/// Wraps a store and records how long each verb takes, in the histogram `messages_store_seconds`. Its labels are `verb`
/// and `outcome`, which is `ok`, `unavailable` or `failed`.
#[derive(Debug)]
pub struct Timed<S>(pub S);

async fn timed<T>(verb: &'static str, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let start = Instant::now();
    let answer = answer.await;
    let outcome = match &answer {
        Ok(_) => "ok",
        Err(StoreError::Unavailable { .. }) => "unavailable",
        Err(_) => "failed",
    };
    metrics::histogram!("messages_store_seconds", "verb" => verb, "outcome" => outcome).record(start.elapsed());
    answer
}

#[async_trait]
impl<S: MessageStore> MessageStore for Timed<S> {
    forward_to_store!(timed_store => timed_store.0; through timed);
}
