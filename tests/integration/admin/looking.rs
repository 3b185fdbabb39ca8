//! The content of the list and of the page of a message.

use actix_messages::{
    Level, MemoryStore, MessageFilter, NewMessage, Recipient, Repeat, Timestamp,
    store::{Change, Insertion},
};
use actix_messages_diesel::DieselStore;
use actix_web::http::StatusCode;
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use serde_json::json;

use super::{Office, location, on_each, session, shown, text, values};
use crate::support::with_query;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// 2026-01-31, noon.
const NOON: i64 = 1_769_860_800_000_000;

/// Adds four messages that differ in every field. Each is from a different day.
fn fill(office: &Office) {
    let (alice, bob) = (Recipient::user("alice").unwrap(), Recipient::user("bob").unwrap());
    let visitor = Recipient::visitor(session());
    let message = |level: i32, text: &str, tag: &str, view: &str| NewMessage::new(level, text).tag(tag).view(view);
    for (at, of, message) in [
        (0, &alice, message(10, "apples for Straße", "Fruit", "shop:apples")),
        (1, &alice, message(40, "pears", "fruit", "shop:pears")),
        (2, &bob, message(30, "plums", "stone", "shop:plums")),
        (3, &visitor, message(27, "grapes", "vine", "cellar").session(session())),
    ] {
        let now = Timestamp::from_micros(NOON + at * DAY);
        crate::support::wait(
            office.store.insert(Insertion::new([of.clone()], vec![message.check().unwrap()]), &now.into()),
        )
        .unwrap();
    }
    let now = Timestamp::from_micros(NOON + 10 * DAY);
    crate::support::wait(office.store.change(&bob, &MessageFilter::default(), &Change::MarkRead, now)).unwrap();
}

#[test]
fn a_message_is_shown_with_its_title_data_actions_and_key() {
    let office = Office::new();
    let message = NewMessage::new(20, "3 comments.").title("Your <post>").data(json!({ "post": "<17>" }));
    let message = message.action("Open & <read>", "/posts/17?a=1&b=\"2\"").key("comments-<17>", Repeat::Replaces);
    let earlier = office.add("alice", message.clone());
    let page = |row: &str| text(&office.get(&with_query("/admin/message", &[("row", row)])).expect(200));
    assert!(!page(&earlier).contains("messages with this key"), "it has replaced none");
    let row = office.add("alice", message);
    let page = page(&row);
    for part in [
        "Your &lt;post&gt;</h2>",
        "<a href=\"/posts/17?a=1&amp;b=&quot;2&quot;\" rel=\"noopener noreferrer\" dir=\"auto\">Open &amp; &lt;read&gt;</a>",
        "{&quot;post&quot;:&quot;&lt;17&gt;&quot;}",
        "comments-&lt;17&gt;",
        "2 messages with this key",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(office.list(&[]).contains("Your &lt;post&gt;"));
}

/// Another program may write any link into the table.
#[test]
fn a_link_that_is_not_safe_is_not_a_link_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.sqlite");
    let office = Office::on(DieselStore::open(&file).unwrap());
    let row = office.add("alice", NewMessage::new(20, "text"));
    let extra = r#"{"actions":[{"label":"Click","href":"JavaScript:alert(1)"},{"label":"Open","href":"/posts"}]}"#;
    let mut database = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    database.batch_execute(&format!("UPDATE actix_messages SET extra = '{extra}'")).unwrap();
    let page = text(&office.get(&with_query("/admin/message", &[("row", &row)])).expect(200));
    assert!(page.contains("Click") && page.contains("JavaScript:alert(1)"), "{page}");
    assert!(!page.contains("href=\"JavaScript") && page.contains("href=\"/posts\""), "{page}");
}

