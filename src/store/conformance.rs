//! The conformance suite: each law of `MessageStore` as a named test that any store can run.
//!
//! [`conformance_tests!`](crate::conformance_tests) writes the tests. A law is a function in the module of its verb;
//! what its documentation says is a bullet under the verb's `# Behavior` in [`MessageStore`], and its name says the
//! same in short.
//!
//! Laws that hold for whatever is in a mailbox are tried on random messages, filters, orders and pages: 96 cases by
//! default, as many as the environment variable `PROPTEST_CASES` says otherwise. A case that breaks a law is made as
//! small as it can be before it is shown.
//!
//! Each law, and each random case, has recipients and sessions of its own. So a store may be shared by all tests, and
//! may be full of other messages; what the tests left behind is in mailboxes of users named `conformance-..`. Only
//! `sweep` and `due` go through all mailboxes: what expires for their laws, or comes to its end, does so before the year 2, and
//! nothing else does.

#![allow(clippy::expect_used, clippy::panic, reason = "a law that does not hold panics: that is how a test fails")]

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

/// The store that a law is tried on.
pub type Store = Arc<dyn MessageStore>;

/// Writes one `#[test]` for each law of [`MessageStore`](crate::MessageStore).
///
/// It is given an async function without parameters that makes the store: `async fn make_store() -> impl
/// MessageStore`. The function is called once for each law. Where something has to live as long as the store, such as
/// the temporary folder that it is in, it returns both: `async fn make_store() -> Keeping<impl MessageStore, TempDir>`
/// (see [`Keeping`](crate::store::conformance::Keeping)).
///
/// The tests bring a Tokio runtime with them. They have the names of the laws, so each store wants a module of its own.
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
            insert::a_message_for_many_is_in_each_of_their_mailboxes,
            insert::an_inserted_message_is_listed_as_it_was_given,
            insert::every_message_fits_up_to_its_limits,
            insert::tags_are_kept_as_they_are,
            insert::ids_are_strictly_increasing,
            insert::an_id_is_the_moment_of_the_clock,
            insert::a_message_for_many_has_an_id_of_its_own_in_each_mailbox,
            insert::concurrent_inserts_lose_nothing_and_share_no_id,
            insert::after_the_newest_was_deleted_no_smaller_id_is_given,
            insert::all_are_inserted_or_none,
            insert::a_message_for_many_is_in_all_mailboxes_at_once,
            insert::nobody_finds_an_older_message_later,
            insert::an_abandoned_insert_is_whole,
            insert::a_batch_may_have_thousands,
            insert::a_message_may_be_for_thousands,
            insert::a_mailbox_is_its_recipients_alone,
            insert::a_message_with_a_key_is_ignored_or_replaces,
            insert::a_key_is_free_once_its_message_is_deleted,
            insert::a_message_with_a_key_may_be_for_many,
            insert::of_two_that_insert_a_key_one_message_is_there,
            insert::an_insertion_unless_a_mark_is_past_moves_it,
            insert::of_two_up_to_the_same_mark_one_delivers,
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
            list::a_mailbox_that_nobody_wrote_to_is_empty,
            summarize::a_summary_counts_exactly_what_a_list_has,
            summarize::summarizing_changes_nothing,
            change::a_change_is_applied_to_exactly_what_the_filter_matches,
            change::first_reading_wins,
            change::a_message_is_never_read_before_it_was_created,
            change::a_message_marked_as_unread_is_read_again,
            change::of_two_that_mark_one_gets_the_id,
            change::an_abandoned_change_is_whole,
            change::added_tags_stand_after_the_others,
            change::removed_tags_are_gone,
            change::tags_that_replace_others_are_the_only_ones,
            change::new_tags_are_found_as_the_others_are,
            change::of_two_that_add_tags_both_do,
            change::tags_beyond_the_limit_are_refused,
            delete::deleting_deletes_exactly_what_the_filter_matches,
            delete::a_policy_is_a_filter,
            delete::of_two_that_delete_one_gets_the_id,
            delete::an_abandoned_deletion_is_whole,
            transfer::a_transfer_moves_exactly_what_the_filter_matches,
            transfer::a_message_keeps_its_id_where_that_is_free,
            transfer::messages_that_arrive_anew_are_above_all,
            transfer::a_message_whose_key_is_there_is_deleted,
            transfer::an_id_that_is_ahead_is_replaced,
            transfer::a_transfer_with_marks_takes_them_along,
            transfer::a_transfer_to_itself_repairs_a_mailbox,
            transfer::transferring_nothing_changes_nothing,
            transfer::of_two_that_transfer_each_message_goes_to_one,
            transfer::transfers_in_both_directions_lose_nothing,
            transfer::an_abandoned_transfer_is_whole,
            advance::a_mark_goes_forward_and_never_back,
            advance::a_mark_never_passes_the_newest_id,
            advance::marks_are_apart,
            advance::of_two_the_one_who_goes_further_counts,
            due::what_is_due_is_exactly_what_has_come_to_its_end,
            due::no_more_are_returned_than_asked_for,
            due::asking_what_is_due_changes_nothing,
            erase::erasing_leaves_neither_a_message_nor_a_mark,
            erase::an_erased_mailbox_is_as_a_new_one,
            erase::a_mark_that_is_moved_meanwhile_is_erased,
            erase::an_abandoned_erasure_is_whole,
            end_session::the_end_of_a_session_deletes_what_is_bound_to_it,
            end_session::what_is_to_be_kept_stays,
            end_session::the_end_of_a_session_does_not_depend_on_a_clock,
            end_session::the_end_of_a_session_finds_what_has_been_changed,
            end_session::the_end_of_a_session_returns_the_mailboxes,
            sweep::sweeping_deletes_exactly_what_has_expired,
            sweep::where_nothing_has_expired_nothing_is_deleted,
            sweep::one_step_deletes_no_more_than_it_looks_at,
            sweep::one_step_looks_at_no_more_than_it_is_told,
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

/// What `make_store` may return: a store, or a store and what has to live as long as it.
pub trait StoreUnderTest {
    /// What has to live as long as the store.
    type Kept;

    /// The store, and what has to be dropped after it.
    fn into_parts(self) -> (Store, Self::Kept);
}

impl<S: MessageStore> StoreUnderTest for S {
    type Kept = ();

    fn into_parts(self) -> (Store, ()) {
        (Arc::new(self), ())
    }
}

/// A store, and what has to live as long as it, such as the temporary folder that it is in.
#[derive(Debug)]
pub struct Keeping<S, Kept>(pub S, pub Kept);

impl<S: MessageStore, Kept> StoreUnderTest for Keeping<S, Kept> {
    type Kept = Kept;

    fn into_parts(self) -> (Store, Kept) {
        (Arc::new(self.0), self.1)
    }
}

/// Tries one law of a verb on a new store, in a Tokio runtime of its own. This is what the tests call.
///
/// # Panics
///
/// Where the store breaks the law. Then there are two panics: the first says what was seen, the second names the law.
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
    // Work that a law gave up may still be under way.
    drop(runtime);
    drop(kept);
    if outcome.is_err() {
        let advice = broken.filter(|broken| *broken != verb);
        let advice = advice.map(|broken| format!(" It relies on `{broken}`, which does not work: begin with that."));
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
        ("insert", concat!(include_str!("conformance/insert.rs"), "\n", include_str!("conformance/insert/keyed.rs"))),
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

    /// The bullets under the `# Behavior` of each verb of the trait.
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

    /// The laws of a verb: what they are called, and what they say.
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
