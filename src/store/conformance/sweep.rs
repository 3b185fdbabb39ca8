//! The laws of [`MessageStore::sweep`](crate::MessageStore::sweep).
//!
//! A sweep goes through all mailboxes, and the store may be full of others' messages. So what expires for these laws
//! was created so long ago that nothing else was; and since whatever is older expires with it, what is to stay in one
//! law is younger than what expires in another.

use std::collections::BTreeSet;

use proptest::{array, option, prelude::*, sample, test_runner::TestCaseError};

use super::{
    Store,
    fixtures::{
        Mailbox, at, count, failure, for_one_in, long_ago, mark_read, put, put_for, saying, some_session, somebody,
        user,
    },
    random::{Sample, moment, samples},
};
use crate::model::{MessageFilter, Recipient, RetentionCutoff, SessionId, SweepStep, Timestamp};

/// Sweeping from the start to the end deletes exactly the messages that have expired.
pub async fn sweeping_deletes_exactly_what_has_expired(store: &Store) {
    let cases = (array::uniform5(samples_long_ago()), cutoff(), at_most());
    for_one_in(4, store, cases, async |store, (samples, cutoff, at_most)| {
        let session = some_session();
        let [visitor, a_visitor] = [session.clone(), some_session()].map(Recipient::visitor);
        let of =
            [somebody(), visitor.clone(), user(format_args!("v:{session}")), somebody().archive(), a_visitor.later()];
        let mut mailboxes = Vec::new();
        for (of, samples) in of.into_iter().zip(&samples) {
            mailboxes.push(Mailbox::of(store, of, samples).await?);
        }
        let mut expired = 0;
        for mailbox in &mut mailboxes {
            let before = mailbox.messages.len();
            mailbox.messages.retain(|message| !cutoff.has_expired(&mailbox.of, message));
            expired += before - mailbox.messages.len();
        }
        let deleted = sweep(store, &cutoff, at_most).await?.iter().map(|step| step.deleted).sum::<u64>();
        // Messages of others may have been among them.
        prop_assert!(deleted >= expired as u64, "{expired} messages had expired, and {deleted} were deleted");
        check_and_clear(store, &mailboxes).await
    })
    .await;
}

/// Where nothing has expired, a sweep comes to its end and deletes nothing.
pub async fn where_nothing_has_expired_nothing_is_deleted(store: &Store) {
    for_one_in(4, store, (samples(), at_most()), async |store, (samples, at_most)| {
        let mailboxes = Mailbox::twins(store, &samples).await?;
        let deleted =
            sweep(store, &RetentionCutoff::default(), at_most).await?.iter().map(|step| step.deleted).sum::<u64>();
        prop_assert_eq!(deleted, 0, "how many were deleted");
        check_and_clear(store, &mailboxes).await
    })
    .await;
}

/// One step deletes no more messages than it looks at.
pub async fn one_step_deletes_no_more_than_it_looks_at(store: &Store) {
    const COUNT: u32 = 12;
    let cutoff = RetentionCutoff { created_before: Some(long_ago(0)), ..RetentionCutoff::default() };
    for at_most in [1, 2, 5, COUNT, COUNT + 1, 1000] {
        let of = [somebody(), Recipient::visitor(some_session()), somebody()];
        put_for(store, &of, (0..COUNT).map(|_| saying("Expired")), long_ago(-1_000_000)).await;
        let steps = sweep(store, &cutoff, at_most).await.unwrap_or_else(|error| panic!("{error}"));
        for Step { at_most, deleted, .. } in steps {
            assert!(deleted <= u64::from(at_most), "a step looked at {at_most} messages and deleted {deleted}");
        }
        for of in &of {
            assert_eq!(count(store, of).await, 0, "all of them had expired");
        }
    }
}

/// One step looks at no more messages than it is told, whether they have expired or not.
pub async fn one_step_looks_at_no_more_than_it_is_told(store: &Store) {
    const COUNT: u64 = 12;
    put(store, &somebody(), (0..COUNT).map(|_| saying("Stays")), at(0)).await;
    for at_most in [1, 5, 11] {
        let steps = sweep(store, &RetentionCutoff::default(), at_most).await.unwrap_or_else(|error| panic!("{error}"));
        let looked_at = steps.iter().map(|step| u64::from(step.at_most)).sum::<u64>();
        assert!(looked_at >= COUNT, "there are {COUNT} messages, and steps of {looked_at} in all came to the end");
    }
}

/// A sweep returns the mailboxes that it deleted from, and no others.
pub async fn a_sweep_returns_the_mailboxes(store: &Store) {
    let cutoff = RetentionCutoff { created_before: Some(long_ago(0)), ..RetentionCutoff::default() };
    for at_most in [1, 3, 1000] {
        let [all, some, none] = [somebody(), somebody(), somebody()];
        put_for(store, &[all.clone(), some.clone()], [1, 2].map(|_| saying("Expired")), long_ago(-1_000_000)).await;
        put_for(store, &[some.clone(), none.clone()], [saying("Stays")], at(0)).await;
        let steps = sweep(store, &cutoff, at_most).await.unwrap_or_else(|error| panic!("{error}"));
        let mailboxes = steps.iter().flat_map(|step| &step.mailboxes).collect::<BTreeSet<_>>();
        // Messages of others may have been among them.
        assert!(mailboxes.contains(&all) && mailboxes.contains(&some), "both had expired ones: {mailboxes:?}");
        assert!(!mailboxes.contains(&none), "none of theirs had expired");
        let is_silent = |step: &&Step| (step.deleted == 0) != step.mailboxes.is_empty();
        assert_eq!(steps.iter().filter(is_silent).count(), 0, "a step returns mailboxes if it deletes");
        for of in [&some, &none] {
            store.delete(of, &MessageFilter::default()).await.expect("delete failed");
        }
    }
}

