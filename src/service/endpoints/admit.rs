//! The door: may this request come in, whatever it asks?

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{ALLOW, CACHE_CONTROL, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS},
    middleware::Next,
};

use crate::service::{
    answer::{error::Refusal, problem::in_the_wanted_form},
    question::version::version_of,
    question::{negotiate::accepts_json, sender::Sender},
    settings::{access::Access, config::config_of},
};

/// A middleware that lets a request in, or refuses it, in the original's order: what it accepts (406), which version
/// it asks for (404 or 406), where it comes from (403), who sends it (403). Only then the method (405), the query (400)
/// and the message (404) are looked at. Each answer says what it depends on and that nobody else may keep it, and
/// refusals are told as the client asks. [`Endpoints`](crate::Endpoints) have it; an endpoint of one's own that stands
/// beside them is wrapped in it: `web::resource("/digest").wrap(from_fn(endpoints::admit))`.
///
/// # Errors
///
/// None of its own: refusals are answers.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Ok(negotiated(admitted(request, next).await?))
}

/// The same, and each answer says which methods there are.
pub(crate) async fn admit_to(
    methods: HeaderValue,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = negotiated(admitted(request, next).await?);
    say(&mut response, ALLOW, methods);
    Ok(response)
}

/// A middleware that lets everybody in, and answers as [`admit`] does.
pub(crate) async fn negotiate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Ok(negotiated(next.call(request).await?))
}

async fn admitted<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    Ok(match check(request.request()) {
        Ok(()) => next.call(request).await?.map_into_left_body(),
        Err(refusal) => request.error_response(refusal).map_into_right_body(),
    })
}

/// The response in the form that the client asks for, saying what it depends on.
fn negotiated<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let mut response = in_the_wanted_form(response);
    let depends_on = HeaderValue::from_static("Accept, Cookie");
    // A handler's own stays beside it.
    if !response.headers().get_all(VARY).any(|known| *known == depends_on) {
        response.headers_mut().append(VARY, depends_on);
    }
    say(&mut response, CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    say(&mut response, X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Adds the header, unless the response has it already.
fn say<B>(response: &mut ServiceResponse<B>, name: HeaderName, value: HeaderValue) {
    if !response.headers().contains_key(&name) {
        response.headers_mut().insert(name, value);
    }
}

fn check(request: &HttpRequest) -> Result<(), Refusal> {
    let config = config_of(request)?;
    if !accepts_json(request.headers()) {
        return Err(Refusal::NotAcceptable);
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