/// U+202E turns the direction of all text after it, unless the text is isolated.
#[test]
fn a_text_of_another_direction_does_not_affect_the_text_around_it() {
    let office = Office::new();
    let (user, [text_, tag, view]) = ("אליס", ["\u{202e}text", "\u{202e}tag", "\u{202e}view"]);
    let [title, label, href, key] = ["\u{202e}title", "\u{202e}label", "/\u{202e}href", "\u{202e}key"];
    let message = NewMessage::new(20, text_).tag(tag).view(view).title(title).action(label, href);
    let row = office.add(user, message.key(key, Repeat::Ignored));
    let pages = [
        office.list(&[]),
        office.list(&[("user", user)]),
        text(&office.get(&with_query("/admin/message", &[("row", &row)]))),
    ];
    for page in pages {
        let is_of_message = page.contains("<article");
        let on_message = [label, href, key].into_iter().filter(|_| is_of_message);
        for data in [text_, tag, view, user, title].into_iter().chain(on_message) {
            let shown = page.match_indices(data).filter(|(at, _)| page[..*at].rfind('<') < page[..*at].rfind('>'));
            let mut times = 0;
            for (at, _) in shown {
                let before = &page[..at];
                let tag = &before[before.rfind('<').unwrap()..];
                let is_isolated =
                    tag.contains("dir=\"auto\"") || tag.starts_with("<bdi>") || before.ends_with('\u{2068}');
                assert!(is_isolated, "{data:?} in {tag}");
                times += 1;
            }
            assert!(times > 0, "{data:?} is on no page");
        }
    }
}

/// The pages show times to the second.
#[test]
fn the_second_in_which_a_range_ends_belongs_to_it() {
    on_each(|office| {
        let alice = Recipient::user("alice").unwrap();
        let created = Timestamp::from_micros(NOON + 17_400_000);
        let message = NewMessage::new(20, "apples").check().unwrap();
        crate::support::wait(office.store.insert(Insertion::new([alice.clone()], vec![message]), &created.into()))
            .unwrap();
        let read = Timestamp::from_micros(NOON + 30_999_999);
        crate::support::wait(office.store.change(&alice, &MessageFilter::default(), &Change::MarkRead, read)).unwrap();
        for (name, value, is_shown) in [
            ("created_before", "2026-01-31T12:00:17", true),
            ("created_before", "2026-01-31T12:00:16", false),
            ("created_before", "2026-01-31T12:00:17.399999", false),
            ("created_before", "2026-01-31T12:01", true),
            ("created_after", "2026-01-31T12:00:17", true),
            ("created_after", "2026-01-31T12:00:18", false),
            ("read_before", "2026-01-31T12:00:30", true),
            ("read_before", "2026-01-31T12:00:29", false),
        ] {
            let page = office.list(&[(name, value)]);
            assert_eq!(!shown(&page, &["apples"]).is_empty(), is_shown, "{name}={value}");
        }
    });
}

#[test]
fn every_filter_shows_what_it_means() {
    on_each(|office| {
        fill(&office);
        let texts = ["apples", "pears</a>", "plums</a>", "grapes</a>"];
        for (parameters, expected) in [
            (vec![], "apples pears plums grapes"),
            (vec![("search", "STRASSE")], "apples"),
            (vec![("search", "s"), ("user", "alice")], "apples pears"),
            (vec![("user", "nobody")], ""),
            (vec![("mailboxes", "users")], "apples pears plums"),
            (vec![("mailboxes", "visitors")], "grapes"),
            (vec![("unread", "true")], "apples pears grapes"),
            (vec![("unread", "false")], "plums"),
            (vec![("level", "40")], "pears"),
            (vec![("level__gte", "28")], "pears plums"),
            (vec![("level[lt]", "27")], "apples"),
            (vec![("level_tag", "warning")], "pears plums"),
            (vec![("extra_tags", "fruit")], "pears"),
            (vec![("extra_tags__icontains", "FRU")], "apples pears"),
            (vec![("view", "cellar")], "grapes"),
            (vec![("view__icontains", "SHOP")], "apples pears plums"),
            (vec![("created_after", "2026-02-01T12:00")], "pears plums grapes"),
            (vec![("created_before", "2026-02-01")], "apples"),
            (vec![("read_after", "2026-02-10")], "plums"),
            (vec![("read_before", "2026-02-10")], ""),
            (vec![("period", "2026")], "apples pears plums grapes"),
            (vec![("period", "2026-02")], "pears plums grapes"),
            (vec![("period", "2026-02-01")], "pears"),
            (vec![("period", "2025")], ""),
            (vec![("period", "2026-02"), ("created_before", "2026-02-02")], "pears"),
        ] {
            let page = office.list(&parameters);
            let found = shown(&page, &texts).into_iter().map(|text| text.trim_end_matches("</a>"));
            let expected = expected.split_whitespace().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(found.collect::<std::collections::BTreeSet<_>>(), expected, "{parameters:?}");
        }
    });
}

