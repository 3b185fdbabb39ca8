//! The model of all mailboxes, as simple as possible: a list of messages for each mailbox.

use std::collections::{BTreeMap, BTreeSet};

use actix_messages::settings::{AfterReading, SessionScoping, UnreadDeletion};

/// A session, by its number in the game.
pub(super) type Session = usize;

/// The maximum number of messages in a visitor's mailbox.
pub(super) const VISITORS_KEEP: usize = 4;

/// The owner of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    User(String),
    Visitor(Session),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) id: i64,
    pub(super) level: i32,
    pub(super) text: String,
    pub(super) tags: Vec<String>,
    pub(super) view: String,
    pub(super) session: Option<Session>,
    pub(super) read_at: Option<i64>,
}

impl Kept {
    pub(super) const fn is_unread(&self) -> bool {
        self.read_at.is_none()
    }
}

/// The content of a browser's cookie.
#[derive(Debug, Clone, Default)]
pub(super) struct Who {
    pub(super) user: Option<String>,
    pub(super) session: Option<Session>,
}

impl Who {
    pub(super) fn owner(&self) -> Option<Owner> {
        self.user.clone().map(Owner::User).or(self.session.map(Owner::Visitor))
    }
}

/// The settings that decide who sees and deletes what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) scoping: SessionScoping,
    pub(super) after_reading: AfterReading,
    pub(super) unread_deletion: UnreadDeletion,
}

/// All mailboxes, and the current time.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) rules: Rules,
    pub(super) now: i64,
    pub(super) mailboxes: BTreeMap<Owner, Vec<Kept>>,
    sessions: usize,
    /// Sessions that have ended. New messages are not bound to them.
    ended: BTreeSet<Session>,
    /// The newest id in each mailbox.
    newest: BTreeMap<Owner, i64>,
}

impl Model {
    pub(super) const fn new(rules: Rules, now: i64) -> Self {
        Self { rules, now, mailboxes: BTreeMap::new(), sessions: 0, ended: BTreeSet::new(), newest: BTreeMap::new() }
    }

    /// The session of the writer, which is created if the cookie has none.
    pub(super) fn session_to_write(&mut self, who: &mut Who) -> Session {
        *who.session.get_or_insert_with(|| {
            self.sessions += 1;
            self.sessions
        })
    }

    /// Signs a user in. If the session has ended and the user is another one, a new session begins.
    pub(super) fn sign_in(&mut self, who: &mut Who, user: String, claims: bool) -> Option<usize> {
        let is_another = who.user.as_ref() != Some(&user);
        who.user = Some(user);
        let claimed = claims.then(|| self.claim(who));
        who.session = who.session.filter(|session| !is_another || !self.ended.contains(session));
        self.session_to_write(who);
        claimed
    }

    /// The messages that are visible to the client, oldest first.
    pub(super) fn seen(&self, who: &Who) -> Vec<Kept> {
        let mailbox = who.owner().and_then(|owner| self.mailboxes.get(&owner)).cloned().unwrap_or_default();
        let is_in_reach = |kept: &Kept| match self.rules.scoping {
            SessionScoping::Shared => true,
            SessionScoping::Separate => kept.session.is_none() || kept.session == who.session,
            ref other => panic!("the model does not know {other:?}"),
        };
        mailbox.into_iter().filter(is_in_reach).collect()
    }

    /// Changes the client's messages with these ids.
    pub(super) fn change(&mut self, who: &Who, ids: &[i64], mut change: impl FnMut(&mut Kept)) {
        let mailbox = who.owner().and_then(|owner| self.mailboxes.get_mut(&owner));
        mailbox.into_iter().flatten().filter(|kept| ids.contains(&kept.id)).for_each(&mut change);
    }

    pub(super) fn mark_read(&mut self, who: &Who, ids: &[i64]) {
        let now = self.now;
        self.change(who, ids, |kept| kept.read_at = kept.read_at.or(Some(now.max(kept.id))));
    }

    pub(super) fn remove(&mut self, who: &Who, ids: &[i64]) {
        if let Some(mailbox) = who.owner().and_then(|owner| self.mailboxes.get_mut(&owner)) {
            mailbox.retain(|kept| !ids.contains(&kept.id));
        }
    }

    /// Applies the setting `after_reading` to messages that were shown.
    pub(super) fn settle(&mut self, who: &Who, ids: &[i64]) {
        match self.rules.after_reading {
            AfterReading::Nothing => {}
            AfterReading::Mark => self.mark_read(who, ids),
            AfterReading::Delete => self.remove(who, ids),
            other => panic!("the model does not know {other:?}"),
        }
    }

    /// Inserts messages into a mailbox. Each id is larger than all earlier ids in the mailbox.
    pub(super) fn insert(&mut self, of: Owner, messages: Vec<Kept>) -> Vec<i64> {
        let mailbox = self.mailboxes.entry(of.clone()).or_default();
        let mut ids = Vec::new();
        for message in messages {
            let newest = self.newest.entry(of.clone()).or_insert(i64::MIN);
            let id = self.now.max(newest.saturating_add(1));
            *newest = id;
            mailbox.push(Kept { id, ..message });
            ids.push(id);
        }
        ids
    }

    /// Adds messages for the client, and returns their ids.
    pub(super) fn say(&mut self, who: &mut Who, messages: Vec<Kept>) -> Vec<i64> {
        if messages.is_empty() {
            return Vec::new();
        }
        let session = Some(self.session_to_write(who)).filter(|session| !self.ended.contains(session));
        let messages = messages.into_iter().map(|message| Kept { session, ..message }).collect();
        let owner = who.owner().unwrap();
        let ids = self.insert(owner.clone(), messages);
        let mailbox = self.mailboxes.get_mut(&owner).unwrap();
        if let Owner::Visitor(_) = owner {
            mailbox.drain(..mailbox.len().saturating_sub(VISITORS_KEEP));
        }
        ids
    }

    /// Erases a mailbox and its newest id.
    pub(super) fn erase(&mut self, owner: &Owner) -> Option<Vec<Kept>> {
        self.newest.remove(owner);
        self.mailboxes.remove(owner)
    }

    /// Moves the visitor's messages to the signed-in user, and returns their number.
    pub(super) fn claim(&mut self, who: &Who) -> usize {
        let (Some(user), Some(session)) = (&who.user, who.session) else { return 0 };
        let claimed = self.mailboxes.remove(&Owner::Visitor(session)).unwrap_or_default();
        let count = claimed.len();
        let owner = Owner::User(user.clone());
        let mailbox = self.mailboxes.entry(owner.clone()).or_default();
        let mut moved = Vec::<Kept>::new();
        for message in claimed {
            let mut id = moved.last().map_or(message.id, |last| message.id.max(last.id + 1));
            while mailbox.iter().any(|kept| kept.id == id) {
                id += 1;
            }
            moved.push(Kept { id, ..message });
        }
        if let Some(last) = moved.last() {
            let newest = self.newest.entry(owner).or_insert(i64::MIN);
            *newest = last.id.max(*newest);
        }
        mailbox.append(&mut moved);
        mailbox.sort_by_key(|kept| kept.id);
        count
    }

    /// Ends a session: deletes all messages that are bound to it, in any mailbox. Later messages are not bound to it.
    pub(super) fn end(&mut self, session: Option<Session>) {
        let Some(session) = session else { return };
        self.ended.insert(session);
        for mailbox in self.mailboxes.values_mut() {
            mailbox.retain(|kept| kept.session != Some(session));
        }
    }
}
