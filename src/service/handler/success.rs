//! Adds a message when the handler succeeds.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    rc::Rc,
};

use actix_web::{
    Error, HttpResponse,
    body::EitherBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
};

use super::messages::Messages;
use crate::model::{Level, NewMessage};

/// A middleware that adds a message when the inner handler succeeds.
///
/// A handler succeeds if its response has a 2xx or 3xx status and was not created from an error. This middleware is the
/// equivalent of Django's `SuccessMessageMixin`.
///
/// ```
/// use actix_messages::SuccessMessage;
/// use actix_web::{HttpResponse, web};
///
/// async fn save() -> HttpResponse {
///     HttpResponse::SeeOther().insert_header(("location", "/profile")).finish()
/// }
///
/// let profile = web::resource("/profile")
///     .route(web::post().to(save))
///     .wrap(SuccessMessage::new("Your profile is saved."));
/// ```
///
/// # Errors
///
/// If the message can't be added, an error response replaces the response of the handler. The work of the handler is
/// not undone: a session that it has opened or ended stays opened or ended.
#[derive(Debug, Clone)]
pub struct SuccessMessage(NewMessage);

impl SuccessMessage {
    /// Creates the middleware for a message of level success with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(NewMessage::new(Level::SUCCESS, text))
    }

    /// Creates the middleware for this message.
    #[must_use]
    pub const fn of(message: NewMessage) -> Self {
        Self(message)
    }
}

impl<S, B> Transform<S, ServiceRequest> for SuccessMessage
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = SuccessMessageService<S>;
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(SuccessMessageService { service, message: Rc::new(self.0.clone()) }))
    }
}

/// The service that [`SuccessMessage`] wraps around another service.
#[derive(Debug)]
#[expect(unnameable_types, reason = "only `Transform` names it")]
pub struct SuccessMessageService<S> {
    service: S,
    message: Rc<NewMessage>,
}

impl<S, B> Service<ServiceRequest> for SuccessMessageService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let answered = self.service.call(request);
        let message = Rc::clone(&self.message);
        Box::pin(async move {
            let response = answered.await?;
            let status = response.status();
            // An error may be answered with a redirect, for example back to the form.
            let is_error = response.response().error().is_some();
            if !is_error && (status.is_success() || status.is_redirection()) {
                let added = Messages::of(response.request()).add((*message).clone()).await;
                if let Err(error) = added {
                    // Return a response, because an error would discard the handler's changes to the session.
                    let (request, _) = response.into_parts();
                    return Ok(ServiceResponse::new(request, HttpResponse::from_error(error)).map_into_right_body());
                }
            }
            Ok(response.map_into_left_body())
        })
    }
}
