//! The laws of [`MessageStore::sweep`](crate::MessageStore::sweep).
//!
//! A sweep examines all mailboxes, and the store may contain messages of other tests. So the messages that expire in
//! these laws were created before all other messages. A cutoff also affects all older messages, so messages that stay
//! in one law are newer than messages that expire in another.

use std::collections::BTreeSet;

use proptest::{array, option, prelude::*, sample, test_runner::TestCaseError};
use tokio::sync::Mutex;

use super::{
    Store,
    fixtures::{
        Mailbox, at, count, failure, for_one_in, insert_for, long_ago, mark_read, new_session, new_user, put, saying,
        user,
    },
    random::{Sample, moment, samples},
};
use crate::model::{MessageFilter, Recipient, RetentionCutoff, SessionId, SweepStep, Timestamp};

/// Laws that sweep run one after the other. The sweep of another law could delete their expired messages first, if both
/// run on one database.
pub(super) static ALONE: Mutex<()> = Mutex::const_new(());

/// A sweep from the start to the end deletes exactly the messages that have expired.
pub async fn sweeping_deletes_exactly_what_has_expired(store: &Store) {
    let _alone = ALONE.lock().await;
    let cases = (array::uniform5(samples_long_ago()), cutoff(), at_most());
    for_one_in(4, store, cases, async |store, (samples, cutoff, at_most)| {
        let session = new_session();
        let [visitor, a_visitor] = [session.clone(), new_session()].map(Recipient::visitor);
        let of =
            [new_user(), visitor.clone(), user(format_args!("v:{session}")), new_user().archive(), a_visitor.later()];
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
        // The sweep may also have deleted messages of other tests.
        prop_assert!(deleted >= expired as u64, "{expired} messages had expired, but {deleted} were deleted");
        check_and_clear(store, &mailboxes).await
    })
    .await;
}

/// If nothing has expired, a sweep reaches its end and deletes nothing.
pub async fn a_sweep_without_expired_messages_deletes_nothing(store: &Store) {
    let _alone = ALONE.lock().await;
    for_one_in(4, store, (samples(), at_most()), async |store, (samples, at_most)| {
        let mailboxes = Mailbox::twins(store, &samples).await?;
        let deleted =
            sweep(store, &RetentionCutoff::default(), at_most).await?.iter().map(|step| step.deleted).sum::<u64>();
        prop_assert_eq!(deleted, 0, "the number of deleted messages");
        check_and_clear(store, &mailboxes).await
    })
    .await;
}

/// One step deletes at most as many messages as it examines.
pub async fn a_step_deletes_at_most_what_it_examines(store: &Store) {
    let _alone = ALONE.lock().await;
    const COUNT: u32 = 12;
    let cutoff = RetentionCutoff { created_before: Some(long_ago(0)), ..RetentionCutoff::default() };
    for at_most in [1, 2, 5, COUNT, COUNT + 1, 1000] {
        let of = [new_user(), Recipient::visitor(new_session()), new_user()];
        insert_for(store, &of, (0..COUNT).map(|_| saying("Expired")), long_ago(-1_000_000)).await;
        let steps = sweep(store, &cutoff, at_most).await.unwrap_or_else(|error| panic!("{error}"));
        for Step { at_most, deleted, .. } in steps {
            assert!(deleted <= u64::from(at_most), "a step examined at most {at_most} messages and deleted {deleted}");
        }
        for of in &of {
            assert_eq!(count(store, of).await, 0, "all messages of the mailbox had expired");
        }
    }
}

/// One step examines at most `at_most` messages, whether they have expired or not.
pub async fn a_step_examines_at_most_its_limit(store: &Store) {
    let _alone = ALONE.lock().await;
    const COUNT: u64 = 12;
    put(store, &new_user(), (0..COUNT).map(|_| saying("Stays")), at(0)).await;
    for at_most in [1, 5, 11] {
        let steps = sweep(store, &RetentionCutoff::default(), at_most).await.unwrap_or_else(|error| panic!("{error}"));
        let looked_at = steps.iter().map(|step| u64::from(step.at_most)).sum::<u64>();
        assert!(looked_at >= COUNT, "the sweep reached its end after {looked_at} of at least {COUNT} messages");
    }
}

