//! Retention: a sweep deletes exactly the expired messages, in steps of any size.

use std::{sync::Arc, time::Duration};

use actix_messages::{
    Mailbox, Message, MessageFilter, MessageId, MessageStore, MessagesConfig, NewMessage, PageRequest, Recipient,
    Retention, SessionId, Timestamp,
    store::{Change, Insertion, Mark, RetentionCutoff},
    testing::ManualClock,
};
use proptest::{
    collection::vec,
    option, prop_assert, prop_assert_eq,
    test_runner::{Config, TestCaseError, TestRunner},
};

use crate::support::{FailingStore, TestStore, ids_of, on_every_store, wait};

on_every_store! {
    read_messages_go_so_long_after_they_were_read,
    any_message_goes_so_long_after_it_was_created,
    messages_of_visitors_go_so_long_after_they_were_created,
    a_message_goes_where_one_of_the_rules_says_so,
    without_a_rule_everything_stays,
    rules_longer_than_time_itself_keep_everything,
    whatever_there_is_exactly_what_has_expired_goes_in_bounded_steps,
    many_messages_take_many_steps,
    marks_of_visitors_without_messages_are_forgotten,
}

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn user(name: &str) -> Recipient {
    Recipient::user(name).unwrap()
}

fn visitor() -> Recipient {
    Recipient::visitor(SessionId::from_digest([7; 16]))
}

/// Adds messages for alice and for a visitor at 100, 200 and 300. Those of 100 are read at 250. The time is then 1000.
fn config(store: &TestStore) -> (MessagesConfig, [Mailbox; 2]) {
    let clock = ManualClock::at(moment(100));
    let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &actix_web::HttpRequest| None);
    let messages = messages.clock(clock.clock());
    let mailboxes = [user("alice"), visitor()].map(|of| messages.mailbox(of));
    wait(async {
        for mailbox in &mailboxes {
            mailbox.info("100").await.unwrap();
        }
        clock.advance(micros(100));
        for mailbox in &mailboxes {
            mailbox.info("200").await.unwrap();
        }
        clock.advance(micros(50));
        for mailbox in &mailboxes {
            mailbox.all().narrow(|filter| filter.with_text("100")).take().await.unwrap();
        }
        clock.advance(micros(50));
        for mailbox in &mailboxes {
            mailbox.info("300").await.unwrap();
        }
    });
    clock.advance(micros(700));
    (messages, mailboxes)
}

/// Asserts how many messages a sweep deletes, and which ones of alice and of the visitor are left.
#[track_caller]
fn assert_sweeps(store: &TestStore, retention: Retention, deleted: u64, left: [&str; 2]) {
    let (messages, mailboxes) = config(store);
    assert_eq!(wait(messages.sweep(&retention)).unwrap(), deleted);
    assert_eq!(mailboxes.each_ref().map(|mailbox| wait(mailbox.all().list()).unwrap().to_string()), left);
    assert_eq!(wait(messages.sweep(&retention)).unwrap(), 0, "a second sweep must delete nothing");
    for mailbox in mailboxes {
        wait(mailbox.erase()).unwrap();
    }
}

fn read_messages_go_so_long_after_they_were_read(store: &TestStore) {
    let all = ["300, 200, 100"; 2];
    for (time, deleted, left) in [(751, 0, all), (750, 0, all), (749, 2, ["300, 200"; 2]), (0, 2, ["300, 200"; 2])] {
        assert_sweeps(store, Retention::default().read_for(micros(time)), deleted, left);
    }
}

fn any_message_goes_so_long_after_it_was_created(store: &TestStore) {
    for (time, deleted, left) in [(900, 0, "300, 200, 100"), (899, 2, "300, 200"), (701, 4, "300"), (0, 6, "")] {
        assert_sweeps(store, Retention::default().any_for(micros(time)), deleted, [left; 2]);
    }
}

fn messages_of_visitors_go_so_long_after_they_were_created(store: &TestStore) {
    let visitors_for = |time| Retention::default().visitors_for(micros(time));
    assert_sweeps(store, visitors_for(900), 0, ["300, 200, 100"; 2]);
    assert_sweeps(store, visitors_for(799), 2, ["300, 200, 100", "300"]);
    assert_sweeps(store, visitors_for(0), 3, ["300, 200, 100", ""]);
}

fn a_message_goes_where_one_of_the_rules_says_so(store: &TestStore) {
    let all = Retention::default().read_for(micros(700)).any_for(micros(10_000)).visitors_for(micros(750));
    assert_sweeps(store, all, 3, ["300, 200", "300"]);
}

fn without_a_rule_everything_stays(store: &TestStore) {
    assert_sweeps(store, Retention::default(), 0, ["300, 200, 100"; 2]);
}

fn rules_longer_than_time_itself_keep_everything(store: &TestStore) {
    let for_ever = Retention::default().read_for(Duration::MAX).any_for(Duration::MAX).visitors_for(Duration::MAX);
    assert_sweeps(store, for_ever, 0, ["300, 200, 100"; 2]);
}

#[test]
fn a_store_that_fails_is_said_to() {
    let (store, retention) = (FailingStore::Unavailable, Retention::default().any_for(micros(1)));
    assert!(wait(retention.sweep(&store, moment(1))).is_err());
}

