//! Marking, tagging and deleting.

use std::thread;

use actix_messages::{Clock, Level, NewMessage, Timestamp};
use actix_messages_diesel::DieselStore;

use super::{Office, location, on_each, text, values};
use crate::support::{wait, with_query};

fn message(text: &str) -> NewMessage {
    NewMessage::new(Level::INFO, text)
}

#[test]
fn checked_messages_are_marked_both_ways() {
    on_each(|office| {
        let [one, two] = [office.add("alice", message("one")), office.add("bob", message("two"))];
        office.add("bob", message("three"));
        let mark = |action| {
            office.post("/admin/change", &[("action", action), ("row", &one), ("row", &two), ("back", "user=x&done=1")])
        };
        let read = || office.content().into_iter().filter(|(_, message)| !message.is_unread()).count();
        assert_eq!(location(mark("mark-read")), "list?user=x&done=marked-read-2");
        assert_eq!(read(), 2);
        assert_eq!(location(mark("mark-read")), "list?user=x&done=marked-read-0");
        assert_eq!(location(mark("mark-unread")), "list?user=x&done=marked-unread-2");
        assert_eq!(read(), 0);
    });
}

#[test]
fn nothing_is_deleted_before_it_is_confirmed() {
    on_each(|office| {
        let [one, two] = [office.add("alice", message("one")), office.add("bob", message("two"))];
        office.add("bob", message("three"));
        let fields = [("action", "delete"), ("row", one.as_str()), ("row", &two), ("back", "ordering=level")];
        let page = text(&office.post("/admin/change", &fields).expect(200));
        assert_eq!(office.texts().len(), 3);
        assert!(page.contains("2 messages in 2 mailboxes will be deleted permanently."), "{page}");
        assert!(page.contains(">one</a>") && page.contains(">two</a>") && !page.contains(">three</a>"), "{page}");
        assert!(page.contains("href=\"list?ordering=level\""), "{page}");

        // Send the hidden fields of the page, as a browser sends its form.
        let mut fields = ["action", "confirmed", "back"].map(|name| (name, values(&page, name).remove(0))).to_vec();
        fields.extend(values(&page, "row").into_iter().map(|row| ("row", row)));
        let fields = fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        assert_eq!(location(office.post("/admin/change", &fields)), "list?ordering=level&done=deleted-2");
        assert_eq!(office.texts(), ["three"]);
        // A second submission deletes nothing, and the response says so.
        assert_eq!(location(office.post("/admin/change", &fields)), "list?ordering=level&done=deleted-0");
    });
}

#[test]
fn a_row_means_the_message_of_that_mailbox_alone() {
    on_each(|office| {
        let fields = [("users", "alice\nbob"), ("level", "20"), ("message", "for both")];
        location(office.post("/admin/new", &fields));
        let rows = values(&office.list(&[("user", "bob")]), "row");
        let fields = [("action", "delete"), ("confirmed", "yes"), ("row", rows[0].as_str())];
        assert_eq!(location(office.post("/admin/change", &fields)), "list?done=deleted-1");
        assert_eq!(office.content()[0].0.user_id(), Some("alice"));
    });
}

#[test]
fn all_that_are_listed_are_changed_once_that_is_confirmed() {
    on_each(|office| {
        for number in 0..60 {
            office.add(["alice", "bob"][number % 2], message(&format!("number {number}")).tag("old"));
        }
        office.add("carol", message("another"));
        let list = office.list(&[("extra_tags", "old")]);
        let until = values(&list, "until").remove(0);
        // This message arrives after the page was rendered.
        let late = office.add("alice", message("late").tag("old"));
        let fields = [("action", "mark-read"), ("which", "all"), ("back", "extra_tags=old"), ("until", &until)];
        let page = text(&office.post("/admin/change", &fields).expect(200));
        assert!(page.contains("60 messages in 2 mailboxes will be marked as read."), "{page}");
        assert!(office.content().iter().all(|(_, message)| message.is_unread()));

        let confirmed = [fields.as_slice(), &[("confirmed", "yes")]].concat();
        assert_eq!(location(office.post("/admin/change", &confirmed)), "list?extra_tags=old&done=marked-read-60");
        let unread = office.content().into_iter().filter(|(_, message)| message.is_unread());
        assert_eq!(unread.map(|(_, message)| message.content.text).collect::<Vec<_>>(), ["late", "another"]);
        assert!(late.ends_with(":u:alice"));

        let delete = fields.map(|(name, value)| (name, if name == "action" { "delete" } else { value }));
        let delete = [delete.as_slice(), &[("confirmed", "yes")]].concat();
        assert_eq!(location(office.post("/admin/change", &delete)), "list?extra_tags=old&done=deleted-60");
        assert_eq!(office.texts(), ["late", "another"]);
    });
}

