//! Faults of `end_session` and `sweep`.

use std::collections::BTreeSet;

use actix_messages::{
    MessageId, Recipient, Timestamp,
    store::{
        Kept, RetentionCutoff, SessionEnd, SweepStep,
        conformance::{end_session, sweep},
    },
};

use super::{faulty::Faulty, found};

#[test]
fn an_end_of_a_session_that_deletes_others_is_found() {
    let kept: [(&str, fn(&Kept) -> Kept); 4] = [
        ("keeps nothing", |_| Kept::none()),
        ("keeps everything", |_| Kept::All),
        ("keeps an id in any mailbox", |kept| match kept {
            Kept::All => Kept::All,
            Kept::Only(these) => {
                let recipients = these.iter().map(|(of, _)| of.clone()).collect::<BTreeSet<_>>();
                let everywhere = |id: MessageId| recipients.iter().map(move |of| (of.clone(), id)).collect::<Vec<_>>();
                Kept::Only(these.iter().flat_map(|(_, id)| everywhere(*id)).collect())
            }
        }),
        ("deletes what is all to be kept", |kept| match kept {
            Kept::All => Kept::none(),
            Kept::Only(_) => kept.clone(),
        }),
    ];
    for (what, kept) in kept {
        found(what, || Faulty { kept, ..Faulty::default() }, end_session::kept_messages_stay);
    }
}

#[test]
fn an_end_of_a_session_that_says_something_else_is_found() {
    let end: fn(&mut SessionEnd) = |end| end.mailboxes.clear();
    let fault = || Faulty { end, ..Faulty::default() };
    found("no mailboxes", fault, end_session::the_end_of_a_session_returns_the_mailboxes);
    let end: fn(&mut SessionEnd) = |end| drop(end.mailboxes.pop_first());
    let fault = || Faulty { end, ..Faulty::default() };
    found("not all mailboxes", fault, end_session::the_end_of_a_session_returns_the_mailboxes);
    let end: fn(&mut SessionEnd) = |end| end.deleted += 1;
    let fault = || Faulty { end, ..Faulty::default() };
    found("one more", fault, end_session::the_end_of_a_session_deletes_what_is_bound_to_it);
}

#[test]
fn an_end_of_a_session_that_leaves_messages_bound_is_found() {
    let fault = || Faulty { stays_bound: true, ..Faulty::default() };
    found("still bound", fault, end_session::kept_messages_stay);
    // The faulty store checks only the mailboxes of inserts, but the messages have been claimed by other mailboxes.
    found("not looked for", fault, end_session::the_end_of_a_session_finds_what_has_been_changed);
}

#[test]
fn a_sweep_that_deletes_other_messages_is_found() {
    let wrong: [(&str, fn(&mut RetentionCutoff)); 5] = [
        ("nothing that was read", |cutoff| cutoff.read_before = None),
        ("nothing that is old", |cutoff| cutoff.created_before = None),
        ("no visitors", |cutoff| cutoff.visitors_created_before = None),
        ("users as visitors", |cutoff| {
            cutoff.created_before = cutoff.created_before.max(cutoff.visitors_created_before);
        }),
        ("the moment itself", |cutoff| {
            cutoff.created_before = cutoff.created_before.map(|end| Timestamp::from_micros(end.as_micros() + 1));
        }),
    ];
    for (what, cutoff) in wrong {
        found(what, || Faulty { cutoff, ..Faulty::default() }, sweep::sweeping_deletes_exactly_what_has_expired);
    }
    let cutoff: fn(&mut RetentionCutoff) = |cutoff| {
        if *cutoff == RetentionCutoff::default() {
            cutoff.created_before = Some(Timestamp::from_micros(i64::MAX));
        }
    };
    found("all", || Faulty { cutoff, ..Faulty::default() }, sweep::a_sweep_without_expired_messages_deletes_nothing);
}

#[test]
fn a_step_of_a_sweep_that_is_not_one_is_found() {
    let at_most: fn(u32) -> u32 = |_| u32::MAX;
    found("all", || Faulty { at_most, ..Faulty::default() }, sweep::a_step_deletes_at_most_what_it_examines);
    found("all", || Faulty { at_most, ..Faulty::default() }, sweep::a_step_examines_at_most_its_limit);
    let swept: fn(&mut SweepStep) = |swept| swept.next = None;
    found("the first", || Faulty { swept, ..Faulty::default() }, sweep::sweeping_deletes_exactly_what_has_expired);
    let swept: fn(&mut SweepStep) = |swept| swept.deleted = 0;
    found("no count", || Faulty { swept, ..Faulty::default() }, sweep::sweeping_deletes_exactly_what_has_expired);
    let swept: fn(&mut SweepStep) = |swept| swept.mailboxes.clear();
    found("no mailboxes", || Faulty { swept, ..Faulty::default() }, sweep::a_sweep_returns_the_mailboxes);
    let swept: fn(&mut SweepStep) = |swept| swept.mailboxes.extend(Recipient::user("another"));
    found("another mailbox", || Faulty { swept, ..Faulty::default() }, sweep::a_sweep_returns_the_mailboxes);
    let swept: fn(&mut SweepStep) = |swept| swept.deleted += 1;
    found("a count", || Faulty { swept, ..Faulty::default() }, sweep::a_sweep_without_expired_messages_deletes_nothing);
}
