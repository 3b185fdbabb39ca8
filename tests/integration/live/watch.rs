//! Watches of a mailbox, without HTTP.

mod continuing;
mod shared;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use actix_messages::{Event, Level, Mailbox, MessageFilter, NewMessage, Recipient, Repeat, Since, Summary, Watch};
use tokio::{task::yield_now, time::timeout};

use crate::support::{TestStore, on_every_store, somebody, wait};

on_every_store! {
    each_message_is_returned_once_and_in_order,
    many_messages_at_once_are_all_returned,
    what_happens_to_older_messages_is_returned,
    a_filter_applies_to_all_events,
    a_filtered_watch_counts_with_its_filter,
    a_watch_of_read_messages_has_no_unread_ones,
    many_changes_at_once_are_a_resync,
    a_replaced_message_is_deleted,
    changes_of_messages_that_were_not_returned_yet_are_told,
    a_message_that_was_read_before_it_is_returned_comes_with_the_summary,
    claimed_messages_are_a_resync_and_the_visitor_is_no_longer_watched,
    an_erased_mailbox_is_no_longer_watched,
}

/// Returns the next event, which has to come soon.
pub(super) async fn soon(watch: &mut Watch) -> Option<Event> {
    timeout(Duration::from_secs(20), watch.next()).await.expect("nothing comes")
}

/// Returns the events until the next summary, which ends each look, and a `Resync` right after it.
pub(super) async fn look(watch: &mut Watch) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let event = soon(watch).await.expect("the watch has ended");
        let is_last = matches!(event, Event::Summary(_));
        events.push(event);
        if is_last {
            return events;
        }
    }
}

async fn nothing_comes(watch: &mut Watch) {
    let event = timeout(Duration::from_millis(100), watch.next()).await;
    assert!(event.is_err(), "{event:?}");
}

pub(super) fn texts(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| if let Event::Message(message) = event { Some(&*message.text) } else { None })
        .collect()
}

fn unread(events: &[Event]) -> u64 {
    let summary =
        events.iter().rev().find_map(|event| if let Event::Summary(summary) = event { Some(summary) } else { None });
    summary.expect("no summary").count()
}

/// A mailbox that no other test uses, and a watch of it from now on.
async fn watched(store: &TestStore) -> (Mailbox, Watch) {
    let alice = store.mailbox("alice");
    let mut watch = alice.all().watch(Since::Now).await.unwrap();
    assert_eq!(unread(&look(&mut watch).await), 0);
    (alice, watch)
}

fn each_message_is_returned_once_and_in_order(store: &TestStore) {
    assert_each_is_returned_once_and_in_order(&store.mailbox("alice"));
}

#[test]
fn each_message_is_returned_once_and_in_order_on_postgresql() {
    if let Some(store) = TestStore::postgres() {
        assert_each_is_returned_once_and_in_order(&Mailbox::new(somebody("watched"), Arc::clone(&store.store)));
    }
}

#[track_caller]
fn assert_each_is_returned_once_and_in_order(alice: &Mailbox) {
    wait(async {
        const EACH: usize = 50;
        let mut watch = alice.all().watch(Since::Now).await.unwrap();
        look(&mut watch).await;
        let writers = (0..4).map(|writer| {
            let alice = alice.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    alice.info(format!("{writer} {number}")).await.unwrap();
                    yield_now().await;
                }
            })
        });
        let writers = writers.collect::<Vec<_>>();
        let (mut got, mut unread) = (Vec::new(), 0);
        // The summary may already count a message that comes next.
        while got.len() < 4 * EACH || unread < 4 * EACH as u64 {
            match soon(&mut watch).await.unwrap() {
                Event::Message(message) => got.push(message),
                Event::Summary(summary) => unread = summary.count(),
                other => panic!("{other:?}"),
            }
        }
        assert!(got.is_sorted_by(|a, b| a.id < b.id), "the order of the ids");
        let different = got.iter().map(|message| &message.text).collect::<BTreeSet<_>>();
        assert_eq!(different.len(), 4 * EACH);
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!((got.len(), unread), (4 * EACH, 4 * EACH as u64));
        nothing_comes(&mut watch).await;
    });
}

