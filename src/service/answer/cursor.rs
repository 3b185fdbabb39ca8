//! Cursors: a place between two messages <-> an opaque signed text.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    model::{Direction, MessageId},
    service::settings::cursor_key::CursorKey,
};

/// A place in a list that is ordered by creation time, and the direction in which to continue from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The order of the list.
    pub(crate) order: Direction,
    pub(crate) way: PageDirection,
    /// The message next to the place. The page does not contain it.
    pub(crate) beside: MessageId,
}

/// The direction in which a page continues from a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageDirection {
    /// In the order of the list.
    Forward,
    /// Against the order of the list.
    Back,
}

impl Cursor {
    /// Returns the text of the cursor: its place, and the signature of the place.
    pub(crate) fn to_text(self, key: &CursorKey) -> String {
        let place = self.to_bytes();
        URL_SAFE_NO_PAD.encode([&place[..], &key.sign(&place)].concat())
    }

    /// Reads a cursor; `None` if the text is malformed or was not signed with this key.
    pub(crate) fn from_text(text: &str, key: &CursorKey) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (place, signature) = bytes.split_first_chunk::<9>()?;
        key.is_signature_of(place, signature.try_into().ok()?).then(|| Self::from_bytes(*place)).flatten()
    }

    fn to_bytes(self) -> [u8; 9] {
        let kind = match (self.order, self.way) {
            (Direction::Descending, PageDirection::Forward) => 0,
            (Direction::Descending, PageDirection::Back) => 1,
            (Direction::Ascending, PageDirection::Forward) => 2,
            (Direction::Ascending, PageDirection::Back) => 3,
        };
        let mut bytes = [kind; 9];
        bytes[1..].copy_from_slice(&self.beside.value().to_be_bytes());
        bytes
    }

    fn from_bytes([kind, id @ ..]: [u8; 9]) -> Option<Self> {
        let (order, way) = match kind {
            0 => (Direction::Descending, PageDirection::Forward),
            1 => (Direction::Descending, PageDirection::Back),
            2 => (Direction::Ascending, PageDirection::Forward),
            3 => (Direction::Ascending, PageDirection::Back),
            _ => return None,
        };
        Some(Self { order, way, beside: MessageId::new(i64::from_be_bytes(id)) })
    }
}
