//! Archived and postponed messages in the admin.

use actix_messages::{Mailbox, NewMessage, Place, Recipient};
use std::sync::Arc;

use super::{location, on_each, session, shown, text, values};
use crate::support::{wait, with_query};

const TEXTS: [&str; 4] = ["apples", "pears", "plums", "grapes"];

#[test]
fn each_place_can_be_listed_and_is_shown() {
    on_each(|office| {
        wait(async {
            let alice = office.mailbox("alice");
            alice.info("apples").await.unwrap();
            alice.at(Place::Archive).info("pears").await.unwrap();
            alice.at(Place::Later).info("plums").await.unwrap();
            office.mailbox("bob").at(Place::Archive).info("grapes").await.unwrap();
        });
        for (parameters, expected) in [
            (vec![], "apples pears plums grapes"),
            (vec![("mailboxes", "users")], "apples"),
            (vec![("mailboxes", "archives")], "pears grapes"),
            (vec![("mailboxes", "later")], "plums"),
            (vec![("user", "alice")], "apples"),
            (vec![("user", "alice"), ("mailboxes", "archives")], "pears"),
            (vec![("user", "alice"), ("mailboxes", "later")], "plums"),
            (vec![("user", "bob"), ("mailboxes", "archives"), ("unread", "true")], "grapes"),
            (vec![("user", "bob"), ("mailboxes", "later")], ""),
        ] {
            let page = office.list(&parameters);
            let expected = expected.split_whitespace().collect();
            assert_eq!(shown(&page, &TEXTS), expected, "{parameters:?}");
            let badges = |word: &str| page.matches(&format!("<span class=\"remark\">{word}</span>")).count();
            let archived = ["pears", "grapes"].iter().filter(|text| page.contains(**text)).count();
            assert_eq!((badges("archived"), badges("postponed")), (archived, usize::from(page.contains("plums"))));
        }
    });
}

#[test]
fn archived_messages_are_changed_where_they_are() {
    on_each(|office| {
        let visitor = Mailbox::new(Recipient::visitor(session()), Arc::new(Arc::clone(&office.store)));
        wait(async {
            let alice = office.mailbox("alice");
            alice.info("apples").await.unwrap();
            alice.at(Place::Archive).info("pears").await.unwrap();
            visitor.info("plums").await.unwrap();
            visitor.at(Place::Archive).add(NewMessage::new(20, "grapes")).await.unwrap();
        });
        let rows = values(&office.list(&[("mailboxes", "archives")]), "row");
        assert_eq!(rows.len(), 2);
        for row in &rows {
            let page = text(&office.get(&with_query("/admin/message", &[("row", row)])).expect(200));
            assert!(page.contains("<span class=\"remark\">archived</span>"), "{page}");
            assert!(!page.contains(session().as_str()));
            location(office.post("/admin/change", &[("action", "mark-read"), ("row", row)]));
            location(office.post("/admin/tags", &[("extra_tags", "checked"), ("row", row)]));
        }
        let tagged = office.content().into_iter().filter(|(_, message)| message.tags.len() == 1);
        let tagged = tagged.map(|(of, message)| (of.place(), message.content.text, message.state.read_at.is_some()));
        let expected = ["grapes", "pears"].map(|text| (Place::Archive, text.to_owned(), true));
        assert_eq!(tagged.collect::<Vec<_>>(), expected);
        let confirm = text(&office.post("/admin/change", &[("action", "delete"), ("row", &rows[0])]).expect(200));
        assert!(confirm.contains("grapes") && confirm.contains("archived"), "{confirm}");
        location(office.post("/admin/change", &[("action", "delete"), ("confirmed", "yes"), ("row", &rows[0])]));
        let mut left = office.texts();
        left.sort_unstable();
        assert_eq!(left, ["apples", "pears", "plums"]);
    });
}
