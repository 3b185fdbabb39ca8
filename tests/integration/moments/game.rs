//! A random game: a user adds, snoozes, reads, moves and deletes messages with moments, and a ticker ticks. After each
//! move, every place matches a naive model.

use std::{env, time::Duration};

use actix_messages::{
    MemoryStore, MessageFilter, NewMessage, Place, Repeat, Timestamp,
    store::{Move as Transfer, Until},
};
use actix_messages_diesel::DieselStore;
use proptest::{collection, option, prelude::*, test_runner::TestRunner};

use super::{SECOND, Scene, info};
use crate::support::{TestStore, another_postgres, somebody, wait};

#[test]
fn every_place_is_that_of_a_naive_model_in_memory() {
    play(96, &TestStore::of(MemoryStore::new()));
}

#[test]
fn every_place_is_that_of_a_naive_model_on_sqlite() {
    play(32, &TestStore::sqlite());
}

#[test]
fn every_place_is_that_of_a_naive_model_on_postgresql() {
    // A tick acts on all mailboxes, so the database has no other tests.
    if let Some(url) = another_postgres("moments") {
        play(12, &TestStore::of(DieselStore::open(&url).unwrap()));
    }
}

/// A move of the game. Times are seconds from now, and may be in the past.
#[derive(Debug, Clone)]
enum Move {
    Add {
        visible: Option<i64>,
        expires: Option<i64>,
        key: Option<u8>,
    },
    Snooze(usize, i64),
    /// Brings a waiting message back by hand.
    Wake(usize),
    Archive(usize),
    Read(usize),
    Delete(usize),
    /// Turns the clock, and ticks.
    Tick(i64),
    /// Ticks with a clock that is set back.
    TickLate(i64),
}

fn game() -> impl Strategy<Value = Vec<Move>> {
    let seconds = || -2..12_i64;
    let one = prop_oneof![
        6 => (option::of(seconds()), option::of(seconds()), option::weighted(0.4, 0..3_u8))
            .prop_map(|(visible, expires, key)| Move::Add { visible, expires, key }),
        3 => (0..6_usize, seconds()).prop_map(|(which, until)| Move::Snooze(which, until)),
        1 => (0..6_usize).prop_map(Move::Wake),
        1 => (0..6_usize).prop_map(Move::Archive),
        2 => (0..6_usize).prop_map(Move::Read),
        1 => (0..6_usize).prop_map(Move::Delete),
        6 => (0..8_i64).prop_map(Move::Tick),
        1 => (1..8_i64).prop_map(Move::TickLate),
    ];
    collection::vec(one, 1..40)
}

/// A message of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    place: Place,
    text: String,
    unread: bool,
    until: Option<Timestamp>,
    expires: Option<Timestamp>,
    key: Option<String>,
}

#[derive(Debug, Default)]
struct Model {
    messages: Vec<Known>,
    added: usize,
}

impl Model {
    fn in_place(&self, place: Place) -> Vec<usize> {
        (0..self.messages.len()).filter(|number| self.messages[*number].place == place).collect()
    }

    /// Returns the message that is meant by a number, if the place has any.
    fn nth(&self, place: Place, which: usize) -> Option<usize> {
        let there = self.in_place(place);
        (!there.is_empty()).then(|| there[which % there.len()])
    }

    fn tick(&mut self, now: Timestamp) {
        self.messages.retain_mut(|message| {
            if message.until.is_none_or(|until| until > now) {
                return true;
            }
            let has_expired = message.expires.is_some_and(|expires| expires <= now);
            if message.place != Place::Later || has_expired {
                return false;
            }
            *message = Known { place: Place::Inbox, unread: true, until: message.expires, ..message.clone() };
            true
        });
    }
}

fn play(cases: u32, store: &TestStore) {
    let cases = env::var("PROPTEST_CASES").map_or(cases, |cases| cases.parse().unwrap());
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&game(), |moves| {
            wait(async {
                let scene = Scene::of(store, somebody("game"));
                let outcome = follow(&scene, store, moves).await;
                scene.inbox().erase().await.unwrap();
                outcome
            })
        })
        .unwrap();
}

