//! One look of a watch at the store.

use std::collections::{BTreeMap, BTreeSet};

use super::{Event, Watch};
use crate::{
    live::{Position, watcher::Noted},
    mailbox::seen::{later_than, seen_up_to, unseen},
    model::{
        Message, MessageFilter, MessageId, MessageOrder, OrderKey, PageRequest, Recipient, Summary, TimeRange,
        Timestamp,
    },
    store::{MessageStore, StoreError},
};

/// The maximum number of new messages that one look returns. If there are more, another look follows.
const PAGE: u32 = 100;

/// How often a look counts the unread messages again, because new ones have come since it listed them.
const MAX_REPEATS: usize = 3;

/// The outcome of a look.
pub(super) struct Look {
    /// The events, each with the position after it.
    pub(super) events: Vec<(Event, Position)>,
    /// The id of the last message that the look has read.
    pub(super) reached: MessageId,
    /// The unread messages among the new ones.
    pub(super) added: Summary,
    /// The state of the mailbox, if there are no more new messages.
    pub(super) state: Option<State>,
}

/// The state of a mailbox, after the look has read all new messages.
pub(super) struct State {
    /// The unread messages.
    pub(super) unread: Summary,
    /// The number of unseen messages, if they are counted.
    pub(super) unseen: Option<u64>,
    /// The unread messages, as far as the events tell.
    pub(super) expected: Summary,
    /// Whether `expected` includes only messages that the watch has returned.
    pub(super) has_baseline: bool,
    /// The position after all events.
    pub(super) position: Position,
    /// Whether the look found a change that no hint has announced.
    pub(super) is_unannounced: bool,
}

impl Look {
    /// Looks at the mailbox. `noted` is what was heard since the last look.
    pub(super) async fn at(watch: &Watch, noted: &Noted, is_heartbeat: bool) -> Result<Self, StoreError> {
        let (store, of, filter) = (watch.mailbox.store(), watch.mailbox.recipient(), &watch.filter);
        // Before the store is asked, so that the proof never covers a change that the look has missed.
        let turn = watch.feed().turn_of(of);
        let mut look = Self { events: Vec::new(), reached: watch.reached, added: watch.added.clone(), state: None };
        let compares = is_heartbeat || noted.is_due;
        // The hint of a change may overtake the hint of the insert.
        let is_added = noted.is_added || noted.changed.keys().any(|id| *id > watch.reached);
        if (is_added || compares) && !look.add_new(store, of, filter).await? {
            return Ok(look);
        }
        look.add_changes(watch, noted).await?;
        let unread_filter = filter.clone().unread();
        // The unread messages can't always be computed from those of the last look and the new messages.
        let needs_baseline =
            !watch.has_baseline || watch.beginning.is_some() || !noted.changed.is_empty() || noted.is_unknown;
        // The hints name all changes of this process, and the next heartbeat finds those of others.
        let is_only_added = !needs_baseline && !compares;
        let mut unread = match is_only_added {
            true => plus(&watch.expected, &look.added),
            false => store.summarize(of, &unread_filter).await?,
        };
        let mut has_baseline = true;
        if needs_baseline {
            // Later summaries are computed from this one, so it must not count a message that is not told yet.
            has_baseline = false;
            for _ in 0..MAX_REPEATS {
                let reached = look.reached;
                if !look.add_new(store, of, filter).await? {
                    return Ok(look);
                }
                if look.reached == reached {
                    has_baseline = true;
                    break;
                }
                unread = store.summarize(of, &unread_filter).await?;
            }
        }
        let can_compare = compares && !needs_baseline;
        if can_compare && unread != plus(&watch.expected, &look.added) {
            // A message may have come between the list and the summary.
            if !look.add_new(store, of, filter).await? {
                return Ok(look);
            }
            unread = store.summarize(of, &unread_filter).await?;
        }
        let expected = plus(&watch.expected, &look.added);
        let is_unannounced = can_compare && (unread != expected || (!look.events.is_empty() && !noted.is_added));
        let expected = if needs_baseline || is_unannounced { unread.clone() } else { expected };
        let unseen = match watch.unseen {
            Some(before) if is_only_added && !noted.is_seen => Some(before + look.added.count()),
            Some(_) => Some(look.count_unseen(store, of, unread_filter).await?),
            None => None,
        };
        let position = Position::new(look.reached, Some(watch.feed().proof(of, turn, &unread)));
        let state = State { unread, unseen, expected, has_baseline, position, is_unannounced };
        look.finish(watch, noted, is_heartbeat, turn, state);
        Ok(look)
    }