/// A sweep returns exactly the mailboxes from which it deleted messages.
pub async fn a_sweep_returns_the_mailboxes(store: &Store) {
    let _alone = ALONE.lock().await;
    let cutoff = RetentionCutoff { created_before: Some(long_ago(0)), ..RetentionCutoff::default() };
    for at_most in [1, 3, 1000] {
        let [all, some, none] = [new_user(), new_user(), new_user()];
        insert_for(store, &[all.clone(), some.clone()], [1, 2].map(|_| saying("Expired")), long_ago(-1_000_000)).await;
        insert_for(store, &[some.clone(), none.clone()], [saying("Stays")], at(0)).await;
        let steps = sweep(store, &cutoff, at_most).await.unwrap_or_else(|error| panic!("{error}"));
        let mailboxes = steps.iter().flat_map(|step| &step.mailboxes).collect::<BTreeSet<_>>();
        // The sweep may also have deleted messages of other tests.
        assert!(
            mailboxes.contains(&all) && mailboxes.contains(&some),
            "the sweep deleted messages from both mailboxes: {mailboxes:?}"
        );
        assert!(!mailboxes.contains(&none), "the sweep deleted nothing from this mailbox");
        let is_silent = |step: &&Step| (step.deleted == 0) != step.mailboxes.is_empty();
        assert_eq!(steps.iter().filter(is_silent).count(), 0, "a step returns mailboxes if, and only if, it deletes");
        for of in [&some, &none] {
            store.delete(of, &MessageFilter::default()).await.expect("delete failed");
        }
    }
}

/// Each place has a separate rule. Messages of groups never expire; in `Place::Later`, only messages of visitors do.
pub async fn each_place_has_a_rule_of_its_own(store: &Store) {
    let _alone = ALONE.lock().await;
    let session = new_session();
    let (user, visitor) = (new_user(), Recipient::visitor(session.clone()));
    let group = Recipient::group(format_args!("conformance-{session}")).expect("an invalid name of a group");
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
            assert_eq!(count(store, of).await, expected, "the number of messages left in {of:?} by {cutoff:?}");
            store.erase(of).await.expect("erase failed");
        }
    }
}

fn user_named(prefix: &str, session: &SessionId) -> Recipient {
    user(format_args!("{prefix}{session}"))
}

/// A step of a sweep: the limit of examined messages, the number of deleted ones, and their mailboxes.
pub(super) struct Step {
    at_most: u32,
    deleted: u64,
    mailboxes: BTreeSet<Recipient>,
}

/// Sweeps from the start to the end. After 100 steps the steps become larger, since the store may contain many
/// messages.
pub(super) async fn sweep(store: &Store, cutoff: &RetentionCutoff, at_most: u32) -> Result<Vec<Step>, TestCaseError> {
    let (mut steps, mut from, mut places) = (Vec::new(), None, BTreeSet::new());
    loop {
        let at_most = if steps.len() < 100 { at_most } else { at_most.max(1000) };
        let SweepStep { deleted, mailboxes, next } =
            store.sweep(cutoff, from.as_ref(), at_most).await.map_err(failure)?;
        steps.push(Step { at_most, deleted, mailboxes });
        let Some(place) = next else { return Ok(steps) };
        prop_assert!(
            places.insert((place.recipient.clone(), place.id)),
            "the sweep returned the position {place:?} twice"
        );
        from = Some(place);
    }
}

/// Fails if the mailboxes do not have exactly the expected messages. Then empties them, so that the next sweep is
/// short.
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

/// Messages of a mailbox that were created long ago and read soon after.
fn samples_long_ago() -> impl Strategy<Value = Vec<Sample>> {
    let moved = |sample: Sample| Sample { now: to_long_ago(sample.now), read: sample.read.map(to_long_ago), ..sample };
    samples().prop_map(move |samples| samples.into_iter().map(moved).collect())
}

/// Moves a time to the same distance from [`long_ago`] as it has from [`at`].
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
