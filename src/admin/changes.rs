//! Applies an action of staff to the chosen messages, and counts the changed ones.

use super::{access::StaffRequest, document::with_separators, error::AdminError, listing::Listing, row::Chosen};
use crate::{
    model::{MessageFilter, MessageId, PageRequest, Place},
    store::StoreError,
    texts::{Phrase, Text, Texts},
};

/// The maximum number of messages that "all listed messages" changes at once.
pub(crate) const MAX_MESSAGES_AT_ONCE: u32 = 1000;

/// A change that staff can apply to messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    MarkRead,
    MarkUnread,
    Archive,
    Restore,
    Delete,
}

impl Action {
    const ALL: [Self; 5] = [Self::MarkRead, Self::MarkUnread, Self::Archive, Self::Restore, Self::Delete];

    /// Returns the value that forms use for the action.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MarkRead => "mark-read",
            Self::MarkUnread => "mark-unread",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::Delete => "delete",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Narrows the filter to the messages that the action would change.
    fn on(self, filter: MessageFilter) -> MessageFilter {
        match self {
            Self::MarkRead => filter.unread(),
            Self::MarkUnread => filter.read(),
            Self::Archive | Self::Restore | Self::Delete => filter,
        }
    }

    /// Returns whether the action changes messages at this place.
    pub(crate) fn applies_at(self, place: Place) -> bool {
        match self {
            Self::MarkRead | Self::MarkUnread | Self::Delete => true,
            Self::Archive => place != Place::Archive,
            Self::Restore => place != Place::Inbox,
        }
    }

    /// Returns whether the message has another name after the action, or none.
    pub(crate) const fn takes_away(self) -> bool {
        matches!(self, Self::Archive | Self::Restore | Self::Delete)
    }
}

/// The result of a request, passed to the next page in its URL: `deleted-3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done(&'static str, u64);

/// The results, as the URL names them, and their sentences for no message, for one and for many.
const RESULTS: [(&str, [Text; 3]); 9] = [
    ("nothing", [Text::AdminNothingSelected; 3]),
    ("deleted", [Text::AdminDeletedNone, Text::AdminDeletedOne, Text::AdminDeletedMany]),
    ("marked-read", [Text::AdminMarkedReadNone, Text::AdminMarkedReadOne, Text::AdminMarkedReadMany]),
    ("marked-unread", [Text::AdminMarkedUnreadNone, Text::AdminMarkedUnreadOne, Text::AdminMarkedUnreadMany]),
    ("archived", [Text::AdminArchivedNone, Text::AdminArchivedOne, Text::AdminArchivedMany]),
    ("restored", [Text::AdminRestoredNone, Text::AdminRestoredOne, Text::AdminRestoredMany]),
    ("sent", [Text::AdminSentNone, Text::AdminSentOne, Text::AdminSentMany]),
    ("tagged", [Text::AdminTaggedNone, Text::AdminTaggedOne, Text::AdminTaggedMany]),
    ("redated", [Text::AdminRedatedNone, Text::AdminRedatedOne, Text::AdminRedatedMany]),
];

impl Done {
    /// Nothing was changed, because no message was selected.
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

    /// Parses the result from a query string. Returns `None` if it has no known result.
    pub(crate) fn read(query: &str) -> Option<Self> {
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        let (_, text) = parameters.find(|(name, _)| name == "done")?;
        let (deed, messages) = text.rsplit_once('-')?;
        let (deed, _) = RESULTS.iter().find(|(known, _)| *known == deed)?;
        Some(Self(deed, messages.parse().ok()?))
    }

    /// Returns the result as a query parameter.
    pub(crate) fn parameter(self) -> String {
        format!("done={}-{}", self.0, self.1)
    }

