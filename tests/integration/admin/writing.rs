//! New messages for one user or for many users.

use actix_messages::{Level, LevelNames, MemoryStore, MessageAction, NewMessage, Recipient, Repeat, Timestamp};
use chrono::{DateTime, Utc};

use super::{Office, by_header, location, on_each, text};

#[test]
fn a_message_for_many_is_in_each_of_their_mailboxes_under_one_id() {
    on_each(|office| {
        let fields = [
            ("users", " alice \r\nbob\r\n\r\nalice\r\n"),
            ("level", "30"),
            ("message", "Maintenance\r\nat <noon>"),
            ("extra_tags", "ops\r\n two words "),
            ("view", "status"),
        ];
        assert_eq!(location(office.post("/admin/new", &fields)), "list?done=sent-2");
        let content = office.content();
        assert_eq!(content.len(), 2);
        for (_, message) in &content {
            assert_eq!(message.text, "Maintenance\nat <noon>");
            assert_eq!(message.tags, ["ops", "two words"]);
            assert_eq!((message.level, &*message.view), (Level::WARNING, "status"));
            assert!(message.is_unread() && message.session.is_none());
            assert_eq!(message.id, content[0].1.id);
        }
        assert!(text(&office.get("/admin/list?done=sent-2")).contains("2 messages were sent."));
    });
}

#[test]
fn a_message_for_one_leads_to_their_messages() {
    let office = Office::new();
    let fields = [("users", "a&b"), ("level", "20"), ("message", "Hello.")];
    assert_eq!(location(office.post("/admin/new", &fields)), "list?user=a%26b&done=sent-1");
}

#[test]
fn a_title_actions_and_a_key_can_be_entered() {
    on_each(|office| {
        office.add("alice", NewMessage::new(20, "Earlier.").key("news", Repeat::Ignored));
        let fields = [
            ("users", "alice\nbob"),
            ("level", "20"),
            ("message", "Version 2 is here."),
            ("title", "  A <b>title</b> "),
            ("label1", " "),
            ("href1", ""),
            ("label2", " Read more "),
            ("href2", " /news?page=2&sort=\"date\" "),
            ("label3", "Write to us"),
            ("href3", "mailto:team@example.com"),
            ("key", " news "),
        ];
        assert_eq!(location(office.post("/admin/new", &fields)), "list?done=sent-2");
        let content = office.content();
        assert_eq!(content.len(), 2);
        for (of, message) in &content {
            let actions = [("Read more", "/news?page=2&sort=\"date\""), ("Write to us", "mailto:team@example.com")];
            let actions = actions.map(|(label, href)| MessageAction { label: label.into(), href: href.into() });
            assert_eq!((message.title.as_deref(), &*message.actions), (Some("A <b>title</b>"), &actions[..]));
            let replaced = u32::from(of.user_id() == Some("alice"));
            assert_eq!((message.key.as_deref(), message.state.replaced), (Some("news"), replaced));
        }
        let page = text(&office.get("/admin/list").expect(200));
        assert!(page.contains("A &lt;b&gt;title&lt;/b&gt;") && !page.contains("<b>"), "{page}");
    });
}

