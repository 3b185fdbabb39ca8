//! The sessions of requests and tasks that are under way: each of them learns that its session has ended.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError, Weak},
};

use crate::{
    SessionId,
    mailbox::binding::{Binding, Session},
};

/// The sessions that something under way is bound to, in this process.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<Sessions>);

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<SessionId, Weak<Session>>,
    /// How many there were once those that nobody holds were let go.
    pruned_to: usize,
}

impl UnderWay {
    /// The session with this id, which is the same for all that come before it ends.
    pub(crate) fn enter(&self, id: SessionId) -> Binding {
        let mut sessions = self.lock();
        if let Some(known) = sessions.by_id.get(&id).and_then(Binding::upgrade) {
            return known;
        }
        // Now and then, so that each request pays for a few at most.
        if sessions.by_id.len() > 2 * sessions.pruned_to + 64 {
            sessions.by_id.retain(|_, session| session.strong_count() > 0);
            sessions.pruned_to = sessions.by_id.len();
        }
        let binding = Binding::new(id.clone());
        sessions.by_id.insert(id, binding.downgrade());
        binding
    }

    /// Tells all that are bound to the session that it has ended. A request that brings the same id later, such as that of
    /// a copied cookie, is bound to another session.
    pub(crate) fn end(&self, id: &SessionId) {
        if let Some(session) = self.lock().by_id.remove(id).as_ref().and_then(Binding::upgrade) {
            session.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> SessionId {
        let mut digest = [0; 16];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        SessionId::from_digest(digest)
    }

    #[test]
    fn all_that_are_bound_to_a_session_learn_of_its_end() {
        let sessions = UnderWay::default();
        let [one, also_one, two] = [1, 1, 2].map(|number| sessions.enter(id(number)));
        sessions.end(&id(1));
        assert!(one.is_over() && also_one.is_over() && !two.is_over());
        assert!(!sessions.enter(id(1)).is_over(), "whoever comes later is bound to another one");
    }

    #[test]
    fn sessions_that_nobody_holds_are_let_go() {
        let sessions = UnderWay::default();
        let held = sessions.enter(id(0));
        for number in 1..10_000 {
            drop(sessions.enter(id(number)));
            assert!(sessions.lock().by_id.len() <= 100);
        }
        sessions.end(&id(0));
        assert!(held.is_over());
    }
}
