//! Recipients, who own mailboxes, and the places of a recipient.

use std::{cmp::Ordering, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::texts::{Phrase, Text};

/// The owner of a mailbox: a user, a visitor who is not signed in, or a group.
///
/// A user is identified by a text of 1 to 128 bytes, such as a number, a UUID or a name. The text has no control
/// characters, and no white space at its ends, so a line of a form or a file can hold it unchanged. The same rules
/// apply to the name of a group. A visitor is identified by their session. Cloning is cheap.
///
/// A recipient has three places, and each place is a separate mailbox: the inbox, the archive, and
/// [`Later`](Place::Later). A value of this type names one place, so it identifies one mailbox. The constructors return
/// the inbox.
///
/// ```
/// use actix_messages::Recipient;
///
/// let alice = Recipient::user("alice")?;
/// let number_seven = Recipient::user(7)?;
/// assert_ne!(alice, number_seven);
/// assert_eq!(alice.user_id(), Some("alice"));
/// assert_ne!(alice.archive(), alice);
/// assert_eq!(alice.archive().inbox(), alice);
/// assert!(Recipient::user("").is_err());
/// assert!(Recipient::user("alice\n").is_err());
/// # Ok::<(), actix_messages::error::InvalidRecipient>(())
/// ```
///
/// Recipients are ordered by their [keys](Self::key), byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recipient {
    who: Owner,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Owner {
    User(Arc<str>),
    Visitor(SessionId),
    Group(Arc<str>),
}

/// A place of a recipient. Each place is a separate mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Place {
    /// The messages that the recipient sees.
    #[default]
    Inbox,
    /// The messages that were archived.
    Archive,
    /// The messages that a [`Ticker`](crate::Ticker) will move to the inbox at a later time: see
    /// [`NewMessage::visible_from`](crate::NewMessage::visible_from) and [`Selection::snooze`](crate::Selection::snooze).
    Later,
}

impl Recipient {
    /// The maximum length of a user's id and of a group's name, in bytes.
    pub const MAX_USER_ID_BYTES: usize = 128;

    /// Returns the user with this id.
    ///
    /// # Errors
    ///
    /// [`InvalidRecipient`] if the id is empty, is longer than 128 bytes, contains a control character
    /// ([`char::is_control`]), or begins or ends with white space ([`char::is_whitespace`]).
    pub fn user(id: impl fmt::Display) -> Result<Self, InvalidRecipient> {
        Ok(Self::new(Owner::User(check_name(&id.to_string())?)))
    }

    /// Returns the visitor with this session.
    #[must_use]
    pub const fn visitor(session: SessionId) -> Self {
        Self::new(Owner::Visitor(session))
    }

    /// Returns the group with this name. Its mailbox holds messages for all members of the group.
    ///
    /// The library does not know the members. The application decides who reads the mailbox, and to whom
    /// announcements in it are delivered.
    ///
    /// # Errors
    ///
    /// [`InvalidRecipient`] for the same reasons as [`user`](Self::user).
    pub fn group(name: impl fmt::Display) -> Result<Self, InvalidRecipient> {
        Ok(Self::new(Owner::Group(check_name(&name.to_string())?)))
    }

    const fn new(who: Owner) -> Self {
        Self { who, place: Place::Inbox }
    }

    /// Returns this place of the same recipient.
    #[must_use]
    pub fn at(&self, place: Place) -> Self {
        Self { place, ..self.clone() }
    }

    /// Returns the archive of the same recipient.
    #[must_use]
    pub fn archive(&self) -> Self {
        self.at(Place::Archive)
    }

    /// Returns the place [`Later`](Place::Later) of the same recipient.
    #[must_use]
    pub fn later(&self) -> Self {
        self.at(Place::Later)
    }

    /// Returns the inbox of the same recipient.
    #[must_use]
    pub fn inbox(&self) -> Self {
        self.at(Place::Inbox)
    }

    /// Returns all places of this recipient, the inbox first.
    #[must_use]
    pub fn places(&self) -> [Self; 3] {
        [self.inbox(), self.archive(), self.later()]
    }

    /// Returns the place. It is the inbox, unless another place was chosen.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// Returns the id of the user, or `None` for a visitor or a group.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        match &self.who {
            Owner::User(id) => Some(id),
            Owner::Visitor(_) | Owner::Group(_) => None,
        }
    }

    /// Returns the session of the visitor, or `None` for a user or a group.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        match &self.who {
            Owner::Visitor(session) => Some(session),
            Owner::User(_) | Owner::Group(_) => None,
        }
    }

    /// Returns the name of the group, or `None` for a user or a visitor.
    #[must_use]
    pub fn group_name(&self) -> Option<&str> {
        match &self.who {
            Owner::Group(name) => Some(name),
            Owner::User(_) | Owner::Visitor(_) => None,
        }
    }

    /// Returns the recipient as one text of at most 132 bytes, for a store to keep. [`FromStr`] reads it back.
    ///
    /// The text is `u:` and the user's id, `v:` and the session, or `g:` and the name of the group. The prefix `a:`
    /// stands for the archive, and `l:` for [`Later`](Place::Later).
    #[must_use]
    pub fn key(&self) -> String {
        let (place, who, name) = self.parts();
        [place, who, name].concat()
    }

    fn parts(&self) -> (&'static str, &'static str, &str) {
        let place = match self.place {
            Place::Inbox => "",
            Place::Archive => "a:",
            Place::Later => "l:",
        };
        match &self.who {
            Owner::User(id) => (place, "u:", id),
            Owner::Visitor(session) => (place, "v:", session.as_str()),
            Owner::Group(name) => (place, "g:", name),
        }
    }
}