fn many_messages_at_once_are_all_returned(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        alice.add_all((0..350).map(|number| NewMessage::new(20, number.to_string()))).await.unwrap();
        let events = look(&mut watch).await;
        assert_eq!(texts(&events), (0..350).map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!(unread(&events), 350);
        nothing_comes(&mut watch).await;
        let mut again = alice.all().watch(Since::After(watch.position())).await.unwrap();
        assert_eq!(look(&mut again).await.len(), 1);
    });
}

fn what_happens_to_older_messages_is_returned(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        let ids = alice.add_all(["one", "two", "three"].map(|text| NewMessage::new(20, text))).await.unwrap();
        let ids = ids.into_iter().flatten().collect::<Vec<_>>();
        look(&mut watch).await;

        let this = |id| MessageFilter::default().with_id(id);
        alice.select(this(ids[0])).mark_read().await.unwrap();
        let read_at = alice.select(this(ids[0])).first().await.unwrap().unwrap().read_at().unwrap();
        let events = look(&mut watch).await;
        assert_eq!(events[0], Event::Read { ids: vec![ids[0]], read_at });
        assert_eq!((events.len(), unread(&events)), (2, 2));

        alice.select(this(ids[0])).mark_unread().await.unwrap();
        assert_eq!(look(&mut watch).await[0], Event::Unread(vec![ids[0]]));

        alice.add_tags(ids[1], ["billing"]).await.unwrap();
        assert_eq!(soon(&mut watch).await, Some(Event::Tagged(vec![ids[1]])));
        nothing_comes(&mut watch).await;

        alice.all().delete().await.unwrap();
        let events = look(&mut watch).await;
        assert_eq!(events[0], Event::Deleted(ids));
        assert_eq!((events.len(), unread(&events)), (2, 0));
        nothing_comes(&mut watch).await;
    });
}

fn a_filter_applies_to_all_events(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        let mut watch = alice.unread().at_least(Level::WARNING).tagged("billing").watch(Since::Now).await.unwrap();
        look(&mut watch).await;
        let message = |level, text: &str, tag: &str| NewMessage::new(level, text).tag(tag);
        let info = alice.add(message(20, "info", "billing")).await.unwrap().unwrap();
        let other = alice.add(message(40, "other", "shipping")).await.unwrap().unwrap();
        let this = alice.add(message(40, "this", "billing")).await.unwrap().unwrap();
        assert_eq!(texts(&look(&mut watch).await), ["this"]);

        alice.select(MessageFilter::default().with_ids([info, other])).mark_read().await.unwrap();
        nothing_comes(&mut watch).await;
        alice.all().mark_read().await.unwrap();
        let events = look(&mut watch).await;
        assert!(matches!(&events[0], Event::Read { ids, .. } if *ids == [this]), "{events:?}");
        assert_eq!(unread(&events), 0);
        alice.replace_tags(other, ["billing"]).await.unwrap();
        // It is read, so it does not match.
        nothing_comes(&mut watch).await;
        alice.all().mark_unread().await.unwrap();
        let events = look(&mut watch).await;
        assert_eq!(events[0], Event::Unread(vec![other, this]));
        assert_eq!(unread(&events), 2);
    });
}

fn a_filtered_watch_counts_with_its_filter(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        alice.warning("before").await.unwrap();
        let mut watch = alice.all().at_least(Level::WARNING).watch(Since::Now).await.unwrap();
        assert_eq!(unread(&look(&mut watch).await), 1);
        alice.info("info").await.unwrap();
        alice.error("error").await.unwrap();
        let events = look(&mut watch).await;
        assert_eq!((texts(&events), unread(&events)), (vec!["error"], 2));
        // The position passes messages that do not match.
        alice.info("last").await.unwrap();
        nothing_comes(&mut watch).await;
        let newest = alice.all().first().await.unwrap().unwrap().id;
        assert_eq!(watch.position().id(), newest);
    });
}

fn a_watch_of_read_messages_has_no_unread_ones(store: &TestStore) {
    wait(async {
        let messages = shared::configuration(store);
        let alice = messages.mailbox(Recipient::user("alice").unwrap());
        let mut watch = alice.all().read().watch(Since::Now).await.unwrap();
        assert_eq!(unread(&look(&mut watch).await), 0);
        alice.info("one").await.unwrap();
        // The heartbeats find nothing that was not announced.
        for _ in 0..2 {
            assert_eq!(look(&mut watch).await, [Event::Summary(Summary::default())]);
        }
        let id = alice.all().mark_read().await.unwrap();
        assert!(matches!(soon(&mut watch).await, Some(Event::Read { ids, .. }) if ids == id));
    });
}

