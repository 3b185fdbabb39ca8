//! The kinds of faults, and how a message for many recipients is inserted with each of them.

use std::thread::yield_now;

use actix_messages::{
    Clock, MessageFilter, MessageId, MessageStore, NewMessage, Recipient, Repeat, TextFormat,
    store::{CheckedMessage, Inserted, Insertion, Move, Moved, Outcome, Result},
};

use super::faulty::Faulty;

/// How a message for many recipients is inserted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Delivery {
    AllAtOnce,
    /// All copies get one id, which is larger than every id in these mailboxes.
    UnderOneId,
    /// Each mailbox in a separate step.
    OneAfterTheOther,
    /// The id is the current time, even if the mailbox has a larger id.
    Backdated,
}

/// How the store treats a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Keying {
    Good,
    /// Ignores the key.
    Nothing,
    /// Ignores a message that should replace another one.
    IgnoresAll,
    /// The key stays taken after its message is deleted.
    Remembers,
    /// The mailbox of the first recipient decides for all recipients.
    AsTheFirst,
    /// Another request may come between the check and the insert.
    LooksFirst,
}

/// How the store treats `unless_past`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Passing {
    Good,
    /// Inserts the messages in any case, and does not advance the mark.
    Nothing,
    /// Does not advance the mark.
    Stays,
    /// Another request may come between the check and the insert.
    LooksFirst,
}

/// How messages are transferred to another mailbox.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Moving {
    Good,
    /// Inserts the messages into one mailbox and deletes them from the other in a separate step.
    Copied,
    /// Deletes the read messages instead of transferring them.
    OnlyUnread,
    /// Transfers the whole mailbox, not only the messages that match.
    Everything,
    /// Messages that should arrive as new ones arrive unchanged.
    NeverAnew,
    /// Clears `until` of the messages.
    WithoutEnd,
    /// Messages that should be bound to no session stay bound.
    StillBound,
    /// Keeps ids that are ahead of the clock.
    WithWrongIds,
    /// Does not transfer marks.
    WithoutMarks,
    /// A transferred message replaces the message with the same key.
    KeysReplace,
    /// Always transfers marks.
    AlwaysWithMarks,
}

/// When the store forgets the newest id of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Forgets {
    /// When messages are deleted.
    IfDeleted,
    /// When the mailbox becomes empty.
    IfEmptied,
}

/// How the store advances marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Advancing {
    Good,
    /// Another request may come between the check and the write, and the last write wins.
    LooksFirst,
    /// Also beyond the newest id.
    Anywhere,
    /// Also backwards.
    Back,
    /// Returns the new position instead of the old one.
    After,
}

/// The extent of an erasure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Erasing {
    Good,
    OnlyMessages,
    AllPlaces,
}

impl Faulty {
    pub(super) async fn deliver(&self, insertion: Insertion, clock: Clock) -> Result<Vec<Vec<Inserted>>> {
        let Some(insertion) = self.passed(insertion).await? else { return Ok(vec![Vec::new()]) };
        if let Some(inserted) = self.by_key(&insertion, &clock).await? {
            return Ok(inserted);
        }
        let Insertion { recipients, messages, .. } = insertion.clone();
        match self.delivery {
            Delivery::AllAtOnce => return self.good.insert(insertion, &clock).await,
            Delivery::UnderOneId => {
                // The id depends on all of the mailboxes.
                let mut last = None;
                for one in recipients.iter() {
                    last = last.max(self.seen(one, &MessageFilter::default()).await?.last().map(|newest| newest.id));
                }
                let first = MessageId::next(last, 1, clock.now())[0];
                return self.good.insert(insertion, &first.created().into()).await;
            }
            Delivery::OneAfterTheOther | Delivery::Backdated => {}
        }
        let mut inserted = Vec::new();
        for one in recipients.iter().cloned() {
            if self.delivery == Delivery::Backdated {
                let aside = Recipient::user(format!("aside-{one:?}").replace('"', "").to_lowercase()).unwrap();
                let aside = Insertion::new([aside], messages.clone());
                inserted.extend(self.good.insert(aside.clone(), &clock).await?);
                self.good.transfer(&aside.recipients[0], &one, &Move::mailbox(), &clock).await?;
                self.good.erase(&aside.recipients[0]).await?;
            } else {
                inserted.extend(self.good.insert(Insertion::new([one], messages.clone()), &clock).await?);
            }
            yield_now();
        }
        Ok(inserted)
    }
    /// The insertion to carry out, or `None` if the mark has passed the position.
    async fn passed(&self, mut insertion: Insertion) -> Result<Option<Insertion>> {
        if self.passing == Passing::Good {
            return Ok(Some(insertion));
        }
        let Some((mark, position)) = insertion.unless_past.take() else { return Ok(Some(insertion)) };
        let [of] = &insertion.recipients[..] else { return Ok(Some(insertion)) };
        if self.passing != Passing::Nothing {
            let before = self.good.advance(of, &mark, None).await?;
            yield_now();
            if before.is_some_and(|before| before >= position) {
                return Ok(None);
            }
        }
        if self.passing == Passing::LooksFirst {
            let mark = Insertion::new([of.clone()], []).unless_past(mark, position);
            self.good.insert(mark, &Clock::default()).await?;
        }
        Ok(Some(insertion))
    }