async fn follow(scene: &Scene, store: &TestStore, moves: Vec<Move>) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    for one in moves {
        let now = scene.clock.now();
        let at = |seconds: i64| Timestamp::from_micros(now.as_micros() + seconds * 1_000_000);
        let named = |text: &str| MessageFilter::default().with_text(text);
        match &one {
            Move::Add { visible, expires, key } => {
                model.added += 1;
                let text = model.added.to_string();
                let (visible, expires) = (visible.map(at), expires.map(at));
                let key = key.map(|key| format!("key-{key}"));
                let message = visible.into_iter().fold(info(&text), NewMessage::visible_from);
                let message = expires.into_iter().fold(message, NewMessage::expires_at);
                let message = key.iter().fold(message, |it, key| it.key(key, Repeat::Replaces));
                let has_expired = expires.is_some_and(|expires| expires <= now);
                let is_never = expires.zip(visible).is_some_and(|(expires, visible)| expires <= visible);
                let added = scene.inbox().add(message).await;
                prop_assert_eq!(added.is_err(), is_never && !has_expired, "{:?}", added);
                if has_expired || is_never {
                    prop_assert!(!matches!(added, Ok(Some(_))));
                } else {
                    model.messages.retain(|known| key.is_none() || known.key != key);
                    let waits = visible.filter(|visible| *visible > now);
                    let place = if waits.is_some() { Place::Later } else { Place::Inbox };
                    model.messages.push(Known { place, text, unread: true, until: waits.or(expires), expires, key });
                }
            }
            Move::Snooze(which, seconds) => {
                let place = if *which == 0 { Place::Later } else { Place::Inbox };
                if let Some(number) = model.nth(place, *which) {
                    let message = &mut model.messages[number];
                    let snoozed = scene.at(place).select(named(&message.text)).snooze(at(*seconds)).await.unwrap();
                    prop_assert_eq!(snoozed.len(), 1);
                    message.place = Place::Later;
                    message.until = Some(message.expires.map_or(at(*seconds), |expires| expires.min(at(*seconds))));
                }
            }
            Move::Wake(which) | Move::Archive(which) => {
                let is_waking = matches!(one, Move::Wake(_));
                let (from, to) = if is_waking { (Place::Later, Place::Inbox) } else { (Place::Inbox, Place::Archive) };
                if let Some(number) = model.nth(from, *which) {
                    let message = &mut model.messages[number];
                    let what = Transfer::of(named(&message.text));
                    let what = if is_waking { what.until(Until::Expiry) } else { what };
                    let (from, to) = (scene.user.at(from), scene.user.at(to));
                    store.store.transfer(&from, &to, &what, &scene.clock.clock()).await.unwrap();
                    message.place = to.place();
                    message.until = if is_waking { message.expires } else { message.until };
                }
            }
            Move::Read(which) => {
                if let Some(number) = model.nth(Place::Inbox, *which) {
                    let message = &mut model.messages[number];
                    scene.inbox().select(named(&message.text)).mark_read().await.unwrap();
                    message.unread = false;
                }
            }
            Move::Delete(which) => {
                let place = if *which == 0 { Place::Later } else { Place::Inbox };
                if let Some(number) = model.nth(place, *which) {
                    let gone = model.messages.remove(number);
                    scene.at(place).select(named(&gone.text)).delete().await.unwrap();
                }
            }
            Move::Tick(seconds) => {
                let ticked = scene.tick_after(Duration::from_secs(seconds.unsigned_abs())).await;
                prop_assert_eq!(ticked.repeated, 0);
                model.tick(scene.clock.now());
            }
            Move::TickLate(seconds) => {
                actix_messages::testing::tick(&scene.inbox(), at(-seconds)).await;
                model.tick(at(-seconds));
            }
        }
        scene.clock.advance(SECOND / 1000);
        let mut found = Vec::new();
        for place in [Place::Inbox, Place::Archive, Place::Later] {
            for message in &scene.at(place).all().list().await.unwrap() {
                found.push(Known {
                    place,
                    text: message.text.clone(),
                    unread: message.is_unread(),
                    until: message.until,
                    expires: message.expires_at,
                    key: message.key.clone(),
                });
            }
        }
        let in_order = |mut messages: Vec<Known>| {
            messages.sort_by(|one, other| one.text.cmp(&other.text));
            messages
        };
        prop_assert_eq!(in_order(found), in_order(model.messages.clone()), "after {:?}", one);
    }
    Ok(())
}
