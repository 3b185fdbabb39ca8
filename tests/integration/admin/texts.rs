//! Every text on the pages of the admin comes from the table of texts.

use std::{collections::BTreeSet, sync::Arc};

use actix_messages::{
    Level, MemoryStore, NewMessage, Place, Recipient, Repeat, Text, Texts, Timestamp,
    store::{Insertion, MessageDirectory},
};
use serde_json::json;

use super::{Office, by_header, location, session, text, values};
use crate::support::{FailingStore, Response, wait, with_query};

/// The words on the pages that are data: the name of the staff member, the names of levels, and of a lookup in the URL.
const DATA: [&str; 7] = ["Ada", "debug", "info", "success", "warning", "error", "gt"];

/// An admin whose texts are all in Cyrillic letters. All other data of the tests is in digits.
fn office(store: impl MessageDirectory) -> Office {
    let texts = Text::ALL.iter().map(|text| (*text, in_cyrillic(text.english()))).collect::<Texts>();
    let texts = Arc::new(texts);
    Office::with(store, |admin| admin.staff(by_header), |messages| messages.texts(move |_| Arc::clone(&texts)))
}

/// The text with each letter replaced by a Cyrillic one, except in placeholders.
fn in_cyrillic(text: &str) -> String {
    let mut in_placeholder = false;
    let letters = text.chars().map(|letter| {
        in_placeholder = letter == '{' || (in_placeholder && letter != '}');
        let (latin, cyrillic) = if letter.is_ascii_uppercase() { ('A', 'А') } else { ('a', 'а') };
        match letter {
            letter if letter.is_ascii_alphabetic() && !in_placeholder => {
                char::from_u32(u32::from(cyrillic) + u32::from(letter) - u32::from(latin)).unwrap()
            }
            letter => letter,
        }
    });
    letters.collect()
}

/// The text of a page, and the attributes that a browser shows or a screen reader reads.
fn readable(page: &str) -> String {
    let mut readable = String::new();
    for part in page.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        for attribute in ["aria-label", "title", "placeholder", "alt"] {
            if let Some((_, value)) = tag.split_once(&format!(" {attribute}=\"")) {
                readable.push_str(value.split('"').next().unwrap());
                readable.push('\n');
            }
        }
        readable.push_str(text);
        readable.push('\n');
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    entities.into_iter().fold(readable, |text, (entity, char)| text.replace(entity, char))
}

/// The ASCII words of two or more letters that are not data.
fn english_words(page: &str) -> BTreeSet<String> {
    let readable = readable(page);
    let words = readable.split(|char: char| !char.is_ascii_alphanumeric());
    let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    words.filter(is_word).filter(|word| !DATA.contains(word)).map(str::to_owned).collect()
}

#[track_caller]
fn assert_translated(answer: Response, status: u16) {
    let page = text(&answer.expect(status));
    assert!(page.contains(&format!("<html lang=\"{}\">", in_cyrillic("en"))), "{page}");
    let words = english_words(&page);
    assert!(words.is_empty(), "{words:?} in {page}");
}

fn message(level: impl Into<Level>, text: &str) -> NewMessage {
    NewMessage::new(level, text)
}

/// Adds 25 messages of one user, one of another, and one of a visitor. They have everything that a page can show.
fn fill(office: &Office) {
    for number in 0..25 {
        office.add("7", message(Level::INFO, &format!("100{number}")));
    }
    let read = office.add("8", message(Level::new(27), "200").tag("42").view("31").safe_html());
    location(office.post("/admin/change", &[("action", "mark-read"), ("row", &read)]));
    for place in [Place::Archive, Place::Later] {
        wait(office.mailbox("9").at(place).info("400")).unwrap();
    }
    let visitor = Recipient::visitor(session());
    let full = message(Level::INFO, "600").title("61").data(json!({ "6": 2 })).action("63", "/64");
    let full = full.key("65", Repeat::Replaces);
    for _ in 0..2 {
        office.add("6", full.clone());
    }
    let of_visitor = message(Level::ERROR, "300").session(session()).check().unwrap();
    let insertion = Insertion::new([visitor], vec![of_visitor]);
    wait(office.store.insert(insertion, &Timestamp::now().into())).unwrap();
}

#[test]
fn a_page_without_a_replacement_is_found() {
    let page = "<p title=\"Save\">one &amp; <b>2a</b> д x</p>";
    assert_eq!(english_words(page), BTreeSet::from(["Save", "one"].map(str::to_owned)));
    assert_eq!(in_cyrillic("az AZ {limit}"), "ащ АЩ {limit}");
}

