//! Messages that are put off.

use actix_messages::{Place, Recipient, Repeat, SessionId, Timestamp, live::ChangeKind, store::Kept};

use super::{HOUR, SECOND, Scene, info};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    it_comes_back_as_a_new_unread_message,
    it_comes_back_although_its_session_has_ended,
    what_a_visitor_puts_off_comes_back_to_the_user,
    it_is_put_off_again,
    it_expires_while_it_waits,
}

fn it_comes_back_as_a_new_unread_message(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        let invoice = info("Invoice").tag("billing").key("invoice-7", Repeat::Ignored);
        let id = scene.inbox().add(invoice).await.unwrap().unwrap();
        scene.inbox().add(info("Another")).await.unwrap();
        scene.inbox().all().mark_read().await.unwrap();
        scene.clock.advance(SECOND);
        let tagged = scene.inbox().all().narrow(|filter| filter.tagged("billing"));
        assert_eq!(tagged.snooze(scene.after(HOUR)).await.unwrap(), [id], "it keeps its id while it waits");
        assert_eq!(scene.texts(Place::Inbox).await, ["Another"]);
        scene.hints.lock().unwrap().clear();
        assert_eq!(scene.tick_after(HOUR).await.delivered, 1);
        assert_eq!(scene.texts(Place::Inbox).await, ["Another", "Invoice"]);
        let back = scene.inbox().unread().first().await.unwrap().unwrap();
        assert_eq!((back.text.as_str(), back.created()), ("Invoice", scene.clock.now()));
        assert_eq!(
            (back.key.as_deref(), &back.tags[..], back.until),
            (Some("invoice-7"), &["billing".to_owned()][..], None)
        );
        assert_eq!(*scene.hints.lock().unwrap(), [ChangeKind::Added(vec![back.id])]);
    });
}

fn it_comes_back_although_its_session_has_ended(store: &TestStore) {
    wait(async {
        let session = SessionId::from_digest(*b"moments snoozing");
        let visitor = Recipient::visitor(session.clone());
        for (scene, expected) in [(Scene::on(store), &["Snoozed"][..]), (Scene::of(store, visitor), &[])] {
            let inbox = scene.inbox().session(Some(session.clone()));
            inbox.add_all([info("Snoozed"), info("Bound")]).await.unwrap();
            let one = inbox.all().narrow(|filter| filter.with_text("Snoozed"));
            one.snooze(scene.after(HOUR)).await.unwrap();
            store.store.end_session(&session, &Kept::none()).await.unwrap();
            scene.tick_after(HOUR).await;
            assert_eq!(scene.texts(Place::Inbox).await, expected, "{:?}", scene.user);
        }
    });
}

fn what_a_visitor_puts_off_comes_back_to_the_user(store: &TestStore) {
    wait(async {
        let session = SessionId::from_digest(*b"moments claiming");
        let (scene, visitor) = (Scene::on(store), Recipient::visitor(session.clone()));
        let before = scene.messages.mailbox(visitor.clone()).session(Some(session.clone()));
        before.add_all([info("Snoozed"), info("Read")]).await.unwrap();
        before.all().narrow(|filter| filter.with_text("Snoozed")).snooze(scene.after(HOUR)).await.unwrap();
        assert_eq!(scene.inbox().claim(&visitor).await.unwrap(), 2);
        assert_eq!(scene.texts(Place::Later).await, ["Snoozed"]);
        store.store.end_session(&session, &Kept::none()).await.unwrap();
        scene.tick_after(HOUR).await;
        assert_eq!(scene.texts(Place::Inbox).await, ["Snoozed"]);
    });
}

fn it_is_put_off_again(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        scene.inbox().add(info("Text")).await.unwrap();
        let ids = scene.inbox().all().snooze(scene.after(HOUR)).await.unwrap();
        assert_eq!(scene.later().all().snooze(scene.after(3 * HOUR)).await.unwrap(), ids);
        assert_eq!(scene.tick_after(HOUR).await.delivered, 0);
        assert_eq!(scene.later().all().snooze(scene.after(HOUR)).await.unwrap(), ids);
        assert_eq!(scene.tick_after(HOUR).await.delivered, 1);
        // A moment that has passed brings it back with the next tick.
        scene.inbox().all().snooze(Timestamp::from_micros(1)).await.unwrap();
        assert_eq!(scene.tick().await.delivered, 1);
    });
}

fn it_expires_while_it_waits(store: &TestStore) {
    wait(async {
        let scene = Scene::on(store);
        scene.inbox().add(info("Offer").expires_at(scene.after(HOUR))).await.unwrap();
        scene.inbox().all().snooze(scene.after(2 * HOUR)).await.unwrap();
        let ticked = scene.tick_after(HOUR).await;
        assert_eq!((ticked.expired, ticked.delivered), (1, 0));
        assert_eq!(scene.tick_after(2 * HOUR).await.delivered, 0);
    });
}
