//! Conditional requests: a body and what the client has already -> the body, or that nothing has changed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_TYPE, ETag, EntityTag, Header, HeaderValue, IfNoneMatch},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::{error::Refusal, unsent_body::UnsentBody};
use crate::service::settings::unsent::Reservation;

/// A body of JSON with its entity tag. The tag is weak, since a middleware may compress the body.
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

    /// Whether the client has exactly this already, as it says by `If-None-Match`.
    pub(crate) fn is_known_to(&self, request: &HttpRequest) -> bool {
        match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) if !tags.is_empty() => {
                let this = EntityTag::new_weak(self.tag());
                tags.iter().any(|tag| tag.weak_eq(&this))
            }
            Ok(IfNoneMatch::Items(_)) | Err(_) => false,
        }
    }

    /// The answer to who has it already: 304.
    pub(crate) fn not_modified(self) -> HttpResponse {
        HttpResponse::NotModified().insert_header(self.e_tag()).finish()
    }

    /// The length of the body, in bytes.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The answer to who does not, with the room that is reserved for it, if it needs any.
    pub(crate) fn ok(self, room: Option<Reservation>) -> HttpResponse {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = HttpResponse::Ok();
        response.insert_header(json).insert_header(self.e_tag());
        match room {
            None => response.body(self.bytes),
            Some(room) => response.body(UnsentBody::new(self.bytes, room)),
        }
    }

    fn e_tag(&self) -> ETag {
        ETag(EntityTag::new_weak(self.tag()))
    }

    fn tag(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.digest.to_be_bytes())
    }
}
