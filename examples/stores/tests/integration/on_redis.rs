//! Tests the Redis store with a server that is down, silent or lost, and the keys that the store keeps.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use actix_messages::{
    Clock, Level, MessageFilter, MessageStore, NewMessage, Recipient, SessionId, Timestamp,
    store::{Inserted, Insertion, Move, RetentionCutoff, StoreError, Until},
};
use actix_messages_example_stores::RedisStore;
use redis::{Client, Commands};
use tokio::time::Instant;

use crate::server::{Prefix, redis};

#[tokio::test]
async fn a_server_that_is_away_is_unavailable() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let store = RedisStore::open(&format!("redis://{address}"), "away").unwrap();
    assert!(matches!(count(&store).await, Err(StoreError::Unavailable { .. })));
    assert!(matches!(insert(&store).await, Err(StoreError::Unavailable { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_given_up_after_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = RedisStore::open(&format!("redis://{}", silent.local_addr().unwrap()), "silent").unwrap();
    let start = Instant::now();
    assert!(matches!(insert(&store).await, Err(StoreError::Unavailable { .. })));
    assert_eq!(start.elapsed().as_secs(), 5, "by the paused clock, which advances while all tasks wait");
    let store = store.wait_timeout(Duration::from_millis(1500));
    let start = Instant::now();
    assert!(matches!(count(&store).await, Err(StoreError::Unavailable { .. })));
    assert_eq!(start.elapsed().as_millis() / 10, 150, "by the same clock");
}

#[tokio::test]
async fn after_connections_were_lost_one_verb_fails_and_the_next_one_works() {
    let Some(url) = redis() else { return };
    let (prefix, line) = (Prefix::on(&url), Line::to(&url));
    let store = RedisStore::open(&format!("redis://{}", line.address), prefix.name()).unwrap();
    insert(&store).await.unwrap();
    // Each concurrent verb has its own connection.
    let (one, other) = tokio::join!(count(&store), count(&store));
    assert_eq!((one.unwrap(), other.unwrap()), (1, 1));
    line.cut();
    assert!(matches!(count(&store).await, Err(StoreError::Unavailable { .. })));
    insert(&store).await.unwrap();
    assert_eq!(count(&store).await.unwrap(), 2);
}

#[tokio::test]
async fn what_is_no_message_is_a_failure_and_not_a_message() {
    let Some(url) = redis() else { return };
    let prefix = Prefix::on(&url);
    let store = RedisStore::open(&url, prefix.name()).unwrap();
    let ids = insert(&store).await.unwrap();
    let mut connection = Client::open(&*url).unwrap().get_connection().unwrap();
    let mailbox = format!("{{{}}}:mailbox:u:alice", prefix.name());
    let () = connection.hset(&mailbox, ids[0][0].id.value(), r#"{"id": 1}"#).unwrap();
    let Err(StoreError::Failed { source, .. }) = count(&store).await else { panic!("this is not a message") };
    assert_eq!(source.to_string(), "missing field `content` at line 1 column 9");
    let () = connection.set(&mailbox, "a text").unwrap();
    assert!(matches!(count(&store).await, Err(StoreError::Failed { .. })));
    assert!(matches!(insert(&store).await, Err(StoreError::Failed { .. })));
}

#[tokio::test]
async fn whoever_has_no_messages_leaves_no_keys_but_the_marks() {
    let Some(url) = redis() else { return };
    let prefix = Prefix::on(&url);
    let store = RedisStore::open(&url, prefix.name()).unwrap();
    insert(&store).await.unwrap();
    let mut keys = prefix.keys();
    keys.sort();
    let expected = ["mailbox:u:alice", "marks:u:alice", "recipients", "session:07070707070707070707070707070707"];
    assert_eq!(keys, expected.map(|key| format!("{{{}}}:{key}", prefix.name())));
    store.delete(&alice(), &MessageFilter::default()).await.unwrap();
    assert_eq!(prefix.keys(), [format!("{{{}}}:marks:u:alice", prefix.name())]);
    store.erase(&alice()).await.unwrap();
    assert_eq!(prefix.keys(), [""; 0]);
}

#[tokio::test]
async fn a_sweep_gets_through_more_mailboxes_than_one_step_reads() {
    let Some(url) = redis() else { return };
    let prefix = Prefix::on(&url);
    let store = RedisStore::open(&url, prefix.name()).unwrap();
    let everybody = (0..250).map(|number| Recipient::user(number).unwrap()).collect::<Vec<_>>();
    let message = NewMessage::new(Level::INFO, "Hello").check().unwrap();
    for moment in [1, 1000] {
        store
            .insert(Insertion::new(everybody.clone(), vec![message.clone(); 2]), &Timestamp::from_micros(moment).into())
            .await
            .unwrap();
    }
    let cutoff = RetentionCutoff { created_before: Some(Timestamp::from_micros(1000)), ..RetentionCutoff::default() };
    let (mut steps, mut from) = (Vec::new(), None);
    loop {
        let swept = store.sweep(&cutoff, from.as_ref(), 1000).await.unwrap();
        steps.push(swept.deleted);
        from = swept.next;
        if from.is_none() {
            break;
        }
    }
    // Each step begins with the mailbox at which the previous step ended.
    assert_eq!(steps, [200, 198, 102]);
    for of in &everybody {
        assert_eq!(store.summarize(of, &MessageFilter::default()).await.unwrap().count(), 2);
    }
}

/// The server may evict a mailbox, or an operator may delete it. Its recipient is still in the sorted set.
#[tokio::test]
async fn a_sweep_gets_past_mailboxes_that_have_gone() {
    let Some(url) = redis() else { return };
    let prefix = Prefix::on(&url);
    let store = RedisStore::open(&url, prefix.name()).unwrap();
    insert(&store).await.unwrap();
    let mut connection = Client::open(&*url).unwrap().get_connection().unwrap();
    for number in 0..250 {
        let () = connection.zadd(format!("{{{}}}:recipients", prefix.name()), format!("u:{number:03}"), 0).unwrap();
    }
    let cutoff = RetentionCutoff { created_before: Some(Timestamp::from_micros(0)), ..RetentionCutoff::default() };
    let mut from = None;
    for step in 0.. {
        from = store.sweep(&cutoff, from.as_ref(), 1000).await.unwrap().next;
        assert!(step < 5, "the sweep is still at {from:?}");
        if from.is_none() {
            break;
        }
    }
    let until = Move::of(MessageFilter::default()).until(Until::At(Timestamp::from_micros(1)));
    store.transfer(&alice(), &alice().later(), &until, &Clock::default()).await.unwrap();
    assert_eq!(store.due(Timestamp::now(), 10).await.unwrap().len(), 1);
}

fn alice() -> Recipient {
    Recipient::user("alice").unwrap()
}

async fn count(store: &RedisStore) -> Result<u64, StoreError> {
    store.summarize(&alice(), &MessageFilter::default()).await.map(|summary| summary.count())
}

async fn insert(store: &RedisStore) -> Result<Vec<Vec<Inserted>>, StoreError> {
    let message = NewMessage::new(Level::INFO, "Hello").session(SessionId::from_digest([7; 16])).check().unwrap();
    store.insert(Insertion::new([alice()], [message]), &Timestamp::from_micros(1).into()).await
}

/// A connection to a server through a proxy, which a test can cut.
struct Line {
    address: SocketAddr,
    ends: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    fn to(url: &str) -> Self {
        let info = redis::parse_redis_url(url).unwrap();
        let server = format!("{}:{}", info.host_str().unwrap(), info.port().unwrap_or(6379));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self { address: listener.local_addr().unwrap(), ends: Arc::default() };
        let ends = Arc::clone(&line.ends);
        thread::spawn(move || {
            for here in listener.incoming().map(Result::unwrap) {
                let there = TcpStream::connect(&server).unwrap();
                // Before any answer arrives, so that `cut` misses no connection in use.
                ends.lock().unwrap().extend([copy(&here), copy(&there)]);
                for (mut from, mut to) in [(&here, &there), (&there, &here)].map(|(from, to)| (copy(from), copy(to))) {
                    // The copying ends when the connection is cut.
                    thread::spawn(move || io::copy(&mut from, &mut to));
                }
            }
        });
        line
    }

    fn cut(&self) {
        for end in self.ends.lock().unwrap().drain(..) {
            end.shutdown(Shutdown::Both).unwrap();
        }
    }
}

fn copy(stream: &TcpStream) -> TcpStream {
    stream.try_clone().unwrap()
}
