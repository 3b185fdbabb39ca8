//! Everything of a person, in all places: erasure, sign-in, the end of a session, retention, and the export.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_messages::{
    Clock, Mailbox, MessageFilter, MessageStore, NewMessage, Page, PageRequest, Place, Recipient, SessionId, Since,
    Timestamp, forward_to_store,
    settings::AfterLogout,
    store::{Kept, Mark, Move, Moved, StoreError},
};
use async_trait::async_trait;
use serde_json::json;

use super::{post, texts};
use crate::support::{TestApp, TestStore, on_every_store, wait};

on_every_store! {
    erasure_leaves_nothing_in_any_place,
    erasure_ends_the_watches_of_all_places,
    a_sign_in_takes_all_places_along,
    a_claim_that_was_interrupted_can_be_repeated,
    the_end_of_a_session_reaches_all_places,
    what_a_request_has_archived_stays_if_the_session_ends,
    an_export_has_everything,
    an_export_is_stable_while_messages_come,
    an_export_continues_after_a_failure,
}

/// A store whose lists and transfers fail after a number of calls.
#[derive(Debug)]
struct Limited {
    store: Arc<dyn MessageStore>,
    left: AtomicUsize,
}

impl Limited {
    fn call(&self) -> Result<(), StoreError> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| StoreError::Unavailable { store: "limited", source: "no call is left".into() })
    }
}

#[async_trait]
impl MessageStore for Limited {
    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        self.call()?;
        self.store.list(of, filter, page).await
    }

    async fn transfer(
        &self,
        from: &Recipient,
        to: &Recipient,
        what: &Move,
        clock: &Clock,
    ) -> Result<Vec<Moved>, StoreError> {
        self.call()?;
        self.store.transfer(from, to, what, clock).await
    }

    forward_to_store!(limited => limited.store; except list, transfer);
}

const PLACES: [Place; 3] = [Place::Inbox, Place::Archive, Place::Later];

fn of(store: &TestStore, recipient: Recipient) -> Mailbox {
    Mailbox::new(recipient, Arc::clone(&store.store))
}

fn visitor(store: &TestStore) -> Mailbox {
    of(store, Recipient::visitor(SessionId::from_digest([9; 16])))
}

/// Adds a message to each place, bound to this session, and moves a mark in each.
async fn fill(mailbox: &Mailbox, session: Option<SessionId>) {
    for place in PLACES {
        let place = mailbox.at(place).session(session.clone());
        let id = place.info(format!("in {:?}", place.recipient().place())).await.unwrap().unwrap();
        place.mark_seen(id).await.unwrap();
    }
}

async fn counts(mailbox: &Mailbox) -> [u64; 3] {
    let mut counts = [0; 3];
    for (count, place) in counts.iter_mut().zip(PLACES) {
        *count = mailbox.at(place).all().count().await.unwrap();
    }
    counts
}

fn erasure_leaves_nothing_in_any_place(store: &TestStore) {
    wait(async {
        let [alice, bob] = ["alice", "bob"].map(|name| store.mailbox(name));
        let session = SessionId::from_digest([7; 16]);
        fill(&alice, Some(session.clone())).await;
        fill(&bob, Some(session.clone())).await;
        // Also if the mailbox was opened at another place, or within a session.
        let archive = alice.at(Place::Archive).within_session(SessionId::from_digest([8; 16]));
        assert_eq!(archive.erase().await.unwrap(), 3);
        assert_eq!((counts(&alice).await, counts(&bob).await), ([0; 3], [1; 3]));
        assert!(alice.export().next().await.is_none());
        for place in alice.recipient().places() {
            for mark in [Mark::SEEN, Mark::NEWEST] {
                assert_eq!(store.store.advance(&place, &mark, None).await.unwrap(), None, "{mark} of {place:?}");
            }
        }
        let end = store.store.end_session(&session, &Kept::none()).await.unwrap();
        assert_eq!(end.mailboxes, BTreeSet::from(bob.recipient().places()), "no message is bound to the session");
    });
}

fn erasure_ends_the_watches_of_all_places(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        fill(&alice, None).await;
        let mut watches = Vec::new();
        for place in PLACES {
            watches.push(alice.at(place).all().watch(Since::Now).await.unwrap());
        }
        alice.erase().await.unwrap();
        for mut watch in watches {
            assert_eq!(watch.next().await, None);
        }
    });
}