#[test]
fn at_most_a_thousand_are_changed_at_once_the_newest_first() {
    let office = Office::new();
    let messages = (0..1005).map(|number| message(&format!("number {number}")));
    crate::support::wait(office.mailbox("alice").add_all(messages)).unwrap();
    let until = values(&office.list(&[]), "until").remove(0);
    // The ids of messages that were added together may be ahead of the clock.
    let until = (until.parse::<i64>().unwrap() + 1_000_000).to_string();
    let fields = [("action", "delete"), ("which", "all"), ("until", &until), ("confirmed", "yes")];
    assert_eq!(location(office.post("/admin/change", &fields)), "list?done=deleted-1000");
    assert_eq!(office.texts(), [4, 3, 2, 1, 0].map(|number| format!("number {number}")));
}

#[test]
fn tags_are_replaced_as_they_were_entered() {
    on_each(|office| {
        let row = office.add("alice", message("one").tag(" spaced ").tag("old"));
        let page = text(&office.get(&with_query("/admin/message", &[("row", &row)])).expect(200));
        assert!(page.contains(">\n spaced \nold</textarea>"), "{page}");
        let save = |tags: &str| office.post("/admin/tags", &[("row", &row), ("extra_tags", tags)]);
        let saved = location(save(" spaced \r\nnew & more \r\n"));
        assert_eq!(saved, format!("message?row={}&done=tagged-1", row.replace(':', "%3A")));
        assert_eq!(office.content()[0].1.tags, [" spaced ", "new & more"]);
        assert!(text(&office.get(&format!("/admin/{saved}"))).contains("1 message was given these tags."));
        location(save(""));
        assert_eq!(office.content()[0].1.tags, [""; 0]);

        let refused = text(&save(&format!("kept\n{}", "t".repeat(129))).expect(400));
        assert!(refused.contains("at most 128 characters (it has 129)") && refused.contains("kept\nttt"), "{refused}");
        let refused = text(&save(&vec!["kept"; 101].join("\n")).expect(400));
        assert!(refused.contains("at most 100 tags (it has 101)") && refused.contains("kept\nkept"), "{refused}");
        assert_eq!(office.content()[0].1.tags, [""; 0]);
        office.post("/admin/tags", &[("row", "1:u:alice"), ("extra_tags", "a")]).expect(404);
    });
}

#[test]
fn tags_with_line_breaks_are_not_edited_line_by_line() {
    let office = Office::new();
    let row = office.add("alice", message("one").tag("a\nb"));
    let page = text(&office.get(&with_query("/admin/message", &[("row", &row)])).expect(200));
    assert!(page.contains("line breaks") && !page.contains("<textarea"), "{page}");
}

#[test]
fn the_page_of_a_message_marks_it_and_comes_back() {
    let office = Office::new();
    let row = office.add("alice", message("one"));
    let fields = [("action", "mark-read"), ("row", row.as_str()), ("from", "message")];
    let back = location(office.post("/admin/change", &fields));
    assert_eq!(back, format!("message?row={}&done=marked-read-1", row.replace(':', "%3A")));
    assert!(text(&office.get(&format!("/admin/{back}"))).contains("Mark as unread"));
}

#[test]
fn nonsense_changes_nothing() {
    let office = Office::new();
    let row = office.add("alice", message("one"));
    for fields in [
        vec![("row", row.as_str())],
        vec![("action", "drop"), ("row", &row)],
        vec![("action", "delete"), ("confirmed", "yes"), ("row", &row), ("row", "x")],
        vec![("action", "delete"), ("confirmed", "yes"), ("which", "all")],
        vec![("action", "delete"), ("confirmed", "yes"), ("which", "all"), ("until", "9e18")],
        vec![
            ("action", "delete"),
            ("confirmed", "yes"),
            ("which", "all"),
            ("until", "9000000000000000"),
            ("back", "unread=x"),
        ],
    ] {
        office.post("/admin/change", &fields).expect(400);
    }
    let none = [("action", "delete"), ("confirmed", "yes"), ("back", "view=a%22b")];
    assert_eq!(location(office.post("/admin/change", &none)), "list?view=a%22b&done=nothing-0");
    assert!(text(&office.get("/admin/list?done=nothing-0")).contains("No message was selected"));
    assert!(!text(&office.get("/admin/list?done=%3Cb%3E-3")).contains("role=\"status\""));
    assert_eq!(office.texts(), ["one"]);
}

