//! The door of the admin: a request -> who sent it, or why it may not come in.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, ResponseError,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{settings::Admin, trouble::Trouble};
use crate::{
    service::{
        question::sender::Sender,
        settings::config::{MessagesConfig, config_of},
    },
    store::MessageDirectory,
};

/// Lets staff in, and nobody else; and what changes anything only from the admin's own pages.
pub(crate) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match check(request.request()) {
        Ok(desk) => {
            request.extensions_mut().insert(desk);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(trouble) => {
            let own = match trouble {
                Trouble::NotStaff => request.app_data::<Admin>().and_then(|admin| admin.refused.clone()),
                _ => None,
            };
            let answer = own.map_or_else(|| trouble.error_response(), |refused| refused(request.request()));
            Ok(request.into_response(answer).map_into_right_body())
        }
    }
}

fn check(request: &HttpRequest) -> Result<Desk, Trouble> {
    let config = config_of(request)?;
    let admin = request.app_data::<Admin>().ok_or(Trouble::NotStaff)?;
    let Some(staff) = &admin.staff else {
        tracing::warn!("the admin of messages refuses everybody: say who is staff with `Admin::staff(..)`");
        return Err(Trouble::NotStaff);
    };
    let staff = staff(request).ok_or(Trouble::NotStaff)?;
    if let Some(sender) = Sender::refused(request, config) {
        return Err(if sender == Sender::Sibling { Trouble::SameSite } else { Trouble::CrossSite });
    }
    let mut config = config.clone();
    config.delivery.store = Arc::clone(&admin.store) as Arc<_>;
    Ok(Desk { staff, directory: Arc::clone(&admin.store), config })
}

/// Where staff sits: who they are, and what they look after. Only the door makes it.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) staff: String,
    /// Reads across mailboxes.
    pub(crate) directory: Arc<dyn MessageDirectory>,
    /// The application's settings, on the store of the admin. All that is changed goes through its mailboxes.
    pub(crate) config: MessagesConfig,
}

impl FromRequest for Desk {
    type Error = Trouble;
    type Future = Ready<Result<Self, Trouble>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(Trouble::NotStaff))
    }
}
