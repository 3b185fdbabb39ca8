//! A store that several configurations, other processes and failures change.

use std::{
    sync::{Arc, Mutex, atomic::AtomicBool, atomic::Ordering},
    time::Duration,
};

use actix_messages::{
    Clock, Event, Message, MessageFilter, MessageId, MessageStore, MessagesConfig, NewMessage, Page, PageRequest,
    Recipient, Since, Summary, forward_to_store,
    live::{ChangeHint, ChangeKind},
    settings::{AfterReading, Live},
    store::{Insertion, Result as StoreResult, StoreError},
};
use actix_web::HttpRequest;
use async_trait::async_trait;
use tokio::time::timeout;

use super::{look, nothing_comes, soon, texts, unread, watched};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    a_change_behind_the_feed_is_found_by_the_next_look,
    a_configuration_hears_of_the_changes_of_another,
    a_configuration_waits_for_the_marks_of_another,
    a_store_that_fails_for_a_while_costs_no_message,
    a_change_whose_caller_goes_away_is_noticed,
    observers_hear_of_each_change,
}

pub(super) fn configuration(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| None)
        .live(Live::default().heartbeat(Duration::from_secs(1)))
}

fn a_change_behind_the_feed_is_found_by_the_next_look(store: &TestStore) {
    wait(async {
        let messages = configuration(store);
        let alice = messages.mailbox(Recipient::user("alice").unwrap());
        let mut watch = alice.all().watch(Since::Now).await.unwrap();
        look(&mut watch).await;
        // Without the configuration, as from another process.
        let message = NewMessage::new(20, "from elsewhere").check().unwrap();
        let insertion = Insertion::new([alice.recipient().clone()], [message]);
        store.store.insert(insertion, &Clock::default()).await.unwrap();
        let events = look(&mut watch).await;
        assert_eq!((texts(&events), unread(&events)), (vec!["from elsewhere"], 1));
        // More may have changed, since no hint has told of the message.
        assert_eq!(soon(&mut watch).await, Some(Event::Resync));
        assert_eq!(messages.live_counters().feed.unannounced, 1);

        let now = messages.reserve_moment();
        let (all, read) = (MessageFilter::default(), actix_messages::store::Change::MarkRead);
        store.store.change(alice.recipient(), &all, &read, now).await.unwrap();
        assert_eq!(unread(&look(&mut watch).await), 0);
        assert_eq!(soon(&mut watch).await, Some(Event::Resync));
        // The heartbeats after it are summaries.
        assert_eq!(look(&mut watch).await.len(), 1);
        assert_eq!(look(&mut watch).await.len(), 1);

        // If the application announces its change, the watch looks at once.
        let message = NewMessage::new(20, "told").check().unwrap();
        let insertion = Insertion::new([alice.recipient().clone()], [message]);
        store.store.insert(insertion, &Clock::default()).await.unwrap();
        messages.changed(alice.recipient());
        let events = look(&mut watch).await;
        assert_eq!(texts(&events), ["told"]);
        assert_eq!(messages.live_counters().feed.unannounced, 2);
    });
}

fn a_configuration_hears_of_the_changes_of_another(store: &TestStore) {
    wait(async {
        let (one, other) = (configuration(store), configuration(store));
        let alice = Recipient::user("alice").unwrap();
        let mut watch = one.mailbox(alice.clone()).all().watch(Since::Now).await.unwrap();
        look(&mut watch).await;
        other.mailbox(alice.clone()).info("one").await.unwrap();
        other.broadcast([alice.clone(), Recipient::user("bob").unwrap()], NewMessage::new(20, "two")).await.unwrap();
        let mut got = look(&mut watch).await;
        if texts(&got).len() < 2 {
            got.extend(look(&mut watch).await);
        }
        assert_eq!(texts(&got), ["one", "two"]);
        store.mailbox("alice").all().mark_read().await.unwrap();
        assert!(matches!(&look(&mut watch).await[0], Event::Read { ids, .. } if ids.len() == 2));
    });
}

/// A store that marks slowly.
#[derive(Debug)]
struct SlowMarks(Arc<dyn MessageStore>);

#[async_trait]
impl MessageStore for SlowMarks {
    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &actix_messages::store::Change,
        now: actix_messages::Timestamp,
    ) -> StoreResult<Vec<MessageId>> {
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.0.change(of, filter, change, now).await
    }

    forward_to_store!(slow => slow.0; except change);
}

fn a_configuration_waits_for_the_marks_of_another(store: &TestStore) {
    let slow = store.behind(SlowMarks);
    let new = || MessagesConfig::new(Arc::clone(&slow.store), crate::support::by_header);
    let (one, other) = (new(), new());
    let server = crate::support::Server::start(move || {
        actix_web::App::new()
            .service(actix_messages::scope("/one").app_data(one.clone()))
            .service(actix_messages::scope("/other").app_data(other.clone()))
    });
    wait(slow.mailbox("alice").info("one")).unwrap();
    let client = server.client();
    let read = client.request("GET", "/one/").header("x-user", "alice").send().expect(200).json();
    assert_eq!(read["count"], 1);
    // The first response is sent, and its message is being marked.
    let peek = client.request("GET", "/other/peek/").header("x-user", "alice").send().expect(200).json();
    assert_eq!(peek["count"], 0);
}