#[test]
fn of_many_who_delete_the_same_each_message_counts_once() {
    let office = Office::on(DieselStore::open(":memory:").unwrap());
    let rows = (0..30).map(|number| office.add("alice", message(&format!("number {number}")))).collect::<Vec<_>>();
    let address = office.client.address();
    let deleted = thread::scope(|scope| {
        let workers = (0..6).map(|_| {
            scope.spawn(|| {
                let client = crate::support::Client::new(address);
                let mut fields = vec![("action", "delete"), ("confirmed", "yes")];
                fields.extend(rows.iter().map(|row| ("row", row.as_str())));
                let answer = client.request("POST", "/admin/change").header("x-staff", "Ada").form(&fields).send();
                let to = location(answer);
                to.strip_prefix("list?done=deleted-").unwrap().parse::<usize>().unwrap()
            })
        });
        workers.collect::<Vec<_>>().into_iter().map(|worker| worker.join().unwrap()).sum::<usize>()
    });
    assert_eq!(deleted, 30);
}

#[test]
fn the_log_says_who_did_what_to_how_many_and_nothing_of_what_they_say() {
    let office = Office::new();
    let row = office.add("alice", message("a secret text").tag("secret-tag").session(super::session()));
    office.post("/admin/new", &[("users", "bob\ncarol"), ("level", "20"), ("message", "another secret")]).expect(303);
    office.post("/admin/tags", &[("row", &row), ("extra_tags", "secret-too")]).expect(303);
    office.post("/admin/change", &[("action", "mark-read"), ("row", &row)]).expect(303);
    office.post("/admin/change", &[("action", "delete"), ("confirmed", "yes"), ("row", &row)]).expect(303);
    let log = office.log.text();
    let lines = log.lines().filter(|line| line.contains("messages admin: staff action")).collect::<Vec<_>>();
    for (line, action, messages) in [(0, "send", 2), (1, "replace-tags", 1), (2, "mark-read", 1), (3, "delete", 1)] {
        for part in ["INFO", "\"Ada\"", &format!("\"{action}\""), &format!("messages={messages}")] {
            assert!(lines[line].contains(part), "{part}: {}", lines[line]);
        }
    }
    assert!(!log.contains("secret") && !log.contains("abab"), "{log}");
}

#[test]
fn a_mailbox_that_a_wrong_clock_has_dated_is_repaired() {
    on_each(|office| {
        let in_ten_years = Timestamp::from_micros(Timestamp::now().as_micros() + 10 * 365 * 86_400_000_000);
        let add = |text: &str, clock: Clock| {
            wait(office.mailbox("alice").clock(clock).add(message(text))).unwrap().unwrap();
        };
        add("first", Clock::default());
        assert!(!office.list(&[]).contains("a clock was wrong"));
        add("dated ahead", in_ten_years.into());
        add("after it", Clock::default());
        let page = office.list(&[]);
        assert!(page.contains("a clock was wrong"), "{page}");
        let rows = values(&page, "row");
        let page = |row: &str| text(&office.get(&with_query("/admin/message", &[("row", row)])).expect(200));
        assert!(page(&rows[0]).contains("Repair the mailbox"));
        assert!(!page(&rows[2]).contains("Repair the mailbox"));

        let repaired = location(office.post("/admin/redate", &[("row", &rows[0])]));
        assert_eq!(repaired, "list?user=alice&done=redated-2");
        let page = text(&office.get(&format!("/admin/{repaired}")).expect(200));
        assert!(page.contains("2 messages were given a new date."), "{page}");
        assert!(!page.contains("a clock was wrong"), "{page}");
        assert_eq!(office.texts(), ["after it", "dated ahead", "first"]);
        assert!(office.content().iter().all(|(_, message)| message.created() <= Timestamp::now()));
        office.post("/admin/redate", &[("row", &rows[0])]).expect(404);
    });
}

/// The clocks of processes differ a little. The action still covers exactly the messages that the page listed.
#[test]
fn all_that_are_listed_are_those_that_the_page_has_shown() {
    on_each(|office| {
        let in_a_minute = Timestamp::from_micros(Timestamp::now().as_micros() + 60_000_000);
        wait(office.mailbox("alice").clock(in_a_minute.into()).add(message("from a server that is ahead"))).unwrap();
        office.add("bob", message("listed"));
        let until = values(&office.list(&[]), "until").remove(0);
        wait(office.mailbox("alice").clock(in_a_minute.into()).add(message("not listed yet"))).unwrap();
        let fields =
            [("action", "mark-read"), ("which", "all"), ("until", &*until), ("confirmed", "yes"), ("back", "")];
        assert_eq!(location(office.post("/admin/change", &fields)), "list?done=marked-read-2");
        let unread = office.content().into_iter().filter(|(_, message)| message.is_unread()).collect::<Vec<_>>();
        assert_eq!(unread.len(), 1);
        assert_eq!(unread[0].1.text, "not listed yet");
    });
}
