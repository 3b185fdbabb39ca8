//! Tests any store against each law of `MessageStore`.
//!
//! [`conformance_tests!`](crate::conformance_tests) writes the tests. A law is a function in the module of its verb.
//! Its documentation equals a bullet under `# Behavior` of the verb in [`MessageStore`], and its name is a short form.
//!
//! Laws that hold for any content of a mailbox are tested with random messages, filters, orders and pages. The default
//! is 96 cases for each law, and 24 if a case is expensive. The environment variable `PROPTEST_CASES` changes the
//! number. If a case breaks a law, the suite reduces it to a small case and reports that.
//!
//! Each law, and each random case, uses new recipients and sessions. So all tests may share one store, and the store
//! may contain other messages. The tests leave messages in mailboxes of new users and visitors. Most ids of these users
//! begin with `conformance-`.
//!
//! Only `sweep` and `due` work on all mailboxes. Messages that expire or become due for their laws do so before the
//! year 2, so no other messages are affected.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

pub mod advance;
pub mod change;
pub mod delete;
pub mod due;
pub mod end_session;
pub mod erase;
mod fixtures;
pub mod insert;
pub mod list;
mod prerequisites;
mod random;
pub mod summarize;
pub mod sweep;
pub mod transfer;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::MessageStore;

/// The store that a law tests.
pub type Store = Arc<dyn MessageStore>;

