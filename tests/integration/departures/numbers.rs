//! Numeric and boolean parameters: invalid values get a clear error.

use actix_messages::{
    Clock, Level, NewMessage,
    settings::{AfterReading, PageSize},
    store::Insertion,
};
use serde_json::json;

use crate::support::{BEYOND_INTEGERS, TestApp, TestStore, on_every_store, wait, with_query};

on_every_store! {
    unread_is_true_or_false_or_no_filter,
    a_level_is_ascii_digits_with_at_most_a_sign,
    an_id_has_one_spelling,
    a_limit_or_offset_that_is_no_number_counts_as_absent,
    extreme_numbers_are_no_failure_of_the_server,
    a_list_of_alternatives_has_at_most_100,
    a_page_has_a_maximum_size,
}

fn unread_is_true_or_false_or_no_filter(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.after_reading(AfterReading::Nothing));
    let alice = app.user("alice");
    alice.add(20, "read");
    wait(store.mailbox("alice").all().mark_read()).unwrap();
    alice.add(20, "unread");
    let asked = |value: &str| with_query("/messages/", &[("unread", value), ("ordering", "created")]);
    for value in ["true", "True", "TRUE", "tRuE", "1"] {
        assert_eq!(alice.texts(&asked(value)), ["unread"], "{value}");
    }
    for value in ["false", "False", "FALSE", "0"] {
        assert_eq!(alice.texts(&asked(value)), ["read"], "{value}");
    }
    for value in ["unknown", "Unknown", "UNKNOWN", ""] {
        assert_eq!(alice.texts(&asked(value)), ["read", "unread"], "{value}");
    }
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for value in ["yes", "no", "on", "t", "2", "-1", "01", "null", "none", "truee", "１", "TRUE;"] {
        let answer = alice.get(asked(value)).expect(400).json();
        let problem = format!("Select a valid choice. {value} is not one of the available choices.");
        assert_eq!(answer, json!({ "unread": [problem] }));
    }
    assert_eq!(alice.unread(), 1, "a refused request marks nothing");
}

fn a_level_is_ascii_digits_with_at_most_a_sign(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.minimum_level(-100));
    let alice = app.user("alice");
    for level in [-5, 20, 30] {
        alice.add(level, &level.to_string());
    }
    for (value, expected) in [("30", "30"), ("+30", "30"), ("030", "30"), (" 30 ", "30"), ("-5", "-5"), ("-05", "-5")] {
        assert_eq!(alice.texts(&with_query("/messages/", &[("level", value)])), [expected], "{value}");
    }
    for value in ["٣٠", "３０", "3_0", "30.0", "3e1", "0x1e", "++30", "+-30", "- 5", "−5", "30,20", "info", "NaN", "∞"]
    {
        let answer = alice.get(with_query("/messages/", &[("level", value)])).expect(400).json();
        assert_eq!(answer, json!({ "level": ["Enter a number."] }), "{value}");
    }
    for (name, value) in [("level__gte", "x"), ("level__in", "20,x"), ("level__range", "20,x")] {
        let answer = alice.get(with_query("/messages/", &[(name, value)])).expect(400).json();
        assert_eq!(answer, json!({ name: ["Enter a number."] }));
    }
    for value in ["20", "20,25,30"] {
        let answer = alice.get(with_query("/messages/", &[("level__range", value)])).expect(400).json();
        assert_eq!(answer, json!({ "level__range": ["Range query expects two values."] }));
    }
}

fn an_id_has_one_spelling(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text").to_string();
    alice.get("/messages/").expect(200);
    let digits = |zero: u32| id.bytes().map(move |digit| char::from_u32(zero + u32::from(digit - b'0')).unwrap());
    let others = [
        format!("0{id}"),
        format!("00{id}"),
        format!("+{id}"),
        format!("-{id}"),
        format!("{}_{}", &id[..1], &id[1..]),
        format!("{id}.0"),
        format!("{id} "),
        format!(" {id}"),
        format!("{id}\n"),
        format!("{id}\0"),
        digits(0xFF10).collect(),
        digits(0x0660).collect(),
        format!("{:#x}", id.parse::<i64>().unwrap()),
    ];
    for other in others {
        let target = format!("/messages/{}/", other.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>());
        alice.get(&target).expect(404);
        alice.delete(&target).expect(404);
    }
    alice.delete(format!("/messages/{id}/")).expect(204);
}

