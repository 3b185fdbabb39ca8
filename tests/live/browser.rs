//! A browser: its cookie, and who is signed in.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use super::wire::Answer;

/// The owner of the mailbox that a browser sees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Who {
    /// A visitor without a session.
    #[default]
    Nobody,
    /// A visitor with a session. The label is in the texts of their messages.
    Visitor(String),
    User(String),
}

impl Who {
    /// Returns the name in the texts of the messages.
    pub(crate) fn label(&self) -> &str {
        match self {
            Self::Nobody => "nobody",
            Self::Visitor(label) | Self::User(label) => label,
        }
    }

    pub(crate) fn user(&self) -> Option<&str> {
        if let Self::User(name) = self { Some(name) } else { None }
    }
}

/// The cookie that a browser sends, at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    pub(crate) who: Who,
    pub(crate) cookie: Option<String>,
    /// How often the identity has changed.
    pub(crate) epoch: u64,
}

/// The end of an epoch: a logout or a login that was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) asked: Instant,
    pub(crate) answered: Instant,
    /// The process that answered.
    pub(crate) generation: u64,
    /// A later request with the old cookie sees nothing, as long as this process runs.
    pub(crate) is_logout: bool,
}

/// A browser. One thread acts in it, and several tabs follow its mailbox.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    identity: Identity,
    endings: BTreeMap<u64, Ending>,
}

impl Browser {
    pub(crate) fn identity(&self) -> Identity {
        self.state().identity.clone()
    }

    /// Returns how this epoch has ended.
    pub(crate) fn ending(&self, epoch: u64) -> Option<Ending> {
        self.state().endings.get(&epoch).copied()
    }

    /// Keeps the cookie of a response.
    pub(crate) fn keep_cookie(&self, answer: &Answer) {
        if let Some(cookie) = &answer.cookie {
            self.state().identity.cookie = Some(cookie.clone()).filter(|cookie| !cookie.is_empty());
        }
    }

    /// Keeps the cookie of a response that makes this browser another user's.
    pub(crate) fn become_other(&self, who: Who, answer: &Answer, ending: Ending) {
        let mut state = self.state();
        let epoch = state.identity.epoch;
        state.endings.insert(epoch, ending);
        let cookie = answer.cookie.clone().or_else(|| state.identity.cookie.take());
        state.identity = Identity { who, cookie: cookie.filter(|cookie| !cookie.is_empty()), epoch: epoch + 1 };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