/// Writes one `#[test]` for each law of [`MessageStore`](crate::MessageStore).
///
/// The argument is an async function that makes the store: `async fn make_store() -> impl MessageStore`. It is called
/// once for each law. To keep a value alive as long as the store, such as its temporary directory, return both in
/// [`Keeping`](crate::store::conformance::Keeping): `async fn make_store() -> Keeping<impl MessageStore, TempDir>`.
///
/// Each test starts a Tokio runtime. The tests have the names of the laws, so each store needs a separate module.
///
/// # Examples
///
/// ```
/// mod memory {
///     use actix_messages::{MemoryStore, MessageStore};
///
///     async fn make_store() -> impl MessageStore {
///         MemoryStore::new()
///     }
///
///     actix_messages::conformance_tests!(make_store);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($make_store:expr) => {
        $crate::conformance_tests! { @laws $make_store;
            insert::a_message_for_several_recipients_is_in_each_of_their_mailboxes,
            insert::an_inserted_message_is_listed_as_it_was_given,
            insert::every_message_fits_up_to_its_limits,
            insert::tags_are_kept_as_they_are,
            insert::data_and_actions_are_kept_as_they_are,
            insert::ids_are_strictly_increasing,
            insert::an_id_is_the_moment_of_the_clock,
            insert::a_message_for_several_recipients_has_its_own_id_in_each_mailbox,
            insert::concurrent_inserts_lose_nothing_and_share_no_id,
            insert::after_the_newest_was_deleted_no_smaller_id_is_given,
            insert::all_are_inserted_or_none,
            insert::a_message_for_many_is_in_all_mailboxes_at_once,
            insert::no_smaller_id_becomes_visible_later,
            insert::a_dropped_insert_is_complete_or_absent,
            insert::a_batch_may_have_thousands,
            insert::a_message_may_be_for_thousands,
            insert::a_mailbox_is_its_recipients_alone,
            insert::a_message_with_a_key_is_ignored_or_replaces,
            insert::a_key_is_free_once_its_message_is_deleted,
            insert::keys_are_checked_for_each_recipient,
            insert::concurrent_inserts_of_a_key_leave_one_message,
            insert::unless_past_excludes_mailboxes_and_moves_the_mark,
            insert::concurrent_inserts_up_to_a_mark_deliver_once,
            list::a_list_has_exactly_what_the_filter_matches,
            list::case_is_folded_beyond_ascii,
            list::nothing_in_a_text_is_a_pattern,
            list::the_empty_text_is_everywhere_and_nul_nowhere,
            list::the_ends_of_a_range_belong_to_it,
            list::an_unread_message_is_in_no_range_of_reading,
            list::a_session_filter_means_its_messages_and_unbound_ones,
            list::a_filter_may_be_long,
            list::a_list_is_in_the_order_asked_for,
            list::unread_messages_stand_before_read_ones,
            list::a_page_is_the_part_after_the_offset,
            list::the_total_is_the_size_of_the_whole_selection,
            list::listing_changes_nothing,
            list::a_new_mailbox_is_empty,
            summarize::a_summary_counts_exactly_what_a_list_has,
            summarize::summarizing_changes_nothing,
            change::a_change_is_applied_to_exactly_what_the_filter_matches,
            change::first_reading_wins,
            change::a_message_is_never_read_before_it_was_created,
            change::a_message_marked_as_unread_is_read_again,
            change::concurrent_marking_returns_an_id_once,
            change::a_dropped_change_is_complete_or_absent,
            change::added_tags_stand_after_the_others,
            change::removed_tags_are_gone,
            change::tags_that_replace_others_are_the_only_ones,
            change::new_tags_are_found_as_the_others_are,
            change::concurrent_tags_are_all_added,
            change::tags_beyond_the_limit_are_refused,
            delete::deleting_deletes_exactly_what_the_filter_matches,
            delete::a_policy_is_a_filter,
            delete::concurrent_deletions_return_an_id_once,
            delete::a_dropped_deletion_is_complete_or_absent,
            transfer::a_transfer_moves_exactly_what_the_filter_matches,
            transfer::a_message_keeps_its_id_if_it_is_free,
            transfer::new_arrivals_get_the_largest_ids,
            transfer::until_is_set_from_the_expiry_of_each_message,
            transfer::an_unbound_message_outlives_its_session,
            transfer::a_message_whose_key_is_there_is_deleted,
            transfer::an_id_that_is_ahead_is_replaced,
            transfer::a_transfer_with_marks_takes_them_along,
            transfer::a_transfer_to_itself_repairs_a_mailbox,
            transfer::transferring_nothing_changes_nothing,
            transfer::concurrent_transfers_move_a_message_once,
            transfer::transfers_in_both_directions_lose_nothing,
            transfer::a_dropped_transfer_is_complete_or_absent,
            advance::a_mark_goes_forward_and_never_back,
            advance::a_mark_never_passes_the_newest_id,
            advance::marks_are_independent,
            advance::concurrent_moves_of_a_mark_end_at_the_largest,
            due::due_messages_are_exactly_those_past_until,
            due::no_more_are_returned_than_asked_for,
            due::asking_what_is_due_changes_nothing,
            erase::erasing_leaves_neither_a_message_nor_a_mark,
            erase::an_erased_mailbox_is_as_a_new_one,
            erase::a_mark_that_is_moved_meanwhile_is_erased,
            erase::a_dropped_erasure_is_complete_or_absent,
            end_session::the_end_of_a_session_deletes_what_is_bound_to_it,
            end_session::kept_messages_stay,
            end_session::the_end_of_a_session_does_not_depend_on_a_clock,
            end_session::the_end_of_a_session_finds_what_has_been_changed,
            end_session::the_end_of_a_session_returns_the_mailboxes,
            sweep::sweeping_deletes_exactly_what_has_expired,
            sweep::a_sweep_without_expired_messages_deletes_nothing,
            sweep::a_step_deletes_at_most_what_it_examines,
            sweep::a_step_examines_at_most_its_limit,
            sweep::a_sweep_returns_the_mailboxes,
            sweep::each_place_has_a_rule_of_its_own,
        }
    };
    (@laws $make_store:expr; $($verb:ident::$law:ident),+ $(,)?) => {
        $(
            #[test]
            fn $law() {
                $crate::store::conformance::run(
                    ::core::stringify!($verb),
                    ::core::stringify!($law),
                    $make_store,
                    $crate::store::conformance::$verb::$law,
                );
            }
        )+
    };
}

/// A return type of `make_store`: a store, or a store in [`Keeping`].
pub trait StoreUnderTest {
    /// A value that is dropped after the store.
    type Kept;

    /// Returns the store, and the value to drop after it.
    fn into_parts(self) -> (Store, Self::Kept);
}

impl<S: MessageStore> StoreUnderTest for S {
    type Kept = ();

    fn into_parts(self) -> (Store, ()) {
        (Arc::new(self), ())
    }
}

/// A store, and a value that is dropped after it, such as its temporary directory.
#[derive(Debug)]
pub struct Keeping<S, Kept>(pub S, pub Kept);

