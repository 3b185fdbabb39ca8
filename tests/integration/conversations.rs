//! Replays recorded conversations with the original, and compares everything that its front ends can notice.

mod differences;
mod holes;
mod recording;
mod replay;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use actix_messages_demo::Settings;
use serde_json::Value;

use self::{recording::Recording, replay::Replay};
use crate::support::{TestApp, TestStore, on_every_store};

on_every_store! {
    the_recorded_conversations_go_as_recorded,
    further_conversations_go_as_recorded,
}

#[test]
fn all_conversations_go_as_recorded_on_postgresql() {
    if let Some(store) = TestStore::postgres() {
        the_recorded_conversations_go_as_recorded(&store);
        further_conversations_go_as_recorded(&store);
    }
}

fn the_recorded_conversations_go_as_recorded(store: &TestStore) {
    replay_all("conversations", store);
}

fn further_conversations_go_as_recorded(store: &TestStore) {
    replay_all("further", store);
}

/// Replays all recordings of the folder, on one server for each combination of settings. The names of the users differ
/// in each recording, so recordings can share a store and run at the same time.
fn replay_all(folder: &str, store: &TestStore) {
    let recordings = read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(folder));
    assert!(!recordings.is_empty(), "there are no recordings in {folder}");
    let mut groups = BTreeMap::<String, Vec<&Recording>>::new();
    for recording in &recordings {
        groups.entry(Value::from(recording.settings.clone()).to_string()).or_default().push(recording);
    }
    let failures = groups.values().flat_map(|group| replay_group(group, store)).collect::<Vec<_>>();
    let number = failures.len();
    assert!(failures.is_empty(), "{number} of {} conversations differ\n{}", recordings.len(), failures.join("\n"));
}

/// Replays recordings with the same settings, and returns the differences.
fn replay_group(group: &[&Recording], store: &TestStore) -> Vec<String> {
    /// Each replay has a unique number, because replays may share a store.
    static RUN: AtomicUsize = AtomicUsize::new(0);
    let settings = Settings::from_variables(|name| group[0].setting(name)).unwrap();
    let app = TestApp::with(store, |messages| settings.apply(messages));
    let next = AtomicUsize::new(0);
    let work = || {
        let recordings = std::iter::from_fn(|| group.get(next.fetch_add(1, Ordering::Relaxed)));
        let failures = recordings.filter_map(|recording| {
            let replay = Replay::new(&app, RUN.fetch_add(1, Ordering::Relaxed));
            let differences = replay.run(recording);
            (!differences.is_empty()).then(|| format!("{}\n{}", recording.name, differences.join("\n")))
        });
        failures.collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(work));
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn read_all(folder: &Path) -> Vec<Recording> {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    let read = |file: &PathBuf| {
        serde_json::from_slice(&fs::read(file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")).map(read).collect()
}
