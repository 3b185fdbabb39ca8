//! Recipients: whose mailbox it is, a user's or a visitor's.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whose mailbox it is: a user's, or that of a visitor who is not signed in.
///
/// A user is known by a text of 1 to 128 bytes: a number, a UUID, a name. It has no control characters, and no white space at
/// its ends, so that it stays the same in a line of a form or of a file. A visitor is known by their session. Cloning is cheap.
///
/// ```
/// use actix_messages::Recipient;
///
/// let alice = Recipient::user("alice")?;
/// let number_seven = Recipient::user(7)?;
/// assert_ne!(alice, number_seven);
/// assert_eq!(alice.user_id(), Some("alice"));
/// assert!(Recipient::user("").is_err());
/// assert!(Recipient::user("alice\n").is_err());
/// # Ok::<(), actix_messages::error::InvalidRecipient>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient(Who);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Who {
    User(Arc<str>),
    Visitor(SessionId),
}

impl Recipient {
    /// The longest id of a user, in bytes.
    pub const MAX_USER_ID_BYTES: usize = 128;

    /// Returns the user with this id.
    ///
    /// # Errors
    ///
    /// [`InvalidRecipient`] if the id is empty or longer than 128 bytes, has a control character ([`char::is_control`]), or
    /// begins or ends with white space ([`char::is_whitespace`]).
    pub fn user(id: impl fmt::Display) -> Result<Self, InvalidRecipient> {
        let id = id.to_string();
        let is_trimmed = id.trim().len() == id.len();
        if id.is_empty() || id.len() > Self::MAX_USER_ID_BYTES || id.contains(char::is_control) || !is_trimmed {
            return Err(InvalidRecipient { bytes: id.len() });
        }
        Ok(Self(Who::User(id.into())))
    }

    /// The visitor whose session this is.
    #[must_use]
    pub const fn visitor(session: SessionId) -> Self {
        Self(Who::Visitor(session))
    }

    /// The id of the user; `None` for a visitor.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        match &self.0 {
            Who::User(id) => Some(id),
            Who::Visitor(_) => None,
        }
    }

    /// The visitor's session; `None` for a user.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        match &self.0 {
            Who::User(_) => None,
            Who::Visitor(session) => Some(session),
        }
    }

    /// The recipient as one text, for a store to keep: `u:` and the user's id, or `v:` and the session.
    /// [`FromStr`] reads it back. At most 130 bytes.
    #[must_use]
    pub fn key(&self) -> String {
        match &self.0 {
            Who::User(id) => format!("u:{id}"),
            Who::Visitor(session) => format!("v:{session}"),
        }
    }
}

impl FromStr for Recipient {
    type Err = InvalidRecipient;

    /// Reads what [`key`](Self::key) wrote.
    fn from_str(key: &str) -> Result<Self, Self::Err> {
        match key.split_at_checked(2) {
            Some(("u:", id)) => Self::user(id),
            Some(("v:", session)) => session.parse().map(Self::visitor),
            _ => Err(InvalidRecipient { bytes: key.len() }),
        }
    }
}

impl From<SessionId> for Recipient {
    fn from(session: SessionId) -> Self {
        Self::visitor(session)
    }
}

/// A session, as messages and stores know it: a digest of 32 hexadecimal digits, from which nobody can get
/// back to the session.
///
/// It is serialised as its digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Arc<str>);

impl SessionId {
    /// The session whose digest begins with these 16 bytes. The digest is of a secret that the session carries,
    /// never of anything guessable.
    #[must_use]
    pub fn from_digest(digest: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(digest)).into())
    }

    /// The id of no session: none has a digest of zeros.
    pub(crate) fn none() -> Self {
        Self::from_digest([0; 16])
    }

    /// The 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = InvalidRecipient;

    /// Reads the 32 digits back.
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

/// A text that can't name a recipient. It is not shown, since it may be anybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a recipient is a user's id of 1 to 128 bytes, without control characters and without white space at its ends, or a \
     session of 32 hexadecimal digits; {bytes} bytes were given"
)]
pub struct InvalidRecipient {
    bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

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