fn a_limit_or_offset_that_is_no_number_counts_as_absent(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for number in 1..=12 {
        alice.add(20, &number.to_string());
    }
    let shown = |limit: &str, offset: &str| {
        alice.texts(&with_query("/messages/", &[("limit", limit), ("offset", offset)])).len()
    };
    for number in ["1_1", "１", "1.0", "1e0", "x", "", "0x1", "²"] {
        assert_eq!(shown(number, "0"), 10, "{number}");
        assert_eq!(shown("12", number), 12, "{number}");
    }
    assert_eq!(shown("0", "0"), 10);
    assert_eq!(shown("-1", "0"), 10);
    assert_eq!(shown("12", "-1"), 12);
    assert_eq!(shown("+2", "+11"), 1);
    assert_eq!(shown("011", "02"), 10);
}

fn extreme_numbers_are_no_failure_of_the_server(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    let (high, low) = ("9".repeat(1000), format!("-{}", "9".repeat(1000)));
    for number in BEYOND_INTEGERS.into_iter().chain(["340282366920938463463374607431768211456", &high, &low]) {
        let is_negative = number.starts_with('-');
        let count = |query: String| alice.get(format!("/messages/?{query}")).expect(200).json()["count"].clone();
        for lookup in ["level", "level__in"] {
            assert_eq!(count(format!("{lookup}={number}")), 0, "{lookup}={number}");
        }
        for (lookup, found) in [("gt", is_negative), ("gte", is_negative), ("lt", !is_negative), ("lte", !is_negative)]
        {
            assert_eq!(count(format!("level__{lookup}={number}")), i32::from(found), "{lookup} {number}");
        }
        assert_eq!(count(format!("level__range={number},{number}")), 0);
        assert_eq!(count(format!("limit={number}&offset={number}")), 1, "{number}");
        for method in ["GET", "HEAD", "DELETE"] {
            alice.request(method, format!("/messages/{number}/")).send().expect(404);
        }
    }
    let wide = alice.get(format!("/messages/?level__range={low},{high}")).expect(200);
    assert_eq!(wide.json()["count"], 1);
}

fn a_list_of_alternatives_has_at_most_100(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add_tagged(20, "text", &["20"]);
    for name in ["level__in", "extra_tags__in", "view__in"] {
        let ask = |number: usize| alice.get(format!("/messages/?{name}={}", vec!["20"; number].join(",")));
        ask(100).expect(200);
        let problem = "Ensure this list has at most 100 values (it has 101).";
        assert_eq!(ask(101).expect(400).json(), json!({ name: [problem] }));
    }
}

fn a_page_has_a_maximum_size(store: &TestStore) {
    let message = NewMessage::new(Level::INFO, "text").check().unwrap();
    let alice = store.mailbox("alice");
    let messages = vec![message; 1001];
    wait(store.store.insert(Insertion::new([alice.recipient().clone()], messages), &Clock::default())).unwrap();

    let app = TestApp::new(store);
    let list = app.user("alice").get("/messages/?limit=5000").expect(200).json();
    assert_eq!((list["results"].as_array().unwrap().len(), &list["count"]), (1000, &1001.into()));
    let next = list["next"].as_str().unwrap();
    assert!(next.ends_with("/messages/?limit=1000&offset=1000"), "{next}");

    let app = TestApp::with(store, |messages| messages.page_size(PageSize::Unlimited));
    assert_eq!(app.user("alice").texts("/messages/").len(), 1000);
    let app = TestApp::with(store, |messages| messages.max_page_size(3));
    assert_eq!(app.user("alice").texts("/messages/").len(), 3);
    assert_eq!(app.user("alice").texts("/messages/?limit=4").len(), 3);
}