/// Each place has a rule of its own: what comes later, and what groups have, stays.
pub async fn each_place_has_a_rule_of_its_own(store: &Store) {
    let session = some_session();
    let (user, visitor) = (somebody(), Recipient::visitor(session.clone()));
    let group = Recipient::group(format_args!("conformance-{session}")).expect("not the name of a group");
    let alike = [user.clone(), visitor.clone(), group.clone()].map(|it| it.places()).concat();
    let alike = alike.into_iter().chain([user_named("v:", &session), user_named("a:u:", &session)]).collect::<Vec<_>>();
    let [users_archive, visitors_archive, visitors_later] = [user.archive(), visitor.archive(), visitor.later()];
    let before = Some(long_ago(0));
    let none = RetentionCutoff::default();
    let inboxes = [&user, &visitor, &alike[9], &alike[10]];
    let rules = [
        (RetentionCutoff { created_before: before, ..none }, inboxes.to_vec()),
        (RetentionCutoff { read_before: before, ..none }, inboxes.to_vec()),
        (RetentionCutoff { archived_created_before: before, ..none }, vec![&users_archive, &visitors_archive]),
        (
            RetentionCutoff { visitors_created_before: before, ..none },
            vec![&visitor, &visitors_archive, &visitors_later],
        ),
        (RetentionCutoff { idle_marks_before: before, ..none }, vec![]),
    ];
    for (cutoff, swept) in rules {
        for of in &alike {
            let ids = put(store, of, [saying("Old")], long_ago(-1_000_000)).await;
            mark_read(store, of, &MessageFilter::default().with_ids(ids), long_ago(-900_000)).await;
        }
        sweep(store, &cutoff, 1000).await.unwrap_or_else(|error| panic!("{error}"));
        for of in &alike {
            let expected = u64::from(!swept.contains(&of));
            assert_eq!(count(store, of).await, expected, "what is left in {of:?} by {cutoff:?}");
            store.erase(of).await.expect("erase failed");
        }
    }
}

fn user_named(prefix: &str, session: &SessionId) -> Recipient {
    user(format_args!("{prefix}{session}"))
}

/// A step of a sweep: how many messages it looked at, how many it deleted, and where.
pub(super) struct Step {
    at_most: u32,
    deleted: u64,
    mailboxes: BTreeSet<Recipient>,
}

/// Sweeps from the start to the end. After many steps they become large, since the store may be full.
pub(super) async fn sweep(store: &Store, cutoff: &RetentionCutoff, at_most: u32) -> Result<Vec<Step>, TestCaseError> {
    let (mut steps, mut from, mut places) = (Vec::new(), None, BTreeSet::new());
    loop {
        let at_most = if steps.len() < 100 { at_most } else { at_most.max(1000) };
        let SweepStep { deleted, mailboxes, next } =
            store.sweep(cutoff, from.as_ref(), at_most).await.map_err(failure)?;
        steps.push(Step { at_most, deleted, mailboxes });
        let Some(place) = next else { return Ok(steps) };
        prop_assert!(places.insert((place.recipient.clone(), place.id)), "the sweep was at {place:?} before");
        from = Some(place);
    }
}

/// Whether the mailboxes have what has to be there; and empties them, so that the next sweep is short.
async fn check_and_clear(store: &Store, mailboxes: &[Mailbox]) -> Result<(), TestCaseError> {
    for mailbox in mailboxes {
        mailbox.check(store, "after the sweep").await?;
        store.delete(&mailbox.of, &MessageFilter::default()).await.map_err(failure)?;
    }
    Ok(())
}

fn at_most() -> impl Strategy<Value = u32> {
    sample::select(vec![1, 2, 3, 7, 1000, u32::MAX])
}

/// What is in a mailbox, created long ago, and read soon afterwards.
fn samples_long_ago() -> impl Strategy<Value = Vec<Sample>> {
    let moved = |sample: Sample| Sample { now: to_long_ago(sample.now), read: sample.read.map(to_long_ago), ..sample };
    samples().prop_map(move |samples| samples.into_iter().map(moved).collect())
}

/// The same moment of the mailbox, long ago.
fn to_long_ago(moment: Timestamp) -> Timestamp {
    long_ago(moment.as_micros() - at(0).as_micros())
}

fn cutoff() -> impl Strategy<Value = RetentionCutoff> {
    let end = || option::of(moment().prop_map(to_long_ago));
    let cutoff = |(read_before, created_before, archived_created_before, visitors_created_before)| RetentionCutoff {
        read_before,
        created_before,
        archived_created_before,
        visitors_created_before,
        idle_marks_before: None,
    };
    (end(), end(), end(), end()).prop_map(cutoff)
}
