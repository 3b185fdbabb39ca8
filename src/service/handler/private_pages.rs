//! Keeps pages that show messages out of caches.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CACHE_CONTROL, HeaderMap, HeaderValue},
    middleware::Next,
};

use crate::mailbox::page_exposure::{Exposure, Shows};

/// Keeps pages with messages out of HTTP caches, so that they are not shown to another user, or again to the same user.
///
/// If the handler reads messages of the request's user, the response gets `Cache-Control: private, no-store`. If the
/// handler only counts them, for example for a badge, the response gets `private, no-cache`, and the page may stay in
/// the back/forward cache of the browser. A response that already has a `Cache-Control` keeps it.
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
/// Returns only errors of the inner service.
pub async fn private_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    start_recording_exposure(request.request());
    let mut response = next.call(request).await?;
    set_cache_control_from_record(&mut response);
    Ok(response)
}

/// Starts to record what handlers show of mailboxes.
pub(crate) fn start_recording_exposure(request: &HttpRequest) {
    request.extensions_mut().get_or_insert_with(Shows::default);
}

/// Returns the record of what handlers show; `None` if no middleware keeps a record.
pub(crate) fn shows(request: &HttpRequest) -> Option<Shows> {
    request.extensions().get::<Shows>().cloned()
}

/// Sets the `Cache-Control` of the response according to the record.
pub(crate) fn set_cache_control_from_record<B>(response: &mut ServiceResponse<B>) {
    let exposure = shows(response.request()).map_or(Exposure::Nothing, |shows| shows.exposure());
    set_cache_control(response.headers_mut(), exposure);
}

/// Sets the `Cache-Control` of a response with this exposure, unless the handler has set one.
pub(crate) fn set_cache_control(headers: &mut HeaderMap, exposure: Exposure) {
    let policy = match exposure {
        Exposure::Nothing => return,
        Exposure::Numbers => "private, no-cache",
        Exposure::Messages => "private, no-store",
    };
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(policy));
    }
}
