//! Looks at the same moment, a withdrawal in the middle of a look, and copies that fail.

use std::sync::{Arc, Mutex};

use actix_messages::{
    Clock, MessageId, MessageStore, MessagesConfig, forward_to_store,
    store::{Inserted, Insertion, Result},
};
use async_trait::async_trait;

use super::{Group, Site, info};
use crate::support::{FailingStore, TestStore, by_header, on_every_store, wait};

on_every_store! {
    two_looks_at_once_deliver_it_once,
    one_that_is_withdrawn_in_the_middle_of_a_look_does_not_stay,
    a_copy_that_fails_leaves_the_read_as_it_is,
}

#[test]
fn on_postgres() {
    let Some(store) = TestStore::postgres() else { return };
    two_looks_at_once_deliver_it_once(&store);
    one_that_is_withdrawn_in_the_middle_of_a_look_does_not_stay(&store);
    a_copy_that_fails_leaves_the_read_as_it_is(&store);
}

fn two_looks_at_once_deliver_it_once(store: &TestStore) {
    let site = Site::on(store);
    for round in 0..10 {
        site.announce(info(&format!("Round {round}")));
        let member = site.user("alice");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let another = super::Member { client: site.server.client(), user: member.user.clone() };
                scope.spawn(move || another.inbox());
            }
        });
        assert_eq!(member.inbox().len(), (round + 1).min(10));
    }
}

/// Before it inserts a copy, this store withdraws the announcement or fails.
#[derive(Debug)]
struct Disturbed {
    store: Arc<dyn MessageStore>,
    disturbance: Arc<Mutex<Option<Disturbance>>>,
}

#[derive(Debug, Clone)]
enum Disturbance {
    Withdrawal(Group, MessageId, Clock),
    Failure,
}

#[async_trait]
impl MessageStore for Disturbed {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let copies = insertion.unless_past.is_some() && !insertion.messages.is_empty();
        let disturbance = self.disturbance.lock().unwrap().clone().filter(|_| copies);
        match disturbance {
            Some(Disturbance::Withdrawal(group, id, clock)) => {
                let messages = MessagesConfig::new(Arc::clone(&self.store), by_header).clock(clock);
                messages.withdraw(&group, id).await?;
            }
            Some(Disturbance::Failure) => return FailingStore::Broken.insert(insertion, clock).await,
            None => {}
        }
        self.store.insert(insertion, clock).await
    }

    forward_to_store!(this => this.store; except insert);
}

fn disturbed(store: &TestStore) -> (Site, Arc<Mutex<Option<Disturbance>>>) {
    let disturbance = Arc::new(Mutex::new(None));
    let shared = Arc::clone(&disturbance);
    let site = Site::on(&store.behind(|store| Disturbed { store, disturbance: shared }));
    (site, disturbance)
}

fn one_that_is_withdrawn_in_the_middle_of_a_look_does_not_stay(store: &TestStore) {
    let (site, disturbance) = disturbed(store);
    let alice = site.user("alice");
    let id = site.announce(info("Wrong"));
    *disturbance.lock().unwrap() = Some(Disturbance::Withdrawal(site.group.clone(), id, site.clock.clock()));
    assert_eq!(alice.inbox(), [""; 0]);
    assert!(wait(site.messages.announcements(&site.group)).unwrap().is_empty(), "it was not withdrawn");
}

fn a_copy_that_fails_leaves_the_read_as_it_is(store: &TestStore) {
    let (site, disturbance) = disturbed(store);
    let alice = site.user("alice");
    wait(site.messages.mailbox(alice.user.clone()).info("Hello")).unwrap();
    site.announce(info("News"));
    *disturbance.lock().unwrap() = Some(Disturbance::Failure);
    assert_eq!(alice.inbox(), ["Hello"]);
    *disturbance.lock().unwrap() = None;
    assert_eq!(alice.inbox(), ["News", "Hello"]);
}
