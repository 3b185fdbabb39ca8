//! Concurrent requests for one mailbox: each message is delivered once, and none is lost.

use std::{
    collections::BTreeSet,
    future::{Future, pending, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

use actix_messages::{
    Error, Mailbox, Message, MessageOrder, NewMessage, OrderKey, PageRequest, settings::AfterReading,
};
use tokio::{
    runtime::{Builder, Runtime},
    task::{JoinHandle, yield_now},
};

use crate::support::{TestStore, on_every_store};

on_every_store! {
    each_message_is_taken_once,
    each_message_is_deleted_by_one_reader,
    the_id_of_a_deleted_message_is_not_given_again,
    each_message_is_claimed_once_and_in_order,
    what_arrives_while_others_are_shown_stays_unread,
    what_others_take_while_it_is_shown_is_marked_once,
    work_that_is_given_up_marks_nothing,
}

const WRITERS: usize = 4;
const EACH: usize = 30;

/// A runtime with four threads.
fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap()
}

/// The number of writers that are not done yet.
#[derive(Clone)]
struct Writers(Arc<AtomicUsize>);

impl Writers {
    /// Starts the writers. Each adds `EACH` messages: half of the writers one by one, the others in pairs.
    fn start(runtime: &Runtime, mailbox: &Mailbox) -> Self {
        let writing = Self(Arc::new(AtomicUsize::new(WRITERS)));
        for writer in 0..WRITERS {
            let (mailbox, writing) = (mailbox.clone(), writing.clone());
            drop(runtime.spawn(async move {
                for pair in (0..EACH).step_by(2) {
                    let texts = [pair, pair + 1].map(|number| format!("{writer} {number:03}"));
                    if writer % 2 == 0 {
                        mailbox.add_all(texts.map(|text| NewMessage::new(20, text))).await.unwrap();
                    } else {
                        for text in texts {
                            mailbox.info(text).await.unwrap();
                        }
                    }
                    yield_now().await;
                }
                writing.0.fetch_sub(1, Ordering::SeqCst);
            }));
        }
        writing
    }

    fn are_done(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

/// Reads repeatedly until all writers are done and nothing is left.
fn read_all<F: Future<Output = Vec<Message>> + Send>(
    runtime: &Runtime,
    writers: &Writers,
    read: impl Fn() -> F + Send + 'static,
) -> JoinHandle<Vec<Message>> {
    let writers = writers.clone();
    runtime.spawn(async move {
        let mut all = Vec::new();
        loop {
            let nothing_comes = writers.are_done();
            let some = read().await;
            if some.is_empty() && nothing_comes {
                return all;
            }
            all.extend(some);
            yield_now().await;
        }
    })
}

/// Returns the texts, and asserts that each occurs once.
fn once(messages: &[Message]) -> BTreeSet<&str> {
    let texts = messages.iter().map(|message| message.text.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(texts.len(), messages.len(), "some messages were delivered twice");
    texts
}

fn join(runtime: &Runtime, readers: Vec<JoinHandle<Vec<Message>>>) -> Vec<Message> {
    readers.into_iter().flat_map(|reader| runtime.block_on(reader).unwrap()).collect()
}

fn each_message_is_taken_once(store: &TestStore) {
    let (runtime, mailbox) = (threads(), store.mailbox("alice"));
    let writers = Writers::start(&runtime, &mailbox);
    let mut takers = Vec::new();
    for _ in 0..2 {
        let alice = mailbox.clone();
        takers.push(read_all(&runtime, &writers, move || {
            let unread = alice.unread();
            async { unread.take().await.unwrap().into_iter().collect() }
        }));
        let alice = mailbox.clone();
        takers.push(read_all(&runtime, &writers, move || {
            let unread = alice.unread();
            async { unread.take_up_to(3).await.unwrap().into_iter().collect() }
        }));
        let alice = mailbox.clone();
        takers.push(read_all(&runtime, &writers, move || {
            let mut taking = alice.unread().take_each();
            async move { taking.next().await.unwrap().into_iter().collect() }
        }));
        let alice = mailbox.clone();
        takers.push(read_all(&runtime, &writers, move || {
            let unread = alice.unread();
            async { unread.take_first().await.unwrap().into_iter().collect() }
        }));
    }
    let taken = join(&runtime, takers);
    assert_eq!(once(&taken).len(), WRITERS * EACH, "some messages were lost");
    let kept = runtime.block_on(mailbox.all().list()).unwrap();
    assert_eq!(once(&kept), once(&taken));
    assert!(kept.iter().all(|message| !message.is_unread()));
}

fn each_message_is_deleted_by_one_reader(store: &TestStore) {
    let (runtime, mailbox) = (threads(), store.mailbox("alice"));
    let writers = Writers::start(&runtime, &mailbox);
    let readers = (0..4).map(|_| {
        let alice = mailbox.clone();
        read_all(&runtime, &writers, move || {
            let all = alice.all();
            async { all.read_page(&PageRequest::first(5), AfterReading::Delete).await.unwrap().messages }
        })
    });
    let readers = readers.collect();
    assert_eq!(once(&join(&runtime, readers)).len(), WRITERS * EACH, "some messages were lost");
    assert!(runtime.block_on(mailbox.all().is_empty()).unwrap());
}

/// A client may use the id of a message that was deleted long ago, and must not get another message.
fn the_id_of_a_deleted_message_is_not_given_again(store: &TestStore) {
    const EACH: usize = 200;
    let (runtime, mailbox) = (threads(), store.mailbox("alice"));
    let writers = (0..WRITERS).map(|_| {
        let mailbox = mailbox.clone();
        runtime.spawn(async move {
            let mut ids = Vec::with_capacity(3 * EACH);
            for _ in 0..EACH {
                let messages = ["one", "two", "three"].map(|text| NewMessage::new(20, text));
                ids.extend(mailbox.add_all(messages).await.unwrap().into_iter().flatten());
                mailbox.all().delete().await.unwrap();
            }
            ids
        })
    });
    let writers = writers.collect::<Vec<_>>();
    let given = writers.into_iter().flat_map(|writer| runtime.block_on(writer).unwrap()).collect::<Vec<_>>();
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), given.len(), "some ids were assigned twice");
    assert_eq!(given.len(), WRITERS * EACH * 3);
}

/// One task writes into a visitor's mailbox, and two users claim from it.
fn each_message_is_claimed_once_and_in_order(store: &TestStore) {
    const MESSAGES: usize = 120;
    let (runtime, visitor) = (threads(), store.mailbox("visitor"));
    let claimers = [store.mailbox("alice"), store.mailbox("bob")];
    let writers = Writers(Arc::new(AtomicUsize::new(1)));
    let (mailbox, writing) = (visitor.clone(), writers.clone());
    let writer = runtime.spawn(async move {
        for number in 0..MESSAGES {
            mailbox.info(format!("{number:03}")).await.unwrap();
            yield_now().await;
        }
        writing.0.fetch_sub(1, Ordering::SeqCst);
    });
    let claiming = claimers.clone().map(|claimer| {
        let (from, writers) = (visitor.recipient().clone(), writers.clone());
        runtime.spawn(async move {
            let mut claimed = 0;
            while !writers.are_done() {
                claimed += claimer.claim(&from).await.unwrap();
                yield_now().await;
            }
            claimed
        })
    });
    runtime.block_on(writer).unwrap();
    let claimed = claiming.map(|claiming| usize::try_from(runtime.block_on(claiming).unwrap()).unwrap());

    let oldest_first = || MessageOrder::by(OrderKey::Created);
    let [alice, bob, rest] = [&claimers[0], &claimers[1], &visitor]
        .map(|mailbox| runtime.block_on(mailbox.all().order(oldest_first()).list()).unwrap());
    assert_eq!([alice.len(), bob.len()], claimed, "a claim must return the number of claimed messages");
    for messages in [&alice, &bob, &rest] {
        assert!(messages.is_sorted_by(|a, b| a.id < b.id && a.text < b.text), "{messages}");
    }
    let all = [alice, bob, rest].into_iter().flatten().collect::<Vec<_>>();
    assert_eq!(once(&all).len(), MESSAGES, "some messages were lost");
}

fn what_arrives_while_others_are_shown_stays_unread(store: &TestStore) {
    let (runtime, mailbox) = (threads(), store.mailbox("alice"));
    runtime.block_on(async {
        mailbox.info("before").await.unwrap();
        let shown = mailbox.unread().show(async |messages| {
            mailbox.info("meanwhile").await?;
            Ok::<_, Error>(messages.to_string())
        });
        assert_eq!(shown.await.unwrap(), "before");
        assert_eq!(mailbox.unread().list().await.unwrap().to_string(), "meanwhile");
    });
}

fn what_others_take_while_it_is_shown_is_marked_once(store: &TestStore) {
    let (runtime, mailbox) = (threads(), store.mailbox("alice"));
    runtime.block_on(async {
        mailbox.info("one").await.unwrap();
        let mut read_at = None;
        let shown = mailbox.unread().show(async |_| {
            mailbox.unread().take().await?;
            read_at = mailbox.all().first().await?.unwrap().read_at();
            Ok::<_, Error>(())
        });
        shown.await.unwrap();
        assert!(read_at.is_some());
        assert_eq!(mailbox.all().first().await.unwrap().unwrap().read_at(), read_at);
    });
}

fn work_that_is_given_up_marks_nothing(store: &TestStore) {
    let (runtime, mailbox) = (threads(), store.mailbox("alice"));
    runtime.block_on(async {
        mailbox.info("one").await.unwrap();
        let shown = AtomicUsize::new(0);
        let mut showing = Box::pin(mailbox.unread().show(async |messages| {
            shown.store(messages.len(), Ordering::SeqCst);
            pending::<Result<(), Error>>().await
        }));
        while shown.load(Ordering::SeqCst) == 0 {
            assert!(poll_fn(|context| Poll::Ready(showing.as_mut().poll(context))).await.is_pending());
            yield_now().await;
        }
        drop(showing);
        assert_eq!(mailbox.unread().count().await.unwrap(), 1);
    });
}
