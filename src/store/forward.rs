//! Forwards verbs to a wrapped store, for a store that changes only some of them.

use std::pin::Pin;

use super::StoreError;

/// The return type of a verb as `async_trait` writes it, for [`forward_to_store`](crate::forward_to_store).
#[doc(hidden)]
pub type Verb<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Forwards the verbs of [`MessageStore`](crate::MessageStore) to a wrapped store.
///
/// A wrapper implements only the verbs that it changes, and names them after `except`. All other verbs are forwarded,
/// including verbs that a later version adds to the contract.
///
/// Use it in an `impl` block with `#[async_trait]`. The name before the arrow stands for the wrapper. The expression
/// after the arrow is the wrapped store.
///
/// `through` names a function that handles all forwarded verbs in the same way, for example to measure them. It gets
/// the name of the verb and the future of its result, and returns a future of the result.
///
/// [`MessageStore::feed`](crate::MessageStore::feed) is forwarded, too. The two verbs of
/// [`MessageDirectory`](crate::store::MessageDirectory) are not forwarded.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use actix_messages::{Clock, MessageStore, forward_to_store};
/// use actix_messages::store::{Inserted, Insertion, Result};
///
/// /// Logs each insert.
/// #[derive(Debug)]
/// struct Logged(Arc<dyn MessageStore>);
///
/// #[async_trait::async_trait]
/// impl MessageStore for Logged {
///     async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
///         tracing::info!(recipients = insertion.recipients.len(), messages = insertion.messages.len(), "insert");
///         self.0.insert(insertion, clock).await
///     }
///
///     forward_to_store!(wrapper => wrapper.0; except insert);
/// }
/// ```
#[macro_export]
macro_rules! forward_to_store {
    ($wrapper:ident => $store:expr $(; through $around:path)? $(; except $($own:tt),+)?) => {
        fn feed(&self) -> Option<$crate::live::ChangeFeed> {
            let $wrapper = self;
            $crate::MessageStore::feed(&$store)
        }

        $crate::forward_to_store! { @verbs [$($($own)+)?] [$($around)?] $wrapper => $store;
            insert['clock](
                insertion: $crate::store::Insertion,
                clock: &'clock $crate::Clock,
            ) -> Vec<Vec<$crate::store::Inserted>>;
            list['of, 'filter, 'page](
                of: &'of $crate::Recipient,
                filter: &'filter $crate::MessageFilter,
                page: &'page $crate::PageRequest,
            ) -> $crate::Page;
            summarize['of, 'filter](of: &'of $crate::Recipient, filter: &'filter $crate::MessageFilter) -> $crate::Summary;
            change['of, 'filter, 'change](
                of: &'of $crate::Recipient,
                filter: &'filter $crate::MessageFilter,
                change: &'change $crate::store::Change,
                now: $crate::Timestamp,
            ) -> Vec<$crate::MessageId>;
            delete['of, 'filter](
                of: &'of $crate::Recipient,
                filter: &'filter $crate::MessageFilter,
            ) -> Vec<$crate::MessageId>;
            transfer['from, 'to, 'what, 'clock](
                from: &'from $crate::Recipient,
                to: &'to $crate::Recipient,
                what: &'what $crate::store::Move,
                clock: &'clock $crate::Clock,
            ) -> Vec<$crate::store::Moved>;
            advance['of, 'mark](
                of: &'of $crate::Recipient,
                mark: &'mark $crate::store::Mark,
                to: Option<$crate::MessageId>,
            ) -> Option<$crate::MessageId>;
            due[](now: $crate::Timestamp, at_most: u32) -> Vec<($crate::Recipient, $crate::Message)>;
            erase['of](of: &'of $crate::Recipient) -> u64;
            end_session['session, 'kept](
                session: &'session $crate::SessionId,
                kept: &'kept $crate::store::Kept,
            ) -> $crate::store::SessionEnd;
            sweep['cutoff, 'from](
                cutoff: &'cutoff $crate::store::RetentionCutoff,
                from: Option<&'from $crate::store::SweepPosition>,
                at_most: u32,
            ) -> $crate::store::SweepStep;
        }
    };

    (@verbs $own:tt $around:tt $wrapper:ident => $store:expr; $($verb:ident $lifetimes:tt $arguments:tt -> $answer:ty;)+) => {
        $($crate::forward_to_store! {
            @unless $verb $own $around $wrapper => $store; $lifetimes $arguments -> $answer
        })+
    };

    // A macro can compare two names only by an arm with the literal name.
    (@unless insert [insert $($own:tt)*] $($rest:tt)+) => {};
    (@unless list [list $($own:tt)*] $($rest:tt)+) => {};
    (@unless summarize [summarize $($own:tt)*] $($rest:tt)+) => {};
    (@unless change [change $($own:tt)*] $($rest:tt)+) => {};
    (@unless delete [delete $($own:tt)*] $($rest:tt)+) => {};
    (@unless transfer [transfer $($own:tt)*] $($rest:tt)+) => {};
    (@unless advance [advance $($own:tt)*] $($rest:tt)+) => {};
    (@unless due [due $($own:tt)*] $($rest:tt)+) => {};
    (@unless erase [erase $($own:tt)*] $($rest:tt)+) => {};
    (@unless end_session [end_session $($own:tt)*] $($rest:tt)+) => {};
    (@unless sweep [sweep $($own:tt)*] $($rest:tt)+) => {};
    (@unless $verb:ident [$other:tt $($own:tt)*] $($rest:tt)+) => {
        $crate::forward_to_store! { @unless $verb [$($own)*] $($rest)+ }
    };
    (
        @unless $verb:ident [] $around:tt $wrapper:ident => $store:expr;
        [$($lifetime:lifetime),*]($($argument:ident: $type:ty),+ $(,)?) -> $answer:ty
    ) => {
        fn $verb<'store, $($lifetime,)* 'async_trait>(
            &'store self,
            $($argument: $type,)+
        ) -> $crate::store::Verb<'async_trait, $answer>
        where
            'store: 'async_trait, $($lifetime: 'async_trait,)* Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call $around $verb, $crate::MessageStore::$verb(&$store, $($argument),+))
        }
    };

    (@call [] $verb:ident, $call:expr) => {
        $call
    };
    (@call [$around:path] $verb:ident, $call:expr) => {
        Box::pin($around(stringify!($verb), $call))
    };
}