    /// Counts the unseen messages up to the last one that the look has read. Later ones are counted once they are read.
    async fn count_unseen(
        &self,
        store: &dyn MessageStore,
        of: &Recipient,
        unread: MessageFilter,
    ) -> Result<u64, StoreError> {
        let seen = seen_up_to(store, of).await?;
        let unseen = unseen(unread, seen).created_before(self.reached.created());
        Ok(store.summarize(of, &unseen).await?.count())
    }

    /// Adds the new messages that match the filter. Returns whether there are no more.
    async fn add_new(
        &mut self,
        store: &dyn MessageStore,
        of: &Recipient,
        filter: &MessageFilter,
    ) -> Result<bool, StoreError> {
        let mut new = later_than(filter.clone(), self.reached);
        // Without a filter, the position is the last message that is listed. Otherwise it also passes the messages that
        // do not match, so that no later look reads them again.
        let newest = match *filter == MessageFilter::default() {
            true => None,
            false => match newest(store, of).await?.filter(|newest| *newest > self.reached) {
                None => return Ok(true),
                newest => newest,
            },
        };
        if let Some(newest) = newest {
            new = new.created_before(newest.created());
        }
        let page = PageRequest::first(PAGE).order(MessageOrder::by(OrderKey::Created));
        let messages = store.list(of, &new, &page).await?.messages;
        let is_complete = messages.len() < PAGE as usize;
        self.reached = match newest.filter(|_| is_complete) {
            Some(newest) => newest,
            None => messages.last().map_or(self.reached, |message| message.id),
        };
        let unread = messages.iter().filter(|message| message.is_unread()).map(|message| message.level);
        self.added = plus(&self.added, &unread.collect());
        self.events.extend(messages.into_iter().map(|message| {
            let position = Position::new(message.id, None);
            (Event::Message(message), position)
        }));
        Ok(is_complete)
    }

    /// Adds what has happened to messages that the watch has looked at before.
    async fn add_changes(&mut self, watch: &Watch, noted: &Noted) -> Result<(), StoreError> {
        // The new messages are returned as they are now.
        let new = self.events.iter().filter_map(|(event, _)| match event {
            Event::Message(message) => Some(message.id),
            _ => None,
        });
        let new = new.collect::<BTreeSet<_>>();
        let changed = noted.changed.iter().filter(|(id, _)| !new.contains(id)).collect::<BTreeMap<_, _>>();
        if changed.is_empty() {
            return Ok(());
        }
        let filter = &watch.filter;
        let ids = changed.keys().map(|id| **id).collect::<BTreeSet<_>>();
        let these = MessageFilter::default().with_ids(ids.iter().copied());
        let there = watch.mailbox.store().list(watch.mailbox.recipient(), &these, &PageRequest::all()).await?.messages;
        let there = there.into_iter().map(|message| (message.id, message)).collect::<BTreeMap<_, _>>();
        let gone = ids.into_iter().filter(|id| !there.contains_key(id)).collect::<Vec<_>>();
        let (mut read, mut unread, mut tagged) = (BTreeMap::<Timestamp, Vec<_>>::new(), Vec::new(), Vec::new());
        for (id, aspects) in changed {
            let Some(message) = there.get(id) else { continue };
            if aspects.reading && matches_but_for_reading(filter, message) {
                match message.read_at() {
                    Some(read_at) => read.entry(read_at).or_default().push(*id),
                    None => unread.push(*id),
                }
            }
            if aspects.tags && matches_but_for_tags(filter, message) {
                tagged.push(*id);
            }
        }
        let read = read.into_iter().map(|(read_at, ids)| Event::Read { ids, read_at });
        let others = [(unread, Event::Unread as fn(_) -> _), (tagged, Event::Tagged)];
        let others = others.into_iter().filter(|(ids, _)| !ids.is_empty()).map(|(ids, event)| event(ids));
        // A session must not learn the ids of another one's messages.
        let told = |gone| if filter.session.is_none() { Event::Deleted(gone) } else { Event::Resync };
        let gone = Some(gone).filter(|gone| !gone.is_empty()).map(told);
        let position = Position::new(self.reached, None);
        self.events.extend(read.chain(others).chain(gone).map(|event| (event, position)));
        Ok(())
    }

