//! Selections: each adjective narrows the selection, and verbs apply to the messages that remain.

use actix_messages::{
    Direction, Level, Mailbox, MessageFilter, MessageOrder, NewMessage, OrderKey, PageRequest, Selection, SessionId,
};

use super::{texts, three, unread};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    adjectives_narrow_one_another,
    two_of_a_kind_narrow_one_another,
    two_sessions_leave_what_is_bound_to_none,
    read_and_unread_leave_nothing,
    a_selection_is_in_the_order_asked_for,
    taking_follows_the_order,
    taking_follows_the_adjectives,
    a_page_is_a_part_and_knows_the_whole,
    the_first_is_the_first_of_the_order,
    a_summary_is_that_of_the_narrowed_selection,
    reading_twice_keeps_the_first_time,
    nothing_of_another_mailbox_is_meant,
}

async fn shop(store: &TestStore) -> Mailbox {
    let mailbox = store.mailbox("alice");
    let messages = [
        NewMessage::new(Level::INFO, "Parcel sent").tag("shop").tag("parcel").view("orders"),
        NewMessage::new(Level::WARNING, "Parcel late").tag("shop").tag("parcel").view("orders"),
        NewMessage::new(Level::ERROR, "Card declined").tag("shop").tag("billing").view("payments"),
        NewMessage::new(Level::ERROR, "Parcel lost").tag("parcel").view("support"),
    ];
    mailbox.add_all(messages).await.unwrap();
    mailbox
}

fn adjectives_narrow_one_another(store: &TestStore) {
    wait(async {
        let mailbox = shop(store).await;
        let parcels = || mailbox.unread().tagged("parcel").containing("PARCEL");
        assert_eq!(texts(&parcels().list().await.unwrap()), ["Parcel lost", "Parcel late", "Parcel sent"]);
        let late = || parcels().at_least(Level::WARNING).from_view("orders");
        assert_eq!(texts(&late().list().await.unwrap()), ["Parcel late"]);
        assert_eq!(late().take().await.unwrap().len(), 1);
        assert!(late().is_empty().await.unwrap(), "the message is read");
        assert_eq!(parcels().count().await.unwrap(), 2);
    });
}

fn two_of_a_kind_narrow_one_another(store: &TestStore) {
    wait(async {
        let mailbox = shop(store).await;
        let both = mailbox.all().tagged("shop").tagged("parcel").list().await.unwrap();
        assert_eq!(texts(&both), ["Parcel late", "Parcel sent"]);
        let severe = mailbox.all().at_least(Level::ERROR).at_least(Level::INFO).list().await.unwrap();
        assert_eq!(texts(&severe), ["Parcel lost", "Card declined"]);
        let words = mailbox.all().containing("parcel").containing("lo").list().await.unwrap();
        assert_eq!(texts(&words), ["Parcel lost"]);
        assert!(mailbox.all().from_view("orders").from_view("support").is_empty().await.unwrap());
    });
}

fn two_sessions_leave_what_is_bound_to_none(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let [here, there] = [1, 2].map(|number| SessionId::from_digest([number; 16]));
        for (text, session) in [("here", Some(&here)), ("there", Some(&there)), ("anywhere", None)] {
            let message = NewMessage::new(Level::INFO, text);
            let message = session.into_iter().fold(message, |message, session| message.session(session.clone()));
            mailbox.add(message).await.unwrap();
        }
        let list = async |selection: Selection| selection.list().await.unwrap().to_string();
        let within = |session: &SessionId| mailbox.clone().within_session(session.clone()).all();
        assert_eq!(list(within(&here)).await, "anywhere, here");
        assert_eq!(list(within(&here).narrow(|filter| filter.within_session(here.clone()))).await, "anywhere, here");
        let both = |filter: MessageFilter| filter.within_session(here.clone()).within_session(there.clone());
        assert_eq!(list(mailbox.all().narrow(both)).await, "anywhere");
        let of_another = within(&here).narrow(|filter| filter.within_session(there.clone()));
        assert_eq!(of_another.delete().await.unwrap().len(), 1);
        assert_eq!(list(mailbox.all()).await, "there, here");
    });
}

fn read_and_unread_leave_nothing(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        mailbox.unread().take_first().await.unwrap();
        assert_eq!(mailbox.all().read().count().await.unwrap(), 1);
        assert!(mailbox.unread().read().is_empty().await.unwrap());
        assert!(mailbox.all().read().take().await.unwrap().is_empty(), "read messages are not taken again");
    });
}