    /// Returns the result as a sentence for the page.
    pub(crate) fn sentence(self, texts: &Texts) -> String {
        let Self(deed, messages) = self;
        let sentences = RESULTS.iter().find(|(known, _)| *known == deed).map(|(_, sentences)| sentences);
        let [none, one, many] = sentences.copied().unwrap_or([Text::AdminNothingSelected; 3]);
        let sentence = match messages {
            0 => none,
            1 => one,
            _ => many,
        };
        Phrase::from(sentence).with("number", with_separators(messages, texts)).in_texts(texts)
    }
}

/// Applies the action to the chosen messages that still match the filter, one mailbox after the other. The result
/// counts the messages that were changed.
pub(crate) async fn change(
    desk: &StaffRequest,
    action: Action,
    chosen: Chosen,
    filter: &MessageFilter,
) -> Result<Done, AdminError> {
    let mailboxes = chosen.len();
    let now = desk.config.delivery.clock.now();
    let count = |ids: Vec<MessageId>| ids.len() as u64;
    let (mut changed, mut failure) = (0, None);
    for (recipient, ids) in chosen {
        if !action.applies_at(recipient.place()) {
            continue;
        }
        let mailbox = desk.config.mailbox(recipient).clock(now.into());
        let chosen = mailbox.select(filter.clone().with_ids(ids));
        let outcome = match action {
            Action::MarkRead => chosen.mark_read().await.map(count),
            Action::MarkUnread => chosen.mark_unread().await.map(count),
            Action::Archive => chosen.archive().await,
            Action::Restore => chosen.restore().await,
            Action::Delete => chosen.delete().await.map(count),
        };
        match outcome {
            Ok(messages) => changed += messages,
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let done = match action {
        Action::MarkRead => Done("marked-read", changed),
        Action::MarkUnread => Done("marked-unread", changed),
        Action::Archive => Done("archived", changed),
        Action::Restore => Done("restored", changed),
        Action::Delete => Done("deleted", changed),
    };
    if changed > 0 || failure.is_none() {
        log(desk, action.name(), changed, mailboxes);
    }
    match failure {
        None => Ok(done),
        Some(error) if changed == 0 => Err(AdminError::Failed(error)),
        Some(source) => Err(AdminError::PartlyDone { done, source }),
    }
}

/// Logs the staff member, the action and the number of messages. Texts and recipients are never logged.
pub(crate) fn log(desk: &StaffRequest, action: &str, messages: u64, mailboxes: usize) {
    tracing::info!(staff = desk.staff, action, messages, mailboxes, "messages admin: staff action");
}

/// Returns the first [`MAX_MESSAGES_AT_ONCE`] listed messages that the action would change, the newest first.
pub(crate) async fn choose_all_listed(
    desk: &StaffRequest,
    listing: &Listing,
    action: Action,
) -> Result<Chosen, StoreError> {
    let filter = action.on(listing.filter.clone());
    let rows = desk.directory.list_across(&listing.of, &filter, &PageRequest::first(MAX_MESSAGES_AT_ONCE)).await?;
    let mut chosen = Chosen::new();
    for (recipient, message) in rows.into_iter().filter(|(recipient, _)| action.applies_at(recipient.place())) {
        chosen.entry(recipient).or_default().insert(message.id);
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_only_what_can_have_been_done() {
        let sentence = |query| Done::read(query).unwrap().sentence(&Texts::default());
        assert_eq!(sentence("user=a&done=deleted-3"), "3 messages were deleted.");
        assert_eq!(sentence("done=sent-1"), "1 message was sent.");
        assert_eq!(sentence("done=tagged-1200"), "1,200 messages were given these tags.");
        assert_eq!(sentence("done=nothing-0"), "No message was selected, so nothing was changed.");
        assert_eq!(Done::read(&Done::tagged(1200).parameter()), Some(Done::tagged(1200)));
        for query in ["", "done=", "done=deleted", "done=deleted--3", "done=<b>-3", "done=won-3"] {
            assert_eq!(Done::read(query), None, "{query}");
        }
    }
}
