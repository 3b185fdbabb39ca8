//! Announcements: messages for all members of a group.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use super::MessagesConfig;
use crate::{
    announcements::{Group, board, first_look::FirstLook, known::Known},
    error::Error,
    mailbox::Mailbox,
    model::{Message, MessageId, NewMessage, Place, Recipient, SessionId},
    store::StoreError,
};

/// The closure that returns the groups of a request, and the cache of the announcements.
#[derive(Clone, Default)]
pub(crate) struct Announcements {
    groups: Option<Arc<GroupsOf>>,
    for_visitors: bool,
    known: Arc<Known>,
}

type GroupsOf = dyn Fn(&HttpRequest) -> Vec<Group> + Send + Sync;

impl fmt::Debug for Announcements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announcements").field("for_visitors", &self.for_visitors).finish_non_exhaustive()
    }
}

impl Announcements {
    /// Returns the look of a request at the mailbox of this recipient, or `None` if it gets no announcements.
    pub(crate) fn look(&self, request: &HttpRequest, of: &Recipient) -> Option<FirstLook> {
        let gets_them = match of.session() {
            Some(session) => self.for_visitors && *session != SessionId::none(),
            None => of.user_id().is_some(),
        };
        let groups_of = self.groups.as_ref().filter(|_| gets_them)?;
        Some(FirstLook { groups: groups_of(request), known: Arc::clone(&self.known) })
    }
}

impl MessagesConfig {
    /// Sets to which groups the user of a request belongs. By default, a request belongs to no group, and announcements
    /// are not looked for.
    ///
    /// The closure is called for each request that reads messages, so it must be fast.
    ///
    /// ```
    /// # use actix_messages::{MemoryStore, MessagesConfig, session_key};
    /// use actix_messages::Group;
    ///
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user")).groups(|request| {
    ///     let is_beta = request.headers().contains_key("x-beta");
    ///     [Some(Group::everyone()), Group::new("beta").ok().filter(|_| is_beta)].into_iter().flatten().collect()
    /// });
    /// ```
    #[must_use]
    pub fn groups(mut self, groups_of: impl Fn(&HttpRequest) -> Vec<Group> + Send + Sync + 'static) -> Self {
        self.announcements.groups = Some(Arc::new(groups_of));
        self
    }

    /// Sets whether visitors who have a session get announcements, too. By default only users get them.
    #[must_use]
    pub fn announce_to_visitors(mut self, yes: bool) -> Self {
        self.announcements.for_visitors = yes;
        self
    }

    /// Announces a message to all members of a group. Returns the id of the announcement, or `None` if there is nothing
    /// to announce, as [`Mailbox::add`] does.
    ///
    /// The store keeps one message, no matter how many members there are. Each member gets a copy when one of the
    /// member's requests first reads messages while the announcement runs. [`groups`](Self::groups) sets who is a member.
    /// A stream delivers announcements when it opens, and shows later ones after the next request that reads messages.
    /// The announcement runs from
    /// [`visible_from`](NewMessage::visible_from) to [`expires_at`](NewMessage::expires_at).
    /// Each mailbox gets it once: a member who deletes the copy does not get another. Other processes deliver it after
    /// at most 5 seconds.
    ///
    /// To change an announcement, [withdraw](Self::withdraw) it and announce a new one.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Mailbox::add`].
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use actix_messages::{MemoryStore, MessagesConfig, session_key};
    /// use actix_messages::{Group, Level, NewMessage};
    ///
    /// # let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// let maintenance = NewMessage::new(Level::WARNING, "Maintenance tonight.");
    /// let id = messages.announce(&Group::everyone(), maintenance).await?.unwrap();
    /// assert_eq!(messages.announcements(&Group::everyone()).await?.len(), 1);
    /// assert!(messages.withdraw(&Group::everyone(), id).await?);
    /// assert!(messages.announcements(&Group::everyone()).await?.is_empty());
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub async fn announce(&self, group: &Group, message: NewMessage) -> Result<Option<MessageId>, Error> {
        let board = Mailbox::with(group.recipient().clone(), self.delivery.clone());
        let announced = board.add(message).await;
        self.announcements.known.forget(group);
        announced
    }

    /// Withdraws an announcement. Returns whether it was running or scheduled.
    ///
    /// The copy of each member is deleted from all places when one of the member's requests next reads
    /// messages.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails. The withdrawal can then be repeated.
    pub async fn withdraw(&self, group: &Group, id: MessageId) -> Result<bool, StoreError> {
        let withdrawn = board::withdraw(&self.delivery, group, id).await;
        self.announcements.known.forget(group);
        withdrawn
    }

    /// Returns the announcements of a group: first the running ones, then the scheduled ones, each the oldest first.
    ///
    /// A scheduled announcement gets a new id when it starts.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store can't be read.
    pub async fn announcements(&self, group: &Group) -> Result<Vec<Message>, StoreError> {
        let mut announcements = board::in_place(&self.delivery, group, Place::Inbox).await?;
        announcements.extend(board::in_place(&self.delivery, group, Place::Later).await?);
        Ok(announcements)
    }
}
