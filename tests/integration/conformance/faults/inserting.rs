//! Faults of `insert`.

use actix_messages::{
    Clock, MessageAction, MessageContent, NewMessage, Recipient, TextFormat, Timestamp,
    store::{
        CheckedMessage,
        conformance::{change, insert},
    },
};

use super::{
    faulty::{Delivery, Faulty, Forgets, Keying, Passing},
    found,
};

#[test]
fn a_message_that_is_not_kept_as_it_was_given_is_found() {
    /// The message with altered content, and perhaps without its session or its end.
    fn again(
        given: &CheckedMessage,
        alter: impl FnOnce(&mut MessageContent),
        [session, until]: [bool; 2],
    ) -> CheckedMessage {
        let mut content = (**given).clone();
        alter(&mut content);
        let MessageContent { level, text, tags, view, format, title, data, actions, expires_at } = content;
        let message = NewMessage::new(level, text).tags(tags).view(view);
        let message = if format == TextFormat::SafeHtml { message.safe_html() } else { message };
        let message = title.into_iter().fold(message, NewMessage::title);
        let message = data.into_iter().fold(message, NewMessage::data);
        let with = |message: NewMessage, action: MessageAction| message.action(action.label, action.href);
        let message = actions.into_iter().fold(message, with);
        let message = expires_at.into_iter().fold(message, NewMessage::expires_at);
        let session = given.parts().session.cloned().filter(|_| session);
        let message = session.into_iter().fold(message, NewMessage::session).check().unwrap();
        given.parts().until.filter(|_| until).into_iter().fold(message, CheckedMessage::until)
    }
    fn with(given: &CheckedMessage, alter: impl FnOnce(&mut MessageContent)) -> CheckedMessage {
        again(given, alter, [true, true])
    }
    let lossy: [(&str, fn(CheckedMessage) -> CheckedMessage); 12] = [
        ("tags without repetition", |given| with(&given, |it| it.tags.dedup())),
        ("tags in order", |given| with(&given, |it| it.tags.sort())),
        ("texts escaped twice", |given| with(&given, |it| it.text = it.text.replace('\\', "\\\\"))),
        ("views without blanks", |given| with(&given, |it| it.view.truncate(it.view.trim_end().len()))),
        ("no sessions", |given| again(&given, |_| {}, [false, true])),
        ("no format", |given| with(&given, |it| it.format = TextFormat::Plain)),
        ("no end", |given| again(&given, |_| {}, [true, false])),
        ("no title", |given| with(&given, |it| it.title = None)),
        ("no data", |given| with(&given, |it| it.data = None)),
        ("empty data as none", |given| with(&given, |it| it.data = it.data.take().filter(|it| it.as_str() != "{}"))),
        ("one action", |given| with(&given, |it| it.actions.truncate(1))),
        ("no expiry", |given| with(&given, |it| it.expires_at = None)),
    ];
    for (what, message) in lossy {
        let fault = || Faulty { message, ..Faulty::default() };
        found(what, fault, insert::an_inserted_message_is_listed_as_it_was_given);
    }
    let lossy: [(&str, fn(CheckedMessage) -> CheckedMessage); 3] = [
        ("short numbers", |given| {
            with(&given, |it| {
                let json = it.data.take().map(|data| data.as_str().replace("0.30000000000000004", "0.3"));
                it.data = json.map(|json| serde_json::from_str(&json).unwrap());
            })
        }),
        ("empty data as none", |given| with(&given, |it| it.data = it.data.take().filter(|it| it.as_str() != "{}"))),
        ("actions once", |given| {
            with(&given, |it| {
                it.actions.sort_by(|one, other| one.label.cmp(&other.label));
                it.actions.dedup();
            })
        }),
    ];
    for (what, message) in lossy {
        let fault = || Faulty { message, ..Faulty::default() };
        found(what, fault, insert::data_and_actions_are_kept_as_they_are);
    }
}

