//! A relay that loses, repeats and reorders messages.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Mutex, PoisonError},
};

use actix_messages::live::{Relay, RelayMessage, RelayStatus, Subscriber};

/// A relay that may be unreliable.
#[derive(Debug)]
pub(crate) struct UnreliableRelay<R> {
    relay: R,
    has_faults: bool,
    /// Messages that are passed on later.
    late: Mutex<Vec<RelayMessage>>,
}

impl<R> UnreliableRelay<R> {
    pub(crate) const fn new(relay: R, has_faults: bool) -> Self {
        Self { relay, has_faults, late: Mutex::new(Vec::new()) }
    }
}

impl<R: Relay> Relay for UnreliableRelay<R> {
    fn publish(&self, messages: &[RelayMessage]) {
        if !self.has_faults {
            return self.relay.publish(messages);
        }
        let mut passed = Vec::new();
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        for message in messages {
            // Each loss makes all watches look again, so that more of them would hide other faults.
            let times = match RandomState::new().build_hasher().finish() % 50 {
                0 => 0,
                1..=5 => 2,
                6..=15 => {
                    late.push(message.clone());
                    continue;
                }
                _ => 1,
            };
            passed.extend((0..times).map(|_| message.clone()));
        }
        if late.len() > 4 {
            passed.extend(late.drain(..).rev());
        }
        self.relay.publish(&passed);
    }

    fn subscribe(&self, subscriber: Subscriber) {
        self.relay.subscribe(subscriber);
    }

    fn status(&self) -> RelayStatus {
        self.relay.status()
    }
}
