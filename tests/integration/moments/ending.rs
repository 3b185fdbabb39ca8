//! Messages that expire.

use actix_messages::{
    Error, Level, LevelNames, MessageView, MessagesConfig, NewMessage, Place, Timestamp,
    live::ChangeKind,
    scope,
    store::{Move, Until},
};
use actix_web::App;

use super::{HOUR, SECOND, Scene, info};
use crate::support::{Log, Server, TestStore, by_header, on_every_store, wait};

on_every_store! {
    a_message_is_deleted_at_its_moment_in_every_place,
    what_has_expired_is_not_stored,
    what_expired_while_it_waited_is_never_shown,
    what_would_expire_before_it_is_visible_is_refused,
    the_expiry_is_restored_after_the_wait,
    clients_and_templates_see_the_expiry,
}

fn a_message_is_deleted_at_its_moment_in_every_place(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        for place in [Place::Archive, Place::Later, Place::Inbox] {
            scene.inbox().add_all([info("Offer").expires_at(scene.after(HOUR)), info("Stays")]).await.unwrap();
            if place != Place::Inbox {
                let to = scene.user.at(place);
                let all = Move::of(Default::default());
                store.store.transfer(&scene.user, &to, &all, &scene.clock.clock()).await.unwrap();
            }
        }
        assert_eq!(scene.tick_after(HOUR - SECOND).await.expired, 0);
        for place in [Place::Inbox, Place::Archive, Place::Later] {
            assert_eq!(scene.texts(place).await, ["Offer", "Stays"], "{place:?}");
        }
        let ticked = scene.tick_after(SECOND).await;
        assert_eq!((ticked.expired, ticked.delivered), (3, 0));
        for place in [Place::Inbox, Place::Archive, Place::Later] {
            assert_eq!(scene.texts(place).await, ["Stays"], "{place:?}");
        }
    });
}

fn what_has_expired_is_not_stored(store: &TestStore) {
    let log = Log::default();
    log.follow_this_thread();
    wait(async {
        let scene = Scene::on(store);
        let expired = || info("Too late").expires_at(scene.clock.now());
        assert_eq!(scene.inbox().add(expired()).await.unwrap(), None);
        let ids = scene.inbox().add_all([expired(), info("In time").expires_at(scene.after(SECOND))]).await.unwrap();
        assert!(ids[0].is_none() && ids[1].is_some());
        assert_eq!(scene.messages.broadcast([scene.user.clone()], expired()).await.unwrap(), 0);
        assert_eq!(scene.texts(Place::Inbox).await, ["In time"]);
        let addressed = expired().check().unwrap().addressed(&scene.user, scene.clock.now()).unwrap_err();
        assert_eq!(addressed.to_string(), "expires_at: Ensure this moment is in the future.");
    });
    assert!(log.text().contains("message skipped: it has expired"), "{}", log.text());
}

fn what_expired_while_it_waited_is_never_shown(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let offer = info("Offer").visible_from(scene.after(HOUR)).expires_at(scene.after(2 * HOUR));
        scene.inbox().add(offer).await.unwrap();
        // No ticker ran in the hour of the offer.
        let ticked = scene.tick_after(2 * HOUR).await;
        assert_eq!((ticked.expired, ticked.delivered), (1, 0));
        assert!(scene.later().all().is_empty().await.unwrap());
        let shown = scene.hints.lock().unwrap().iter().any(|kind| matches!(kind, ChangeKind::Added(_)));
        assert!(!shown, "the message was in the inbox");
    });
}

fn what_would_expire_before_it_is_visible_is_refused(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        for expiry in [HOUR, HOUR - SECOND] {
            let never = info("Never").visible_from(scene.after(HOUR)).expires_at(scene.after(expiry));
            let Err(Error::Invalid(refused)) = scene.inbox().add(never).await else { panic!("it was added") };
            assert_eq!(refused.field(), "expires_at");
            assert_eq!(refused.problem().to_string(), "Ensure the message expires after it becomes visible.");
        }
    });
}

fn the_expiry_is_restored_after_the_wait(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let expiry = scene.after(3 * HOUR);
        scene.inbox().add(info("Offer").visible_from(scene.after(HOUR)).expires_at(expiry)).await.unwrap();
        assert_eq!(scene.tick_after(HOUR).await.delivered, 1);
        let shown = scene.inbox().all().first().await.unwrap().unwrap();
        assert_eq!((shown.until, shown.expires_at), (Some(expiry), Some(expiry)));
        // By hand, too: the user has put it off, and brings it back.
        scene.inbox().all().snooze(scene.after(HOUR)).await.unwrap();
        let back = Move::of(Default::default()).until(Until::Expiry);
        store.store.transfer(&scene.user.later(), &scene.user, &back, &scene.clock.clock()).await.unwrap();
        let same = scene.inbox().all().first().await.unwrap().unwrap();
        assert_eq!(same, shown, "it is as it was");
        assert_eq!(scene.tick_after(2 * HOUR).await.expired, 1);
    });
}

/// A message without an expiry has exactly the JSON that it had before there were expiries.
fn clients_and_templates_see_the_expiry(store: &TestStore) {
    let messages = MessagesConfig::new(store.store.clone(), by_header);
    let (alice, expiry) = (store.mailbox("alice"), Timestamp::now() + HOUR);
    wait(alice.add_all([info("Stays"), info("Offer").expires_at(expiry)])).unwrap();
    let server = Server::start(move || App::new().app_data(messages.clone()).service(scope("/messages")));
    let client = server.client();
    let list = client.request("GET", "/messages/").header("x-user", "alice").send().expect(200);
    let body = String::from_utf8(list.body).unwrap();
    assert_eq!(body.matches("expires_at").count(), 1);
    let (offer, stays) = body.split_once("},{").unwrap();
    assert!(offer.ends_with(&format!(",\"expires_at\":\"{expiry}\"")), "the last key of {offer}");
    assert!(!stays.contains("expires_at"), "{stays}");

    let expiring = NewMessage::new(Level::INFO, "Offer").expires_at(expiry).check().unwrap();
    let (names, message) = (LevelNames::default(), expiring.stored_as(actix_messages::MessageId::new(1)));
    let view = MessageView::new(&message, &names);
    assert_eq!(serde_json::to_value(&view).unwrap()["expires_at"], serde_json::json!(expiry));
}
