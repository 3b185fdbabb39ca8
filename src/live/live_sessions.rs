//! Tells running requests and tasks that their session has ended.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use crate::{
    live::session_binding::{Binding, Shared},
    model::{Kept, SessionId},
};

/// How long a session is remembered after its end. A request that loaded the session before it was deleted arrives
/// within this time, even if the browser sent it with the old cookie.
const REMEMBERED: Duration = Duration::from_secs(60);

/// The sessions that requests and tasks of this process are bound to, and the sessions that ended within the last
/// minute.
#[derive(Debug, Default)]
pub(crate) struct LiveSessions(Mutex<Sessions>);

#[derive(Debug, Default)]
struct Sessions {
    live: HashMap<SessionId, Weak<Shared>>,
    /// The number of live sessions after the last removal of unused entries.
    used: usize,
    ended: HashSet<SessionId>,
    /// The ended sessions, in the order in which they ended.
    ended_at: VecDeque<(Instant, SessionId)>,
}

impl LiveSessions {
    /// Binds a request to the session with this id. All requests and tasks that are bound to the session before it ends
    /// share one binding.
    pub(crate) fn bind(&self, id: SessionId) -> Binding {
        let mut sessions = self.lock();
        if let Some(known) = sessions.live.get(&id).and_then(Binding::upgrade) {
            return known;
        }
        let binding = Binding::new(id.clone());
        if sessions.ended.contains(&id) {
            binding.end(Kept::none());
            return binding;
        }
        // Only once the map has more than doubled, so that the average request pays for a few entries at most.
        if sessions.live.len() > 2 * sessions.used + 64 {
            sessions.live.retain(|_, session| session.strong_count() > 0);
            sessions.used = sessions.live.len();
        }
        sessions.live.insert(id, binding.downgrade());
        binding
    }

    /// Ends the session for all requests and tasks that are bound to it, and for requests that arrive with it within a
    /// minute. The messages in `kept` stay.
    pub(crate) fn end(&self, id: &SessionId, kept: &Kept) {
        let mut sessions = self.lock();
        if let Some(session) = sessions.live.remove(id).as_ref().and_then(Binding::upgrade) {
            session.end(kept.clone());
        }
        let now = Instant::now();
        while let Some((ended_at, _)) = sessions.ended_at.front()
            && now.duration_since(*ended_at) > REMEMBERED
        {
            if let Some((_, id)) = sessions.ended_at.pop_front() {
                sessions.ended.remove(&id);
            }
        }
        if sessions.ended.insert(id.clone()) {
            sessions.ended_at.push_back((now, id.clone()));
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
        let sessions = LiveSessions::default();
        let [one, also_one, two] = [1, 1, 2].map(|number| sessions.bind(id(number)));
        sessions.end(&id(1), &Kept::All);
        assert!(one.has_ended() && also_one.has_ended() && !two.has_ended());
        assert!(sessions.bind(id(1)).has_ended(), "a request may arrive with it a moment later");
    }

    #[test]
    fn unused_sessions_and_those_that_ended_long_ago_are_forgotten() {
        let sessions = LiveSessions::default();
        let held = sessions.bind(id(0));
        for number in 1..10_000 {
            drop(sessions.bind(id(number)));
            assert!(sessions.lock().live.len() <= 100);
        }
        sessions.end(&id(0), &Kept::All);
        assert!(held.has_ended());
        sessions.lock().ended_at[0].0 -= 2 * REMEMBERED;
        sessions.end(&id(1), &Kept::All);
        assert_eq!(sessions.lock().ended, HashSet::from([id(1)]));
        assert!(!sessions.bind(id(0)).has_ended());
    }
}
