//! Messages that are visible only from a moment on.

use actix_messages::{MessageFilter, Place, Recipient, Repeat, SessionId, live::ChangeKind, store::Kept};

use super::{HOUR, SECOND, Scene, info};
use crate::support::{TestStore, on_every_store, somebody, wait};

on_every_store! {
    a_message_is_not_there_before_its_moment,
    it_arrives_as_the_newest_message_and_is_told_once,
    what_is_past_is_there_at_once,
    it_is_cancelled_by_its_key_or_its_id,
    another_one_with_its_key_takes_its_place,
    it_is_added_once_if_repeats_are_ignored,
    many_get_it_at_the_moment,
    it_arrives_after_its_session_has_ended,
    a_batch_goes_to_both_places,
}

fn a_message_is_not_there_before_its_moment(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let id = scene.inbox().add(info("News").visible_from(scene.after(HOUR))).await.unwrap().unwrap();
        for _ in 0..2 {
            assert!(scene.inbox().all().is_empty().await.unwrap());
            assert_eq!(scene.inbox().unread().count().await.unwrap(), 0);
            let waiting = scene.later().all().first().await.unwrap().unwrap();
            assert_eq!((waiting.id, waiting.until, waiting.expires_at), (id, Some(scene.after(HOUR)), None));
            assert_eq!(scene.tick().await.delivered, 0);
        }
        assert_eq!(scene.tick_after(HOUR - SECOND).await.delivered, 0);
        assert_eq!(scene.tick_after(SECOND).await.delivered, 1);
        assert_eq!(scene.texts(Place::Inbox).await, ["News"]);
        assert!(scene.later().all().is_empty().await.unwrap());
        let arrived = scene.inbox().all().first().await.unwrap().unwrap();
        assert_eq!((arrived.until, arrived.is_unread()), (None, true));
        assert_eq!(scene.tick_after(HOUR).await.delivered, 0, "it has arrived");
    });
}

/// A cursor, a stream and `up_to` never meet a message behind their position.
fn it_arrives_as_the_newest_message_and_is_told_once(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        scene.inbox().add(info("Scheduled first").visible_from(scene.after(HOUR))).await.unwrap();
        scene.clock.advance(SECOND);
        let newest = scene.inbox().add(info("Between")).await.unwrap().unwrap();
        scene.hints.lock().unwrap().clear();
        scene.tick_after(2 * HOUR).await;
        let arrived = scene.inbox().all().first().await.unwrap().unwrap();
        assert_eq!((arrived.text.as_str(), arrived.created()), ("Scheduled first", scene.clock.now()));
        assert!(arrived.id > newest);
        assert_eq!(*scene.hints.lock().unwrap(), [ChangeKind::Added(vec![arrived.id])]);
    });
}

fn what_is_past_is_there_at_once(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        scene.clock.advance(HOUR);
        for moment in [scene.clock.now(), actix_messages::Timestamp::from_micros(1)] {
            scene.inbox().add(info("Now").visible_from(moment)).await.unwrap();
        }
        assert_eq!(scene.texts(Place::Inbox).await, ["Now", "Now"]);
    });
}

fn it_is_cancelled_by_its_key_or_its_id(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let moment = scene.after(HOUR);
        let keyed = info("By key").key("launch", Repeat::Replaces).visible_from(moment);
        scene.inbox().add(keyed).await.unwrap();
        let id = scene.inbox().add(info("By id").visible_from(moment)).await.unwrap().unwrap();
        assert_eq!(scene.later().all().narrow(|filter| filter.with_key("launch")).delete().await.unwrap().len(), 1);
        assert_eq!(scene.later().all().narrow(|filter| filter.with_id(id)).delete().await.unwrap(), [id]);
        assert_eq!(scene.tick_after(HOUR).await.delivered, 0);
    });
}

fn another_one_with_its_key_takes_its_place(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let keyed = |text: &str| info(text).key("launch", Repeat::Replaces);
        scene.inbox().add(keyed("Monday").visible_from(scene.after(HOUR))).await.unwrap();
        scene.inbox().add(keyed("Tuesday").visible_from(scene.after(2 * HOUR))).await.unwrap();
        assert_eq!(scene.texts(Place::Later).await, ["Tuesday"]);
        assert_eq!(scene.tick_after(HOUR).await.delivered, 0, "it is rescheduled");
        assert_eq!(scene.tick_after(HOUR).await.delivered, 1);
        assert_eq!(scene.texts(Place::Inbox).await, ["Tuesday"]);
        // A key is unique across all places.
        scene.inbox().add(keyed("Wednesday").visible_from(scene.after(HOUR))).await.unwrap();
        assert!(scene.inbox().all().is_empty().await.unwrap());
        scene.inbox().add(keyed("At once")).await.unwrap();
        assert_eq!(scene.texts(Place::Inbox).await, ["At once"]);
        assert_eq!(scene.tick_after(2 * HOUR).await.delivered, 0);
    });
}

fn it_is_added_once_if_repeats_are_ignored(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let keyed = |text: &str| info(text).key("reminder", Repeat::Ignored).visible_from(scene.after(HOUR));
        let first = scene.inbox().add(keyed("First")).await.unwrap();
        assert_eq!(scene.inbox().add(keyed("Second")).await.unwrap(), first);
        assert_eq!(scene.tick_after(HOUR).await.delivered, 1);
        assert_eq!(scene.texts(Place::Inbox).await, ["First"]);
    });
}

fn many_get_it_at_the_moment(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let (bob, news) = (somebody("bob"), info("News").visible_from(scene.after(HOUR)));
        let recipients = [scene.user.clone(), scene.user.archive(), bob.clone(), scene.user.clone()];
        assert_eq!(scene.messages.broadcast(recipients, news).await.unwrap(), 2);
        assert!(scene.inbox().all().is_empty().await.unwrap());
        assert_eq!(scene.tick_after(HOUR).await.delivered, 2);
        for of in [&scene.user, &bob] {
            assert_eq!(scene.messages.mailbox(of.clone()).all().list().await.unwrap().to_string(), "News");
        }
    });
}

fn it_arrives_after_its_session_has_ended(store: &TestStore) {
    wait(async {
        let session = SessionId::from_digest(*b"moments arriving");
        let visitor = Recipient::visitor(session.clone());
        for (scene, expected) in [(Scene::on(store), &["Later"][..]), (Scene::of(store, visitor), &[])] {
            let inbox = scene.inbox().session(Some(session.clone()));
            inbox.add_all([info("Now"), info("Later").visible_from(scene.after(HOUR))]).await.unwrap();
            store.store.end_session(&session, &Kept::none()).await.unwrap();
            scene.tick_after(HOUR).await;
            assert_eq!(scene.texts(Place::Inbox).await, expected, "{:?}", scene.user);
            assert!(scene.later().all().is_empty().await.unwrap(), "{:?}", scene.user);
        }
    });
}

fn a_batch_goes_to_both_places(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let later = |text: &str| info(text).visible_from(scene.after(HOUR));
        let batch = [info("1"), later("2"), info(""), info("3"), later("4")];
        let ids = scene.inbox().add_all(batch).await.unwrap();
        assert_eq!(ids.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true, true]);
        for (place, numbers) in [(Place::Inbox, [0, 3]), (Place::Later, [1, 4])] {
            let list = scene.at(place).select(MessageFilter::default()).list().await.unwrap();
            let listed = list.iter().rev().map(|message| Some(message.id)).collect::<Vec<_>>();
            assert_eq!(listed, numbers.map(|number| ids[number]), "{place:?}");
        }
    });
}
