//! Two processes serve one database: nothing is lost, no id is given twice, and no user sees another user's messages.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Barrier,
    thread,
};

use crate::support::{Client, Process, postgres, somebody};

#[test]
fn two_processes_share_a_postgresql_database() {
    if let Some(url) = postgres() {
        share(url);
    }
}

#[test]
fn two_processes_share_an_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    share(folder.path().join("messages.sqlite").to_str().unwrap());
}

/// The changes that one client made to its user's mailbox.
#[derive(Default)]
struct Done {
    added: BTreeMap<i64, String>,
    deleted: BTreeSet<i64>,
}

/// Each user is signed in at both processes. At the same time, both clients of a user write, read and delete.
fn share(database: &str) {
    let processes = [(), ()].map(|()| Process::on(database));
    let users = ["alice", "bob", "carol", "dave"].map(|name| somebody(name).user_id().unwrap().to_owned());
    let browsers = users.each_ref().map(|user| {
        let browser = processes[0].client();
        browser.sign_in(user);
        processes.each_ref().map(|process| browser.at(process.address()))
    });
    let start = Barrier::new(users.len() * processes.len());
    let done = thread::scope(|scope| {
        let clients = users.iter().zip(&browsers).map(|(user, browser)| {
            [0, 1].map(|process| {
                let (client, start) = (browser[process].at(processes[process].address()), &start);
                scope.spawn(move || {
                    start.wait();
                    use_mailbox(&client, user, process)
                })
            })
        });
        let clients = clients.collect::<Vec<_>>();
        clients.into_iter().map(|both| both.map(|client| client.join().unwrap())).collect::<Vec<_>>()
    });
    for ((user, browser), [one, other]) in users.iter().zip(&browsers).zip(done) {
        let given = one.added.len() + other.added.len();
        let mut expected = one.added;
        expected.extend(other.added);
        assert_eq!(expected.len(), given, "an id was given to two messages of {user}");
        let deleted = one.deleted.union(&other.deleted).collect::<BTreeSet<_>>();
        assert_eq!(deleted.len(), one.deleted.len() + other.deleted.len(), "a message of {user} was deleted twice");
        assert!(!deleted.is_empty());
        expected.retain(|id, _| !deleted.contains(id));
        for client in browser {
            assert_eq!(list(client, 1000), expected, "{user}");
        }
    }
}

fn use_mailbox(client: &Client, user: &str, process: usize) -> Done {
    let mut done = Done::default();
    for round in 0..20 {
        let text = format!("for {user}, {process} {round}");
        let id = client.add(25, &text);
        assert!(done.added.last_key_value().is_none_or(|(last, _)| *last < id));
        done.added.insert(id, text);
        let shown = list(client, 6);
        assert!(shown.values().all(|text| text.starts_with(&format!("for {user}, "))), "{user} was shown {shown:?}");
        assert_ne!(shown.len(), 0);
        // The list has marked it as read, so it can be deleted. The other process may delete it first.
        let (oldest, _) = shown.first_key_value().unwrap();
        if round % 3 == 2 {
            match client.delete(format!("/messages/{oldest}/")).status {
                204 => drop(done.deleted.insert(*oldest)),
                status => assert_eq!(status, 404),
            }
        }
    }
    done
}

/// Returns the newest messages.
fn list(client: &Client, limit: usize) -> BTreeMap<i64, String> {
    let list = client.get(format!("/messages/?limit={limit}")).expect(200).json();
    let results = list["results"].as_array().unwrap();
    let pairs = results.iter().map(|it| (it["id"].as_i64().unwrap(), it["message"].as_str().unwrap().to_owned()));
    let messages = pairs.collect::<BTreeMap<_, _>>();
    assert_eq!(messages.len(), results.len(), "an id is listed twice");
    messages
}
