//! The maximum number of messages in a mailbox, and the messages that new ones replace.

use std::{sync::Arc, thread};

use actix_messages::{
    Clock, Error, Level, Mailbox, MessageFilter, MessageStore, MessagesConfig, NewMessage, PageRequest, Recipient,
    Timestamp,
    settings::MailboxBound,
    store::{Change, Insertion},
    testing::ManualClock,
};
use actix_web::HttpRequest;
use serde_json::json;

use crate::support::{TestApp, TestStore, on_every_store, wait};

on_every_store! {
    the_oldest_that_were_read_give_way,
    unread_ones_do_not_give_way_to_a_new_one,
    the_oldest_give_way_read_or_not,
    a_full_mailbox_refuses_a_message_and_has_room_again_once_one_is_deleted,
    several_messages_are_refused_together,
    a_handler_that_adds_to_a_full_mailbox_answers_with_507,
    what_is_broadcast_is_kept_and_counts_with_the_next_message,
    a_mailbox_that_was_much_larger_gets_smaller_step_by_step,
    a_batch_is_no_way_around_a_bound,
    those_who_add_at_once_drop_no_more_than_is_beyond,
    a_large_bound_is_looked_at_now_and_then,
    nobody_elses_mailbox_gives_way,
    a_user_keeps_ten_thousand_by_default,
    only_an_inbox_has_a_bound,
}

fn alice() -> Recipient {
    Recipient::user("alice").unwrap()
}

fn bounded(store: &TestStore, bound: MailboxBound) -> Mailbox {
    Mailbox::new(alice(), Arc::clone(&store.store)).bound(bound)
}

fn add(mailbox: &Mailbox, texts: &[&str]) {
    for text in texts {
        wait(mailbox.info(*text)).unwrap().unwrap();
    }
}

/// The texts, newest first.
fn texts(mailbox: &Mailbox) -> Vec<String> {
    wait(mailbox.all().list()).unwrap().into_iter().map(|message| message.content.text).collect()
}

fn read(mailbox: &Mailbox, texts: &[&str]) {
    for text in texts {
        let marked = wait(mailbox.all().narrow(|filter| filter.with_text(*text)).mark_read()).unwrap();
        assert_eq!(marked.len(), 1, "{text}");
    }
}

fn the_oldest_that_were_read_give_way(store: &TestStore) {
    let mailbox = bounded(store, MailboxBound::DropOldestRead { at_most: 3 });
    add(&mailbox, &["one", "two", "three"]);
    read(&mailbox, &["two", "three"]);
    add(&mailbox, &["four"]);
    assert_eq!(texts(&mailbox), ["four", "three", "one"]);
    add(&mailbox, &["five"]);
    assert_eq!(texts(&mailbox), ["five", "four", "one"]);
}

fn unread_ones_do_not_give_way_to_a_new_one(store: &TestStore) {
    let mailbox = bounded(store, MailboxBound::DropOldestRead { at_most: 3 });
    add(&mailbox, &["one", "two", "three", "four", "five"]);
    assert_eq!(texts(&mailbox), ["five", "four", "three", "two", "one"]);
    read(&mailbox, &["one", "five"]);
    add(&mailbox, &["six"]);
    assert_eq!(texts(&mailbox), ["six", "four", "three", "two"], "both read messages are beyond the bound");
}

fn the_oldest_give_way_read_or_not(store: &TestStore) {
    let mailbox = bounded(store, MailboxBound::DropOldest { at_most: 2 });
    add(&mailbox, &["one", "two"]);
    read(&mailbox, &["two"]);
    add(&mailbox, &["three"]);
    assert_eq!(texts(&mailbox), ["three", "two"]);
    wait(mailbox.add_all(["four", "five", "six"].map(|text| NewMessage::new(Level::INFO, text)))).unwrap();
    assert_eq!(texts(&mailbox), ["six", "five"]);
}

fn a_full_mailbox_refuses_a_message_and_has_room_again_once_one_is_deleted(store: &TestStore) {
    let mailbox = bounded(store, MailboxBound::Refuse { at_most: 2 });
    add(&mailbox, &["one", "two"]);
    let refused = wait(mailbox.info("three")).unwrap_err();
    assert!(matches!(refused, Error::Full { at_most: 2 }), "{refused:?}");
    assert_eq!(texts(&mailbox), ["two", "one"]);
    assert_eq!(wait(mailbox.info("")).unwrap(), None, "a message that is not stored needs no room");
    wait(mailbox.all().narrow(|filter| filter.with_text("one")).delete()).unwrap();
    add(&mailbox, &["four"]);
    assert_eq!(texts(&mailbox), ["four", "two"]);
}

fn several_messages_are_refused_together(store: &TestStore) {
    let mailbox = bounded(store, MailboxBound::Refuse { at_most: 2 });
    let three = ["one", "two", "three"].map(|text| NewMessage::new(Level::INFO, text));
    assert!(matches!(wait(mailbox.add_all(three)).unwrap_err(), Error::Full { .. }));
    assert!(texts(&mailbox).is_empty());
}

fn a_handler_that_adds_to_a_full_mailbox_answers_with_507(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.mailbox_bound(MailboxBound::Refuse { at_most: 1 }));
    let [user, other] = [app.user("alice"), app.user("bob")];
    let id = user.add(20, "one");
    let refused = user.post("/demo/messages", &json!({ "level": 20, "message": "two" })).expect(507);
    assert_eq!(refused.json(), json!({ "detail": "The mailbox is full." }));
    assert_eq!(user.texts("/messages/"), ["one"]);
    other.add(20, "for bob");
    user.delete(format!("/messages/{id}/")).expect(204);
    user.add(20, "three");
    assert_eq!(user.texts("/messages/"), ["three"]);
}