fn a_sign_in_takes_all_places_along(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    let [archived, _] = ["archived", "another"].map(|text| visitor.add(20, text));
    let kept = visitor.add(20, "kept");
    assert_eq!(post(&visitor, &format!("{archived}/archive/")), json!({ "count": 1 }));
    assert_eq!(post(&visitor, &format!("seen/?up_to={kept}")), json!({ "seen": kept }));
    wait(store.mailbox("alice").at(Place::Archive).info("of alice")).unwrap();
    visitor.sign_in("alice");
    assert_eq!(texts(&visitor, ""), ["kept", "another"]);
    assert_eq!(texts(&visitor, "archive/"), ["of alice", "archived"]);
    let peek = visitor.get("/api/messages/peek/").json();
    assert_eq!((&peek["count"], &peek["unseen"]), (&json!(2), &json!(0)), "the position moves along");
    assert_eq!(post(&visitor, &format!("{archived}/restore/")), json!({ "count": 1 }));
    wait(async {
        let (mailbox, before) = (store.mailbox("alice"), self::visitor(store));
        fill(&before, None).await;
        let mut watches = Vec::new();
        for place in PLACES {
            watches.push(before.at(place).all().watch(Since::Now).await.unwrap());
        }
        let there = counts(&mailbox).await;
        // It does not matter at which place the mailboxes were opened.
        assert_eq!(mailbox.at(Place::Later).claim(before.at(Place::Archive).recipient()).await.unwrap(), 3);
        assert_eq!((counts(&mailbox).await, counts(&before).await), (there.map(|count| count + 1), [0; 3]));
        assert_eq!(mailbox.claim(&mailbox.recipient().archive()).await.unwrap(), 0);
        for mut watch in watches {
            assert_eq!(watch.next().await, None);
        }
    });
}

fn a_claim_that_was_interrupted_can_be_repeated(store: &TestStore) {
    wait(async {
        let before = visitor(store);
        fill(&before, None).await;
        let limited = Arc::new(Limited { store: Arc::clone(&store.store), left: AtomicUsize::new(1) });
        let alice = Mailbox::new(store.mailbox("alice").recipient().clone(), Arc::clone(&limited) as Arc<_>);
        alice.claim(before.recipient()).await.unwrap_err();
        assert_eq!(counts(&before).await, [0, 1, 1]);
        limited.left.store(usize::MAX, Ordering::SeqCst);
        assert_eq!(alice.claim(before.recipient()).await.unwrap(), 2);
        assert_eq!(alice.claim(before.recipient()).await.unwrap(), 0);
        assert_eq!(counts(&alice).await, [1; 3]);
    });
}

fn the_end_of_a_session_reaches_all_places(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        let session = SessionId::from_digest([7; 16]);
        fill(&alice, Some(session.clone())).await;
        fill(&alice, None).await;
        let end = store.store.end_session(&session, &Kept::none()).await.unwrap();
        assert_eq!((end.deleted, end.mailboxes), (3, BTreeSet::from(alice.recipient().places())));
        assert_eq!(counts(&alice).await, [1; 3]);
    });
    for (after_logout, left) in [(AfterLogout::Delete, 0), (AfterLogout::Keep, 1)] {
        let app = TestApp::with(store, |messages| messages.after_logout(after_logout));
        let bob = app.user("bob");
        bob.add(20, "text");
        post(&bob, "archive/");
        bob.sign_out();
        assert_eq!(wait(store.mailbox("bob").at(Place::Archive).all().count()).unwrap(), left);
    }
}

/// A request that adds a message, archives it and signs out: the message stays, as it would in the inbox.
fn what_a_request_has_archived_stays_if_the_session_ends(store: &TestStore) {
    use actix_messages::{Error, Messages, MessagesConfig, session_key};
    use actix_session::Session;
    use actix_web::{HttpResponse, web};

    async fn leave(messages: Messages, session: Session) -> Result<HttpResponse, Error> {
        messages.info("before").await?;
        assert_eq!(messages.all().archive().await?, 2);
        session.purge();
        Ok(HttpResponse::Ok().finish())
    }

    async fn enter(messages: Messages, session: Session) -> Result<HttpResponse, Error> {
        let _ = session.insert("user", "alice");
        messages.info("earlier").await?;
        Ok(HttpResponse::Ok().finish())
    }

    let messages = MessagesConfig::new(Arc::clone(&store.store), session_key("user"));
    let server = crate::support::serve(messages, |routes| {
        routes.route("/enter", web::get().to(enter)).route("/leave", web::get().to(leave));
    });
    let client = server.client();
    client.get("/enter").expect(200);
    client.get("/leave").expect(200);
    let archived = wait(store.mailbox("alice").at(Place::Archive).all().list()).unwrap();
    assert_eq!(archived.to_string(), "before");
}

