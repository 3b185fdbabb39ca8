//! The session that new messages are bound to, and the messages that stay when it ends.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::model::{Kept, MessageId, Moved, Recipient, SessionId};

/// A session that messages are bound to. Once it has ended, all clones know, including clones in a request that is
/// still running, or in a task that outlives its request.
#[derive(Debug, Clone)]
pub(crate) struct Binding(Arc<Shared>);

/// The part that the clones of a binding share.
#[derive(Debug)]
pub(crate) struct Shared {
    id: SessionId,
    /// The messages that stay at the end of the session, once it has ended.
    ended: OnceLock<Kept>,
}

impl Binding {
    pub(crate) fn new(id: SessionId) -> Self {
        Self(Arc::new(Shared { id, ended: OnceLock::new() }))
    }

    pub(crate) fn id(&self) -> &SessionId {
        &self.0.id
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.ended.get().is_some()
    }

    /// Returns the messages that stay at the end of the session, plus these messages, which were added while it ended.
    pub(crate) fn kept_with(&self, of: &Recipient, ids: &[MessageId]) -> Kept {
        match self.0.ended.get() {
            Some(Kept::All) => Kept::All,
            ended => {
                let kept = if let Some(Kept::Only(kept)) = ended { kept.clone() } else { BTreeSet::new() };
                Kept::Only(kept.into_iter().chain(ids.iter().map(|id| (of.clone(), *id))).collect())
            }
        }
    }
}

/// Notes the messages that a request adds. If the request ends its session, these messages stay.
#[derive(Debug, Clone, Default)]
pub(crate) struct Added(Arc<Mutex<BTreeSet<(Recipient, MessageId)>>>);

impl Added {
    pub(crate) fn note(&self, of: &Recipient, ids: &[MessageId]) {
        self.messages().extend(ids.iter().map(|id| (of.clone(), *id)));
    }

    /// Notes that these messages have moved to another mailbox.
    pub(crate) fn follow(&self, from: &Recipient, to: &Recipient, moved: &[Moved]) {
        let mut messages = self.messages();
        let noted = moved.iter().filter(|moved| messages.remove(&(from.clone(), moved.from)));
        let there = noted.filter_map(|moved| moved.to).map(|id| (to.clone(), id)).collect::<Vec<_>>();
        messages.extend(there);
    }

    pub(crate) fn messages(&self) -> MutexGuard<'_, BTreeSet<(Recipient, MessageId)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For the module that follows sessions.
#[cfg(any(feature = "session", test))]
impl Binding {
    /// Ends the session, unless it has ended already. These messages stay.
    pub(crate) fn end(&self, kept: Kept) {
        // Only the first call decides which messages stay.
        drop(self.0.ended.set(kept));
    }
}

#[cfg(feature = "session")]
impl Binding {
    pub(crate) fn downgrade(&self) -> std::sync::Weak<Shared> {
        Arc::downgrade(&self.0)
    }

    pub(crate) fn upgrade(shared: &std::sync::Weak<Shared>) -> Option<Self> {
        shared.upgrade().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mailbox::Mailbox,
        model::{Clock, Level, NewMessage, Recipient, Timestamp},
        store::MemoryStore,
    };

    /// The store reads the clock during the insert, so the session ends while the message is inserted.
    #[actix_web::test]
    async fn a_message_that_is_inserted_while_its_session_ends_is_bound_to_none() {
        for is_named in [false, true] {
            let id = SessionId::from_digest([7; 16]);
            let binding = Binding::new(id.clone());
            let ending = binding.clone();
            let clock = Clock::new(move || {
                ending.end(Kept::none());
                Timestamp::from_micros(1)
            });
            let mailbox = Mailbox::new(Recipient::user("alice").unwrap(), Arc::new(MemoryStore::new()));
            let mailbox = mailbox.clock(clock).bound_to(Some(binding));
            assert_eq!(mailbox.session_id(), Some(&id));
            let message = NewMessage::new(Level::INFO, "text");
            mailbox.add(if is_named { message.session(id) } else { message }).await.unwrap();
            assert_eq!(mailbox.all().first().await.unwrap().unwrap().session, None);
            assert_eq!(mailbox.session_id(), None);
        }
    }
}
