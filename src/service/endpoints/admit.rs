//! Checks requests before they reach a handler: content type, version, origin and user.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{ALLOW, CACHE_CONTROL, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS},
    middleware::Next,
};

use crate::error::SetupError;
use crate::service::{
    answer::{error::Refusal, error_body::in_form_of_client},
    question::version::version_of,
    question::{negotiate::MediaType, sender::Sender},
    settings::{access::Access, config::config_of, versioning::Versioning},
};

/// Checks a request before it reaches a handler, and refuses it if a check fails.
///
/// The checks have the same order as in drf-messages: the `Accept` header (406), the version (404 or 406), the origin
/// of the request (403), and, with [`Access::SignedIn`](crate::settings::Access::SignedIn), the user (403). Only then
/// follow the method (405), the query (400) and the message (404).
///
/// Each response gets `Vary: Accept, Cookie`. Unless it has these headers already, it also gets
/// `Cache-Control: private, no-cache` and `X-Content-Type-Options: nosniff`. Refusals are sent as JSON or as problem
/// details, as the client asks.
///
/// [`Endpoints`](crate::Endpoints) use this middleware. A custom endpoint beside them needs it too:
/// `web::resource("/digest").wrap(from_fn(endpoints::admit))`.
///
/// # Errors
///
/// Returns only errors of the inner service, because refusals are responses.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Ok(add_common_headers(check_and_call(MediaType::Json, request, next).await?))
}

/// Does the same as [`admit`], and also accepts requests for `text/event-stream`. It is for
/// [`stream`](super::stream): `web::resource("/live").wrap(from_fn(endpoints::admit_stream))`.
///
/// # Errors
///
/// Returns only errors of the inner service, because refusals are responses.
pub async fn admit_stream(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Ok(add_common_headers(check_and_call(MediaType::EventStream, request, next).await?))
}

/// Does the same as [`admit`] for responses of this media type, and adds `Allow` with these methods to each response.
pub(crate) async fn admit_to(
    methods: HeaderValue,
    media_type: MediaType,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = add_common_headers(check_and_call(media_type, request, next).await?);
    set_header_if_absent(&mut response, ALLOW, methods);
    Ok(response)
}

/// Checks nothing, but gives responses the same form and headers as [`admit`].
pub(crate) async fn negotiate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Ok(add_common_headers(next.call(request).await?))
}

async fn check_and_call<B: MessageBody + 'static>(
    media_type: MediaType,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    Ok(match check(media_type, request.request()) {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(refusal) => request.error_response(refusal).map_into_right_body(),
    })
}

/// Converts the response to the form that the client asks for, and adds the common headers.
fn add_common_headers<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let mut response = in_form_of_client(response);
    let depends_on = HeaderValue::from_static("Accept, Cookie");
    // A `Vary` that the handler has set stays beside it.
    if !response.headers().get_all(VARY).any(|known| *known == depends_on) {
        response.headers_mut().append(VARY, depends_on);
    }
    set_header_if_absent(&mut response, CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    set_header_if_absent(&mut response, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Adds the header, unless the response has it already.
fn set_header_if_absent<B>(response: &mut ServiceResponse<B>, name: HeaderName, value: HeaderValue) {
    if !response.headers().contains_key(&name) {
        response.headers_mut().insert(name, value);
    }
}

fn check(media_type: MediaType, request: &HttpRequest) -> Result<(), Refusal> {
    let config = config_of(request)?;
    if !media_type.is_accepted(request.headers()) {
        return Err(Refusal::NotAcceptable);
    }
    if matches!(config.versioning, Versioning::Path { .. }) && request.match_info().get("version").is_none() {
        return Err(SetupError::MissingVersion.into());
    }
    if let Some(version) = version_of(request, &config.versioning)? {
        request.extensions_mut().insert(version);
    }
    if let Some(sender) = Sender::refused(request, config) {
        return Err(if sender == Sender::Sibling { Refusal::SameSite } else { Refusal::CrossSite });
    }
    if matches!(config.access, Access::SignedIn) {
        let who = config.identify.identify(request)?;
        who.ok_or(Refusal::NotSignedIn)?;
    }
    Ok(())
}
