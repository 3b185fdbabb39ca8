//! Problem details: a refusal -> what RFC 9457 says of it, for clients that ask for it.

use actix_web::{
    body::{BoxBody, EitherBody},
    dev::ServiceResponse,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
};
use serde_json::{Value, json};

use super::{
    error::{FULL, Refusal, detail_of},
    page_json::ProblemBody,
};
use crate::{
    error::Error,
    service::question::{negotiate::wants_problem_details, query::QueryError},
    store::StoreError,
};

/// The response; where it is a refusal or a failure, and the client asks for `application/problem+json` by name, with
/// a body of that type.
///
/// Source: [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
pub(crate) fn in_the_wanted_form<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let error = response.response().error().filter(|_| wants_problem_details(response.request().headers()));
    let Some(problem) = error.and_then(|error| problem_of(error, response.status())) else {
        return response.map_into_left_body();
    };
    // It has nothing that JSON can't say.
    let problem = serde_json::to_vec(&problem).unwrap_or_default();
    response.map_body(|head, _| {
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        EitherBody::right(BoxBody::new(problem))
    })
}

/// What there is to say of a refusal of the endpoints, or of a message that could not be added. What a handler of the
/// application refuses by errors of its own is told in its own way.
fn problem_of(error: &actix_web::Error, status: StatusCode) -> Option<ProblemBody<'static>> {
    let (detail, errors) = match (error.as_error::<Refusal>(), error.as_error::<Error>()) {
        (Some(Refusal::Failed(failure)), _) | (None, Some(failure)) => failure_of(failure, status),
        (Some(Refusal::Query(QueryError::Fields(errors))), _) => (INVALID.into(), Some(json!(errors))),
        (Some(Refusal::Query(QueryError::Search(search))), _) => (INVALID.into(), Some(json!({ "search": [search] }))),
        (Some(Refusal::Query(error)), _) => (error.to_string(), None),
        (Some(Refusal::Unwritable(_) | Refusal::TooMuchUnsent), _) => (detail_of(status).into(), None),
        (Some(refusal), _) => (refusal.to_string(), None),
        (None, None) => return None,
    };
    let title = status.canonical_reason().unwrap_or_default();
    Some(ProblemBody { kind: "about:blank", title, status: status.as_u16(), detail: Some(detail), errors })
}

fn failure_of(failure: &Error, status: StatusCode) -> (String, Option<Value>) {
    match failure {
        Error::Invalid(invalid) | Error::Store(StoreError::Invalid(invalid)) => {
            (INVALID_MESSAGE.into(), Some(json!({ invalid.field(): [invalid.problem()] })))
        }
        Error::Full { .. } => (FULL.into(), None),
        Error::Recipient(invalid) => (invalid.to_string(), None),
        Error::Store(_) | Error::Setup(_) => (detail_of(status).into(), None),
    }
}

const INVALID_MESSAGE: &str = "The message is not valid.";
const INVALID: &str = "Some parameters are not valid.";
