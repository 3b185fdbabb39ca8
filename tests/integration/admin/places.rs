//! Archived and postponed messages in the admin.

use actix_messages::{Mailbox, NewMessage, Place, Recipient, Timestamp};
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

#[test]
fn messages_are_archived_and_moved_back() {
    on_each(|office| {
        wait(async {
            for user in ["alice", "bob"] {
                office.mailbox(user).info("apples").await.unwrap();
                office.mailbox(user).at(Place::Archive).info("pears").await.unwrap();
                office.mailbox(user).at(Place::Later).info("plums").await.unwrap();
            }
        });
        let at = |parameters: &[(&str, &str)]| {
            shown(&office.list(parameters), &TEXTS).into_iter().collect::<Vec<_>>().join(" ")
        };
        let change = |fields: &[(&str, &str)]| location(office.post("/admin/change", fields));
        // One message from its page, which is no longer there after that.
        let row = values(&office.list(&[("user", "alice")]), "row").remove(0);
        let page = text(&office.get(&with_query("/admin/message", &[("row", &row)])).expect(200));
        assert!(page.contains("value=\"archive\"") && !page.contains("value=\"restore\""), "{page}");
        assert_eq!(change(&[("action", "archive"), ("row", &row), ("from", "message")]), "list?done=archived-1");
        assert_eq!(at(&[("user", "alice"), ("mailboxes", "archives")]), "apples pears");
        assert_eq!(at(&[("user", "alice")]), "");
        // Rows of several places: only those that can move do.
        let rows = values(&office.list(&[]), "row");
        let fields = rows.iter().map(|row| ("row", row.as_str())).collect::<Vec<_>>();
        assert_eq!(rows.len(), 6);
        assert_eq!(change(&[&fields[..], &[("action", "restore")]].concat()), "list?done=restored-5");
        assert_eq!(at(&[("mailboxes", "users")]), "apples pears plums");
        assert_eq!(at(&[("mailboxes", "archives")]), "");
        // All that are listed.
        let until = Timestamp::from_micros(Timestamp::now().as_micros() + 60_000_000).as_micros().to_string();
        let all = [("action", "archive"), ("which", "all"), ("until", until.as_str()), ("back", "user=bob")];
        let asked = text(&office.post("/admin/change", &all).expect(200));
        assert!(asked.contains("3 messages in 1 mailbox will be archived."), "{asked}");
        assert_eq!(change(&[&all[..], &[("confirmed", "yes")]].concat()), "list?user=bob&done=archived-3");
        assert_eq!(at(&[("mailboxes", "archives")]), "apples pears plums");
        assert!(office.list(&[("done", "archived-3")]).contains("3 messages were archived."));
    });
}
