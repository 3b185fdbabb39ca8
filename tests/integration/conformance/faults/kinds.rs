//! Kinds of faults, and how a message gets to many with each of them.

use std::thread::yield_now;

use actix_messages::{
    Clock, MessageFilter, MessageId, MessageStore, NewMessage, Recipient, Repeat, TextFormat,
    store::{CheckedMessage, Inserted, Insertion, Move, Moved, Outcome, Result},
};

use super::faulty::Faulty;

/// How a message for many gets to them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Delivery {
    AllAtOnce,
    /// Under one id, which is larger than all in any of their mailboxes.
    UnderOneId,
    /// One mailbox after the other.
    OneAfterTheOther,
    /// Under the moment as its id, whatever is there already.
    Backdated,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Keying {
    Good,
    /// Nothing.
    Nothing,
    /// A message that is to replace another is ignored.
    IgnoresAll,
    /// It is taken for ever.
    Remembers,
    /// What is in the mailbox of the first recipient decides for all.
    AsTheFirst,
    /// Somebody else may come between the look and the insert.
    LooksFirst,
}

/// What a mark does that is past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Passing {
    Good,
    /// Nothing.
    Nothing,
    /// It stays where it is.
    Stays,
    /// Somebody else may come between the look and the insert.
    LooksFirst,
}

/// How messages get from one mailbox to the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Moving {
    Good,
    /// They are inserted there and then deleted here.
    Copied,
    /// What was read is left behind, and deleted.
    OnlyUnread,
    /// All of the mailbox, whatever was meant.
    Everything,
    /// As they are, if they should arrive anew.
    NeverAnew,
    /// Without the end that they should have.
    WithoutEnd,
    /// Whatever their ids are.
    WithWrongIds,
    /// The mailbox keeps its marks.
    WithoutMarks,
    /// If a key is there, the message that comes replaces the other one.
    KeysReplace,
    /// Marks are taken along, whether they should be or not.
    AlwaysWithMarks,
}

/// When the newest id of a mailbox is forgotten.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Forgets {
    /// If its message is deleted.
    IfDeleted,
    /// If the mailbox is empty.
    IfEmptied,
}

/// How marks are moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Advancing {
    Good,
    /// The last one to write counts.
    LooksFirst,
    /// Beyond the newest id, too.
    Anywhere,
    /// Back, too.
    Back,
    /// The position afterwards is returned.
    After,
}

/// What is erased.
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
                // What is in all of the mailboxes decides.
                let mut last = None;
                for one in &recipients {
                    last = last.max(self.seen(one, &MessageFilter::default()).await?.last().map(|newest| newest.id));
                }
                let first = MessageId::next(last, 1, clock.now())[0];
                return self.good.insert(insertion, &first.created().into()).await;
            }
            Delivery::OneAfterTheOther | Delivery::Backdated => {}
        }
        let mut inserted = Vec::new();
        for one in recipients {
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
    /// What is inserted, if the mark is not past.
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

    /// What comes of messages with keys; `None` if there is no fault.
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
        for of in recipients {
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
    /// Inserts messages into the second mailbox, and deletes them from the first one then.
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
