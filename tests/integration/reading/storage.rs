//! The operations of the storage of drf-messages, under their names there: what each returns, and what it marks as
//! read.

use actix_messages::{Error, Level, Message, NewMessage, Recipient};

use super::{texts, three, unread};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    iter,
    iter_stopped_early,
    iter_again,
    getitem_of_an_index,
    getitem_of_an_index_beyond_the_end,
    getitem_of_a_slice,
    getitem_of_a_slice_beyond_the_end,
    contains_str,
    contains_int,
    contains_message,
    len,
    bool,
    repr,
    str,
    enter_and_exit_with_success,
    enter_and_exit_with_failure,
    get_queryset,
    get_unread_queryset,
    queryset_filter,
    queryset_mark_read,
    queryset_delete,
    message_mark_read,
    message_add_tag,
    create_user_message,
}

const NONE: [&str; 0] = [];

fn iter(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let taken = mailbox.unread().take().await.unwrap();
        assert_eq!(texts(&taken), ["three", "two", "one"]);
        assert!(taken.iter().all(Message::is_unread), "messages are returned as they were before");
        assert_eq!(unread(&mailbox).await, NONE);
        assert_eq!(mailbox.all().read().count().await.unwrap(), 3);
    });
}

fn iter_stopped_early(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let mut taking = mailbox.unread().take_each();
        assert_eq!(taking.next().await.unwrap().unwrap().text, "three");
        assert_eq!(unread(&mailbox).await, ["one", "two"]);
        assert_eq!(taking.next().await.unwrap().unwrap().text, "two");
        drop(taking);
        assert_eq!(unread(&mailbox).await, ["one"]);
    });
}

fn iter_again(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert_eq!(mailbox.unread().take().await.unwrap().len(), 3);
        assert!(mailbox.unread().take().await.unwrap().is_empty());
        let mut taking = mailbox.unread().take_each();
        assert_eq!(taking.next().await.unwrap(), None);
        mailbox.info("four").await.unwrap();
        assert_eq!(taking.next().await.unwrap().unwrap().text, "four");
        assert_eq!(taking.next().await.unwrap(), None);
    });
}

fn getitem_of_an_index(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert_eq!(mailbox.unread().take_first().await.unwrap().unwrap().text, "three");
        assert_eq!(unread(&mailbox).await, ["one", "two"]);
        assert_eq!(texts(&mailbox.unread().take_range(1..2).await.unwrap()), ["one"]);
        assert_eq!(unread(&mailbox).await, ["two"]);
    });
}

fn getitem_of_an_index_beyond_the_end(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert!(mailbox.unread().take_range(3..4).await.unwrap().is_empty());
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
        assert_eq!(store.mailbox("bob").unread().take_first().await.unwrap(), None);
    });
}

fn getitem_of_a_slice(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        mailbox.error("four").await.unwrap();
        assert_eq!(texts(&mailbox.unread().take_range(1..3).await.unwrap()), ["three", "two"]);
        assert_eq!(unread(&mailbox).await, ["one", "four"]);
        assert_eq!(texts(&mailbox.unread().take_up_to(1).await.unwrap()), ["four"]);
        assert_eq!(unread(&mailbox).await, ["one"]);
    });
}

#[allow(clippy::reversed_empty_ranges, reason = "such a range may be computed")]
fn getitem_of_a_slice_beyond_the_end(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        for empty in [0..0, 2..2, 2..1, 3..9, u32::MAX..u32::MAX] {
            assert!(mailbox.unread().take_range(empty).await.unwrap().is_empty());
        }
        assert!(mailbox.unread().take_up_to(0).await.unwrap().is_empty());
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
        assert_eq!(texts(&mailbox.unread().take_range(2..9).await.unwrap()), ["one"]);
        assert_eq!(texts(&mailbox.unread().take_up_to(9).await.unwrap()), ["three", "two"]);
    });
}

fn contains_str(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert!(mailbox.unread().contains("two").await.unwrap());
        for absent in ["tw", "Two", "two ", "", "four"] {
            assert!(!mailbox.unread().contains(absent).await.unwrap(), "{absent:?}");
        }
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
        mailbox.unread().take().await.unwrap();
        assert!(!mailbox.unread().contains("two").await.unwrap());
        assert!(mailbox.all().contains("two").await.unwrap());
    });
}

fn contains_int(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert!(mailbox.unread().contains(Level::SUCCESS).await.unwrap());
        assert!(!mailbox.unread().contains(Level::new(26)).await.unwrap());
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
        mailbox.unread().at_least(Level::SUCCESS).take().await.unwrap();
        assert!(!mailbox.unread().contains(Level::SUCCESS).await.unwrap());
        assert!(mailbox.unread().contains(Level::INFO).await.unwrap());
    });
}

fn contains_message(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let like = |level: Level, text: &str| NewMessage::new(level, text);
        assert!(mailbox.unread().contains(&like(Level::SUCCESS, "two")).await.unwrap());
        assert!(mailbox.unread().contains(&like(Level::SUCCESS, "two").tag("whatever")).await.unwrap());
        assert!(!mailbox.unread().contains(&like(Level::SUCCESS, "one")).await.unwrap());
        assert!(!mailbox.unread().contains(&like(Level::INFO, "two")).await.unwrap());
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
    });
}

