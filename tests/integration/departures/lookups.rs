//! Lookups that the original documents, but ignores.

use actix_messages::{Level, NewMessage};
use serde_json::json;

use crate::support::{Client, TestApp, TestStore, on_every_store, wait, with_query};

on_every_store! {
    levels_have_lookups_in_every_spelling,
    tags_have_lookups_in_every_spelling,
    views_have_lookups_in_every_spelling,
    lookups_ignore_case_beyond_ascii,
    lookups_take_no_character_for_a_wildcard,
    a_message_that_has_a_tag_twice_is_listed_once,
    lookups_of_one_parameter_add_up,
    a_lookup_that_is_none_is_ignored,
    a_list_in_brackets_is_refused_and_marks_nothing,
}

/// Sends a list request with each spelling of a lookup. The value is already URL-encoded.
#[track_caller]
fn assert_found(client: &Client, field: &str, lookup: &str, value: &str, expected: &[&str]) {
    let spellings = [
        format!("{field}__{lookup}"),
        format!("{field}[{lookup}]"),
        format!("{field}%5B{lookup}%5D"),
        format!("{field}%5b{lookup}%5d"),
        format!("{field}[{lookup}%5D"),
    ];
    for name in spellings {
        let query = format!("/messages/?{name}={value}&ordering=created");
        assert_eq!(client.texts(&query), expected, "{query}");
    }
}

fn levels_have_lookups_in_every_spelling(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for level in [20, 25, 30, 40] {
        alice.add(level, &level.to_string());
    }
    for (lookup, value, expected) in [
        ("gt", "25", &["30", "40"][..]),
        ("gte", "25", &["25", "30", "40"]),
        ("lt", "30", &["20", "25"]),
        ("lte", "30", &["20", "25", "30"]),
        ("in", "20,40", &["20", "40"]),
        ("in", "20%2C40%2C99", &["20", "40"]),
        ("range", "25,30", &["25", "30"]),
        ("range", "30,25", &[]),
        ("gte", "", &["20", "25", "30", "40"]),
        ("in", "", &["20", "25", "30", "40"]),
    ] {
        assert_found(&alice, "level", lookup, value, expected);
    }
    let refused = alice.get("/messages/?level[gte]=x&unread=yes").expect(400).json();
    let problem = "Select a valid choice. yes is not one of the available choices.";
    assert_eq!(refused, json!({ "unread": [problem], "level__gte": ["Enter a number."] }));
}

fn tags_have_lookups_in_every_spelling(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add_tagged(20, "one", &["Billing"]);
    alice.add_tagged(20, "two", &["billing-late"]);
    alice.add_tagged(20, "three", &["order", "BILLING"]);
    alice.add(20, "four");
    for (lookup, value, expected) in [
        ("iexact", "billing", &["one", "three"][..]),
        ("contains", "ill", &["one", "two"]),
        ("icontains", "ILL", &["one", "two", "three"]),
        ("startswith", "Bill", &["one"]),
        ("istartswith", "bill", &["one", "two", "three"]),
        ("endswith", "late", &["two"]),
        ("iendswith", "ing", &["one", "three"]),
        ("in", "order,Billing", &["one", "three"]),
        ("in", "billing", &[]),
        ("contains", "", &["one", "two", "three", "four"]),
    ] {
        assert_found(&alice, "extra_tags", lookup, value, expected);
    }
}

fn views_have_lookups_in_every_spelling(store: &TestStore) {
    for view in ["shop:Cart", "shop:checkout", "blog:post"] {
        wait(store.mailbox("alice").view(view).info(view)).unwrap();
    }
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for (lookup, value, expected) in [
        ("iexact", "SHOP:CART", &["shop:Cart"][..]),
        ("contains", "Cart", &["shop:Cart"]),
        ("contains", "cart", &[]),
        ("icontains", "CART", &["shop:Cart"]),
        ("startswith", "shop:", &["shop:Cart", "shop:checkout"]),
        ("istartswith", "SHOP:C", &["shop:Cart", "shop:checkout"]),
        ("endswith", "post", &["blog:post"]),
        ("iendswith", "POST", &["blog:post"]),
        ("in", "shop:Cart,blog:post,other", &["shop:Cart", "blog:post"]),
    ] {
        assert_found(&alice, "view", lookup, value, expected);
    }
}

