//! Forwards verbs of a store to another store, for a store that wraps it and changes only some of them.

use std::pin::Pin;

use super::StoreError;

/// What a verb returns, as `async_trait` spells it. [`forward_to_store`](crate::forward_to_store) needs it.
#[doc(hidden)]
pub type Verb<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Forwards the verbs of [`MessageStore`](crate::MessageStore) to another store, except those that are named. So a wrapper has
/// only the verbs that it changes, and a verb that is added to the contract later is forwarded too.
///
/// It stands in an `impl` block with `#[async_trait]`. The name before the arrow is the wrapper, the expression behind it the
/// other store. `through` names a function that gets the name of each verb and the future of its answer, and returns a future
/// of the answer: for a wrapper that treats all verbs alike, such as one that measures them. The two verbs of
/// [`MessageDirectory`](crate::store::MessageDirectory), which only the admin needs, are not forwarded.
///
/// ```
/// use std::sync::Arc;
/// use actix_messages::{Clock, MessageId, MessageStore, Recipient, forward_to_store};
/// use actix_messages::store::{CheckedMessage, StoreError};
///
/// /// Logs each insert.
/// #[derive(Debug)]
/// struct Logged(Arc<dyn MessageStore>);
///
/// #[async_trait::async_trait]
/// impl MessageStore for Logged {
///     async fn insert(
///         &self,
///         of: &[Recipient],
///         messages: Vec<CheckedMessage>,
///         clock: &Clock,
///     ) -> Result<Vec<MessageId>, StoreError> {
///         tracing::info!(recipients = of.len(), messages = messages.len(), "insert");
///         self.0.insert(of, messages, clock).await
///     }
///
///     forward_to_store!(wrapper => wrapper.0; except insert);
/// }
/// ```
#[macro_export]
macro_rules! forward_to_store {
    ($wrapper:ident => $store:expr $(; through $around:path)? $(; except $($own:tt),+)?) => {
        $crate::forward_to_store! { @insert [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @list [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @summarize [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @mark_read [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @mark_unread [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @delete [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @change_tags [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @claim [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @end_session [$($($own)+)?] [$($around)?] $wrapper => $store }
        $crate::forward_to_store! { @sweep [$($($own)+)?] [$($around)?] $wrapper => $store }
    };

    (@call [] $verb:literal, $call:expr) => {
        $call
    };
    (@call [$around:path] $verb:literal, $call:expr) => {
        Box::pin($around($verb, $call))
    };

    (@insert [insert $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@insert [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @insert [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@insert [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn insert<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            of: &'life1 [$crate::Recipient],
            messages: Vec<$crate::store::CheckedMessage>,
            clock: &'life2 $crate::Clock,
        ) -> $crate::store::Verb<'async_trait, Vec<$crate::MessageId>>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "insert", $crate::MessageStore::insert(&$store, of, messages, clock))
        }
    };

    (@list [list $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@list [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @list [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@list [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn list<'life0, 'life1, 'life2, 'life3, 'async_trait>(
            &'life0 self,
            of: &'life1 $crate::Recipient,
            filter: &'life2 $crate::MessageFilter,
            page: &'life3 $crate::PageRequest,
        ) -> $crate::store::Verb<'async_trait, $crate::Page>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, 'life3: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "list", $crate::MessageStore::list(&$store, of, filter, page))
        }
    };

    (@summarize [summarize $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@summarize [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @summarize [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@summarize [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn summarize<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            of: &'life1 $crate::Recipient,
            filter: &'life2 $crate::MessageFilter,
        ) -> $crate::store::Verb<'async_trait, $crate::Summary>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "summarize", $crate::MessageStore::summarize(&$store, of, filter))
        }
    };

    (@mark_read [mark_read $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@mark_read [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @mark_read [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@mark_read [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn mark_read<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            of: &'life1 $crate::Recipient,
            filter: &'life2 $crate::MessageFilter,
            now: $crate::Timestamp,
        ) -> $crate::store::Verb<'async_trait, Vec<$crate::MessageId>>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "mark_read", $crate::MessageStore::mark_read(&$store, of, filter, now))
        }
    };

    (@mark_unread [mark_unread $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@mark_unread [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @mark_unread [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@mark_unread [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn mark_unread<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            of: &'life1 $crate::Recipient,
            filter: &'life2 $crate::MessageFilter,
        ) -> $crate::store::Verb<'async_trait, Vec<$crate::MessageId>>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "mark_unread", $crate::MessageStore::mark_unread(&$store, of, filter))
        }
    };

    (@delete [delete $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@delete [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @delete [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@delete [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn delete<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            of: &'life1 $crate::Recipient,
            filter: &'life2 $crate::MessageFilter,
        ) -> $crate::store::Verb<'async_trait, Vec<$crate::MessageId>>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "delete", $crate::MessageStore::delete(&$store, of, filter))
        }
    };

    (@change_tags [change_tags $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@change_tags [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @change_tags [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@change_tags [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn change_tags<'life0, 'life1, 'life2, 'life3, 'async_trait>(
            &'life0 self,
            of: &'life1 $crate::Recipient,
            filter: &'life2 $crate::MessageFilter,
            change: &'life3 $crate::store::TagChange,
        ) -> $crate::store::Verb<'async_trait, Vec<$crate::MessageId>>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, 'life3: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "change_tags", $crate::MessageStore::change_tags(&$store, of, filter, change))
        }
    };

    (@claim [claim $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@claim [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @claim [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@claim [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn claim<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            from: &'life1 $crate::Recipient,
            to: &'life2 $crate::Recipient,
        ) -> $crate::store::Verb<'async_trait, u64>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "claim", $crate::MessageStore::claim(&$store, from, to))
        }
    };

    (@end_session [end_session $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@end_session [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @end_session [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@end_session [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn end_session<'life0, 'life1, 'async_trait>(
            &'life0 self,
            session: &'life1 $crate::SessionId,
            before: $crate::Timestamp,
        ) -> $crate::store::Verb<'async_trait, u64>
        where
            'life0: 'async_trait, 'life1: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "end_session", $crate::MessageStore::end_session(&$store, session, before))
        }
    };

    (@sweep [sweep $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {};
    (@sweep [$other:tt $($own:tt)*] [$($around:path)?] $wrapper:ident => $store:expr) => {
        $crate::forward_to_store! { @sweep [$($own)*] [$($around)?] $wrapper => $store }
    };
    (@sweep [] [$($around:path)?] $wrapper:ident => $store:expr) => {
        fn sweep<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            cutoff: &'life1 $crate::store::RetentionCutoff,
            from: Option<&'life2 $crate::store::SweepPosition>,
            at_most: u32,
        ) -> $crate::store::Verb<'async_trait, $crate::store::SweepStep>
        where
            'life0: 'async_trait, 'life1: 'async_trait, 'life2: 'async_trait, Self: 'async_trait,
        {
            let $wrapper = self;
            $crate::forward_to_store!(@call [$($around)?] "sweep", $crate::MessageStore::sweep(&$store, cutoff, from, at_most))
        }
    };
}
