//! Problem details: a refusal -> what RFC 9457 says of it, for clients that ask for it.

use actix_web::{
    body::{BoxBody, EitherBody},
    dev::ServiceResponse,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
};
use serde_json::json;

use super::{
    body::ProblemBody,
    error::{Refusal, SERVER_ERROR, UNAVAILABLE},
    negotiate::wants_problem_details,
    query::QueryError,
};

/// The response; where it is a refusal or a failure, and the client asks for `application/problem+json` by name, with
/// a body of that type.
///
/// Source: [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
pub(crate) fn in_the_wanted_form<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let is_wanted = response.response().error().is_some() && wants_problem_details(response.request().headers());
    if !is_wanted {
        return response.map_into_left_body();
    }
    // It has nothing that JSON can't say.
    let problem = serde_json::to_vec(&problem_of(&response)).unwrap_or_default();
    response.map_body(|head, _| {
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        EitherBody::right(BoxBody::new(problem))
    })
}

fn problem_of<B>(response: &ServiceResponse<B>) -> ProblemBody<'static> {
    let status = response.status();
    let refusal = response.response().error().and_then(|error| error.as_error::<Refusal>());
    let (detail, errors) = match refusal {
        _ if status == StatusCode::SERVICE_UNAVAILABLE => (Some(UNAVAILABLE.into()), None),
        _ if status.is_server_error() => (Some(SERVER_ERROR.into()), None),
        Some(Refusal::Query(QueryError::Fields(errors))) => (Some(INVALID.into()), Some(json!(errors))),
        Some(Refusal::Query(QueryError::Search(search))) => (Some(INVALID.into()), Some(json!({ "search": [search] }))),
        Some(Refusal::Query(error)) => (Some(error.to_string()), None),
        Some(refusal) => (Some(refusal.to_string()), None),
        None => (None, None),
    };
    let title = status.canonical_reason().unwrap_or_default();
    ProblemBody { kind: "about:blank", title, status: status.as_u16(), detail, errors }
}

const INVALID: &str = "Some parameters are not valid.";
