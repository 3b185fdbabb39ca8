//! Cursors: a place between two messages <-> an opaque text that nobody else can make.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{Direction, MessageId};

/// What cursors are signed with, so that a place can't be made up. Servers that share their clients share the key.
///
/// ```
/// use actix_messages::{CursorKey, Pagination};
///
/// let secret = [7; 32]; // from the application's configuration, as the key of its cookies
/// let pages = Pagination::Cursor(CursorKey::from_secret(&secret));
/// ```
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// A key made from a secret of any length; 32 random bytes are best. The key of the cookies may serve for both:
    /// what is signed here is signed as a cursor.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        #[allow(clippy::expect_used, reason = "RFC 2104 takes a key of any length")]
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key");
        Self(mac.chain_update(b"actix-messages cursor 1\0"))
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

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

/// The bytes of the signature that are kept: half of them, as RFC 2104 has it at least.
const TAG_BYTES: usize = 16;

impl Cursor {
    /// The text of the cursor: its place, and the HMAC-SHA-256 of that.
    ///
    /// Source: [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104).
    pub(crate) fn to_text(self, key: &CursorKey) -> String {
        let mut bytes = self.to_bytes().to_vec();
        let tag = key.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor; `None` where it is none, or was not made with this key.
    pub(crate) fn from_text(text: &str, key: &CursorKey) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (place, tag) = bytes.split_first_chunk::<9>()?;
        if tag.len() != TAG_BYTES {
            return None;
        }
        key.0.clone().chain_update(place).verify_truncated_left(tag).ok()?;
        Self::from_bytes(*place)
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