fn what_is_broadcast_is_kept_and_counts_with_the_next_message(store: &TestStore) {
    let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| None);
    let messages = messages.mailbox_bound(MailboxBound::DropOldest { at_most: 1 });
    let mailbox = messages.mailbox(alice());
    add(&mailbox, &["one"]);
    wait(messages.broadcast([alice()], NewMessage::new(Level::INFO, "to all"))).unwrap();
    assert_eq!(texts(&mailbox), ["to all", "one"]);
    add(&mailbox, &["two"]);
    assert_eq!(texts(&mailbox), ["two"]);
}

/// Adds messages through the store, which has no bound.
fn fill(store: &TestStore, messages: usize) {
    let messages = (0..messages).map(|number| NewMessage::new(Level::INFO, number.to_string()).check().unwrap());
    wait(store.store.insert(Insertion::new([alice()], messages), &Clock::default())).unwrap();
}

fn count(mailbox: &Mailbox) -> u64 {
    wait(mailbox.all().count()).unwrap()
}

fn a_mailbox_that_was_much_larger_gets_smaller_step_by_step(store: &TestStore) {
    fill(store, 2500);
    let mailbox = bounded(store, MailboxBound::DropOldest { at_most: 100 });
    let sizes = (0..4).map(|_| {
        add(&mailbox, &["one more"]);
        count(&mailbox)
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [1501, 502, 100, 100]);
    assert_eq!(texts(&mailbox)[..5], ["one more", "one more", "one more", "one more", "2499"]);
}

fn a_batch_is_no_way_around_a_bound(store: &TestStore) {
    let mailbox = bounded(store, MailboxBound::DropOldest { at_most: 100 });
    for _ in 0..2 {
        wait(mailbox.add_all((0..3000).map(|number| NewMessage::new(Level::INFO, number.to_string())))).unwrap();
        assert_eq!(count(&mailbox), 100);
    }
    assert_eq!(texts(&mailbox)[0], "2999");
}

fn those_who_add_at_once_drop_no_more_than_is_beyond(store: &TestStore) {
    for round in 0..10 {
        fill(store, 1000);
        let mailbox = bounded(store, MailboxBound::DropOldest { at_most: 100 });
        thread::scope(|scope| {
            for number in 0..8 {
                let mailbox = &mailbox;
                scope.spawn(move || wait(mailbox.info(format!("fresh {number}"))).unwrap());
            }
        });
        let left = texts(&mailbox);
        assert!(left.len() >= 100, "{} are left in round {round}", left.len());
        let fresh = left.iter().filter(|text| text.starts_with("fresh")).count();
        assert!(fresh >= 8, "only {fresh} of the new messages are left");
    }
}

fn a_large_bound_is_looked_at_now_and_then(store: &TestStore) {
    fill(store, 1000);
    let clock = ManualClock::at(Timestamp::now());
    let mailbox = bounded(store, MailboxBound::DropOldest { at_most: 1000 }).clock(clock.clock());
    let sizes = (0..40).map(|_| {
        add(&mailbox, &["one more"]);
        count(&mailbox)
    });
    let sizes = sizes.collect::<Vec<_>>();
    assert!(sizes.iter().all(|size| (1000..1010).contains(size)), "{sizes:?}");
    assert!(sizes.contains(&1000) && sizes.contains(&1009), "{sizes:?}");
}

fn nobody_elses_mailbox_gives_way(store: &TestStore) {
    let bob = Mailbox::new(Recipient::user("bob").unwrap(), Arc::clone(&store.store));
    add(&bob, &["for bob"]);
    let mailbox = bounded(store, MailboxBound::DropOldest { at_most: 0 });
    add(&mailbox, &["one"]);
    assert!(texts(&mailbox).is_empty());
    assert_eq!(texts(&bob), ["for bob"]);
}

fn a_user_keeps_ten_thousand_by_default(store: &TestStore) {
    fill(store, 10_400);
    let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| None);
    let mailbox = messages.mailbox(alice());
    let fresh = (0..100).map(|number| NewMessage::new(Level::INFO, format!("fresh {number}")));
    wait(mailbox.add_all(fresh)).unwrap();
    assert_eq!(count(&mailbox), 10_500, "unread messages are kept");
    wait(store.store.change(&alice(), &MessageFilter::default(), &Change::MarkRead, Timestamp::now())).unwrap();
    wait(mailbox.add_all((0..100).map(|number| NewMessage::new(Level::INFO, number.to_string())))).unwrap();
    assert_eq!(count(&mailbox), 10_000);
    let oldest = PageRequest::first(1).offset(9_999);
    let oldest = wait(store.store.list(&alice(), &MessageFilter::default(), &oldest)).unwrap().messages;
    assert_eq!(oldest[0].text, "600");
}

fn only_an_inbox_has_a_bound(store: &TestStore) {
    let places = [alice().archive(), alice().later(), Recipient::group("everyone").unwrap()];
    for bound in [MailboxBound::DropOldest { at_most: 3 }, MailboxBound::Refuse { at_most: 3 }] {
        for of in &places {
            let mailbox = Mailbox::new(of.clone(), Arc::clone(&store.store)).bound(bound);
            let before = texts(&mailbox).len();
            add(&mailbox, &["1", "2", "3", "4", "5"]);
            assert_eq!(texts(&mailbox).len(), before + 5, "{of:?}: {bound:?}");
        }
    }
}
