//! Converts the default JSON of a message to the JSON that the application defines.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;
use serde::Serialize;
use serde_json::Value;

use crate::model::MessageJson;

/// The conversion of messages before they are sent, if the application has set one.
#[derive(Clone, Default)]
pub(crate) struct Represent(Option<Arc<Closure>>);

type Closure = dyn Fn(&HttpRequest, &MessageJson<'_>) -> Value + Send + Sync;

impl Represent {
    pub(crate) fn by(represent: impl Fn(&HttpRequest, &MessageJson<'_>) -> Value + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(represent)))
    }

    /// Returns whether the application has set a conversion.
    pub(crate) const fn is_custom(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the message in the JSON that is sent.
    pub(crate) fn one<'a>(&self, request: &HttpRequest, message: MessageJson<'a>) -> Represented<'a> {
        match &self.0 {
            None => Represented::Unchanged(message),
            Some(represent) => Represented::Own(represent(request, &message)),
        }
    }
}

impl fmt::Debug for Represent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Own(..)" } else { "Unchanged" })
    }
}

/// A message in the JSON that is sent.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Represented<'a> {
    Unchanged(MessageJson<'a>),
    Own(Value),
}
