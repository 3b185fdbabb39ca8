//! Messages as templates, logs and scripts see them.

use std::sync::Arc;

use actix_messages::{Level, LevelNames, MessageId, MessageView, NewMessage, Repeat, TextFormat};
use serde_json::{Value, json};

use super::three;
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    a_list_displays_its_texts,
    a_list_shows_everything_to_a_debugger,
    a_list_is_a_slice_and_can_be_consumed,
    plain_text_is_escaped,
    html_that_is_known_to_be_safe_stays_so_in_the_store,
    classes_are_the_tags_and_the_name_of_the_level,
    a_list_serialises_as_views,
    names_of_levels_are_those_of_the_mailbox,
    a_view_has_the_title_the_data_and_the_actions,
}

fn a_list_displays_its_texts(store: &TestStore) {
    wait(async {
        let mailbox = three(store).await;
        let list = mailbox.all().list().await.unwrap();
        assert_eq!(list.to_string(), "three, two, one");
        assert_eq!(list[0].to_string(), "three");
        assert_eq!(list.views().next().unwrap().to_string(), "three");
    });
}

fn a_list_shows_everything_to_a_debugger(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        mailbox.add(NewMessage::new(Level::WARNING, "text").tag("a tag").view("a view")).await.unwrap();
        let shown = format!("{:?}", mailbox.all().list().await.unwrap());
        for part in ["text", "a tag", "a view", "30", "read_at: None"] {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
    });
}

fn a_list_is_a_slice_and_can_be_consumed(store: &TestStore) {
    wait(async {
        let list = three(store).await.all().list().await.unwrap();
        assert_eq!((list.len(), list.is_empty(), list.first().unwrap().text.as_str()), (3, false, "three"));
        let borrowed = (&list).into_iter().map(|message| message.level).collect::<Vec<_>>();
        assert_eq!(borrowed, [Level::WARNING, Level::SUCCESS, Level::INFO]);
        let owned = list.into_iter().map(|message| message.content.text).collect::<Vec<_>>();
        assert_eq!(owned, ["three", "two", "one"]);
    });
}

fn plain_text_is_escaped(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let text = r#"<b>1</b> & "2" 'ß' &amp;"#;
        mailbox.info(text).await.unwrap();
        let list = mailbox.all().list().await.unwrap();
        let view = list.views().next().unwrap();
        assert_eq!(view.text, text);
        assert_eq!(view.html, "&lt;b&gt;1&lt;/b&gt; &amp; &quot;2&quot; &#x27;ß&#x27; &amp;amp;");
    });
}

fn html_that_is_known_to_be_safe_stays_so_in_the_store(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let html = "<b>Saved</b> &amp; sent.";
        mailbox.add(NewMessage::new(Level::INFO, html).safe_html()).await.unwrap();
        mailbox.add(NewMessage::new(Level::INFO, html)).await.unwrap();
        let list = mailbox.unread().take().await.unwrap();
        assert_eq!([list[0].format, list[1].format], [TextFormat::Plain, TextFormat::SafeHtml]);
        let shown = list.views().map(|view| view.html).collect::<Vec<_>>();
        assert_eq!(shown, ["&lt;b&gt;Saved&lt;/b&gt; &amp;amp; sent.", html]);
        assert!(list.views().all(|view| view.text == html));
    });
}

fn classes_are_the_tags_and_the_name_of_the_level(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let classes = async |message: NewMessage| {
            let id = mailbox.add(message).await.unwrap().unwrap();
            let list = mailbox.all().narrow(|filter| filter.with_id(id)).list().await.unwrap();
            list.views().next().unwrap().classes
        };
        assert_eq!(classes(NewMessage::new(Level::ERROR, "text").tag("b").tag("a")).await, "b a error");
        assert_eq!(classes(NewMessage::new(Level::SUCCESS, "text")).await, "success");
        assert_eq!(classes(NewMessage::new(27, "text").tag("a")).await, "a");
        assert_eq!(classes(NewMessage::new(27, "text")).await, "");
    });
}

fn a_list_serialises_as_views(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let id = mailbox.add(NewMessage::new(Level::SUCCESS, "a < b").tag("math").view("sums")).await.unwrap().unwrap();
        let expected = json!([{
            "id": id.value(),
            "message": "a < b",
            "html": "a &lt; b",
            "level": 25,
            "level_tag": "success",
            "extra_tags": ["math"],
            "tags": "math success",
            "view": "sums",
            "read_at": null,
            "created": id.created().to_string(),
            "title": null,
            "data": null,
            "actions": [],
            "key": null,
            "times": null,
        }]);
        let list = mailbox.unread().take().await.unwrap();
        assert_eq!(serde_json::to_value(&list).unwrap(), expected);
        let keys = |value: &Value| value[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&serde_json::to_value(&list).unwrap()), keys(&expected), "the keys are in this order");

        let read = serde_json::to_value(mailbox.all().list().await.unwrap()).unwrap();
        let read_at = mailbox.all().first().await.unwrap().unwrap().read_at().unwrap();
        assert_eq!(read[0]["read_at"], read_at.to_string());
    });
}

fn names_of_levels_are_those_of_the_mailbox(store: &TestStore) {
    wait(async {
        let names = LevelNames::default().with(50, "critical").with(Level::INFO, "note");
        let mailbox = store.mailbox("alice").level_names(Arc::new(names));
        mailbox.info("one").await.unwrap();
        mailbox.add(NewMessage::new(50, "two")).await.unwrap();
        let list = mailbox.unread().list().await.unwrap();
        assert_eq!(list.views().map(|view| view.level_tag).collect::<Vec<_>>(), ["critical", "note"]);
        assert_eq!(mailbox.unread().take().await.unwrap().views().next().unwrap().classes, "critical");
    });
}

fn a_view_has_the_title_the_data_and_the_actions(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let message = NewMessage::new(Level::INFO, "text").title("<b>").data(json!({ "post": [17] }));
        let message = message.action("Open", "/posts/17?a=1&b=2").key("posts-17", Repeat::Replaces);
        for _ in 0..3 {
            mailbox.add(message.clone()).await.unwrap();
        }
        let list = mailbox.all().list().await.unwrap();
        let view = list.views().next().unwrap();
        assert_eq!((view.title, view.key, view.times), (Some("<b>"), Some("posts-17"), Some(3)));
        assert_eq!((view.actions[0].label.as_str(), view.actions[0].href.as_str()), ("Open", "/posts/17?a=1&b=2"));
        let json = serde_json::to_value(&view).unwrap();
        assert_eq!(json["data"], json!({ "post": [17] }));
        assert_eq!(json["actions"], json!([{ "label": "Open", "href": "/posts/17?a=1&b=2" }]));
        assert_eq!((&json["title"], &json["times"]), (&json!("<b>"), &json!(3)));
    });
}

#[test]
fn a_view_is_made_of_any_message() {
    let message = NewMessage::new(Level::DEBUG, "text").check().unwrap().stored_as(MessageId::new(7));
    let names = LevelNames::default();
    let view = MessageView::new(&message, &names);
    assert_eq!((view.id, view.level_tag, view.created.as_micros()), (MessageId::new(7), "debug", 7));
}
