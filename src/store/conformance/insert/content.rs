//! The laws of [`MessageStore::insert`](crate::MessageStore::insert) for messages that are listed as they were given.

use std::slice;

use proptest::{collection, prelude::*};
use serde_json::{Value, json};

use super::super::{
    Store,
    fixtures::{Mailbox, at, checked, content, failure, for_all, insert, listed, new_user, put, user},
    random::{message, moment, samples},
};
use crate::model::{Level, MessageAction, MessageFilter, NewMessage, Recipient, Repeat};

/// A message for several recipients is in the mailbox of each, and in no other.
pub async fn a_message_for_several_recipients_is_in_each_of_their_mailboxes(store: &Store) {
    let cases = (collection::vec(samples(), 1..5), collection::vec(message(), 0..4), moment());
    for_all(store, cases, async |store, (earlier, given, now)| {
        let mut mailboxes = Vec::new();
        for samples in earlier {
            mailboxes.push(Mailbox::with(store, &samples).await?);
        }
        let neighbour = mailboxes.pop();
        let of = mailboxes.iter().map(|mailbox| mailbox.of.clone()).collect::<Vec<_>>();
        let ids = insert(store, &of, given.clone(), now).await.map_err(failure)?;
        prop_assert_eq!(ids.len(), of.len(), "the store should return ids for each recipient");
        for (mailbox, ids) in mailboxes.iter_mut().zip(ids) {
            prop_assert_eq!(ids.len(), given.len(), "the store should return an id for each message");
            mailbox.messages.extend(given.iter().cloned().zip(ids).map(|(message, id)| message.stored_as(id)));
            mailbox.check(store, "in the mailbox of a recipient").await?;
        }
        match neighbour {
            Some(neighbour) => neighbour.check(store, "in another mailbox").await,
            None => Ok(()),
        }
    })
    .await;
}

/// `list` returns an inserted message as it was given, unread, with the id that `insert` returned.
pub async fn an_inserted_message_is_listed_as_it_was_given(store: &Store) {
    for_all(store, (collection::vec(message(), 0..8), moment()), async |store, (given, now)| {
        let of = new_user();
        let ids = insert(store, slice::from_ref(&of), given.clone(), now).await.map_err(failure)?.concat();
        prop_assert_eq!(ids.len(), given.len(), "the store should return an id for each message");
        let expected = given.into_iter().zip(ids).map(|(message, id)| message.stored_as(id)).collect();
        Mailbox { of, messages: expected }.check(store, "after the insert").await
    })
    .await;
}

/// Every checked message can be stored, up to the maximum length of each of its parts, in any script.
pub async fn every_message_fits_up_to_its_limits(store: &Store) {
    let id = new_user().user_id().unwrap_or_default().to_owned();
    let of = user(format_args!("{id}{}", "é".repeat((Recipient::MAX_USER_ID_BYTES - id.len()) / 2)));
    const LONGEST_TAGS: usize = NewMessage::MAX_CHARS_OF_ALL_TAGS / NewMessage::MAX_TAG_CHARS;
    for (character, level) in [("x", i32::MAX), ("ß", i32::MIN), ("語", 0), ("\u{10ffff}", -1), ("\u{1}", 1)] {
        let message = NewMessage::new(level, character.repeat(NewMessage::MAX_TEXT_CHARS))
            .tags(vec![character.repeat(NewMessage::MAX_TAG_CHARS); LONGEST_TAGS])
            .view(character.repeat(NewMessage::MAX_VIEW_CHARS))
            .title(character.repeat(NewMessage::MAX_TITLE_CHARS))
            .data(longest_data(character))
            .key(character.repeat(NewMessage::MAX_KEY_CHARS), Repeat::Ignored);
        let path = if character == "\u{1}" { "%" } else { character };
        let href = format!("/{}", path.repeat(NewMessage::MAX_HREF_CHARS - 1));
        let message = (0..NewMessage::MAX_ACTIONS)
            .fold(message, |message, _| message.action(character.repeat(NewMessage::MAX_LABEL_CHARS), &href));
        let message = checked(message);
        let ids = put(store, &of, [message.clone()], at(0)).await;
        let kept = listed(store, &of, &MessageFilter::default().with_ids(ids.clone())).await;
        assert_eq!(kept, [message.stored_as(ids[0])], "the longest message of {character:?} has changed");
    }
}

