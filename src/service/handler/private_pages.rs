//! Keeps pages that show messages out of caches.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CACHE_CONTROL, HeaderMap, HeaderValue},
    middleware::Next,
};

use crate::mailbox::page_exposure::{Exposure, Shows};

/// A middleware that keeps pages with messages out of HTTP caches, so that they are never shown to another user, and not
/// again to the same one.
///
/// An answer whose handler read messages of the request's user gets `Cache-Control: private, no-store`. If the handler
/// only counted them, as for a badge, it gets `private, no-cache`, and the page may stay in the back/forward cache of the
/// browser. An answer that has a `Cache-Control` keeps it.
///
/// [`follow_session`](crate::follow_session) does the same, and
/// [`Messages::mark_once_sent`](crate::Messages::mark_once_sent) does it for its response. So this middleware is for
/// applications without sessions whose pages call [`take`](crate::Selection::take) or list messages themselves.
///
/// ```
/// use actix_messages::{Error, MemoryStore, Messages, MessagesConfig, private_pages, session_key};
/// use actix_web::{App, HttpResponse, middleware::from_fn, web};
///
/// async fn page(messages: Messages) -> Result<HttpResponse, Error> {
///     Ok(HttpResponse::Ok().body(messages.unread().take().await?.to_string()))
/// }
///
/// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
/// let app = App::new().app_data(messages).route("/", web::get().to(page)).wrap(from_fn(private_pages));
/// ```
///
/// # Errors
///
/// Only those of the service inside.
pub async fn private_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    note_what_is_shown(request.request());
    let mut response = next.call(request).await?;
    keep_private(&mut response);
    Ok(response)
}

/// Starts to take notes on what handlers show.
pub(crate) fn note_what_is_shown(request: &HttpRequest) {
    request.extensions_mut().get_or_insert_with(Shows::default);
}

/// The notes on what handlers show; `None` if no middleware takes notes.
pub(crate) fn shows(request: &HttpRequest) -> Option<Shows> {
    request.extensions().get::<Shows>().cloned()
}

/// Sets the `Cache-Control` of the response by these notes.
pub(crate) fn keep_private<B>(response: &mut ServiceResponse<B>) {
    let exposure = shows(response.request()).map_or(Exposure::Nothing, |shows| shows.exposure());
    say(response.headers_mut(), exposure);
}

/// Sets the `Cache-Control` of an answer with this exposure, unless the handler has set one.
pub(crate) fn say(headers: &mut HeaderMap, exposure: Exposure) {
    let policy = match exposure {
        Exposure::Nothing => return,
        Exposure::Numbers => "private, no-cache",
        Exposure::Messages => "private, no-store",
    };
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(policy));
    }
}