    /// Adds the summary and, if more has changed than the events tell, the request to list the messages again.
    fn finish(&mut self, watch: &Watch, noted: &Noted, is_heartbeat: bool, turn: u64, state: State) {
        let (of, feed) = (watch.mailbox.recipient(), watch.feed());
        let before = Position::new(self.reached, None);
        // Between two looks, the unread messages may have become more and less again, and a client may have fetched
        // them in the meantime.
        let may_have_changed = self.events.iter().any(|(event, _)| match event {
            Event::Message(message) => noted.changed.get(&message.id).is_some_and(|aspects| aspects.reading),
            Event::Read { .. } | Event::Unread(_) | Event::Deleted(_) => true,
            Event::Tagged(_) | Event::Summary(_) | Event::Resync => false,
        });
        let differs = watch.unread != state.unread || watch.unseen != state.unseen;
        if is_heartbeat || watch.beginning.is_some() || may_have_changed || differs {
            self.events.push((Event::Summary(state.unread.clone()), before));
        }
        let has_changed = watch.beginning.as_ref().is_some_and(|beginning| {
            // Without the new messages, the unread ones are those of the moment from which this watch continues.
            let old = minus(&state.unread, &self.added);
            beginning.is_resumed
                && (beginning.proof.is_none() || beginning.proof != old.map(|old| feed.proof(of, turn, &old)))
        });
        let is_told = self.events.iter().any(|(event, _)| *event == Event::Resync);
        if (noted.is_unknown || has_changed || state.is_unannounced) && !is_told {
            self.events.push((Event::Resync, before));
        }
        if let Some((_, last)) = self.events.last_mut() {
            *last = state.position;
        }
        self.state = Some(state);
    }
}

/// Returns the id of the newest message in the mailbox.
pub(crate) async fn newest(store: &dyn MessageStore, of: &Recipient) -> Result<Option<MessageId>, StoreError> {
    let newest = store.list(of, &MessageFilter::default(), &PageRequest::first(1)).await?.messages;
    Ok(newest.first().map(|message| message.id))
}

fn matches_but_for_reading(filter: &MessageFilter, message: &Message) -> bool {
    MessageFilter { unread: None, read: TimeRange::default(), ..filter.clone() }.matches(message)
}

fn matches_but_for_tags(filter: &MessageFilter, message: &Message) -> bool {
    MessageFilter { tags: Vec::new(), ..filter.clone() }.matches(message)
}

pub(super) fn plus(one: &Summary, other: &Summary) -> Summary {
    let mut sum = one.by_level.clone();
    for (level, count) in &other.by_level {
        *sum.entry(*level).or_default() += count;
    }
    Summary::new(sum)
}

/// Returns `None` if the second summary has more messages than the first.
fn minus(all: &Summary, some: &Summary) -> Option<Summary> {
    let mut rest = all.by_level.clone();
    for (level, count) in &some.by_level {
        let left = rest.get(level).copied().unwrap_or_default().checked_sub(*count)?;
        if left == 0 {
            rest.remove(level);
        } else {
            rest.insert(*level, left);
        }
    }
    Some(Summary::new(rest))
}