fn many_changes_at_once_are_a_resync(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        alice.add_all((0..65).map(|number| NewMessage::new(20, number.to_string()))).await.unwrap();
        look(&mut watch).await;
        alice.all().mark_read().await.unwrap();
        let events = look(&mut watch).await;
        assert_eq!((events.len(), unread(&events)), (1, 0));
        assert_eq!(soon(&mut watch).await, Some(Event::Resync));
        nothing_comes(&mut watch).await;
    });
}

fn a_replaced_message_is_deleted(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        let comments = |text: &str| NewMessage::new(20, text).key("comments", Repeat::Replaces);
        let old = alice.add(comments("1 comment")).await.unwrap().unwrap();
        look(&mut watch).await;
        alice.add(comments("2 comments")).await.unwrap();
        let (first, second) = (soon(&mut watch).await, soon(&mut watch).await);
        let Some(Event::Message(new)) = first else { panic!("{first:?}") };
        assert_eq!(new.text, "2 comments");
        assert_eq!(second, Some(Event::Deleted(vec![old])));
        assert_eq!(unread(&look(&mut watch).await), 1);
        nothing_comes(&mut watch).await;
    });
}

/// A client may know these messages from a list.
fn changes_of_messages_that_were_not_returned_yet_are_told(store: &TestStore) {
    wait(async {
        let (alice, mut all) = watched(store).await;
        let mut unread_ones = alice.unread().watch(Since::Now).await.unwrap();
        look(&mut unread_ones).await;
        let [gone, read] = [alice.info("gone").await, alice.info("read").await].map(|id| id.unwrap().unwrap());
        alice.select(MessageFilter::default().with_id(gone)).delete().await.unwrap();
        alice.select(MessageFilter::default().with_id(read)).mark_read().await.unwrap();

        // The summary is the same as before, but a client may have fetched another one in between.
        let events = look(&mut all).await;
        assert!(matches!(&events[0], Event::Message(message) if message.id == read && !message.is_unread()));
        assert_eq!((&events[1], events.len(), unread(&events)), (&Event::Deleted(vec![gone]), 3, 0));
        nothing_comes(&mut all).await;

        let events = look(&mut unread_ones).await;
        assert!(matches!(&events[0], Event::Read { ids, .. } if *ids == [read]));
        assert_eq!((&events[1], events.len(), unread(&events)), (&Event::Deleted(vec![gone]), 3, 0));
        nothing_comes(&mut unread_ones).await;
    });
}

fn a_message_that_was_read_before_it_is_returned_comes_with_the_summary(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        alice.info("one").await.unwrap();
        alice.all().mark_read().await.unwrap();
        let events = look(&mut watch).await;
        assert!(matches!(&events[0], Event::Message(message) if !message.is_unread()));
        assert_eq!((events.len(), unread(&events)), (2, 0));
        nothing_comes(&mut watch).await;
    });
}

fn claimed_messages_are_a_resync_and_the_visitor_is_no_longer_watched(store: &TestStore) {
    wait(async {
        let visitor = Recipient::visitor("0123456789abcdef0123456789abcdef".parse().unwrap());
        let visitor = Mailbox::new(visitor, Arc::clone(&store.store));
        visitor.info("from before").await.unwrap();
        let (alice, mut watch) = watched(store).await;
        let mut of_visitor = visitor.all().watch(Since::Now).await.unwrap();
        look(&mut of_visitor).await;
        alice.info("one").await.unwrap();
        look(&mut watch).await;
        alice.claim(visitor.recipient()).await.unwrap();
        assert_eq!(unread(&look(&mut watch).await), 2);
        assert_eq!(soon(&mut watch).await, Some(Event::Resync));
        assert_eq!(soon(&mut of_visitor).await, None);
        assert_eq!(soon(&mut of_visitor).await, None);
    });
}

fn an_erased_mailbox_is_no_longer_watched(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        alice.info("one").await.unwrap();
        alice.erase().await.unwrap();
        assert_eq!(soon(&mut watch).await, None);
    });
}
