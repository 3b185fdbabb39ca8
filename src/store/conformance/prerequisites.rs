//! Finds a broken verb that most laws rely on, since it makes the laws of other verbs fail.

use std::slice::from_ref;

use super::{
    Store,
    fixtures::{insert, new_user, saying},
};
use crate::model::{Change, Message, MessageFilter, PageRequest, Timestamp};

/// Returns the first of `insert`, `list` and `change` that does not work as the laws need it.
pub(super) async fn broken(store: &Store) -> Option<&'static str> {
    let of = new_user();
    let [created, read, later] = [1_000, 2_000, 3_000].map(Timestamp::from_micros);
    let Ok(ids) = insert(store, from_ref(&of), [saying("text")], created).await else { return Some("insert") };
    let [id] = ids.concat()[..] else { return Some("insert") };
    let lists = async |message: &Message| {
        let page = store.list(&of, &MessageFilter::default(), &PageRequest::all()).await;
        page.is_ok_and(|page| page.messages == [message.clone()])
    };
    let mut message = saying("text").stored_as(id);
    if !lists(&message).await {
        return Some("list");
    }
    message.state.read_at = Some(read);
    for (moment, marked) in [(read, vec![id]), (later, Vec::new())] {
        let done = store.change(&of, &MessageFilter::default(), &Change::MarkRead, moment).await;
        if done.ok() != Some(marked) || !lists(&message).await {
            return Some("change");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;

    use super::*;
    use crate::{
        forward_to_store,
        model::{MessageId, Recipient},
        store::{MemoryStore, MessageStore, StoreError},
    };

    /// A store that returns ids from `change` but changes nothing.
    #[derive(Debug)]
    struct MarksNothing(MemoryStore);

    #[async_trait]
    impl MessageStore for MarksNothing {
        async fn change(
            &self,
            of: &Recipient,
            filter: &MessageFilter,
            _: &Change,
            _: Timestamp,
        ) -> Result<Vec<MessageId>, StoreError> {
            let unread = self.list(of, &filter.clone().unread(), &PageRequest::all()).await?;
            Ok(unread.messages.iter().map(|message| message.id).collect())
        }

        forward_to_store!(store => store.0; except change);
    }

    #[test]
    fn a_verb_that_laws_rely_on_is_named() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let broken = |store: Store| runtime.block_on(broken(&store));
        assert_eq!(broken(Arc::new(MemoryStore::new())), None);
        assert_eq!(broken(Arc::new(MarksNothing(MemoryStore::new()))), Some("change"));
    }
}
