//! Faults of `insert`.

use actix_messages::{
    Clock, NewMessage, Recipient, TextFormat, Timestamp,
    store::{
        CheckedMessage,
        conformance::{change, insert},
    },
};

use super::{
    faulty::{Delivery, Faulty, Forgets, Keying, Passing, altered},
    found,
};

#[test]
fn a_message_that_is_not_kept_as_it_was_given_is_found() {
    /// The message with other content.
    fn again(given: &CheckedMessage, content: NewMessage) -> CheckedMessage {
        let again = given.parts().session.cloned().into_iter().fold(content, NewMessage::session);
        given.parts().until.into_iter().fold(again.check().unwrap(), CheckedMessage::until)
    }
    fn formatted(given: &CheckedMessage, content: NewMessage) -> NewMessage {
        if given.format == TextFormat::SafeHtml { content.safe_html() } else { content }
    }
    fn with(given: &CheckedMessage, tags: &[String], text: &str, view: &str) -> CheckedMessage {
        again(given, formatted(given, NewMessage::new(given.level, text).tags(tags).view(view)))
    }
    fn with_tags(given: &CheckedMessage, alter: fn(&mut Vec<String>)) -> CheckedMessage {
        with(given, &altered(&given.tags, alter), &given.text, &given.view)
    }
    fn content(given: &CheckedMessage) -> NewMessage {
        NewMessage::new(given.level, &given.text).tags(&given.tags).view(&given.view)
    }
    let lossy: [(&str, fn(CheckedMessage) -> CheckedMessage); 7] = [
        ("tags without repetition", |given| with_tags(&given, Vec::dedup)),
        ("tags in order", |given| with_tags(&given, |tags| tags.sort())),
        ("texts escaped twice", |given| with(&given, &given.tags, &given.text.replace('\\', "\\\\"), &given.view)),
        ("views without blanks", |given| with(&given, &given.tags, &given.text, given.view.trim_end())),
        ("no sessions", |given| {
            let again = formatted(&given, content(&given)).check().unwrap();
            given.parts().until.into_iter().fold(again, CheckedMessage::until)
        }),
        ("no format", |given| again(&given, content(&given))),
        ("no end", |given| {
            let content = formatted(&given, content(&given));
            given.parts().session.cloned().into_iter().fold(content, NewMessage::session).check().unwrap()
        }),
    ];
    for (what, message) in lossy {
        let fault = || Faulty { message, ..Faulty::default() };
        found(what, fault, insert::an_inserted_message_is_listed_as_it_was_given);
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
