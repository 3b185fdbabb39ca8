//! Messages that come and go at a moment: expiry, scheduling, snoozing, and the ticker.

mod arriving;
mod ending;
mod game;
mod snoozing;
mod ticking;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_messages::{
    Level, Mailbox, MessagesConfig, NewMessage, Place, Recipient, Ticked, Timestamp,
    live::ChangeKind,
    testing::{ManualClock, tick},
};

use crate::support::{TestStore, somebody};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A user, and a clock that the test advances.
struct Scene {
    clock: ManualClock,
    messages: MessagesConfig,
    user: Recipient,
    /// The hints about the user's inbox.
    hints: Arc<Mutex<Vec<ChangeKind>>>,
}

impl Scene {
    fn on(store: &TestStore) -> Self {
        Self::of(store, somebody("moments"))
    }

    fn of(store: &TestStore, user: Recipient) -> Self {
        let clock = ManualClock::at(Timestamp::from_micros(1_900_000_000_000_000));
        let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &actix_web::HttpRequest| None);
        let hints = Arc::new(Mutex::new(Vec::new()));
        let (heard, of) = (Arc::clone(&hints), user.clone());
        let messages = messages.clock(clock.clock()).observe(move |hint| {
            if hint.mailbox == of {
                heard.lock().unwrap().push(hint.kind.clone());
            }
        });
        Self { clock, messages, user, hints }
    }

    fn at(&self, place: Place) -> Mailbox {
        self.messages.mailbox(self.user.at(place))
    }

    fn inbox(&self) -> Mailbox {
        self.at(Place::Inbox)
    }

    fn later(&self) -> Mailbox {
        self.at(Place::Later)
    }

    /// The moment that is this much later than now.
    fn after(&self, by: Duration) -> Timestamp {
        self.clock.now() + by
    }

    async fn texts(&self, place: Place) -> Vec<String> {
        let list = self.at(place).all().list().await.unwrap();
        list.iter().rev().map(|message| message.text.clone()).collect()
    }

    async fn tick(&self) -> Ticked {
        tick(&self.inbox(), self.clock.now()).await
    }

    /// Advances the clock, and ticks.
    async fn tick_after(&self, by: Duration) -> Ticked {
        self.clock.advance(by);
        self.tick().await
    }
}

fn info(text: &str) -> NewMessage {
    NewMessage::new(Level::INFO, text)
}
