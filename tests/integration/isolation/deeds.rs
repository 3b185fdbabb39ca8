//! The expected responses of the handler, computed from the model.

use serde_json::{Value, json};

use super::{
    model::{Kept, Model, Owner, Who},
    moves::{Deed, Narrowed, Said, ids, moment},
};

/// Messages below this level are not stored.
const MINIMUM_LEVEL: i32 = 20;

impl Model {
    /// Applies the deed to the model, and returns the expected response of the handler.
    pub(super) fn act(&mut self, who: &mut Who, deed: Deed) -> Value {
        match deed {
            Deed::SignIn { user, claims } => {
                json!(self.sign_in(who, user, claims))
            }
            Deed::SignOut => {
                self.end(who.session);
                *who = Who::default();
                Value::Null
            }
            Deed::Leave => {
                if who.user.take().is_some() {
                    self.end(who.session.take());
                }
                Value::Null
            }
            Deed::Renew => Value::Null,
            Deed::Claim => json!(self.claim(who)),
            Deed::Say(said) => {
                let is_stored = said.iter().map(|said| said.level >= MINIMUM_LEVEL).collect::<Vec<_>>();
                let messages = said.into_iter().filter(|said| said.level >= MINIMUM_LEVEL).map(new);
                let mut ids = self.say(who, messages.collect()).into_iter();
                is_stored.into_iter().map(|is_stored| if is_stored { ids.next() } else { None }).collect()
            }
            Deed::Tell { user, text } => json!(self.insert(Owner::User(user), vec![info(text)])[0]),
            Deed::Broadcast { users, text } => {
                let mut owners = users.into_iter().map(Owner::User).collect::<Vec<_>>();
                owners.sort();
                owners.dedup();
                let number = owners.len();
                owners.into_iter().for_each(|owner| drop(self.insert(owner, vec![info(text.clone())])));
                json!(number)
            }
            Deed::List(narrowed) => shown(&self.newest(who, &narrowed)),
            Deed::Summarize(narrowed) => levels(&self.newest(who, &narrowed)),
            Deed::Contains(text) => json!(self.seen(who).iter().any(|kept| kept.is_unread() && kept.text == text)),
            Deed::Take(narrowed, start, end) => {
                let unread = self.unread(who, &narrowed);
                let taken = unread.into_iter().take(end as usize).skip(start as usize).collect::<Vec<_>>();
                self.mark_read(who, &ids_of(&taken));
                shown(&taken)
            }
            Deed::TakeUpTo(narrowed, count) => {
                let taken = self.unread(who, &narrowed).into_iter().take(count as usize).collect::<Vec<_>>();
                self.mark_read(who, &ids_of(&taken));
                shown(&taken)
            }
            Deed::TakeOneByOne(count) => {
                let all = Narrowed { unread: None, at_least: None, tagged: None, containing: None };
                let taken = self.unread(who, &all).into_iter().take(count as usize).collect::<Vec<_>>();
                self.mark_read(who, &ids_of(&taken));
                json!(ids_of(&taken))
            }
            Deed::Mark { places, read } => {
                let marked = self.named(who, &places, |kept| kept.is_unread() == read);
                if read {
                    self.mark_read(who, &marked);
                } else {
                    self.change(who, &marked, |kept| kept.read_at = None);
                }
                json!(marked)
            }
            Deed::Delete(places) => {
                let deleted = self.named(who, &places, |_| true);
                self.remove(who, &deleted);
                json!(deleted)
            }
            Deed::Tag { place, tag, replaces } => {
                // A handler that opens the mailbox may write to it.
                self.session_to_write(who);
                let one = self.named(who, &[place], |_| true);
                self.change(who, &one, |kept| {
                    if replaces {
                        kept.tags.clear();
                    }
                    kept.tags.push(tag.clone());
                });
                json!(!one.is_empty())
            }
            // Erasure deletes the whole mailbox, also messages that are not visible in this session.
            Deed::Erase => {
                self.session_to_write(who);
                let erased = who.owner().and_then(|owner| self.erase(&owner));
                json!(erased.map_or(0, |erased| erased.len()))
            }
        }
    }

    fn newest(&self, who: &Who, narrowed: &Narrowed) -> Vec<Kept> {
        self.seen(who).into_iter().rev().filter(|kept| narrowed.admits(kept)).collect()
    }

    fn unread(&self, who: &Who, narrowed: &Narrowed) -> Vec<Kept> {
        self.newest(who, narrowed).into_iter().filter(Kept::is_unread).collect()
    }

    /// The given ids whose messages are visible and pass the test, in the order of the mailbox.
    fn named(&self, who: &Who, named: &[usize], test: impl Fn(&Kept) -> bool) -> Vec<i64> {
        let named = ids(named);
        ids_of(&self.seen(who))
            .into_iter()
            .zip(self.seen(who))
            .filter(|(id, kept)| named.contains(id) && test(kept))
            .map(|(id, _)| id)
            .collect()
    }
}

fn new(said: Said) -> Kept {
    let Said { level, text, tags, view } = said;
    // By default, the view of a message is the name of the handler's resource.
    let view = view.unwrap_or_else(|| "do".into());
    Kept { id: 0, level, text, tags, view, session: None, read_at: None }
}

/// A message that was added outside of a session.
fn info(text: String) -> Kept {
    Kept { id: 0, level: 20, text, tags: Vec::new(), view: String::new(), session: None, read_at: None }
}

fn ids_of(messages: &[Kept]) -> Vec<i64> {
    messages.iter().map(|kept| kept.id).collect()
}

fn shown(messages: &[Kept]) -> Value {
    messages.iter().map(|kept| json!([kept.id, kept.text, kept.tags, kept.read_at.map(moment)])).collect()
}

fn levels(messages: &[Kept]) -> Value {
    let mut counts = std::collections::BTreeMap::new();
    for kept in messages {
        *counts.entry(kept.level).or_insert(0) += 1;
    }
    json!(counts.into_iter().collect::<Vec<_>>())
}
