//! Checks the metrics of a timed store.

use std::collections::BTreeMap;

use actix_messages::{
    Level, MemoryStore, MessageFilter, MessageStore, NewMessage, PageRequest, Recipient, SessionId, Timestamp,
    store::{Change, Insertion, Kept, Mark, Move, RetentionCutoff},
};
use actix_messages_example_stores::{RedisStore, Timed};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

#[tokio::test]
async fn each_verb_is_timed_under_its_own_name() {
    let recorder = DebuggingRecorder::new();
    let metrics = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);

    let store = Timed(MemoryStore::new());
    let (of, all, now) = (Recipient::user("alice").unwrap(), MessageFilter::default(), Timestamp::from_micros(1));
    let session = SessionId::from_digest([1; 16]);
    let message = NewMessage::new(Level::INFO, "Hello").check().unwrap();
    store.insert(Insertion::new([of.clone()], vec![message]), &now.into()).await.unwrap();
    store.list(&of, &all, &PageRequest::all()).await.unwrap();
    store.list(&of, &all, &PageRequest::all()).await.unwrap();
    store.summarize(&of, &all).await.unwrap();
    store.change(&of, &all, &Change::MarkRead, now).await.unwrap();
    store.transfer(&of, &Recipient::visitor(session.clone()), &Move::mailbox(), &now.into()).await.unwrap();
    store.due(Timestamp::from_micros(0), 1).await.unwrap();
    store.delete(&of, &all).await.unwrap();
    store.advance(&of, &Mark::new("seen").unwrap(), None).await.unwrap();
    store.erase(&of).await.unwrap();
    store.end_session(&session, &Kept::All).await.unwrap();
    store.sweep(&RetentionCutoff::default(), None, 1).await.unwrap();

    let expected = [
        ("advance", 1),
        ("change", 1),
        ("delete", 1),
        ("due", 1),
        ("end_session", 1),
        ("erase", 1),
        ("insert", 1),
        ("list", 2),
        ("summarize", 1),
        ("sweep", 1),
        ("transfer", 1),
    ];
    let expected = expected.map(|(verb, times)| ((verb.to_owned(), "ok".to_owned()), times));
    assert_eq!(recorded(&metrics), BTreeMap::from(expected));
}

#[tokio::test]
async fn a_verb_that_fails_is_timed_apart_from_those_that_answer() {
    let recorder = DebuggingRecorder::new();
    let metrics = recorder.snapshotter();
    let _recording = metrics::set_default_local_recorder(&recorder);

    // No server listens on this port.
    let store = Timed(RedisStore::open("redis://127.0.0.1:1", "nowhere").unwrap());
    store.summarize(&Recipient::user("alice").unwrap(), &MessageFilter::default()).await.unwrap_err();

    assert_eq!(recorded(&metrics), BTreeMap::from([(("summarize".to_owned(), "unavailable".to_owned()), 1)]));
}

/// Returns how often each verb had each outcome.
fn recorded(metrics: &metrics_util::debugging::Snapshotter) -> BTreeMap<(String, String), usize> {
    let recorded = metrics.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let (_, key) = key.into_parts();
        assert_eq!(key.name(), "messages_store_seconds");
        let label = |name| key.labels().find(|label| label.key() == name).unwrap().value().to_owned();
        let DebugValue::Histogram(seconds) = value else { panic!("{key} is not a histogram") };
        assert!(seconds.iter().all(|seconds| seconds.0 >= 0.0 && seconds.0 < 3600.0), "{key}: {seconds:?}");
        ((label("verb"), label("outcome")), seconds.len())
    });
    recorded.collect()
}