#[test]
fn the_list_says_how_many_there_are_of_each_level() {
    on_each(|office| {
        fill(&office);
        let page = office.list(&[("user", "alice")]);
        assert!(page.contains("1 to 2 of 2"), "{page}");
        assert!(page.contains("All levels <span class=\"count\">2</span>"), "{page}");
        let page = office.list(&[("level", "40")]);
        // The other levels are counted too, because each links to its own list.
        assert!(page.contains("All levels <span class=\"count\">4</span>"), "{page}");
        assert!(page.contains("level 27 <span class=\"count\">1</span>"), "{page}");
        assert!(page.contains("1 to 1 of 1"), "{page}");
    });
}

#[test]
fn the_order_is_the_one_asked_for_and_columns_turn_it_round() {
    on_each(|office| {
        fill(&office);
        let order = |page: &str| {
            let mut found =
                ["apples", "pears</a>", "plums</a>", "grapes</a>"].map(|text| (page.find(text).unwrap(), text));
            found.sort_unstable();
            found.map(|(_, text)| text.trim_end_matches("</a>"))
        };
        let newest = office.list(&[]);
        assert_eq!(order(&newest), ["grapes", "plums", "pears", "apples"]);
        assert!(newest.contains("aria-sort=\"descending\"><a href=\"list?ordering=created\""), "{newest}");
        let severe = office.list(&[("ordering", "-level")]);
        assert_eq!(order(&severe), ["pears", "plums", "grapes", "apples"]);
        assert!(severe.contains("<a href=\"list?ordering=level\""));
        assert_eq!(order(&office.list(&[("ordering", "-read_at")]))[0], "plums");
    });
}

