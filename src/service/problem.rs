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
    let problem = problem_of(&response).to_string();
    response.map_body(|head, _| {
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        EitherBody::right(BoxBody::new(problem))
    })
}

fn problem_of<B>(response: &ServiceResponse<B>) -> Value {
    let status = response.status();
    let refusal = response.response().error().and_then(|error| error.as_error::<Refusal>());
    let mut problem = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
    });
    match refusal {
        _ if status == StatusCode::SERVICE_UNAVAILABLE => problem["detail"] = UNAVAILABLE.into(),
        _ if status.is_server_error() => problem["detail"] = SERVER_ERROR.into(),
        Some(Refusal::Query(QueryError::Fields(errors))) => {
            problem["detail"] = "Some parameters are not valid.".into();
            problem["errors"] = json!(errors);
        }
        Some(Refusal::Query(QueryError::Search(search))) => {
            problem["detail"] = "Some parameters are not valid.".into();
            problem["errors"] = json!({ "search": [search] });
        }
        Some(refusal) => problem["detail"] = refusal.to_string().into(),
        None => {}
    }
    problem
}