impl<S: MessageStore, Kept> StoreUnderTest for Keeping<S, Kept> {
    type Kept = Kept;

    fn into_parts(self) -> (Store, Kept) {
        (Arc::new(self.0), self.1)
    }
}

/// Tests one law of a verb on a new store, in a new Tokio runtime. Each generated test calls this function.
///
/// # Panics
///
/// Panics if the store breaks the law. The first panic shows the difference, and a second one names the law.
pub fn run<Made: StoreUnderTest>(
    verb: &str,
    law: &str,
    make_store: impl AsyncFnOnce() -> Made,
    try_on: impl AsyncFnOnce(&Store),
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("no runtime");
    let (store, kept) = runtime.block_on(make_store()).into_parts();
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(try_on(&store))));
    let broken = || catch_unwind(AssertUnwindSafe(|| runtime.block_on(prerequisites::broken(&store)))).ok().flatten();
    let broken = if outcome.is_err() { broken() } else { None };
    drop(store);
    // Dropping the runtime waits for blocking work whose future was dropped.
    drop(runtime);
    drop(kept);
    if outcome.is_err() {
        let advice = broken.filter(|broken| *broken != verb);
        let advice = advice.map(|broken| format!(" It relies on `{broken}`, which does not work: fix that first."));
        panic!(
            "The store breaks a law of `MessageStore::{verb}`: {}.{}",
            law.replace('_', " "),
            advice.unwrap_or_default()
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    const VERBS: [(&str, &str); 11] = [
        (
            "insert",
            concat!(
                include_str!("conformance/insert/content.rs"),
                "\n",
                include_str!("conformance/insert.rs"),
                "\n",
                include_str!("conformance/insert/keyed.rs"),
            ),
        ),
        ("list", include_str!("conformance/list.rs")),
        ("summarize", include_str!("conformance/summarize.rs")),
        ("change", include_str!("conformance/change.rs")),
        ("delete", include_str!("conformance/delete.rs")),
        ("transfer", include_str!("conformance/transfer.rs")),
        ("advance", include_str!("conformance/advance.rs")),
        ("due", include_str!("conformance/due.rs")),
        ("erase", include_str!("conformance/erase.rs")),
        ("end_session", include_str!("conformance/end_session.rs")),
        ("sweep", include_str!("conformance/sweep.rs")),
    ];

    /// Returns the bullets under `# Behavior` of each verb of the trait.
    fn promised() -> BTreeMap<&'static str, Vec<String>> {
        let (the_trait, _) = include_str!("../store.rs").split_once("\n}\n").expect("no trait");
        let mut bullets = Vec::new();
        let mut promised = BTreeMap::new();
        for line in the_trait.lines().map(str::trim) {
            if let Some(bullet) = line.strip_prefix("/// - ") {
                bullets.push(bullet.to_owned());
            } else if let Some((verb, _)) = line.strip_prefix("async fn ").and_then(|line| line.split_once('(')) {
                promised.insert(verb, std::mem::take(&mut bullets));
            }
        }
        promised
    }

    /// Returns the name and the sentence of each law of a verb.
    fn laws(source: &str) -> impl Iterator<Item = (&str, String)> {
        source.split("\n\n").filter_map(|item| {
            let (doc, function) = item.split_once("\npub async fn ")?;
            Some((function.split_once('(')?.0, doc.strip_prefix("/// ")?.to_owned()))
        })
    }

    #[test]
    fn every_law_is_a_promise_of_the_trait_and_every_promise_a_law() {
        let laws = VERBS.map(|(verb, source)| (verb, laws(source).map(|(_, sentence)| sentence).collect()));
        assert_eq!(BTreeMap::from(laws), promised());
    }

    #[test]
    fn every_law_is_tested() {
        let (_, listed) = include_str!("conformance.rs").split_once("@laws $make_store;\n").expect("no macro");
        let listed = listed.lines().map(str::trim).take_while(|line| *line != "}").collect::<Vec<_>>();
        let laws = VERBS.iter().flat_map(|(verb, source)| laws(source).map(move |(law, _)| format!("{verb}::{law},")));
        assert_eq!(listed, laws.collect::<Vec<_>>());
    }
}