/// Checks the id of a user or the name of a group.
fn check_name(text: &str) -> Result<Arc<str>, InvalidRecipient> {
    let is_trimmed = text.trim().len() == text.len();
    let is_long = text.len() > Recipient::MAX_USER_ID_BYTES;
    if text.is_empty() || is_long || text.contains(char::is_control) || !is_trimmed {
        return Err(InvalidRecipient { bytes: text.len() });
    }
    Ok(text.into())
}

impl Ord for Recipient {
    fn cmp(&self, other: &Self) -> Ordering {
        // Comparing part by part gives the order of the keys, because two prefixes are equal or differ in their first
        // byte.
        let in_order = |(place, who, name): (&'static str, &'static str, _)| {
            if place.is_empty() { (who, "", name) } else { (place, who, name) }
        };
        in_order(self.parts()).cmp(&in_order(other.parts()))
    }
}

impl PartialOrd for Recipient {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for Recipient {
    type Err = InvalidRecipient;

    /// Reads a text that [`key`](Self::key) has returned.
    fn from_str(key: &str) -> Result<Self, Self::Err> {
        let (place, who) = match key.split_at_checked(2) {
            Some(("a:", who)) => (Place::Archive, who),
            Some(("l:", who)) => (Place::Later, who),
            _ => (Place::Inbox, key),
        };
        let inbox = match who.split_at_checked(2) {
            Some(("u:", id)) => Self::user(id),
            Some(("v:", session)) => session.parse().map(Self::visitor),
            Some(("g:", name)) => Self::group(name),
            _ => Err(InvalidRecipient { bytes: key.len() }),
        };
        Ok(Self { place, ..inbox? })
    }
}

impl From<SessionId> for Recipient {
    fn from(session: SessionId) -> Self {
        Self::visitor(session)
    }
}

/// The id by which messages and stores know a session: a digest, written as 32 hexadecimal digits. The session can't be
/// derived from it.
///
/// It is serialised as these digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// Creates the id from the first 16 bytes of a digest. Compute the digest from a secret that the session carries,
    /// never from a value that can be guessed.
    #[must_use]
    pub fn from_digest(digest: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(digest)).into())
    }

    /// Returns an id that belongs to no session: no session has a digest of zeros.
    pub(crate) fn none() -> Self {
        Self::from_digest([0; 16])
    }

    /// Returns the 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = InvalidRecipient;

    /// Reads the 32 hexadecimal digits, in lower case.
    fn from_str(digits: &str) -> Result<Self, Self::Err> {
        let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 32 || !digits.as_bytes().iter().all(hex) {
            return Err(InvalidRecipient { bytes: digits.len() });
        }
        Ok(Self(digits.into()))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The error for a text that is not a valid recipient. It does not show the text, which may be confidential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.problem())]
pub struct InvalidRecipient {
    bytes: usize,
}

impl InvalidRecipient {
    /// Returns the error for a text of this length.
    #[cfg(feature = "actix")]
    pub(crate) const fn of_length(bytes: usize) -> Self {
        Self { bytes }
    }

    /// Returns a description of the problem.
    #[must_use]
    pub fn problem(&self) -> Phrase {
        Phrase::from(Text::InvalidRecipient).with("bytes", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_in_order() {
        let session = SessionId::from_digest([7; 16]);
        let names = ["u:a", "a:u:a", "g:a", "a", "z"];
        let named = names.iter().flat_map(|name| [Recipient::user(name), Recipient::group(name)]);
        let all = named.map(Result::unwrap).chain([Recipient::visitor(session)]).flat_map(|it| it.places());
        let mut all = all.collect::<Vec<_>>();
        for one in &all {
            assert_eq!(one.key().parse::<Recipient>().unwrap(), *one);
            assert_eq!(one.inbox().places().iter().filter(|place| *place == one).count(), 1);
        }
        all.sort();
        assert!(all.is_sorted_by_key(Recipient::key), "{all:?}");
        let longest = Recipient::group("g".repeat(128)).unwrap().later();
        assert_eq!(longest.key().len(), 132);
        for key in ["", "a", "a:", "a:a:u:alice", "l:a:u:alice", "a:x:alice", "g:", "x:alice"] {
            assert!(key.parse::<Recipient>().is_err(), "{key}");
        }
    }

    #[test]
    fn an_id_is_the_same_in_a_line_of_text() {
        let longest = "é".repeat(64);
        assert!(!Recipient::user("secret\n").unwrap_err().to_string().contains("secret"));
        for id in ["a", "0", "a b", "a\u{a0}b", "\u{feff}", "u:'\"<&%", &longest] {
            let user = Recipient::user(id).unwrap();
            assert_eq!(user.user_id(), Some(id));
            assert_eq!(user.key().parse(), Ok(user));
        }
        let too_long = "a".repeat(129);
        for id in [
            "",
            " ",
            "a ",
            " a",
            "a\n",
            "\na",
            "a\nb",
            "a\tb",
            "a\0b",
            "a\u{7f}",
            "a\u{85}b",
            "\u{a0}a",
            "a\u{2028}",
            &too_long,
        ] {
            Recipient::user(id).unwrap_err();
            assert!(format!("u:{id}").parse::<Recipient>().is_err(), "{id:?}");
        }
    }
}
