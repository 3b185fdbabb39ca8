//! Concurrent use: mailboxes stay separate, no message is lost, and only shown messages are marked.
//!
//! Several threads, each with its own runtime, use one store, as the workers of Actix do. Each law uses separate
//! mailboxes, so the tests may share the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    thread,
};

use actix_messages::{
    Clock, Level, Mailbox, MemoryStore, MessageFilter, MessageId, MessageStore, NewMessage, PageRequest, Recipient,
    Timestamp, settings::AfterReading, store::Insertion,
};
use actix_messages_diesel::SqliteOptions;
use actix_web::rt::{System, task::yield_now};

use crate::support::{ids_of, somebody};

/// Generates one test for each law. The argument runs a law on a store: `fn on_a_store(law: fn(&Store))`.
macro_rules! concurrency_tests {
    ($on_a_store:path) => {
        crate::concurrency::concurrency_tests! { @laws $on_a_store;
            two_mailboxes_never_see_each_others_messages,
            nothing_is_lost_and_nothing_unseen_is_marked,
            a_message_that_is_deleted_once_read_is_shown_to_one_reader,
            an_id_is_larger_than_every_id_that_was_given_before,
            ids_have_no_gaps_while_the_clock_stands_still,
        }
    };
    (@laws $on_a_store:path; $($law:ident,)+) => {
        $(
            #[test]
            fn $law() {
                $on_a_store(crate::concurrency::$law);
            }
        )+
    };
}
pub(crate) use concurrency_tests;

mod in_memory {
    crate::concurrency::concurrency_tests!(super::in_new_memory);
}

mod in_sqlite {
    crate::concurrency::concurrency_tests!(super::on_new_file);
}

pub(crate) type Store = Arc<dyn MessageStore>;

fn in_new_memory(law: fn(&Store)) {
    law(&(Arc::new(MemoryStore::new()) as _));
}

fn on_new_file(law: fn(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    // The long timeout is for busy machines.
    let options = SqliteOptions::default().wait_timeout(std::time::Duration::from_secs(60));
    law(&(Arc::new(options.open(folder.path().join("messages.sqlite")).unwrap()) as _));
}

/// Runs `work` on this number of threads at the same time. Its argument is the number of the thread.
fn at_once<W: Future<Output = ()>>(threads: usize, work: impl Fn(usize) -> W + Sync) {
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        for number in 0..threads {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                System::new().block_on(work(number));
            });
        }
    });
}

fn mailbox(store: &Store, of: &Recipient) -> Mailbox {
    Mailbox::new(of.clone(), Arc::clone(store))
}

fn all() -> MessageFilter {
    MessageFilter::default()
}

async fn ids_in(mailbox: &Mailbox) -> BTreeSet<MessageId> {
    let page = mailbox.all().page(&PageRequest::all()).await.unwrap();
    page.messages.into_iter().map(|message| message.id).collect()
}

/// Ids that several threads collect.
#[derive(Default)]
struct Ids(Mutex<Vec<MessageId>>);

impl Ids {
    fn add(&self, ids: impl IntoIterator<Item = MessageId>) {
        self.0.lock().unwrap().extend(ids);
    }