/// A message: the index of its recipient, its creation, and the time at which it was read.
type Sample = (usize, i64, Option<i64>);

fn recipients() -> [Recipient; 5] {
    // Recipients of both kinds, among them a user whose id looks like the key of a visitor.
    [user("alice"), user("bob"), user("v:1"), visitor(), Recipient::visitor(SessionId::from_digest([0xfe; 16]))]
}

async fn fill(store: &dyn MessageStore, samples: &[Sample]) {
    for (of, created, read_at) in samples {
        let of = &recipients()[*of];
        let message = NewMessage::new(20, "text").check().unwrap();
        let ids = store.insert(Insertion::new([of.clone()], vec![message]), &moment(*created).into()).await.unwrap();
        if let Some(read_at) = read_at {
            let it = MessageFilter::default().with_ids(ids_of(ids));
            store.change(of, &it, &Change::MarkRead, moment(*read_at)).await.unwrap();
        }
    }
}

async fn all(store: &dyn MessageStore) -> Vec<(Recipient, Message)> {
    let mut all = Vec::new();
    for of in recipients() {
        let page = store.list(&of, &MessageFilter::default(), &PageRequest::all()).await.unwrap();
        all.extend(page.messages.into_iter().map(|message| (of.clone(), message)));
    }
    all
}

/// Sweeps step by step, and checks each step.
async fn sweep(store: &dyn MessageStore, cutoff: RetentionCutoff, at_most: u32) -> Result<(), TestCaseError> {
    let before = all(store).await;
    let stays = |(of, message): &&(Recipient, Message)| !cutoff.has_expired(of, message);
    let expected = before.iter().filter(stays).cloned().collect::<Vec<_>>();

    let (mut steps, mut deleted, mut from) = (0, 0, None);
    loop {
        let left = all(store).await.len() as u64;
        let swept = store.sweep(&cutoff, from.as_ref(), at_most).await.unwrap();
        prop_assert!(swept.deleted <= u64::from(at_most), "{} at once", swept.deleted);
        prop_assert_eq!(all(store).await.len() as u64, left - swept.deleted);
        (steps, deleted, from) = (steps + 1, deleted + swept.deleted, swept.next);
        if from.is_none() {
            break;
        }
    }
    prop_assert_eq!(deleted, (before.len() - expected.len()) as u64);
    prop_assert_eq!(all(store).await, expected);
    // Each step except the last examines exactly `at_most` messages.
    prop_assert_eq!(steps, before.len() as u64 / u64::from(at_most) + 1);
    Ok(())
}

fn whatever_there_is_exactly_what_has_expired_goes_in_bounded_steps(store: &TestStore) {
    let samples = vec((0..recipients().len(), 0..40_i64, option::of(0..60_i64)), 0..40);
    let ends = [0, 1, 2].map(|_| option::of(0..60_i64));
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(samples, ends, 1..9_u32), |(samples, ends, at_most)| {
        let [read_before, created_before, visitors_created_before] = ends.map(|end| end.map(moment));
        let cutoff = RetentionCutoff {
            read_before,
            created_before,
            visitors_created_before,
            idle_marks_before: read_before,
            ..RetentionCutoff::default()
        };
        wait(async {
            let store = &*store.store;
            for of in recipients() {
                store.erase(&of).await.unwrap();
            }
            fill(store, &samples).await;
            sweep(store, cutoff, at_most).await
        })
    });
    outcome.unwrap();
}

/// There are more messages than one step of the sweeper examines.
fn many_messages_take_many_steps(store: &TestStore) {
    wait(async {
        let messages = (0..2500).map(|_| NewMessage::new(20, "text").check().unwrap()).collect::<Vec<_>>();
        for of in [user("alice"), visitor()] {
            store.store.insert(Insertion::new([of], messages.clone()), &moment(0).into()).await.unwrap();
        }
        let retention = Retention::default().any_for(micros(1_000));
        assert_eq!(retention.sweep(&*store.store, moment(3_000)).await.unwrap(), 2 * 2_000);
        assert_eq!(store.mailbox("alice").all().count().await.unwrap(), 500);
        assert_eq!(retention.sweep(&*store.store, moment(4_000)).await.unwrap(), 2 * 500);
    });
}

/// An insertion without messages can advance a mark in an empty mailbox.
fn marks_of_visitors_without_messages_are_forgotten(store: &TestStore) {
    let (user, visitor) = (user("alice"), visitor());
    let marks = ["first", "second"].map(|name| Mark::new(name).unwrap());
    let positions =
        || marks.iter().map(|mark| [&user, &visitor].map(|of| wait(store.store.advance(of, mark, None)).unwrap()));
    let sweep = |before| {
        let cutoff = RetentionCutoff { idle_marks_before: Some(moment(before)), ..RetentionCutoff::default() };
        assert_eq!(wait(store.store.sweep(&cutoff, None, 10)).unwrap().next, None);
        positions().collect::<Vec<_>>()
    };
    let at = MessageId::new(100);
    for mark in &marks {
        let insertion = Insertion::new([user.clone(), visitor.clone()], []).unless_past(mark.clone(), at);
        wait(store.store.insert(insertion, &moment(500).into())).unwrap();
    }
    assert_eq!(sweep(100), [[Some(at); 2]; 2]);
    assert_eq!(sweep(101), [[Some(at), None]; 2]);
}