fn lookups_ignore_case_beyond_ascii(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for tag in ["Straße", "Σίσυφος", "İzmir", "ascii"] {
        let message = NewMessage::new(Level::INFO, tag).tag(tag).view(tag);
        wait(store.mailbox("alice").add(message)).unwrap();
    }
    let found = |lookup: &str, value: &str| {
        let [by_tag, by_view] = ["extra_tags", "view"].map(|field| {
            alice.texts(&with_query("/messages/", &[(&format!("{field}__{lookup}"), value), ("ordering", "created")]))
        });
        assert_eq!(by_tag, by_view);
        by_tag
    };
    assert_eq!(found("iexact", "STRASSE"), ["Straße"]);
    assert_eq!(found("icontains", "ASS"), ["Straße"]);
    assert_eq!(found("iendswith", "SSE"), ["Straße"]);
    assert_eq!(found("iexact", "ΣΊΣΥΦΟΣ"), ["Σίσυφος"]);
    assert_eq!(found("istartswith", "ς"), ["Σίσυφος"]);
    assert_eq!(found("iendswith", "Σ"), ["Σίσυφος"]);
    assert_eq!(found("iexact", "i̇ZMIR"), ["İzmir"]);
    assert_eq!(found("iexact", "izmir"), Vec::<String>::new());
    assert_eq!(found("iexact", "ASCII"), ["ascii"]);
    assert_eq!(found("contains", "ss"), Vec::<String>::new(), "case matters");
}

fn lookups_take_no_character_for_a_wildcard(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for text in ["100%", "a_b", "axb", r"a\b", "[ab]", "a*", "a?", r#"a"b"#, "a'b"] {
        alice.add_tagged(20, text, &[text]);
    }
    let found = |lookup: &str, value: &str| {
        alice.texts(&with_query("/messages/", &[(&format!("extra_tags__{lookup}"), value), ("ordering", "created")]))
    };
    for (value, expected) in [
        ("%", "100%"),
        ("_", "a_b"),
        (r"\", r"a\b"),
        ("[", "[ab]"),
        ("*", "a*"),
        ("?", "a?"),
        ("\"", r#"a"b"#),
        ("'", "a'b"),
    ] {
        assert_eq!(found("contains", value), [expected]);
        assert_eq!(found("icontains", value), [expected]);
        assert_eq!(found("iexact", expected), [expected]);
        assert_eq!(found("endswith", &expected[1..]), [expected]);
    }
}

fn a_message_that_has_a_tag_twice_is_listed_once(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add_tagged(20, "text", &["a", "b", "a"]);
    for filter in ["extra_tags=a", "extra_tags__in=a,b", "extra_tags__icontains=A"] {
        let list = alice.get(format!("/messages/?{filter}&limit=1")).expect(200).json();
        assert_eq!((&list["count"], &list["next"]), (&1.into(), &serde_json::Value::Null), "{filter}");
        assert_eq!(list["results"][0]["extra_tags"], json!(["a", "b", "a"]));
    }
}

fn lookups_of_one_parameter_add_up(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for level in [20, 25, 30, 40] {
        alice.add_tagged(level, &level.to_string(), &["even", &format!("level-{level}")]);
    }
    assert_eq!(alice.texts("/messages/?level__gt=20&level__lt=40&level__in=20,30"), ["30"]);
    assert_eq!(alice.texts("/messages/?level=30&level__gte=40"), Vec::<String>::new());
    assert_eq!(alice.texts("/messages/?extra_tags=even&extra_tags__endswith=-25"), ["25"]);
    assert_eq!(alice.texts("/messages/?level[gte]=20&level__gte=40"), ["40"], "the last of several values counts");
}

const NO_LOOKUPS: &str = "
    level__regex=x
    level[nonsense]=x
    level[]=x
    level[gte=x
    level]gte[=x
    level[gte][lt]=x
    level__gte__lt=x
    level____gte=x
    view__isnull=1
    search__icontains=zzz
    unread[exact]=x
    created[gt]=x
    [=]&]=[&[][]=[]
    level[0]=x&level[1]=y
    a[b][c][d][e][f][g][h][i]=x
";

fn a_lookup_that_is_none_is_ignored(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    for parameter in NO_LOOKUPS.trim().lines().map(str::trim) {
        assert_eq!(alice.texts(&format!("/messages/?{parameter}")), ["text"], "{parameter}");
    }
}

/// Front ends in other languages write lists like this. If it were ignored, all messages would be listed and marked.
fn a_list_in_brackets_is_refused_and_marks_nothing(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    for name in ["level__in[]", "level__in%5B%5D", "level[in][]", "level__in[0]", "extra_tags__in[]", "view__in[12]"] {
        let refused = alice.get(format!("/messages/?{name}=30&{name}=40")).expect(400).json();
        let name = name.replace("%5B", "[").replace("%5D", "]");
        assert_eq!(refused, json!({ name: ["Unknown parameter."] }));
    }
    assert_eq!(alice.unread(), 1);
}
