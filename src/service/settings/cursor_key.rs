//! The key that cursors are signed with.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The key that cursors are signed with, so that clients can't forge them. Servers with the same clients need the same
/// key.
///
/// ```
/// use actix_messages::settings::{CursorKey, Pagination};
///
/// let secret = [7; 32]; // from the application's configuration, like the key of its cookies
/// let pages = Pagination::Cursor(CursorKey::from_secret(&secret));
/// ```
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// Creates a key from a secret of any length; 32 random bytes are best.
    ///
    /// The secret may also be the key of the application's cookies, because the signed text begins with a prefix that
    /// only cursors have.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        #[allow(clippy::expect_used, reason = "RFC 2104 takes a key of any length")]
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key");
        Self(mac.chain_update(b"actix-messages cursor 1\0"))
    }

    /// Returns the signature of a cursor: the first [`SIGNATURE_BYTES`] bytes of its HMAC-SHA-256.
    ///
    /// Source: [RFC 2104](https://www.rfc-editor.org/rfc/rfc2104).
    pub(crate) fn sign(&self, place: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let whole = self.0.clone().chain_update(place).finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }

    /// Returns whether the signature belongs to this cursor. The comparison takes constant time.
    pub(crate) fn is_signature_of(&self, place: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        self.0.clone().chain_update(place).verify_truncated_left(signature).is_ok()
    }
}

/// The number of bytes of a signature: half of the HMAC, the minimum that RFC 2104 recommends.
pub(crate) const SIGNATURE_BYTES: usize = 16;

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}