fn a_selection_is_in_the_order_asked_for(store: &TestStore) {
    wait(async {
        let mailbox = shop(store).await;
        let in_order = async |order| mailbox.all().order(order).list().await.unwrap().to_string();
        let newest_first = "Parcel lost, Card declined, Parcel late, Parcel sent";
        assert_eq!(in_order(MessageOrder::default()).await, newest_first);
        let oldest_first = "Parcel sent, Parcel late, Card declined, Parcel lost";
        assert_eq!(in_order(MessageOrder::by(OrderKey::Created)).await, oldest_first);
        let severest_first = MessageOrder::by(OrderKey::Level).descending();
        assert_eq!(in_order(severest_first.clone()).await, newest_first);
        let oldest_of_the_severest = severest_first.then(OrderKey::Created, Direction::Ascending);
        let expected = "Card declined, Parcel lost, Parcel late, Parcel sent";
        assert_eq!(in_order(oldest_of_the_severest).await, expected);
    });
}

fn taking_follows_the_order(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let oldest_first = || mailbox.unread().order(MessageOrder::by(OrderKey::Created));
        assert_eq!(oldest_first().take_first().await.unwrap().unwrap().text, "one");
        mailbox.info("four").await.unwrap();
        assert_eq!(texts(&oldest_first().take_range(1..2).await.unwrap()), ["three"]);
        assert_eq!(oldest_first().take_each().next().await.unwrap().unwrap().text, "two");
        assert_eq!(texts(&oldest_first().take_up_to(2).await.unwrap()), ["four"]);
    });
}

fn taking_follows_the_adjectives(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let mut taking = mailbox.all().at_least(Level::SUCCESS).take_each();
        assert_eq!(taking.next().await.unwrap().unwrap().text, "three");
        assert_eq!(taking.next().await.unwrap().unwrap().text, "two");
        assert_eq!(taking.next().await.unwrap(), None);
        assert_eq!(unread(&mailbox).await, ["one"]);
    });
}

fn a_page_is_a_part_and_knows_the_whole(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let page = mailbox.all().page(&PageRequest::first(2).offset(1).counted()).await.unwrap();
        assert_eq!((texts(&page.messages), page.total), (vec!["two", "one"], Some(3)));
        let beyond = mailbox.all().page(&PageRequest::first(2).offset(9).counted()).await.unwrap();
        assert_eq!((beyond.messages.len(), beyond.total), (0, Some(3)));
        let uncounted = mailbox.all().page(&PageRequest::first(2)).await.unwrap();
        assert_eq!((texts(&uncounted.messages), uncounted.total), (vec!["three", "two"], None));
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
    });
}

fn the_first_is_the_first_of_the_order(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        assert_eq!(mailbox.all().first().await.unwrap().unwrap().text, "three");
        let oldest = mailbox.all().order(MessageOrder::by(OrderKey::Created)).first().await.unwrap().unwrap();
        assert_eq!(oldest.text, "one");
        assert_eq!(mailbox.all().tagged("none").first().await.unwrap(), None);
        assert_eq!(unread(&mailbox).await, ["one", "two", "three"]);
    });
}

fn a_summary_is_that_of_the_narrowed_selection(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let summary = mailbox.unread().summarize().await.unwrap();
        assert_eq!((summary.count(), summary.max_level()), (3, Some(Level::WARNING)));
        mailbox.unread().take_first().await.unwrap();
        let summary = mailbox.unread().summarize().await.unwrap();
        assert_eq!((summary.count(), summary.max_level()), (2, Some(Level::SUCCESS)));
        let summary = mailbox.unread().at_least(Level::ERROR).summarize().await.unwrap();
        assert_eq!((summary.count(), summary.max_level()), (0, None));
    });
}

fn reading_twice_keeps_the_first_time(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        mailbox.unread().take().await.unwrap();
        let first = mailbox.all().list().await.unwrap();
        mailbox.all().show(async |_| Ok::<_, actix_messages::Error>(())).await.unwrap();
        assert!(mailbox.all().mark_read().await.unwrap().is_empty());
        assert_eq!(mailbox.all().list().await.unwrap()[..], first[..]);
    });
}

fn nothing_of_another_mailbox_is_meant(store: &TestStore) {
    wait(async {
        let alice = three(store).await;
        let bob = store.mailbox("bob");
        let ids = alice.all().list().await.unwrap().iter().map(|message| message.id).collect::<Vec<_>>();
        assert!(bob.all().narrow(|filter| filter.with_ids(ids.clone())).is_empty().await.unwrap());
        assert!(bob.all().narrow(|filter| filter.with_ids(ids.clone())).mark_read().await.unwrap().is_empty());
        assert!(bob.all().narrow(|filter| filter.with_ids(ids.clone())).delete().await.unwrap().is_empty());
        assert!(bob.all().delete().await.unwrap().is_empty());
        assert_eq!(unread(&alice).await, ["one", "two", "three"]);
    });
}
