//! Access control of the admin: a request -> the staff member who sent it, or the reason why it is refused.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{document::with_separators, error::AdminError, settings::Admin};
use crate::{
    service::{
        question::sender::Sender,
        settings::config::{MessagesConfig, config_of, texts_of},
    },
    store::MessageDirectory,
    texts::{Phrase, Text, Texts},
};

/// Middleware that refuses requests of non-staff, and unsafe requests that another origin sent.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match check(request.request()) {
        Ok(desk) => {
            request.extensions_mut().insert(desk);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(error) => {
            let own = match error {
                AdminError::NotStaff => request.app_data::<Admin>().and_then(|admin| admin.refused.clone()),
                _ => None,
            };
            let response = match own {
                Some(refused) => {
                    let answer = refused(request.request());
                    request.into_response(answer)
                }
                None => request.error_response(error),
            };
            Ok(response.map_into_right_body())
        }
    }
}

fn check(request: &HttpRequest) -> Result<StaffRequest, AdminError> {
    let config = config_of(request)?;
    let admin = request.app_data::<Admin>().ok_or(AdminError::NotStaff)?;
    let Some(staff) = &admin.staff else {
        tracing::warn!("the messages admin refuses everyone: configure who is staff with `Admin::staff(..)`");
        return Err(AdminError::NotStaff);
    };
    let staff = staff(request).ok_or(AdminError::NotStaff)?;
    if let Some(sender) = Sender::refused(request, config) {
        return Err(if sender == Sender::Sibling { AdminError::SameSite } else { AdminError::CrossSite });
    }
    let mut config = config.clone();
    config.delivery = config.delivery.with_store(Arc::clone(&admin.store) as Arc<_>);
    Ok(StaffRequest { staff, directory: Arc::clone(&admin.store), config, texts: texts_of(request) })
}

/// The staff member who sent the request, and the store and settings to answer it with. Only [`admit`] creates it,
/// after its checks.
#[derive(Debug, Clone)]
pub(crate) struct StaffRequest {
    pub(crate) staff: String,
    /// Reads across mailboxes.
    pub(crate) directory: Arc<dyn MessageDirectory>,
    /// The application's settings, with the store of the admin. Every change goes through a mailbox of these settings.
    pub(crate) config: MessagesConfig,
    pub(crate) texts: Arc<Texts>,
}

impl StaffRequest {
    /// Returns a text without placeholders.
    pub(crate) fn text(&self, text: Text) -> &str {
        self.texts.get(text)
    }

    pub(crate) fn phrase(&self, phrase: &Phrase) -> String {
        phrase.in_texts(&self.texts)
    }

    /// Formats a number with thousands separators.
    pub(crate) fn number(&self, number: u64) -> String {
        with_separators(number, &self.texts)
    }
}

impl FromRequest for StaffRequest {
    type Error = AdminError;
    type Future = Ready<Result<Self, AdminError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(AdminError::NotStaff))
    }
}