#[test]
fn pages_follow_each_other_and_keep_the_filters() {
    on_each(|office| {
        for number in 0..45 {
            office.add("alice", NewMessage::new(Level::INFO, format!("number {number}")).tag("a&b"));
        }
        let mut seen = Vec::new();
        let mut target = "/admin/list?limit=20&extra_tags=a%26b".to_owned();
        let last = loop {
            let page = text(&office.get(&target).expect(200));
            seen.extend(values(&page, "row"));
            let Some(start) = page.find("rel=\"next\" href=\"") else { break page };
            let link = page[start..].split('"').nth(3).unwrap().replace("&amp;", "&");
            target = format!("/admin/{link}");
        };
        assert_eq!(seen.len(), 45);
        assert!(last.contains("41 to 45 of 45") && last.contains("rel=\"prev\""), "{last}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 45);
        assert!(text(&office.get("/admin/list?offset=1000").expect(200)).contains("beyond the last message"));
    });
}

#[test]
fn what_is_wrong_is_said_beside_its_field_and_nothing_is_looked_for() {
    let office = Office::new();
    office.add("alice", NewMessage::new(Level::INFO, "Hello."));
    let long = "x".repeat(129);
    for (name, value, said) in [
        ("unread", "perhaps", "perhaps is not one of the available choices"),
        ("level__gte", "high", "Enter a number."),
        ("created_after", "soon", "Enter a valid date/time."),
        ("read_before", "<b>", "Enter a valid date/time."),
        ("search", "\0", "Null characters are not allowed."),
        ("period", "2026-13", "Enter a year, a month or a day"),
        ("mailboxes", "mine", "Choose all, users, visitors, archives or later."),
        ("user", &long, "at most 128 bytes"),
    ] {
        let answer = office.get(&crate::support::with_query("/admin/list", &[(name, value), ("view", "kept")]));
        let page = text(&answer.expect(400));
        assert!(page.contains(said), "{name}: {page}");
        assert!(!page.contains("Hello."), "{name}");
        assert!(page.contains("aria-invalid=\"true\"") || name == "period", "{name}: {page}");
        // The valid parameters stay in the form.
        assert_eq!(values(&page, "view"), ["kept"], "{name}");
    }
}

const MARKUP: &str = "<script>alert(1)</script>\"'&<img src=x onerror=y>";

#[test]
fn what_somebody_wrote_is_never_markup() {
    on_each(|office| {
        let user = format!("u{}", &MARKUP[..40]);
        let row = office.add(&user, NewMessage::new(Level::INFO, MARKUP).tag(MARKUP).view(MARKUP));
        office.add(&user, NewMessage::new(Level::INFO, MARKUP).safe_html());
        let call = |target: &str| office.client.request("GET", target).header("x-staff", MARKUP).send().expect(200);
        let with = |name| crate::support::with_query("/admin/list", &[(name, MARKUP)]);
        let confirm = [("action", "delete"), ("row", row.as_str()), ("back", "search=%3Cscript%3E%22")];
        for page in [
            call("/admin/list"),
            call(&with("extra_tags")),
            call(&with("search")),
            call(&with("view")),
            call(&with("level_tag").replace("level_tag", "ordering")),
            call(&crate::support::with_query("/admin/new", &[("user", MARKUP)])),
            call(&crate::support::with_query("/admin/message", &[("row", &row)])),
            office.post("/admin/change", &confirm).expect(200),
            office.post("/admin/new", &[("users", MARKUP), ("level", MARKUP), ("message", ""), ("view", MARKUP)]),
            office.post("/admin/tags", &[("row", &row), ("extra_tags", &MARKUP.repeat(4))]),
        ] {
            let page = text(&page);
            assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
            assert!(!page.contains("\"'&"), "{page}");
            assert!(page.contains("&lt;script&gt;") || page.contains("%3Cscript%3E"), "{page}");
        }
    });
}

#[test]
fn of_a_session_it_is_said_only_that_there_is_one() {
    on_each(|office| {
        fill(&office);
        let digest = session().to_string();
        let page = office.list(&[("mailboxes", "visitors")]);
        let row = &values(&page, "row")[0];
        let one = text(&office.get(&crate::support::with_query("/admin/message", &[("row", row)])).expect(200));
        let confirm = text(&office.post("/admin/change", &[("action", "delete"), ("row", row)]).expect(200));
        for page in [&page, &one, &confirm] {
            assert!(page.contains("grapes") && !page.contains(&digest) && !page.contains(&digest[..8]), "{page}");
        }
        assert!(page.contains("session-bound") && one.contains("bound to a session"));

        // The deletion applies to this visitor's message.
        location(office.post("/admin/change", &[("action", "delete"), ("confirmed", "yes"), ("row", row)]));
        assert!(!office.texts().contains(&"grapes".to_owned()));
    });
}

#[test]
fn visitors_with_messages_of_one_moment_are_told_apart() {
    on_each(|office| {
        let visitors = [1, 2, 3].map(|byte| Recipient::visitor(actix_messages::SessionId::from_digest([byte; 16])));
        let message = NewMessage::new(Level::INFO, "for all").check().unwrap();
        crate::support::wait(
            office.store.insert(Insertion::new(visitors.clone(), vec![message]), &Timestamp::from_micros(NOON).into()),
        )
        .unwrap();
        let rows = values(&office.list(&[]), "row");
        let fields = [("action", "delete"), ("confirmed", "yes"), ("row", rows[1].as_str())];
        assert!(location(office.post("/admin/change", &fields)).ends_with("done=deleted-1"));
        let left = office.content().into_iter().map(|(recipient, _)| recipient).collect::<Vec<_>>();
        assert_eq!(left, [visitors[0].clone(), visitors[2].clone()]);
    });
}

#[test]
fn a_message_that_is_not_there_is_a_page_that_says_so() {
    let office = Office::on(MemoryStore::new());
    office.add("alice", NewMessage::new(Level::INFO, "Hello."));
    for row in ["", "1:u:alice", "x:u:alice", "1:v:0123456789abcdef", "1", "1:u:", "9999999999999999999999:u:alice"] {
        let target = crate::support::with_query("/admin/message", &[("row", row)]);
        let answer = office.get(&target);
        assert_eq!(answer.status, StatusCode::NOT_FOUND.as_u16(), "{row}");
        assert!(text(&answer).contains("no longer exists, or never existed"), "{row}");
    }
}

#[test]
fn a_query_that_is_too_long_is_refused_and_not_put_into_links() {
    let office = Office::new();
    let query = format!("search={}", "a".repeat(2048));
    let page = text(&office.get(&format!("/admin/list?{query}")).expect(400));
    assert!(page.contains("Ensure the query string has at most 2048 bytes (it has 2055)."));
    assert!(!page.contains("aaaaaaaa"), "each link would repeat it");
    let many = "level&".repeat(1001);
    let page = text(&office.get(&format!("/admin/list?{many}")).expect(400));
    assert!(page.contains("Ensure the query string has at most 1000 parameters (it has 1001)."));
}