    /// Inserts messages with keys. Returns `None` without keys or without a fault.
    async fn by_key(&self, insertion: &Insertion, clock: &Clock) -> Result<Option<Vec<Vec<Inserted>>>> {
        let Insertion { recipients, messages, .. } = insertion;
        let is_keyed = messages.iter().any(|message| message.repeat().is_some());
        if !is_keyed || self.keying == Keying::Good {
            return Ok(None);
        }
        let again = |message: &CheckedMessage, repeat: Option<Repeat>| {
            let again = NewMessage::new(message.level, &message.text).tags(&message.tags).view(&message.view);
            let key = message.parts().key.zip(repeat);
            key.into_iter().fold(again, |again, (key, repeat)| again.key(key, repeat)).check().unwrap()
        };
        let insert = async |of: Recipient, repeat: Option<Repeat>| {
            let messages = messages.iter().map(|message| again(message, repeat));
            self.good.insert(Insertion::new([of], messages), clock).await.map(|inserted| inserted.concat())
        };
        let mut inserted = Vec::new();
        for of in recipients.iter() {
            let key = messages[0].parts().key.unwrap_or_default().to_owned();
            inserted.push(match self.keying {
                Keying::Good | Keying::Nothing => insert(of.clone(), None).await?,
                Keying::IgnoresAll => insert(of.clone(), Some(Repeat::Ignored)).await?,
                Keying::Remembers => {
                    let known = self.keys.lock().unwrap().get(&(of.inbox(), key.clone())).cloned();
                    let now = match known {
                        Some(inserted) => inserted,
                        None => insert(of.clone(), Some(Repeat::Ignored)).await?,
                    };
                    let mut later = now.clone();
                    later.iter_mut().for_each(|later| later.outcome = Outcome::Ignored(of.place()));
                    self.keys.lock().unwrap().entry((of.inbox(), key)).or_insert(later);
                    now
                }
                Keying::AsTheFirst => match inserted.first() {
                    None => insert(of.clone(), Some(Repeat::Ignored)).await?,
                    Some(first) => Vec::clone(first),
                },
                Keying::LooksFirst => {
                    let mut there = Vec::new();
                    for place in of.places() {
                        there.extend(self.seen(&place, &MessageFilter::default().with_key(&key)).await?);
                    }
                    let is_there = !there.is_empty();
                    insert(of.clone(), is_there.then_some(Repeat::Ignored)).await?
                }
            });
        }
        Ok(Some(inserted))
    }
    /// Inserts the messages into the second mailbox, and then deletes them from the first one.
    pub(super) async fn copy(&self, from: &Recipient, to: &Recipient, what: &Move) -> Result<Vec<Moved>> {
        let seen = self.seen(from, &what.filter).await?;
        let mut moved = Vec::new();
        for message in &seen {
            let parts = message.parts();
            let copy = NewMessage::new(message.level, &message.text).tags(&message.tags).view(&message.view);
            let copy = if message.format == TextFormat::SafeHtml { copy.safe_html() } else { copy };
            let copy = parts.session.cloned().into_iter().fold(copy, NewMessage::session).check().unwrap();
            let copy = message.until.into_iter().fold(copy, CheckedMessage::until);
            let copied = self.good.insert(Insertion::new([to.clone()], [copy]), &message.created().into()).await?;
            moved.extend(copied.concat().into_iter().map(|copy| Moved::new(message.id, Some(copy.id))));
            yield_now();
        }
        self.good.delete(from, &what.filter).await?;
        Ok(moved)
    }
}