/// A store that can't be read while it is told so.
#[derive(Debug)]
struct Unreadable {
    store: Arc<dyn MessageStore>,
    is_unreadable: Arc<AtomicBool>,
}

impl Unreadable {
    fn check(&self) -> StoreResult<()> {
        let failure = || StoreError::Unavailable { store: "test", source: "unreadable".into() };
        if self.is_unreadable.load(Ordering::SeqCst) { Err(failure()) } else { Ok(()) }
    }
}

#[async_trait]
impl MessageStore for Unreadable {
    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> StoreResult<Page> {
        self.check()?;
        self.store.list(of, filter, page).await
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> StoreResult<Summary> {
        self.check()?;
        self.store.summarize(of, filter).await
    }

    forward_to_store!(it => it.store; except list, summarize);
}

fn a_store_that_fails_for_a_while_costs_no_message(store: &TestStore) {
    let is_unreadable = Arc::new(AtomicBool::new(false));
    let failing = store.behind(|store| Unreadable { store, is_unreadable: Arc::clone(&is_unreadable) });
    wait(async {
        let messages = configuration(&failing);
        let alice = messages.mailbox(Recipient::user("alice").unwrap());
        let mut watch = alice.all().watch(Since::Now).await.unwrap();
        look(&mut watch).await;
        is_unreadable.store(true, Ordering::SeqCst);
        let ids = alice.add_all(["one", "two"].map(|text| NewMessage::new(20, text))).await.unwrap();
        nothing_comes(&mut watch).await;
        alice.add_tags(ids[0].unwrap(), ["billing"]).await.unwrap();
        nothing_comes(&mut watch).await;
        assert!(alice.all().watch(Since::Now).await.is_err(), "a watch begins only if the store can be read");
        assert!(messages.live_counters().feed.failed_looks >= 1);
        is_unreadable.store(false, Ordering::SeqCst);
        assert_eq!(texts(&look(&mut watch).await), ["one", "two"]);
    });
}

/// A store that goes on with an insert whose caller has gone away, after a while.
#[derive(Debug)]
struct GoesOn(Arc<dyn MessageStore>);

#[async_trait]
impl MessageStore for GoesOn {
    async fn insert(
        &self,
        insertion: Insertion,
        clock: &Clock,
    ) -> StoreResult<Vec<Vec<actix_messages::store::Inserted>>> {
        let (store, clock) = (Arc::clone(&self.0), clock.clone());
        let insert = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            store.insert(insertion, &clock).await
        });
        insert.await.unwrap()
    }

    forward_to_store!(it => it.0; except insert);
}

fn a_change_whose_caller_goes_away_is_noticed(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(&store.behind(GoesOn)).await;
        assert!(timeout(Duration::from_millis(10), alice.info("one")).await.is_err());
        let mut events = Vec::new();
        while texts(&events).is_empty() {
            events.push(timeout(Duration::from_secs(2), watch.next()).await.expect("nothing comes").unwrap());
        }
        assert_eq!(texts(&events), ["one"]);
    });
}

fn observers_hear_of_each_change(store: &TestStore) {
    wait(async {
        let heard = Arc::new(Mutex::new(Vec::<ChangeHint>::new()));
        let hears = Arc::clone(&heard);
        let messages = configuration(store).observe(move |hint| hears.lock().unwrap().push(hint.clone()));
        let alice = messages.mailbox(Recipient::user("alice").unwrap());
        let heard = move || std::mem::take(&mut *heard.lock().unwrap());
        let of = |kind| ChangeHint::new(alice.recipient().clone(), kind);
        let id = alice.info("one").await.unwrap().unwrap();
        assert_eq!(heard(), [of(ChangeKind::Added(vec![id]))]);
        alice.info("").await.unwrap();
        assert_eq!(heard(), []);
        let page = alice.all().read_page(&PageRequest::first(10), AfterReading::Mark).await.unwrap();
        assert_eq!(page.messages.iter().map(|message: &Message| message.id).collect::<Vec<_>>(), [id]);
        assert_eq!(heard(), [of(ChangeKind::Read(vec![id]))]);
        alice.unread().mark_read().await.unwrap();
        assert_eq!(heard(), []);
        alice.all().mark_unread().await.unwrap();
        assert_eq!(heard(), [of(ChangeKind::Unread(vec![id]))]);
        alice.remove_tags(id, ["billing"]).await.unwrap();
        assert_eq!(heard(), [of(ChangeKind::Tagged(vec![id]))]);
        alice.all().delete().await.unwrap();
        assert_eq!(heard(), [of(ChangeKind::Deleted(vec![id]))]);
        alice.all().delete().await.unwrap();
        assert_eq!(heard(), []);
        alice.erase().await.unwrap();
        let places = alice.recipient().places();
        assert_eq!(heard(), places.map(|place| ChangeHint::new(place, ChangeKind::Unknown)));
        // A message that can't be added changes nothing.
        alice.info("x".repeat(2000)).await.unwrap_err();
        assert_eq!(heard(), []);
    });
}
