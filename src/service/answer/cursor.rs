//! Cursors: a place between two messages <-> an opaque text that nobody else can make.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    model::{Direction, MessageId},
    service::settings::cursor_key::CursorKey,
};

/// A place in a list that is ordered by the time of creation, and which way to go on from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// How the list runs.
    pub(crate) order: Direction,
    pub(crate) way: Way,
    /// The message next to the place, which the page does not have.
    pub(crate) beside: MessageId,
}

/// Which way a page goes on from a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As the list runs.
    Forward,
    /// Against it.
    Back,
}

impl Cursor {
    /// The text of the cursor: its place, and the signature of that.
    pub(crate) fn to_text(self, key: &CursorKey) -> String {
        let place = self.to_bytes();
        URL_SAFE_NO_PAD.encode([&place[..], &key.sign(&place)].concat())
    }

    /// Reads a cursor; `None` where it is none, or was not made with this key.
    pub(crate) fn from_text(text: &str, key: &CursorKey) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (place, signature) = bytes.split_first_chunk::<9>()?;
        key.has_signed(place, signature.try_into().ok()?).then(|| Self::from_bytes(*place)).flatten()
    }

    fn to_bytes(self) -> [u8; 9] {
        let kind = match (self.order, self.way) {
            (Direction::Descending, Way::Forward) => 0,
            (Direction::Descending, Way::Back) => 1,
            (Direction::Ascending, Way::Forward) => 2,
            (Direction::Ascending, Way::Back) => 3,
        };
        let mut bytes = [kind; 9];
        bytes[1..].copy_from_slice(&self.beside.value().to_be_bytes());
        bytes
    }

    fn from_bytes([kind, id @ ..]: [u8; 9]) -> Option<Self> {
        let (order, way) = match kind {
            0 => (Direction::Descending, Way::Forward),
            1 => (Direction::Descending, Way::Back),
            2 => (Direction::Ascending, Way::Forward),
            3 => (Direction::Ascending, Way::Back),
            _ => return None,
        };
        Some(Self { order, way, beside: MessageId::new(i64::from_be_bytes(id)) })
    }
}
