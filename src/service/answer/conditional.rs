//! Conditional requests: a JSON body and `If-None-Match` -> 200 with the body, or 304.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_TYPE, ETag, EntityTag, Header, HeaderValue, IfNoneMatch},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::{error::Refusal, unsent_body::UnsentBody};
use crate::{live::Position, service::settings::unsent::Reservation};

/// A JSON body with its entity tag. The tag is weak, because a middleware may compress the body.
///
/// Source: [RFC 9110, section 8.8](https://www.rfc-editor.org/rfc/rfc9110#section-8.8).
pub(crate) struct Json {
    bytes: Vec<u8>,
    digest: u128,
}

impl Json {
    pub(crate) fn new(body: &impl Serialize) -> Result<Self, Refusal> {
        let bytes = serde_json::to_vec(body)?;
        let digest = xxh3_128(&bytes);
        Ok(Self { bytes, digest })
    }

    /// Creates the body of an inbox, with the position in front. The tag does not depend on the position, which is also
    /// different after changes in other mailboxes.
    pub(crate) fn with_position(body: &impl Serialize, position: Position) -> Result<Self, Refusal> {
        let Self { bytes, digest } = Self::new(body)?;
        let mut with_position = format!("{{\"at\":\"{position}\",").into_bytes();
        with_position.extend(bytes.get(1..).unwrap_or_default());
        Ok(Self { bytes: with_position, digest })
    }

    /// Returns whether the client already has this body, according to `If-None-Match`.
    pub(crate) fn is_known_to(&self, request: &HttpRequest) -> bool {
        Self::is_digest_known_to(self.digest, request)
    }

    /// Returns whether the client already has the body with this digest, according to `If-None-Match`.
    pub(crate) fn is_digest_known_to(digest: u128, request: &HttpRequest) -> bool {
        is_known_to(request, || tag_of(digest))
    }

    /// Returns the 304 response, for a client that already has the body.
    pub(crate) fn not_modified(self) -> HttpResponse {
        Self::not_modified_of(self.digest)
    }

    /// Returns the 304 response, for a client that already has the body with this digest.
    pub(crate) fn not_modified_of(digest: u128) -> HttpResponse {
        HttpResponse::NotModified().insert_header(ETag(tag_of(digest))).finish()
    }

    /// Returns the digest of the body, which the tag is made of.
    pub(crate) const fn digest(&self) -> u128 {
        self.digest
    }

    /// Returns the length of the body, in bytes.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the 200 response with the body. A large body needs the room that was reserved for it.
    pub(crate) fn ok(self, room: Option<Reservation>) -> HttpResponse {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = HttpResponse::Ok();
        response.insert_header(json).insert_header(ETag(tag_of(self.digest)));
        match room {
            None => response.body(self.bytes),
            Some(room) => response.body(UnsentBody::new(self.bytes, room)),
        }
    }
}

fn tag_of(digest: u128) -> EntityTag {
    EntityTag::new_weak(URL_SAFE_NO_PAD.encode(digest.to_be_bytes()))
}

/// Returns whether the client already has the body with this tag, according to `If-None-Match`.
pub(crate) fn is_known_to(request: &HttpRequest, tag: impl FnOnce() -> EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) if !tags.is_empty() => {
            let this = tag();
            tags.iter().any(|tag| tag.weak_eq(&this) || without_coding(tag.tag()) == this.tag())
        }
        Ok(IfNoneMatch::Items(_)) | Err(_) => false,
    }
}

/// Returns a tag without the name of the coding that a server such as Apache adds when it compresses a response:
/// `x-gzip`.
fn without_coding(tag: &str) -> &str {
    let codings = ["-gzip", "-br", "-zstd", "-deflate", ";gzip", ";br"];
    codings.into_iter().find_map(|coding| tag.strip_suffix(coding)).unwrap_or(tag)
}