fn len(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert_eq!(mailbox.unread().count().await.unwrap(), 3);
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
        mailbox.unread().take_first().await.unwrap();
        assert_eq!(mailbox.unread().count().await.unwrap(), 2);
        assert_eq!(mailbox.all().count().await.unwrap(), 3);
    });
}

fn bool(store: &TestStore) {
    wait(async {
        assert!(store.mailbox("bob").unread().is_empty().await.unwrap());
        let mailbox = three(store).await;
        assert!(!mailbox.unread().is_empty().await.unwrap());
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
        mailbox.unread().take().await.unwrap();
        assert!(mailbox.unread().is_empty().await.unwrap());
        assert!(!mailbox.all().is_empty().await.unwrap());
    });
}

fn repr(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert_eq!(mailbox.unread().list().await.unwrap().to_string(), "three, two, one");
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
        assert_eq!(store.mailbox("bob").unread().list().await.unwrap().to_string(), "");
    });
}

fn str(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert_eq!(mailbox.unread().take().await.unwrap().to_string(), "three, two, one");
        assert_eq!(unread(&mailbox).await, NONE);
    });
}

fn enter_and_exit_with_success(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let shown = mailbox.unread().at_least(Level::SUCCESS).show(async |messages| {
            assert_eq!(unread(&mailbox).await, ["one", "two", "three"], "nothing is marked before the closure is done");
            Ok::<_, Error>(messages.to_string())
        });
        assert_eq!(shown.await.unwrap(), "three, two");
        assert_eq!(unread(&mailbox).await, ["one"]);
    });
}

/// Unlike here, drf-messages marks the messages even after a failure.
fn enter_and_exit_with_failure(store: &TestStore) {
    #[derive(Debug)]
    enum Failure {
        Messages(Error),
        Mail(&'static str),
    }

    impl From<Error> for Failure {
        fn from(error: Error) -> Self {
            Self::Messages(error)
        }
    }

    wait(async {
        let mailbox = three(store).await;
        let failure = mailbox.unread().show(async |messages| match messages.len() {
            3 => Err(Failure::Mail("the mail could not be sent")),
            _ => Ok(()),
        });
        match failure.await.unwrap_err() {
            Failure::Mail(reason) => assert_eq!(reason, "the mail could not be sent"),
            Failure::Messages(error) => panic!("{error}"),
        }
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
    });
}

fn get_queryset(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        mailbox.unread().take_first().await.unwrap();
        assert_eq!(texts(&mailbox.all().list().await.unwrap()), ["three", "two", "one"]);
        assert_eq!(unread(&mailbox).await, ["one", "two"]);
    });
}

fn get_unread_queryset(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        mailbox.unread().take_first().await.unwrap();
        assert_eq!(texts(&mailbox.unread().list().await.unwrap()), ["two", "one"]);
        assert_eq!(unread(&mailbox).await, ["one", "two"]);
    });
}

fn queryset_filter(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let narrowed = mailbox.all().at_least(Level::SUCCESS).narrow(|filter| filter.containing("T"));
        assert_eq!(texts(&narrowed.list().await.unwrap()), ["three", "two"]);
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
    });
}

fn queryset_mark_read(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let first = mailbox.unread().take_first().await.unwrap().unwrap();
        let before = mailbox.all().read().first().await.unwrap().unwrap();
        let marked = mailbox.all().at_least(Level::SUCCESS).mark_read().await.unwrap();
        assert!(marked.len() == 1 && marked[0] != first.id, "only unread messages are marked: {marked:?}");
        assert_eq!(unread(&mailbox).await, ["one"]);
        let after = mailbox.all().narrow(|filter| filter.with_id(first.id)).first().await.unwrap().unwrap();
        assert_eq!(after.read_at(), before.read_at(), "the first reading sets the time");
    });
}

fn queryset_delete(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let deleted = mailbox.unread().at_least(Level::SUCCESS).delete().await.unwrap();
        assert_eq!(deleted.len(), 2);
        assert_eq!(texts(&mailbox.all().list().await.unwrap()), ["one"]);
    });
}

fn message_mark_read(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let two = mailbox.all().containing("two").first().await.unwrap().unwrap().id;
        assert_eq!(mailbox.all().narrow(|filter| filter.with_id(two)).mark_read().await.unwrap(), [two]);
        assert_eq!(unread(&mailbox).await, ["one", "three"]);
        assert!(mailbox.all().narrow(|filter| filter.with_id(two)).mark_read().await.unwrap().is_empty());
    });
}

fn message_add_tag(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let two = mailbox.all().containing("two").first().await.unwrap().unwrap().id;
        assert!(mailbox.add_tags(two, ["a"]).await.unwrap());
        let tagged = mailbox.unread().tagged("a").list().await.unwrap();
        assert_eq!((texts(&tagged), &tagged[0].tags[..]), (vec!["two"], &["a".to_owned()][..]));
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
    });
}

fn create_user_message(store: &TestStore) {
    wait(async {
        let alice = three(store).await;
        store.mailbox("bob").info("for bob").await.unwrap();
        assert_eq!(unread(&alice).await, ["one", "two", "three"]);
        assert_eq!(unread(&store.mailbox("bob")).await, ["for bob"]);
        assert_eq!(store.mailbox("bob").recipient(), &Recipient::user("bob").unwrap());
    });
}
