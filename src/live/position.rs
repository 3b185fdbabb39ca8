//! How far a watch has followed a mailbox, as a text that a client can send back.

use std::{fmt, str::FromStr};

use crate::model::MessageId;

/// How far a [`Watch`](crate::Watch) has followed a mailbox.
///
/// It is the id of the last message that the watch has looked at. If the watch has looked at everything, it also has a
/// proof of the state of the mailbox, in this process. A watch that continues from a position with a proof is silent if
/// nothing has changed. Without a proof, or with an outdated one, it returns [`Event::Resync`](crate::Event::Resync).
///
/// ```
/// use actix_messages::{MessageId, Position};
///
/// let position: Position = "1795377556064799".parse()?;
/// assert_eq!(position.id(), MessageId::new(1795377556064799));
/// assert_eq!(position.to_string(), "1795377556064799");
/// assert!("yesterday".parse::<Position>().is_err());
/// # Ok::<(), actix_messages::error::InvalidPosition>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    id: MessageId,
    proof: Option<u64>,
}

impl Position {
    pub(crate) const fn new(id: MessageId, proof: Option<u64>) -> Self {
        Self { id, proof }
    }

    /// Returns the id of the last message that the watch has looked at. It is 0 if the mailbox had no messages.
    #[must_use]
    pub const fn id(&self) -> MessageId {
        self.id
    }

    pub(crate) const fn proof(&self) -> Option<u64> {
        self.proof
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proof {
            None => self.id.fmt(f),
            Some(proof) => write!(f, "{}-{proof:016x}", self.id),
        }
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (id, proof) = match text.split_once('-') {
            None => (text, None),
            Some((id, proof)) => (id, Some(proof)),
        };
        let is_plain =
            |text: &str, is_digit: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| is_digit(&byte));
        let hex = |proof: &str| {
            let is_hex = is_plain(proof, u8::is_ascii_hexdigit);
            if is_hex { u64::from_str_radix(proof, 16).map_err(|_| InvalidPosition) } else { Err(InvalidPosition) }
        };
        if !is_plain(id, u8::is_ascii_digit) {
            return Err(InvalidPosition);
        }
        let id = id.parse().map_err(|_| InvalidPosition)?;
        Ok(Self { id: MessageId::new(id), proof: proof.map(hex).transpose()? })
    }
}

/// The error for a text that is not a [`Position`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid position: expected the text of a `Position`, such as `1795377556064799`")]
pub struct InvalidPosition;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_back_and_other_texts_are_refused() {
        for proof in [None, Some(0), Some(7), Some(u64::MAX)] {
            let position = Position::new(MessageId::new(1_795_377_556_064_799), proof);
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in
            ["", "-", "-1", "1-", "1-g", "1 ", "+1", "1-+1", "1-2-3", "99999999999999999999", "1-11111111111111111"]
        {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition), "{text:?}");
        }
    }
}
