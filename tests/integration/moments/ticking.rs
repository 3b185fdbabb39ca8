//! The ticker: started, stopped, killed, doubled, and on a store or a clock with faults.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actix_messages::{
    Clock, Mailbox, MemoryStore, MessageFilter, MessageId, MessageStore, MessagesConfig, Place, Recipient, Ticker,
    Timestamp, forward_to_store,
    store::{Insertion, Move, Moved, Result, StoreError},
    testing::tick,
};
use actix_messages_diesel::SqliteOptions;
use actix_web::rt::time::{sleep, timeout};
use async_trait::async_trait;
use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};

use super::{HOUR, SECOND, Scene, info};
use crate::support::{FailingStore, Log, TestStore, on_every_store, somebody, wait};

on_every_store! {
    one_line_starts_it_and_it_delivers,
    nothing_comes_once_it_is_stopped,
    it_stops_when_it_is_dropped,
    two_tickers_deliver_each_message_once,
    a_killed_ticker_loses_nothing,
    a_message_that_is_put_off_meanwhile_stays_there,
    a_mailbox_that_fails_holds_up_no_other,
    a_clock_may_jump,
    thousands_come_at_once,
}

const OFTEN: Duration = Duration::from_millis(5);

fn config(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), |_: &actix_web::HttpRequest| None)
}

async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            sleep(OFTEN).await;
        }
    };
    timeout(60 * SECOND, waiting).await.expect("it does not come");
}

/// A store in front of another one. It fails for one recipient, or never ends a transfer, and counts the transfers.
#[derive(Debug)]
struct Front {
    store: Arc<dyn MessageStore>,
    fails_for: Mutex<Option<Recipient>>,
    hangs: AtomicBool,
    transfers: AtomicU64,
}

impl Front {
    fn of(store: &TestStore) -> Arc<Self> {
        let (fails_for, hangs, transfers) = (Mutex::default(), AtomicBool::new(false), AtomicU64::new(0));
        Arc::new(Self { store: Arc::clone(&store.store), fails_for, hangs, transfers })
    }
}

#[async_trait]
impl MessageStore for Front {
    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        self.transfers.fetch_add(1, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.fails_for.lock().unwrap().as_ref() == Some(to) {
            return Err(StoreError::Failed { store: "front", source: "on purpose".into() });
        }
        self.store.transfer(from, to, what, clock).await
    }

    forward_to_store!(front => front.store; except transfer);
}

fn one_line_starts_it_and_it_delivers(store: &TestStore) {
    wait(async {
        let (messages, of) = (config(store), somebody("moments"));
        let mailbox = messages.mailbox(of.clone());
        assert!(messages.check().await.unwrap().ticker.is_none());
        let ticker = messages.start_ticker(OFTEN);
        let soon = || Timestamp::now() + 20 * OFTEN;
        for number in 1..=3 {
            mailbox.add(info("Arrives").visible_from(soon())).await.unwrap();
            until(async || mailbox.all().count().await.unwrap() == number).await;
        }
        mailbox.add(info("Expires").expires_at(soon())).await.unwrap();
        until(async || mailbox.all().count().await.unwrap() == 3).await;
        let last = messages.check().await.unwrap().ticker.unwrap();
        assert!(last.outcome.is_some() && last.ended_at <= Timestamp::now());
        until(async || ticker.last_tick().is_some_and(|later| later.ended_at > last.ended_at)).await;
        ticker.stop().await;
    });
}

fn nothing_comes_once_it_is_stopped(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let mailbox = messages.mailbox(somebody("moments"));
        let ticker = messages.start_ticker(OFTEN);
        until(async || ticker.last_tick().is_some()).await;
        ticker.stop().await;
        mailbox.add(info("Waits").visible_from(Timestamp::now() + OFTEN)).await.unwrap();
        sleep(20 * OFTEN).await;
        assert!(mailbox.all().is_empty().await.unwrap());
    });
}

/// The task holds a reference to the store as long as it runs.
fn it_stops_when_it_is_dropped(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let held = || Arc::strong_count(&store.store);
        let before = held();
        let ticker = messages.start_ticker(HOUR);
        until(async || ticker.last_tick().is_some()).await;
        drop(ticker);
        drop(messages);
        until(async || held() < before).await;
    });
}