#[test]
fn the_list_is_translated() {
    let office = office(MemoryStore::new());
    assert_translated(office.get("/admin/list"), 200);
    fill(&office);
    let all = [
        ("search", "100"),
        ("user", "7"),
        ("unread", "true"),
        ("level", "20"),
        ("level__gte", "10"),
        ("level__lte", "40"),
        ("level__gt", "5"),
        ("level_tag", "info"),
        ("extra_tags", "42"),
        ("extra_tags__icontains", "4"),
        ("view", "31"),
        ("view__icontains", "3"),
        ("mailboxes", "users"),
        ("created_after", "2020-01-01T00:00"),
        ("created_before", "2020-01-02"),
        ("read_after", "2020-01-01"),
        ("read_before", "2020-01-02"),
        ("period", "2020-01"),
        ("ordering", "level"),
    ];
    let each = all.map(|parameter| vec![parameter]);
    let others = [
        vec![],
        all.to_vec(),
        vec![("unread", "false"), ("mailboxes", "visitors")],
        vec![("mailboxes", "all")],
        vec![("mailboxes", "archives")],
        vec![("mailboxes", "later")],
        vec![("period", "2026")],
        vec![("period", "2026-11-24")],
        vec![("limit", "20")],
        vec![("limit", "20"), ("offset", "20")],
        vec![("offset", "1000")],
        vec![("ordering", "-read_at")],
    ];
    for parameters in each.into_iter().chain(others) {
        assert_translated(office.get(&with_query("/admin/list", &parameters)), 200);
    }
}

#[test]
fn the_results_of_changes_are_translated() {
    let office = office(MemoryStore::new());
    for result in
        ["nothing", "deleted", "marked-read", "marked-unread", "archived", "restored", "sent", "tagged", "redated"]
    {
        for messages in [0, 1, 2, 1200] {
            assert_translated(office.get(&format!("/admin/list?done={result}-{messages}")), 200);
        }
    }
}

#[test]
fn the_errors_of_parameters_are_translated() {
    let office = office(MemoryStore::new());
    let long = "1".repeat(129);
    for (name, value) in [
        ("unread", "x1"),
        ("level_tag", "x1"),
        ("level__gte", "x1"),
        ("created_after", "x1"),
        ("read_before", "x1"),
        ("search", "\0"),
        ("period", "x1"),
        ("mailboxes", "x1"),
        ("user", &long),
    ] {
        assert_translated(office.get(&with_query("/admin/list", &[(name, value)])), 400);
    }
    assert_translated(office.get(&format!("/admin/list?search={}", "1".repeat(2048))), 400);
    assert_translated(office.get(&format!("/admin/list?{}", "level&".repeat(1001))), 400);
}

#[test]
fn the_pages_of_messages_are_translated() {
    let office = office(MemoryStore::new());
    fill(&office);
    let row = office.add("9", message(Level::INFO, "400").tag("42"));
    office.add("9", message(Level::INFO, "400").tag("4\n2"));
    let ten_years = 10 * 365 * 86_400_000_000;
    let later = Timestamp::from_micros(Timestamp::now().as_micros() + ten_years);
    wait(office.mailbox("9").clock(later.into()).add(message(Level::INFO, "500"))).unwrap();
    let list = office.get("/admin/list?limit=200");
    let rows = values(&text(&list), "row");
    assert_eq!(rows.len(), 33);
    assert_translated(list, 200);
    for row in rows {
        assert_translated(office.get(&with_query("/admin/message", &[("row", &row)])), 200);
    }
    for tags in ["4".repeat(129), ["4"; 101].join("\n"), "4\0".to_owned()] {
        let fields = [("row", row.as_str()), ("extra_tags", &tags)];
        assert_translated(office.post("/admin/tags", &fields), 400);
    }
}

