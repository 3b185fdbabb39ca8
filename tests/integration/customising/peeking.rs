//! The peek endpoint with counts by level.

use serde_json::json;

use super::Site;
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    peek_counts_each_level_where_it_is_asked_to,
    peek_by_anything_else_is_refused,
}

fn peek_counts_each_level_where_it_is_asked_to(store: &TestStore) {
    let alice = &Site::new(store, |messages| messages).user("alice");
    let nothing = json!({ "count": 0, "max_level": null, "max_level_tag": "", "levels": [] });
    assert_eq!(alice.get("/messages/peek/?group=level").expect(200).json(), nothing);
    for level in [40, 20, 21, 20] {
        let message = actix_messages::NewMessage::new(actix_messages::Level::new(level), "text");
        wait(alice.mailbox.add(message)).unwrap();
    }
    let id = alice.add("read");
    alice.get(&format!("/messages/{id}/")).expect(200);
    let grouped = alice.get("/messages/peek/?group=level").expect(200);
    let levels = json!([
        { "level": 20, "level_tag": "info", "count": 2 },
        { "level": 21, "level_tag": "", "count": 1 },
        { "level": 40, "level_tag": "error", "count": 1 },
    ]);
    let expected = json!({ "count": 4, "max_level": 40, "max_level_tag": "error", "levels": levels });
    assert_eq!(grouped.body, serde_json::to_vec(&expected).unwrap());
    assert_eq!(alice.get("/messages/peek?x=1&group=x&group=level").expect(200).body, grouped.body);
    let plain = json!({ "count": 4, "max_level": 40, "max_level_tag": "error" });
    for query in ["", "?group=", "?level=20", "?groups=level"] {
        assert_eq!(alice.get(&format!("/messages/peek/{query}")).expect(200).json(), plain, "{query}");
    }
    let tag = grouped.header("etag").unwrap();
    alice.send("GET", "/messages/peek/", &[("if-none-match", tag)]).expect(200);
    alice.send("GET", "/messages/peek/?group=level", &[("if-none-match", tag)]).expect(304);
}

fn peek_by_anything_else_is_refused(store: &TestStore) {
    let alice = &Site::new(store, |messages| messages).user("alice");
    for group in ["view", "LEVEL", "level_tag", " "] {
        let answer = alice.get(&crate::support::with_query("/messages/peek/", &[("group", group)])).expect(400);
        let problem = format!("Select a valid choice. {group} is not one of the available choices.");
        assert_eq!(answer.json(), json!({ "group": [problem] }));
    }
}