#[test]
fn recipients_that_are_confused_are_found() {
    let confused: [(&str, fn(&Recipient) -> Recipient); 2] = [
        ("without case", |of| of.key().to_lowercase().parse().unwrap()),
        ("without blanks", |of| of.key().replace(' ', "").parse().unwrap()),
    ];
    for (what, recipient) in confused {
        found(what, || Faulty { recipient, ..Faulty::default() }, insert::a_mailbox_is_its_recipients_alone);
    }
}

#[test]
fn times_in_milliseconds_are_found() {
    let clock: fn(&Clock) -> Clock = |clock| {
        let clock = clock.clone();
        Clock::new(move || Timestamp::from_micros(clock.now().as_micros() / 1000 * 1000))
    };
    let fault = || Faulty { clock, ..Faulty::default() };
    found("milliseconds", fault, insert::an_id_is_the_moment_of_the_clock);
    found("milliseconds", fault, change::first_reading_wins);
}

#[test]
fn a_newest_id_that_is_forgotten_is_found() {
    for forgets in [Forgets::IfDeleted, Forgets::IfEmptied] {
        let fault = || Faulty { forgets: Some(forgets), ..Faulty::default() };
        found(&format!("{forgets:?}"), fault, insert::after_the_newest_was_deleted_no_smaller_id_is_given);
    }
}

#[test]
fn an_insert_in_parts_is_found() {
    found("parts", || Faulty { batch: 100, ..Faulty::default() }, insert::all_are_inserted_or_none);
}

#[test]
fn a_message_that_does_not_get_to_many_as_one_is_found() {
    let fault = || Faulty { delivery: Delivery::UnderOneId, ..Faulty::default() };
    found("one id", fault, insert::a_message_for_several_recipients_has_its_own_id_in_each_mailbox);
    let fault = || Faulty { delivery: Delivery::Backdated, ..Faulty::default() };
    found("an id below others", fault, insert::a_message_for_several_recipients_has_its_own_id_in_each_mailbox);
    let fault = || Faulty { delivery: Delivery::OneAfterTheOther, ..Faulty::default() };
    found("one after the other", fault, insert::a_message_for_many_is_in_all_mailboxes_at_once);
    let recipients: fn(&mut Vec<Recipient>) = |recipients| recipients.truncate(2730);
    let fault = || Faulty { recipients, ..Faulty::default() };
    found("only the first", fault, insert::a_message_may_be_for_thousands);
    let recipients: fn(&mut Vec<Recipient>) = |recipients| recipients.truncate(1);
    let fault = || Faulty { recipients, ..Faulty::default() };
    found("only one", fault, insert::concurrent_inserts_lose_nothing_and_share_no_id);
}

#[test]
fn a_key_that_does_something_else_is_found() {
    for keying in [Keying::Nothing, Keying::IgnoresAll] {
        let fault = || Faulty { keying, ..Faulty::default() };
        found(&format!("{keying:?}"), fault, insert::a_message_with_a_key_is_ignored_or_replaces);
    }
    let fault = || Faulty { keying: Keying::Remembers, ..Faulty::default() };
    found("remembered", fault, insert::a_key_is_free_once_its_message_is_deleted);
    let fault = || Faulty { keying: Keying::AsTheFirst, ..Faulty::default() };
    found("as the first", fault, insert::keys_are_checked_for_each_recipient);
    let fault = || Faulty { keying: Keying::LooksFirst, ..Faulty::default() };
    found("a look first", fault, insert::concurrent_inserts_of_a_key_leave_one_message);
}

#[test]
fn a_mark_that_is_past_and_does_something_else_is_found() {
    for passing in [Passing::Nothing, Passing::Stays] {
        let fault = || Faulty { passing, ..Faulty::default() };
        found(&format!("{passing:?}"), fault, insert::unless_past_excludes_mailboxes_and_moves_the_mark);
    }
    let fault = || Faulty { passing: Passing::LooksFirst, ..Faulty::default() };
    found("a look first", fault, insert::concurrent_inserts_up_to_a_mark_deliver_once);
}