    fn last(&self) -> Option<MessageId> {
        self.0.lock().unwrap().last().copied()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Returns all ids, and asserts that each was added once.
    fn distinct(self) -> BTreeSet<MessageId> {
        let ids = self.0.into_inner().unwrap();
        let distinct = ids.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(distinct.len(), ids.len(), "an id was added twice");
        distinct
    }

    fn seen(self) -> BTreeSet<MessageId> {
        self.0.into_inner().unwrap().into_iter().collect()
    }
}

pub(crate) fn two_mailboxes_never_see_each_others_messages(store: &Store) {
    const ROUNDS: usize = 30;
    let users = ["alice", "bob"].map(somebody);
    let [added, deleted] = [(); 2].map(|()| [Ids::default(), Ids::default()]);
    at_once(6, async |thread| {
        let which = thread % users.len();
        let (mailbox, own) = (mailbox(store, &users[which]), format!("for {}", users[which].key()));
        for round in 0..ROUNDS {
            // The clock stands still, so that both mailboxes assign the same ids.
            let message = NewMessage::new(Level::INFO, format!("{own}, {thread} {round}")).check().unwrap();
            let ids = store
                .insert(Insertion::new([mailbox.recipient().clone()], vec![message]), &Timestamp::from_micros(1).into())
                .await
                .unwrap();
            added[which].add(ids_of(ids));

            let after = if round % 3 == 0 { AfterReading::Nothing } else { AfterReading::Mark };
            let page = mailbox.all().read_page(&PageRequest::first(7).counted(), after).await.unwrap();
            assert!(page.messages.iter().all(|message| message.text.starts_with(&own)), "{:#?}", page.messages);
            assert!(page.total.unwrap() <= 3 * ROUNDS as u64);
            assert!(mailbox.unread().count().await.unwrap() <= 3 * ROUNDS as u64);
            // Keep the newest message: while the clock stands still, its id would be assigned again.
            if let Some(last) = page.messages[1..].last().filter(|_| round % 2 == 0) {
                deleted[which].add(mailbox.select(all().with_id(last.id)).delete().await.unwrap());
            }
        }
    });
    for ((user, added), deleted) in users.iter().zip(added).zip(deleted) {
        let (added, deleted) = (added.distinct(), deleted.distinct());
        assert!(!deleted.is_empty());
        let expected = added.difference(&deleted).copied().collect();
        assert_eq!(System::new().block_on(ids_in(&mailbox(store, user))), expected, "{user:?}");
    }
}

pub(crate) fn nothing_is_lost_and_nothing_unseen_is_marked(store: &Store) {
    const BATCHES: usize = 15;
    const MOST_DELETED: usize = 20;
    let of = somebody("alice");
    let [added, shown, deleted] = [(); 3].map(|()| Ids::default());
    let adding = AtomicUsize::new(2);
    at_once(6, async |thread| {
        let alice = mailbox(store, &of);
        match thread {
            0 | 1 => {
                // Readers ask only for the newest three of a batch, so most of the others are never shown.
                let levels = [[Level::INFO; 3], [Level::INFO; 3], [Level::WARNING; 3]].concat();
                let batch = levels.into_iter().map(|level| NewMessage::new(level, "hello").check().unwrap());
                for _ in 0..BATCHES {
                    let batch = batch.clone();
                    let insertion = Insertion::new([alice.recipient().clone()], batch);
                    added.add(ids_of(store.insert(insertion, &Clock::default()).await.unwrap()));
                    yield_now().await;
                }
                adding.fetch_sub(1, Ordering::SeqCst);
            }
            2 | 3 => {
                let filter = if thread == 2 { all() } else { all().unread().at_least(Level::WARNING) };
                while adding.load(Ordering::SeqCst) > 0 {
                    let page = PageRequest::first(3).counted();
                    let page = alice.select(filter.clone()).read_page(&page, AfterReading::Mark).await.unwrap();
                    shown.add(page.messages.into_iter().map(|message| message.id));
                    yield_now().await;
                }
            }
            4 => {
                while adding.load(Ordering::SeqCst) > 0 {
                    alice.all().read_page(&PageRequest::first(50), AfterReading::Nothing).await.unwrap();
                    yield_now().await;
                }
            }
            _ => {
                while adding.load(Ordering::SeqCst) > 0 {
                    // Keep the newest message, so that its id is not assigned again in the same microsecond.
                    let is_old = |id: &MessageId| added.last().is_some_and(|newer| newer > *id);
                    if let Some(id) = shown.last().filter(is_old).filter(|_| deleted.count() < MOST_DELETED) {
                        deleted.add(alice.select(all().with_id(id).read()).delete().await.unwrap());
                    }
                    yield_now().await;
                }
            }
        }
    });
    let (added, shown, deleted) = (added.distinct(), shown.seen(), deleted.distinct());
    assert_eq!(added.len(), 2 * BATCHES * 9);
    assert!(deleted.is_subset(&shown), "a message was deleted as read, but never shown");
    let page = System::new().block_on(mailbox(store, &of).all().page(&PageRequest::all())).unwrap();
    let left = page.messages.iter().map(|message| (message.id, message.is_unread())).collect::<BTreeMap<_, _>>();
    assert_eq!(left.keys().copied().collect::<BTreeSet<_>>(), added.difference(&deleted).copied().collect());
    assert!(left.values().any(|is_unread| *is_unread), "all messages were shown, so the test has checked nothing");
    for (id, is_unread) in left {
        assert_eq!(is_unread, !shown.contains(&id), "{id}: the mark does not match whether it was shown");
    }
}

pub(crate) fn a_message_that_is_deleted_once_read_is_shown_to_one_reader(store: &Store) {
    const ADDED: usize = 50;
    let of = somebody("alice");
    let [added, shown] = [(); 2].map(|()| Ids::default());
    let adding = AtomicUsize::new(1);
    at_once(6, async |thread| {
        let alice = mailbox(store, &of);
        if thread == 0 {
            for number in 0..ADDED {
                added.add(alice.info(format!("message {number}")).await.unwrap());
                yield_now().await;
            }
            adding.fetch_sub(1, Ordering::SeqCst);
            return;
        }
        loop {
            let was_last = adding.load(Ordering::SeqCst) == 0;
            let page = alice.all().read_page(&PageRequest::first(4), AfterReading::Delete).await.unwrap();
            shown.add(page.messages.into_iter().map(|message| message.id));
            if was_last && alice.all().count().await.unwrap() == 0 {
                break;
            }
            yield_now().await;
        }
    });
    assert_eq!(shown.distinct(), added.distinct());
}

pub(crate) fn an_id_is_larger_than_every_id_that_was_given_before(store: &Store) {
    let (added, largest, of) = (Ids::default(), AtomicI64::new(0), somebody("alice"));
    at_once(6, async |_| {
        let alice = mailbox(store, &of);
        for _ in 0..25 {
            let given_before = largest.load(Ordering::SeqCst);
            let id = alice.info("hello").await.unwrap().unwrap();
            assert!(id.value() > given_before, "{id} came after {given_before}");
            largest.fetch_max(id.value(), Ordering::SeqCst);
            added.add([id]);
        }
    });
    assert_eq!(System::new().block_on(ids_in(&mailbox(store, &of))), added.distinct());
}

pub(crate) fn ids_have_no_gaps_while_the_clock_stands_still(store: &Store) {
    let (added, of) = (Ids::default(), somebody("alice"));
    at_once(6, async |thread| {
        for batch in 1..=8 {
            let message = NewMessage::new(Level::INFO, format!("batch {batch} of {thread}")).check().unwrap();
            let ids = store
                .insert(Insertion::new([of.clone()], vec![message; batch]), &Timestamp::from_micros(1_000).into())
                .await
                .unwrap();
            let ids = ids_of(ids);
            assert_eq!(ids.len(), batch);
            assert!(ids.is_sorted_by(|one, next| one.value() + 1 == next.value()), "{ids:?}");
            added.add(ids);
        }
    });
    let ids = added.distinct().into_iter().map(MessageId::value);
    assert!(ids.eq((1_000..).take(6 * (1..=8).sum::<usize>())));
}