/// Tags are stored as given: in the same order, with duplicates. A message without tags is listed with an empty list of tags.
pub async fn tags_are_kept_as_they_are(store: &Store) {
    let of = new_user();
    let given = [
        vec![],
        vec!["b", "a", "b"],
        vec!["a,b", "a b", " ", "[\"a\"]", "\"", "\\", "null"],
        vec!["A", "a", "ß", "SS", "Straße", "\u{1}", "\n", "\u{feff}", "😀"],
    ];
    let tagged = |tags: &Vec<&'static str>| checked(NewMessage::new(Level::INFO, "Tagged").tags(tags.clone()));
    put(store, &of, given.iter().map(tagged), at(0)).await;
    let kept = content(store, &of).await.into_iter().map(|message| message.content.tags).collect::<Vec<_>>();
    assert_eq!(kept, given, "the tags of the messages");
}

/// Data is stored with the same members and values, and actions in the same order, with duplicates. A message without data has no data, not an empty object.
pub async fn data_and_actions_are_kept_as_they_are(store: &Store) {
    let of = new_user();
    let deepest = (1..NewMessage::MAX_DATA_DEPTH).fold(json!({}), |inner, _| json!({ "": inner }));
    let data = [
        None,
        Some(json!({})),
        Some(json!({ "": null, " ": false, "a": [], "b": {}, "null": "null", "\"": "\\", "\u{1}": "\n\u{feff}😀" })),
        Some(json!({ "A": 1, "a": "1", "ß": [1, [true, [null]]], "SS": { "ẞ": "ß" }, "b": 1.0, "c": "1.0" })),
        Some(json!({ "n": [u64::MAX, i64::MIN, 0.1 + 0.2, -0.0, f64::MIN_POSITIVE, f64::MAX, 51.248_178_172_212_72] })),
        Some(json!({ "title": "Not the title", "actions": [1], "data": { "data": {} }, "replaced": -1 })),
        Some(deepest),
    ];
    let with = |message: NewMessage, data: &Option<Value>| data.iter().fold(message, NewMessage::data);
    let message = |data| checked(with(NewMessage::new(Level::INFO, "With data"), data));
    put(store, &of, data.iter().map(message), at(0)).await;
    let kept = content(store, &of).await.into_iter();
    let kept = kept.map(|message| message.content.data.map(|data| Value::Object(data.to_map()))).collect::<Vec<_>>();
    assert_eq!(kept, data, "the data of the messages");

    let of = new_user();
    let given = [
        vec![],
        vec![("b", "/b"), ("a", "/a"), ("b", "/b")],
        vec![("\"", "/\"'<>&"), ("\\", "/?[]{}"), ("[]", "HTTPS://EXAMPLE.COM/é")],
        vec![(" ", "/"), ("\u{1}", "mailto:é"), ("null", "https://[::1]:80/#😀")],
    ];
    let given = given.map(|actions| {
        let actions = actions.into_iter().map(|(label, href)| (label.to_owned(), href.to_owned()));
        actions.map(|(label, href)| MessageAction { label, href }).collect::<Vec<_>>()
    });
    let with = |message: NewMessage, MessageAction { label, href }: &MessageAction| message.action(label, href);
    let message = |actions: &Vec<_>| checked(actions.iter().fold(NewMessage::new(Level::INFO, "With actions"), with));
    put(store, &of, given.iter().map(message), at(0)).await;
    let kept = content(store, &of).await.into_iter().map(|message| message.content.actions).collect::<Vec<_>>();
    assert_eq!(kept, given, "the actions of the messages");
}

/// Returns data of the maximum size.
fn longest_data(character: &str) -> Value {
    // The characters in JSON, without the quotes.
    let bytes = json!(character).to_string().len() - 2;
    let free = NewMessage::MAX_DATA_BYTES - json!({ "": "" }).to_string().len();
    json!({ "": character.repeat(free / bytes) + &"x".repeat(free % bytes) })
}
