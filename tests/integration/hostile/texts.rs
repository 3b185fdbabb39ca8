//! Messages with hostile texts: each is refused, or comes back unchanged and can be found by its text.

use serde_json::json;

use super::requests::ENDS;
use crate::support::{TestApp, TestStore, on_every_store, with_query};

on_every_store! {
    a_text_comes_back_as_it_was_sent,
}

mod postgresql {
    use crate::support::TestStore;

    #[test]
    fn a_text_comes_back_as_it_was_sent() {
        if let Some(store) = TestStore::postgres() {
            super::a_text_comes_back_as_it_was_sent(&store);
        }
    }
}

/// Direction overrides, invisible characters, terminal controls, noncharacters, and texts that grow when folded.
const CHARACTERS: [&str; 14] = [
    "\u{202e}txt.exe",
    "\u{2066}a\u{2069}",
    "a\u{200b}b\u{200d}c",
    "\u{feff}a",
    "a\u{7}\u{8}\u{1b}[31mred\u{1b}[0m",
    "\u{1}\u{2}\u{1f}\u{7f}",
    "\u{85}\u{2028}\u{2029}",
    "\u{ffff}\u{fffe}\u{10ffff}",
    "\u{fffd}",
    "a\t\r\n b",
    "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}a\u{300}\u{301}",
    "\u{fb03}\u{390}\u{130}\u{131}\u{df}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "<!--<script>alert(1)//--></script>",
];

fn a_text_comes_back_as_it_was_sent(store: &TestStore) {
    let app = TestApp::new(store);
    let name = crate::support::somebody("hostile");
    let alice = app.user(name.user_id().unwrap());
    for text in ENDS.into_iter().chain(CHARACTERS) {
        let id = alice.add_tagged(20, text, &[text, "tag"]);
        for target in [
            format!("/messages/{id}/"),
            with_query(&format!("/messages/{id}/"), &[("extra_tags", text.trim())]),
            with_query(&format!("/messages/{id}/"), &[("extra_tags__icontains", text.trim())]),
        ] {
            // As in the original, a lookup is trimmed, and a list of values is split at commas.
            let answer = alice.get(&target);
            if text.trim() == text || !target.contains("extra_tags=") {
                let message = answer.expect(200).json();
                assert_eq!(
                    (&message["message"], &message["extra_tags"]),
                    (&json!(text), &json!([text, "tag"])),
                    "{target}"
                );
            }
        }
        let body = alice.get(format!("/messages/{id}/")).body;
        assert!(!body.contains(&b'\r') && !body.contains(&b'\n'), "control characters are escaped in JSON");
        assert!(!body.iter().any(|byte| *byte < 0x20), "control characters are escaped in JSON");
    }
    // NUL is the only character that no store accepts.
    for body in
        [json!({ "level": 20, "message": "a\0b" }), json!({ "level": 20, "message": "ab", "extra_tags": ["\0"] })]
    {
        alice.post("/demo/messages", &body).expect(400);
    }
}
