//! Representation: the JSON of a message -> the application's own.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;
use serde::Serialize;
use serde_json::Value;

use crate::model::MessageJson;

/// The JSON that messages are sent in.
#[derive(Clone, Default)]
pub(crate) struct Represent(Option<Arc<Closure>>);

type Closure = dyn Fn(&HttpRequest, &MessageJson<'_>) -> Value + Send + Sync;

impl Represent {
    pub(crate) fn by(represent: impl Fn(&HttpRequest, &MessageJson<'_>) -> Value + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(represent)))
    }

    /// Whether it is the application's own.
    #[cfg(feature = "openapi")]
    pub(crate) const fn is_own(&self) -> bool {
        self.0.is_some()
    }

    /// The message as it is sent.
    pub(crate) fn one<'a>(&self, request: &HttpRequest, message: MessageJson<'a>) -> Represented<'a> {
        match &self.0 {
            None => Represented::AsItIs(message),
            Some(represent) => Represented::Own(represent(request, &message)),
        }
    }
}

impl fmt::Debug for Represent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Own(..)" } else { "AsItIs" })
    }
}

/// A message in the JSON that it is sent in.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Represented<'a> {
    AsItIs(MessageJson<'a>),
    Own(Value),
}
