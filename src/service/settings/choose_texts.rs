//! Chooses the texts of a request.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use crate::texts::Texts;

type Choose = dyn Fn(&HttpRequest) -> Arc<Texts> + Send + Sync;

/// Chooses the texts of a request. The default is English for all requests.
#[derive(Clone, Default)]
pub(crate) struct ChooseTexts(Option<Arc<Choose>>);

impl ChooseTexts {
    pub(crate) fn by(choose: impl Fn(&HttpRequest) -> Arc<Texts> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(choose)))
    }

    pub(crate) fn of(&self, request: &HttpRequest) -> Arc<Texts> {
        self.0.as_ref().map(|choose| choose(request)).unwrap_or_default()
    }
}

impl fmt::Debug for ChooseTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Chosen(..)" } else { "English" })
    }
}