#[test]
fn the_form_for_a_new_message_is_translated() {
    let office = office(MemoryStore::new());
    assert_translated(office.get("/admin/new"), 200);
    assert_translated(office.get("/admin/new?user=7"), 200);
    assert_translated(office.post("/admin/new", &[]), 400);
    let many = (0..=10_000).map(|number| format!("{number}\n")).collect::<String>();
    let (long_user, many_tags) = ("1".repeat(129), ["4"; 101].join("\n"));
    let all_tags = (0..99).map(|number| format!("{number:0128}\n")).collect::<String>();
    let (long_text, long_tag, long_view) = ("1".repeat(1025), "4".repeat(129), "3".repeat(65));
    let good = [("users", "7"), ("level", "20"), ("message", "100"), ("extra_tags", ""), ("view", ""), ("title", "")];
    let actions =
        [("label1", "1"), ("href1", "/1"), ("label2", "2"), ("href2", "/2"), ("label3", "3"), ("href3", "/3")];
    let long_data = format!("{{\"1\":\"{}\"}}", "1".repeat(4096));
    let moments = [("visible_from", ""), ("expires_at", ""), ("data", "")];
    let good = [&good[..], &actions, &moments, &[("key", "")]].concat();
    for (name, value) in [
        ("users", many.as_str()),
        ("users", &long_user),
        ("level", "x1"),
        ("level", "10"),
        ("message", " "),
        ("message", "1\0"),
        ("message", &long_text),
        ("extra_tags", &long_tag),
        ("extra_tags", &many_tags),
        ("extra_tags", &all_tags),
        ("view", &long_view),
        ("title", &long_text),
        ("label1", &long_text),
        ("href2", "x"),
        ("href3", &long_text),
        ("key", &long_text),
        ("key", "g:1"),
        ("visible_from", "x"),
        ("visible_from", "2020-01-01"),
        ("expires_at", "2020-01-01"),
        ("data", "1"),
        ("data", &long_data),
    ] {
        let fields = good.iter().map(|(field, good)| (*field, if *field == name { value } else { *good }));
        assert_translated(office.post("/admin/new", &fields.collect::<Vec<_>>()), 400);
    }
}

#[test]
fn the_questions_before_a_change_are_translated() {
    let office = office(MemoryStore::new());
    let rows = ["7", "7", "8"].map(|user| office.add(user, message(Level::INFO, "100")));
    let [one, same, other] = rows.each_ref().map(|row| ("row", row.as_str()));
    let gone = ("row", "1:u:7");
    for rows in [vec![one], vec![one, same], vec![one, same, other], vec![gone]] {
        assert_translated(office.post("/admin/change", &[&*rows, &[("action", "delete")]].concat()), 200);
    }
    location(office.post("/admin/change", &[("action", "mark-read"), other]));
    let until = Timestamp::from_micros(Timestamp::now().as_micros() + 60_000_000).as_micros().to_string();
    let ask = |action, back| {
        let fields = [("action", action), ("which", "all"), ("until", until.as_str()), ("back", back)];
        assert_translated(office.post("/admin/change", &fields), 200);
    };
    wait(office.mailbox("7").at(Place::Archive).add_all(["1", "2"].map(|text| message(Level::INFO, text)))).unwrap();
    wait(office.mailbox("8").at(Place::Later).add(message(Level::INFO, "3"))).unwrap();
    for action in ["archive", "restore"] {
        ask(action, "");
        ask(action, "user=7&mailboxes=archives");
        ask(action, "user=8&mailboxes=later");
        ask(action, "user=7");
        ask(action, "user=8");
    }
    for action in ["delete", "mark-read", "mark-unread"] {
        ask(action, "");
        ask(action, "user=7");
        ask(action, "user=8");
        ask(action, "user=none");
    }
    // More messages than one change can have.
    let messages = (0..1005).map(|number| message(Level::INFO, &number.to_string()));
    wait(office.mailbox("7").add_all(messages)).unwrap();
    assert_translated(office.get("/admin/list"), 200);
    ask("delete", "");
}

#[test]
fn refusals_are_translated() {
    let office = office(MemoryStore::new());
    let row = office.add("7", message(Level::INFO, "100"));
    assert_translated(office.client.get("/admin/list"), 403);
    for site in ["cross-site", "same-site"] {
        let call = office.client.request("POST", "/admin/change").header("x-staff", "Ada");
        assert_translated(call.header("sec-fetch-site", site).form(&[("action", "delete")]).send(), 403);
    }
    assert_translated(office.get("/admin/what"), 404);
    assert_translated(office.get("/admin/what/is/this"), 404);
    assert_translated(office.get("/admin/message?row=x"), 404);
    assert_translated(office.get("/admin/change"), 405);
    let delete = ("action", "delete");
    let all = [delete, ("which", "all")];
    for fields in [
        vec![("action", "drop")],
        vec![delete, ("row", "x")],
        [&*vec![("row", row.as_str()); 1001], &[delete]].concat(),
        [&all[..], &[("until", "x")]].concat(),
        [&all[..], &[("until", "1"), ("back", "unread=x1")]].concat(),
    ] {
        assert_translated(office.post("/admin/change", &fields), 400);
    }
    assert_translated(office.post("/admin/new", &[("message", &"1".repeat(3 << 20))]), 413);
}

#[test]
fn failures_are_translated() {
    for (store, status) in [(FailingStore::Unavailable, 503), (FailingStore::Broken, 500)] {
        assert_translated(office(store).get("/admin/list"), status);
    }
}
