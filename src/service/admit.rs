//! The door: may this request come in, whatever it asks?

use actix_web::{
    Error, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, ORIGIN},
    middleware::Next,
};

use super::{
    config::{Access, MessagesConfig, config_of},
    error::Refusal,
    negotiate::accepts_json,
    origin::origin as origin_of,
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets a request in, or refuses it, in the original's order: what it accepts (406), where it comes from (403),
/// who sends it (403). Only then the method (405), the query (400) and the message (404) are looked at.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match check(request.request()) {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(refusal) => Ok(request.into_response(refusal.error_response()).map_into_right_body()),
    }
}

fn check(request: &HttpRequest) -> Result<(), Refusal> {
    let config = config_of(request)?;
    if !accepts_json(request.headers()) {
        return Err(Refusal::NotAcceptable);
    }
    if !request.method().is_safe() && is_cross_site(request, config) {
        return Err(Refusal::CrossSite);
    }
    if config.access == Access::SignedIn {
        let who = config.identify.identify(request)?;
        who.ok_or(Refusal::NotSignedIn)?;
    }
    Ok(())
}

/// Whether a page of another site sent the request. Browsers say so themselves (`Sec-Fetch-Site`); older ones say
/// from which origin it came (`Origin`); what is no browser says neither, and carries no cookies unasked.
///
/// Source: [Fetch Metadata Request Headers](https://www.w3.org/TR/fetch-metadata/).
fn is_cross_site(request: &HttpRequest, config: &MessagesConfig) -> bool {
    let headers = request.headers();
    let origin = text(headers, &ORIGIN);
    if origin.is_some_and(|origin| config.trusted_origins.iter().any(|trusted| trusted == origin)) {
        return false;
    }
    if headers.contains_key(&SEC_FETCH_SITE) {
        return !matches!(text(headers, &SEC_FETCH_SITE), Some("same-origin" | "same-site" | "none"));
    }
    if !headers.contains_key(ORIGIN) {
        return false;
    }
    let authority = origin.and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    authority != Some(origin_of(request, config).1.as_str())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