/// Adds a due message to each of `count` new mailboxes.
async fn due_in_many(scene: &Scene, count: usize) -> Vec<Recipient> {
    let users = (0..count).map(|_| somebody("many")).collect::<Vec<_>>();
    let message = info("News").visible_from(scene.after(HOUR));
    scene.messages.broadcast(users.iter().cloned(), message).await.unwrap();
    scene.clock.advance(HOUR);
    users
}

async fn assert_each_has_one(store: &TestStore, users: &[Recipient]) {
    for user in users {
        let inbox = Mailbox::new(user.clone(), Arc::clone(&store.store));
        assert_eq!(inbox.all().list().await.unwrap().to_string(), "News", "{user:?}");
        let later = Mailbox::new(user.later(), Arc::clone(&store.store));
        assert!(later.all().is_empty().await.unwrap(), "{user:?}");
    }
}

/// Both tickers find the same messages at the same moment, which is the worst case.
fn two_tickers_deliver_each_message_once(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let users = due_in_many(&scene, 600).await;
        let fronts = [Front::of(store), Front::of(store)];
        let now = scene.clock.now();
        let ticks = fronts.each_ref().map(|front| {
            let mailbox = Mailbox::new(scene.user.clone(), Arc::clone(front) as Arc<dyn MessageStore>);
            actix_web::rt::spawn(async move { tick(&mailbox, now).await })
        });
        let [one, other] = ticks;
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        assert_eq!(one.delivered + other.delivered, 600, "{one:?} {other:?}");
        assert_each_has_one(store, &users).await;
        let transfers = fronts.iter().map(|front| front.transfers.load(Ordering::SeqCst)).sum::<u64>();
        assert_eq!(one.repeated + other.repeated, transfers - 600);
        assert!(transfers < 800, "{transfers} transfers for 600 messages: {one:?} {other:?}");
    });
}

fn a_killed_ticker_loses_nothing(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let users = due_in_many(&scene, 50).await;
        // It is killed after it has found the messages, and before it moves them.
        let front = Front::of(store);
        front.hangs.store(true, Ordering::SeqCst);
        let ticker = Ticker::start(Arc::clone(&front) as Arc<dyn MessageStore>, scene.clock.clock(), OFTEN);
        until(async || front.transfers.load(Ordering::SeqCst) > 0).await;
        drop(ticker);
        // Others are killed while they move them.
        for millis in 0..4 {
            let mailbox = scene.inbox();
            drop(timeout(Duration::from_millis(millis), tick(&mailbox, scene.clock.now())).await);
        }
        scene.tick().await;
        assert_each_has_one(store, &users).await;
    });
}

/// The ticker has found the message before the user puts it off once more.
fn a_message_that_is_put_off_meanwhile_stays_there(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        scene.inbox().add(info("Text")).await.unwrap();
        scene.inbox().all().snooze(scene.after(HOUR)).await.unwrap();
        scene.clock.advance(HOUR);
        let found = store.store.due(scene.clock.now(), 10).await.unwrap();
        scene.later().all().snooze(scene.after(HOUR)).await.unwrap();
        let ids = found.iter().map(|(_, message)| message.id);
        let due = MessageFilter::default().with_ids(ids).due(scene.clock.now());
        let (later, what, clock) = (scene.user.later(), Move::of(due).as_new(), scene.clock.clock());
        assert_eq!(store.store.transfer(&later, &scene.user, &what, &clock).await.unwrap(), []);
        assert_eq!(scene.texts(Place::Later).await, ["Text"]);
        assert_eq!(scene.tick_after(HOUR).await.delivered, 1);
    });
}

fn a_mailbox_that_fails_holds_up_no_other(store: &TestStore) {
    let log = Log::default();
    log.follow_this_thread();
    wait(async {
        let scene = Scene::on(store);
        // Its messages are due before all others, and fill the first batches of a tick.
        let early = info("Early").visible_from(scene.after(SECOND));
        scene.inbox().add_all(vec![early; 1200]).await.unwrap();
        let users = due_in_many(&scene, 20).await;
        let front = Front::of(store);
        *front.fails_for.lock().unwrap() = Some(scene.user.clone());
        let ticker = Ticker::start(Arc::clone(&front) as Arc<dyn MessageStore>, scene.clock.clock(), OFTEN);
        until(async || ticker.last_tick().is_some()).await;
        assert_each_has_one(store, &users).await;
        let first = ticker.last_tick().unwrap().outcome.unwrap();
        assert_eq!((first.delivered, first.failed), (20, 1200));
        until(async || front.transfers.load(Ordering::SeqCst) > 25).await;
        let named = "the due messages of a mailbox can't be moved or deleted";
        assert_eq!(log.text().matches(named).count(), 1, "{}", log.text());
        *front.fails_for.lock().unwrap() = None;
        until(async || scene.inbox().all().count().await.unwrap() == 1200).await;
        ticker.stop().await;
    });
}

