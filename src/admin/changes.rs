//! What staff does to messages: an action on chosen messages -> how many were changed.

use super::{document::grouped, door::Desk, listing::Listing, row::Chosen, trouble::Trouble};
use crate::{
    model::{MessageFilter, PageRequest},
    store::StoreError,
};

/// The most messages that are changed at once.
pub(crate) const MOST_AT_ONCE: u32 = 1000;

/// What is done to messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    MarkRead,
    MarkUnread,
    Delete,
}

impl Action {
    /// The name that forms have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MarkRead => "mark-read",
            Self::MarkUnread => "mark-unread",
            Self::Delete => "delete",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::MarkRead, Self::MarkUnread, Self::Delete].into_iter().find(|action| action.name() == name)
    }

    /// Those of the messages that it changes.
    fn on(self, filter: MessageFilter) -> MessageFilter {
        match self {
            Self::MarkRead => filter.unread(),
            Self::MarkUnread => filter.read(),
            Self::Delete => filter,
        }
    }
}

/// What was done, as the address of the next page says it: `deleted-3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done(&'static str, u64);

/// What can be done, as an address says it, and in words.
const DEEDS: [(&str, &str); 7] = [
    ("nothing", "checked"),
    ("deleted", "deleted"),
    ("marked-read", "marked as read"),
    ("marked-unread", "marked as unread"),
    ("sent", "sent"),
    ("tagged", "given these tags"),
    ("redated", "dated again"),
];

impl Done {
    /// Nothing could be done, since no message was checked.
    pub(crate) const NOTHING: Self = Self("nothing", 0);

    pub(crate) const fn sent(messages: u64) -> Self {
        Self("sent", messages)
    }

    pub(crate) const fn tagged(messages: u64) -> Self {
        Self("tagged", messages)
    }

    pub(crate) const fn redated(messages: u64) -> Self {
        Self("redated", messages)
    }

    /// Reads what an address says, if it says anything that was done.
    pub(crate) fn read(query: &str) -> Option<Self> {
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        let (_, text) = parameters.find(|(name, _)| name == "done")?;
        let (deed, messages) = text.rsplit_once('-')?;
        let (deed, _) = DEEDS.iter().find(|(known, _)| *known == deed)?;
        Some(Self(deed, messages.parse().ok()?))
    }

    /// The same as a parameter.
    pub(crate) fn parameter(self) -> String {
        format!("done={}-{}", self.0, self.1)
    }

    /// The same in words.
    pub(crate) fn sentence(self) -> String {
        let Self(deed, messages) = self;
        let words = DEEDS.iter().find(|(known, _)| *known == deed).map_or(deed, |(_, words)| words);
        match messages {
            0 if self == Self::NOTHING => "No message is checked, so nothing was changed.".to_owned(),
            0 => format!("No message was {words}: there was nothing left to change."),
            1 => format!("1 message was {words}."),
            _ => format!("{} messages were {words}.", grouped(messages)),
        }
    }
}

/// Does it to the messages that were chosen and that the filter still means, mailbox by mailbox, and counts those that
/// were changed by it.
pub(crate) async fn change(
    desk: &Desk,
    action: Action,
    chosen: Chosen,
    filter: &MessageFilter,
) -> Result<Done, Trouble> {
    let mailboxes = chosen.len();
    let now = desk.config.delivery.clock.now();
    let (mut changed, mut failure) = (0, None);
    for (recipient, ids) in chosen {
        let mailbox = desk.config.mailbox(recipient).clock(now.into());
        let chosen = mailbox.select(filter.clone().with_ids(ids));
        let outcome = match action {
            Action::MarkRead => chosen.mark_read().await,
            Action::MarkUnread => chosen.mark_unread().await,
            Action::Delete => chosen.delete().await,
        };
        match outcome {
            Ok(ids) => changed += ids.len() as u64,
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let done = match action {
        Action::MarkRead => Done("marked-read", changed),
        Action::MarkUnread => Done("marked-unread", changed),
        Action::Delete => Done("deleted", changed),
    };
    if changed > 0 || failure.is_none() {
        log(desk, action.name(), changed, mailboxes);
    }
    match failure {
        None => Ok(done),
        Some(error) if changed == 0 => Err(Trouble::Failed(error)),
        Some(source) => Err(Trouble::HalfDone { done: done.sentence().trim_end_matches('.').to_owned(), source }),
    }
}

/// Who did what to how many; never what the messages say, nor to whom.
pub(crate) fn log(desk: &Desk, action: &str, messages: u64, mailboxes: usize) {
    tracing::info!(staff = desk.staff, action, messages, mailboxes, "admin of messages");
}

/// The first of all messages that are listed and that the action would change, as many as are changed at once.
pub(crate) async fn all_listed(desk: &Desk, listing: &Listing, action: Action) -> Result<Chosen, StoreError> {
    let filter = action.on(listing.filter.clone());
    let rows = desk.directory.list_across(&listing.of, &filter, &PageRequest::first(MOST_AT_ONCE)).await?;
    let mut chosen = Chosen::new();
    for (recipient, message) in rows {
        chosen.entry(recipient).or_default().insert(message.id);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_only_what_can_have_been_done() {
        assert_eq!(Done::read("user=a&done=deleted-3").map(Done::sentence).unwrap(), "3 messages were deleted.");
        assert_eq!(Done::read("done=sent-1").map(Done::sentence).unwrap(), "1 message was sent.");
        assert_eq!(Done::read(&Done::tagged(1200).parameter()), Some(Done::tagged(1200)));
        for query in ["", "done=", "done=deleted", "done=deleted--3", "done=<b>-3", "done=won-3"] {
            assert_eq!(Done::read(query), None, "{query}");
        }
    }
}