fn an_export_has_everything(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        let mut expected = Vec::new();
        for (place, count) in PLACES.into_iter().zip([250, 100, 1]) {
            let session = Some(SessionId::from_digest([7; 16]));
            let texts = (0..count).map(|number| format!("{place:?} {number}")).collect::<Vec<_>>();
            let mailbox = alice.at(place).session(session);
            mailbox.add_all(texts.iter().map(|text| NewMessage::new(20, text.clone()).tag("x"))).await.unwrap();
            expected.extend(texts.into_iter().map(|text| (place, text)));
        }
        store.mailbox("bob").info("to bob").await.unwrap();
        alice.all().narrow(|filter| filter.with_text("Inbox 7")).mark_read().await.unwrap();
        // Everything, also if the mailbox was opened at another place, or within a session.
        let opened = alice.at(Place::Later).within_session(SessionId::from_digest([8; 16]));
        let mut export = opened.export();
        let mut exported = Vec::new();
        while let Some((place, message)) = export.next().await.transpose().unwrap() {
            assert_eq!((message.is_unread(), message.tags.len()), (message.text != "Inbox 7", 1));
            exported.push((place, message.content.text));
        }
        assert_eq!(exported, expected);
        assert!(export.next().await.is_none(), "the end stays the end");
        assert_eq!(alice.unread().count().await.unwrap(), 249, "nothing is marked");
    });
}

fn an_export_is_stable_while_messages_come(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        let texts = (0..300).map(|number| NewMessage::new(20, number.to_string()));
        let ids = alice.add_all(texts).await.unwrap().into_iter().flatten().collect::<Vec<_>>();
        let mut export = alice.export();
        let mut exported = Vec::new();
        while let Some((_, message)) = export.next().await.transpose().unwrap() {
            // A message comes, and one that was exported already goes.
            alice.info("new").await.unwrap();
            if exported.len() % 50 == 0 {
                alice.all().narrow(|filter| filter.with_id(message.id)).delete().await.unwrap();
            }
            exported.push(message.id);
        }
        assert_eq!(exported, ids);
    });
}

fn an_export_continues_after_a_failure(store: &TestStore) {
    wait(async {
        let limited = Arc::new(Limited { store: Arc::clone(&store.store), left: AtomicUsize::new(0) });
        fill(&store.mailbox("alice"), None).await;
        let alice = Mailbox::new(store.mailbox("alice").recipient().clone(), Arc::clone(&limited) as Arc<_>);
        let mut export = alice.export();
        export.next().await.unwrap().unwrap_err();
        export.next().await.unwrap().unwrap_err();
        limited.left.store(usize::MAX, Ordering::SeqCst);
        let mut places = Vec::new();
        while let Some((place, _)) = export.next().await.transpose().unwrap() {
            places.push(place);
        }
        assert_eq!(places, PLACES);
    });
}

/// The sweeper deletes old messages of each place by its own rule.
#[test]
fn retention_is_per_place() {
    let store = TestStore::memory();
    wait(async {
        let now = Timestamp::now();
        let day = Duration::from_secs(24 * 60 * 60);
        let old = Clock::from(Timestamp::from_micros(now.as_micros() - 10 * 86_400_000_000));
        fill(&store.mailbox("alice").clock(old), None).await;
        let messages = actix_messages::MessagesConfig::new(Arc::clone(&store.store), crate::support::by_header);
        let retention = actix_messages::Retention::default().any_for(5 * day);
        messages.sweep(&retention).await.unwrap();
        assert_eq!(counts(&store.mailbox("alice")).await, [0, 1, 1]);
        messages.sweep(&retention.archived_for(5 * day)).await.unwrap();
        assert_eq!(counts(&store.mailbox("alice")).await, [0, 0, 1]);
    });
}