fn a_clock_may_jump(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let mailbox = scene.inbox();
        mailbox
            .add_all([info("1").visible_from(scene.after(HOUR)), info("2").visible_from(scene.after(3 * HOUR))])
            .await
            .unwrap();
        // An hour back: nothing comes, and nothing fails.
        let before = Timestamp::from_micros(scene.clock.now().as_micros() - 3_600_000_000);
        assert_eq!(tick(&mailbox, before).await.delivered, 0);
        // Two hours ahead, and back again: the ids still increase.
        assert_eq!(tick(&mailbox, scene.after(2 * HOUR)).await.delivered, 1);
        assert_eq!(tick(&mailbox, scene.clock.now()).await.delivered, 0);
        assert_eq!(tick(&mailbox, scene.after(3 * HOUR)).await.delivered, 1);
        assert_eq!(scene.texts(Place::Inbox).await, ["1", "2"]);
        for micros in [i64::MIN, i64::MAX] {
            assert_eq!(tick(&mailbox, Timestamp::from_micros(micros)).await.delivered, 0);
        }
    });
}

fn thousands_come_at_once(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let waiting = info("Waits").visible_from(scene.after(1000 * HOUR));
        scene.inbox().add_all(vec![waiting; 5000]).await.unwrap();
        let users = due_in_many(&scene, 1500).await;
        let started = Instant::now();
        assert_eq!(scene.tick().await.delivered, 1500);
        let seconds = started.elapsed().as_secs_f32();
        assert!(seconds < 30.0, "it took {seconds} s");
        assert_each_has_one(store, &users[..20]).await;
        assert_eq!(scene.later().all().count().await.unwrap(), 5000);
    });
}

#[test]
fn it_survives_a_store_that_fails() {
    let log = Log::default();
    log.follow_this_thread();
    wait(async {
        let messages = MessagesConfig::new(FailingStore::Broken, |_: &actix_web::HttpRequest| None);
        let ticker = messages.start_ticker(OFTEN);
        let mut moments = BTreeSet::new();
        until(async || {
            moments.extend(ticker.last_tick().map(|last| last.ended_at));
            moments.len() >= 3
        })
        .await;
        assert!(ticker.last_tick().unwrap().outcome.is_none());
        ticker.stop().await;
    });
    assert_eq!(log.text().matches("the ticker can't find the messages that are due").count(), 1, "{}", log.text());
}

/// A row that another program wrote can't be read.
#[test]
fn a_malformed_row_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.sqlite");
    let store = TestStore::of(SqliteOptions::default().open(&file).unwrap());
    let mut database = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let columns = "recipient, id, level, message, html, tags, view, until";
    let rows = "('l:u:alice', 1, 20, 'text', 0, 'no JSON', '', 1), ('nobody', 2, 20, 'text', 0, '[]', '', 2)";
    database.batch_execute(&format!("INSERT INTO actix_messages ({columns}) VALUES {rows}")).unwrap();
    wait(async {
        let scene = Scene::of(&store, Recipient::user("alice").unwrap());
        scene.inbox().add(info("Good").visible_from(scene.after(HOUR))).await.unwrap();
        assert_eq!(scene.tick_after(HOUR).await.delivered, 1);
        for _ in 0..3 {
            assert_eq!(scene.tick().await.delivered, 0);
        }
        assert_eq!(scene.texts(Place::Inbox).await, ["Good"]);
    });
}

/// A message that a caller inserts without `addressed` comes and goes by its `until` as well.
#[test]
fn the_contract_is_enough() {
    wait(async {
        let (store, alice) = (MemoryStore::new(), Recipient::user("alice").unwrap());
        let message = info("Text").check().unwrap().until(Timestamp::from_micros(1));
        let insertion = Insertion::new([alice.later(), alice.clone()], [message]);
        store.insert(insertion, &Timestamp::from_micros(0).into()).await.unwrap();
        let mailbox = Mailbox::new(alice, Arc::new(store));
        let ticked = tick(&mailbox, Timestamp::from_micros(5)).await;
        assert_eq!((ticked.delivered, ticked.expired), (1, 1));
        assert_eq!(mailbox.all().first().await.unwrap().unwrap().id, MessageId::new(5));
    });
}
