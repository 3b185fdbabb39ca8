//! Searches: the same case folding on every store, and limits.

use serde_json::json;

use crate::support::{TestApp, TestStore, on_every_store, with_query};

on_every_store! {
    a_search_ignores_case_beyond_ascii,
    a_search_takes_no_character_for_a_wildcard,
    a_search_is_at_most_4096_characters_and_32_terms,
}

fn a_search_ignores_case_beyond_ascii(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for text in ["Die Straße nach Köln", "Ο Σίσυφος", "İzmir'e hoş geldiniz", "ЁЖИК в тумане", "plain ASCII", "ﬁn"]
    {
        alice.add(20, text);
    }
    let found = |search: &str| alice.texts(&with_query("/messages/", &[("search", search)]));
    for (search, expected) in [
        ("STRASSE", "Die Straße nach Köln"),
        ("strasse KÖLN", "Die Straße nach Köln"),
        ("straẞe", "Die Straße nach Köln"),
        ("ΣΊΣΥΦΟΣ", "Ο Σίσυφος"),
        ("σίσυφοσ", "Ο Σίσυφος"),
        ("i̇ZMIR", "İzmir'e hoş geldiniz"),
        ("HOŞ", "İzmir'e hoş geldiniz"),
        ("ёжик В ТУМАНЕ", "ЁЖИК в тумане"),
        ("PLAIN ascii", "plain ASCII"),
        ("FIN", "ﬁn"),
    ] {
        assert_eq!(found(search), [expected], "{search}");
    }
    assert_eq!(found("koln"), Vec::<String>::new(), "accents matter");
    assert_eq!(found("strase"), Vec::<String>::new());
}

fn a_search_takes_no_character_for_a_wildcard(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for text in ["100% sure", "snake_case", r"back\slash", "star*", "(a|b)", "plain"] {
        alice.add(20, text);
    }
    let found = |search: &str| alice.texts(&with_query("/messages/", &[("search", search)]));
    for (search, expected) in
        [("%", "100% sure"), ("_", "snake_case"), (r"\", r"back\slash"), ("*", "star*"), ("|", "(a|b)")]
    {
        assert_eq!(found(search), [expected], "{search}");
    }
    assert_eq!(found("p%n"), Vec::<String>::new());
}

fn a_search_is_at_most_4096_characters_and_32_terms(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "a");
    let ask = |search: &str| alice.get(with_query("/messages/", &[("search", search)]));
    assert_eq!(ask(&"ä".repeat(4096)).expect(200).json()["count"], 0);
    let refused = ask(&"ä".repeat(4097)).expect(400).json();
    assert_eq!(refused, json!(["Ensure the search has at most 4096 characters (it has 4097)."]));
    assert_eq!(ask(&"a ".repeat(32)).expect(200).json()["count"], 1);
    let refused = ask(&"a ".repeat(33)).expect(400).json();
    assert_eq!(refused, json!(["Ensure the search has at most 32 terms (it has 33)."]));
    assert_eq!(ask(&"a,".repeat(33)).status, 400);
    assert_eq!(ask("a\0").expect(400).json(), json!(["Null characters are not allowed."]));
}