#[test]
fn moments_and_data_can_be_entered() {
    on_each(|office| {
        let fields = [
            ("users", "alice"),
            ("level", "20"),
            ("message", "Merry Christmas."),
            ("visible_from", " 2999-12-24 18:00 "),
            ("expires_at", "2999-12-27T00:00:00Z"),
            ("data", " {\"url\": \"/christmas\", \"n\": [1, null]} "),
        ];
        location(office.post("/admin/new", &fields));
        let (of, message) = office.content().remove(0);
        assert_eq!(of, Recipient::user("alice").unwrap().later());
        let moment = |text: &str| Some(Timestamp::from(text.parse::<DateTime<Utc>>().unwrap()));
        assert_eq!(message.until, moment("2999-12-24T18:00:00Z"));
        assert_eq!(message.expires_at, moment("2999-12-27T00:00:00Z"));
        assert_eq!(message.data.as_ref().unwrap().to_string(), r#"{"n":[1,null],"url":"/christmas"}"#);
        let page = text(&office.get("/admin/list?mailboxes=all").expect(200));
        assert!(page.contains("Merry Christmas."), "{page}");
    });
}

#[test]
fn a_message_without_them_has_no_title_no_actions_and_no_key() {
    let office = Office::new();
    let blank = ["title", "label1", "href1", "label2", "href2", "label3", "href3", "key"].map(|name| (name, " "));
    let more = ["visible_from", "expires_at", "data"].map(|name| (name, " "));
    let fields = [&[("users", "alice"), ("level", "20"), ("message", "Hello.")][..], &blank, &more].concat();
    location(office.post("/admin/new", &fields));
    let (_, message) = office.content().remove(0);
    assert_eq!((&message.title, message.actions.len(), &message.key), (&None, 0, &None));
    assert_eq!((message.until, message.expires_at, &message.data), (None, None, &None));
}

#[test]
fn every_limit_is_said_beside_its_field_and_what_was_entered_is_kept() {
    let office = Office::new();
    let (long_text, long_tag, long_view) = ("é".repeat(1025), "t".repeat(129), "v".repeat(65));
    let many = (0..=10_000).map(|number| format!("user{number}\n")).collect::<String>();
    let many_tags = vec!["tag"; 101].join("\n");
    let long_user = format!("fine\n{}", "u".repeat(129));
    let good = [
        ("users", "alice"),
        ("level", "20"),
        ("message", "Hello."),
        ("extra_tags", ""),
        ("view", ""),
        ("title", ""),
        ("label1", "Open"),
        ("href1", "/posts"),
        ("label3", "Reply"),
        ("href3", "https://example.com/"),
        ("key", ""),
        ("visible_from", "9999-01-01 00:00"),
        ("expires_at", "9999-02-01 00:00"),
        ("data", ""),
    ];
    let long_data = format!("{{\"a\":\"{}\"}}", "d".repeat(4096));
    let (long_title, long_label) = ("t".repeat(201), "l".repeat(81));
    let (long_link, long_key) = (format!("/{}", "l".repeat(2048)), "k".repeat(129));
    for (name, value, said) in [
        ("title", &*long_title, "at most 200 characters (it has 201)"),
        ("label1", "", "This field may not be blank."),
        ("label3", &long_label, "at most 80 characters (it has 81)"),
        ("href1", "", "This field may not be blank."),
        ("href1", "javascript:alert(1)", "Enter a path that begins with one slash"),
        ("href3", "//evil.test/", "Enter a path that begins with one slash"),
        ("href3", &long_link, "at most 2048 characters (it has 2049)"),
        ("key", "g:news", "Keys that begin with `g:` are reserved."),
        ("key", &long_key, "at most 128 characters (it has 129)"),
        ("users", "", "Enter at least one user id."),
        ("users", " \n ", "Enter at least one user id."),
        ("users", &long_user, "Line 2 is not a valid user id"),
        ("users", "fine\nal\tice", "Line 2 is not a valid user id"),
        ("users", &many, "at most 10000 users (you entered 10001)"),
        ("level", "", "Choose a level."),
        ("level", "99999999999", "Choose a level."),
        ("level", "10", "Messages below level 20 are not stored."),
        ("message", "", "This field may not be blank."),
        ("message", " \n", "This field may not be blank."),
        ("message", "a\0b", "Null characters are not allowed."),
        ("message", &long_text, "at most 1024 characters (it has 1025)"),
        ("extra_tags", &long_tag, "at most 128 characters (it has 129)"),
        ("extra_tags", &many_tags, "at most 100 tags (it has 101)"),
        ("view", &long_view, "at most 64 characters (it has 65)"),
        ("visible_from", "soon", "Enter a valid date/time."),
        ("visible_from", "2020-01-01 12:00", "Ensure this moment is in the future."),
        ("expires_at", "2020-01-01", "Ensure this moment is in the future."),
        ("expires_at", "9998-12-31T00:00", "visible"),
        ("data", "{\"a\":", "Enter a JSON object."),
        ("data", "[1]", "Enter a JSON object."),
        ("data", &long_data, "at most 4096 bytes"),
    ] {
        let fields = good.map(|(field, good)| (field, if field == name { value } else { good }));
        let page = text(&office.post("/admin/new", &fields).expect(400));
        let said_there = page.contains(said) || page.replace("&#39;", "'").contains(&said.replace("&#39;", "'"));
        assert!(said_there, "{name}: {page}");
        assert!(page.contains(&format!("id=\"{name}-problem\"")), "{name}: {page}");
        assert!(page.contains("Hello.") || name == "message", "{name}");
        let page = page.replace("&quot;", "\"");
        assert!(page.contains(value.trim()) || value.contains('\0'), "{name}");
    }
    assert_eq!(office.texts(), [""; 0]);
}

#[test]
fn all_problems_are_said_at_once() {
    let office = Office::new();
    let page = text(&office.post("/admin/new", &[("view", &"v".repeat(65))]).expect(400));
    for field in ["users", "level", "message"] {
        assert!(page.contains(&format!("id=\"{field}-problem\"")), "{field}: {page}");
    }
}

#[test]
fn the_levels_are_those_of_the_application_from_its_minimum_on() {
    let names = LevelNames::default().with(Level::new(50), "critical");
    let settings = |messages: actix_messages::MessagesConfig| messages.level_names(names).minimum_level(Level::WARNING);
    let office = Office::with(MemoryStore::new(), |admin| admin.staff(by_header), settings);
    let page = text(&office.get("/admin/new?user=alice").expect(200));
    assert!(page.contains("critical (50)") && page.contains("<option value=\"30\" selected>"), "{page}");
    assert!(!page.contains("info (20)") && page.contains("alice</textarea>"), "{page}");
}

#[test]
fn a_form_that_is_too_long_is_refused() {
    let office = Office::new();
    let page = office.post("/admin/new", &[("message", &"x".repeat(3 << 20))]).expect(413);
    assert!(text(&page).contains("The form is too large"));
}
