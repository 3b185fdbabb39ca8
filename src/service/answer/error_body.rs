//! The body of a refusal or a failure: its texts, as JSON or as problem details (RFC 9457).

use std::{borrow::Cow, collections::BTreeSet};

use actix_web::{
    Error as ActixError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{CONTENT_TYPE, HeaderValue},
    },
    middleware::Next,
};
use serde::{Serialize, Serializer};

use super::{
    error::{Refusal, method_not_allowed},
    page_json::{DetailBody, ProblemBody},
};
use crate::{
    error::{Error, SetupError},
    model::{InvalidMessage, InvalidRecipient},
    service::{
        question::{
            negotiate::wants_problem_details,
            query::{QueryError, query_too_long, too_many_parameters},
            version::UnknownVersion,
        },
        settings::config::texts_of,
    },
    store::StoreError,
    texts::{Phrase, Text, Texts},
};

/// The texts of a refusal or a failure.
#[derive(Debug)]
pub(crate) enum ErrorBody {
    /// One text.
    Detail(Phrase),
    /// A text for each invalid field or parameter, and one for all of them.
    Fields(Text, Vec<(Cow<'static, str>, Phrase)>),
    /// The text for an invalid search, which is a list in drf-messages.
    Search(Phrase),
}

impl ErrorBody {
    pub(super) fn of_refusal(refusal: &Refusal) -> Self {
        Self::Detail(match refusal {
            Refusal::NotAcceptable => Text::NotAcceptable.into(),
            Refusal::CrossSite => Text::CrossSite.into(),
            Refusal::SameSite => Text::CrossOrigin.into(),
            Refusal::NotSignedIn => Text::NotSignedIn.into(),
            Refusal::MethodNotAllowed { method } => method_not_allowed(method),
            Refusal::Query(QueryError::Fields(errors)) => {
                // A parameter that was sent twice may have two errors. The first one counts.
                let mut seen = BTreeSet::new();
                let first = errors.0.iter().filter(|(field, _)| seen.insert(field)).cloned();
                return Self::Fields(Text::InvalidParameters, first.collect());
            }
            Refusal::Query(QueryError::Search(problem)) => return Self::Search(problem.clone()),
            Refusal::Query(QueryError::TooMany(given)) => too_many_parameters(*given),
            Refusal::Query(QueryError::TooLong(given)) => query_too_long(*given),
            Refusal::NoSuchPath => Text::NotFound.into(),
            Refusal::NoSuchPage => Text::InvalidPage.into(),
            Refusal::InvalidCursor => Text::InvalidCursor.into(),
            Refusal::Version(UnknownVersion::InPath) => Text::InvalidVersionInPath.into(),
            Refusal::Version(UnknownVersion::InAccept) => Text::InvalidVersionInAccept.into(),
            Refusal::NotPermitted => Text::NotPermitted.into(),
            Refusal::NoSuchMessage => Text::NoSuchMessage.into(),
            Refusal::Unread => Text::UnreadNotDeletable.into(),
            Refusal::Unwritable(_) => Text::ServerError.into(),
            Refusal::TooManyUnsentBytes | Refusal::StreamsFull => Text::Unavailable.into(),
            Refusal::TooManyStreams => Text::TooManyStreams.into(),
            Refusal::Failed(error) => return Self::of_error(error),
        })
    }

    pub(super) fn of_error(error: &Error) -> Self {
        match error {
            Error::Invalid(invalid) => Self::of_invalid(*invalid),
            Error::Full { .. } => Self::Detail(Text::MailboxFull.into()),
            Error::Recipient(invalid) => Self::Detail(invalid.problem()),
            Error::Store(error) => Self::of_store_error(error),
            Error::Setup(_) => Self::of_failure(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    fn of_store_error(error: &StoreError) -> Self {
        match error {
            StoreError::Invalid(invalid) => Self::of_invalid(*invalid),
            StoreError::Unavailable { .. } => Self::of_failure(StatusCode::SERVICE_UNAVAILABLE),
            StoreError::Failed { .. } => Self::of_failure(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    fn of_invalid(invalid: InvalidMessage) -> Self {
        Self::Fields(Text::InvalidMessage, vec![(invalid.field().into(), invalid.problem())])
    }

    /// Tells the client only whether to retry.
    pub(super) fn of_failure(status: StatusCode) -> Self {
        let is_temporary = status == StatusCode::SERVICE_UNAVAILABLE;
        Self::Detail(if is_temporary { Text::Unavailable } else { Text::ServerError }.into())
    }

    /// Returns the body in these texts, which serializes to the JSON of drf-messages.
    pub(super) fn in_texts<'a>(&'a self, texts: &'a Texts) -> impl Serialize + use<'a> {
        InTexts { body: self, texts }
    }

    fn problem_details(&self, status: StatusCode, texts: &Texts) -> impl Serialize {
        let detail = match self {
            Self::Detail(phrase) => phrase.in_texts(texts),
            Self::Fields(text, _) => texts.get(*text).to_owned(),
            Self::Search(_) => texts.get(Text::InvalidParameters).to_owned(),
        };
        let list = |phrase: &Phrase| vec![phrase.in_texts(texts)];
        let errors = match self {
            Self::Detail(_) => None,
            Self::Fields(_, errors) => Some(errors.iter().map(|(name, it)| (name.to_string(), list(it))).collect()),
            Self::Search(phrase) => Some([("search".to_owned(), list(phrase))].into()),
        };
        let title = status.canonical_reason().unwrap_or_default();
        ProblemBody { kind: "about:blank", title, status: status.as_u16(), detail: Some(detail), errors }
    }
}

struct InTexts<'a> {
    body: &'a ErrorBody,
    texts: &'a Texts,
}

impl Serialize for InTexts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { body, texts } = self;
        match body {
            ErrorBody::Detail(phrase) => DetailBody { detail: &phrase.in_texts(texts) }.serialize(serializer),
            ErrorBody::Fields(_, errors) => {
                serializer.collect_map(errors.iter().map(|(field, problem)| (field, [problem.in_texts(texts)])))
            }
            ErrorBody::Search(phrase) => serializer.collect_seq([phrase.in_texts(texts)]),
        }
    }
}

/// Translates the errors of this crate that the handlers of an application return, as the
/// [`texts`](crate::MessagesConfig::texts) of the configuration say, and sends them as problem details to clients that ask for
/// these by name. Other responses stay unchanged.
///
/// The endpoints of a [`scope`](crate::scope) do so without this middleware.
///
/// ```
/// use actix_messages::{Error, MemoryStore, Messages, MessagesConfig, endpoints::translate_errors, session_key};
/// use actix_web::{App, HttpResponse, middleware::from_fn, web};
///
/// async fn note(text: String, messages: Messages) -> Result<HttpResponse, Error> {
///     messages.info(text).await?; // Fails with 400 if the text is too long.
///     Ok(HttpResponse::Created().finish())
/// }
///
/// let app = App::new()
///     .app_data(MessagesConfig::new(MemoryStore::new(), session_key("user")))
///     .service(web::resource("/notes").post(note).wrap(from_fn(translate_errors)));
/// ```
///
/// # Errors
///
/// Returns only errors of the inner service.
///
/// Source of the problem details: [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
pub async fn translate_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    Ok(in_form_of_client(next.call(request).await?))
}

/// Sends the body of a refusal or a failure in the texts of the request, and as problem details if the client asks for
/// them. Returns other responses unchanged, also errors of the application.
pub(crate) fn in_form_of_client<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let status = response.status();
    let (body, texts) = match response.response().error().and_then(error_body) {
        Some(body) => (body, texts_of(response.request())),
        None => return response.map_into_left_body(),
    };
    // Writing these values as JSON can't fail.
    let (json, content_type) = if wants_problem_details(response.request().headers()) {
        let problem = serde_json::to_vec(&body.problem_details(status, &texts));
        (problem.unwrap_or_default(), "application/problem+json")
    } else if texts.is_english() {
        return response.map_into_left_body();
    } else {
        (serde_json::to_vec(&body.in_texts(&texts)).unwrap_or_default(), "application/json")
    };
    response.map_body(|head, _| {
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        EitherBody::right(BoxBody::new(json))
    })
}

/// Returns the body of a refusal of the endpoints, or of another error of this crate, such as that of a message that
/// could not be added. Returns `None` for an error of the application.
fn error_body(error: &ActixError) -> Option<ErrorBody> {
    let refusal = || error.as_error::<Refusal>().map(ErrorBody::of_refusal);
    let message = || error.as_error::<Error>().map(ErrorBody::of_error);
    let recipient = || error.as_error::<InvalidRecipient>().map(|invalid| ErrorBody::Detail(invalid.problem()));
    let store = || error.as_error::<StoreError>().map(ErrorBody::of_store_error);
    let setup = || error.as_error::<SetupError>().map(|_| ErrorBody::of_failure(StatusCode::INTERNAL_SERVER_ERROR));
    refusal().or_else(message).or_else(recipient).or_else(store).or_else(setup)
}
