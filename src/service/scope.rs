//! The scope: which path and method is answered by which endpoint.

use std::{collections::BTreeSet, future::ready};

#[cfg(feature = "openapi")]
use actix_web::{HttpRequest, HttpResponse};
use actix_web::{
    Scope,
    body::BoxBody,
    dev::ServiceRequest,
    http::{Method, header::HeaderValue},
    middleware::{Next, from_fn},
    web,
};

use super::{
    answer::error::{no_such_method, no_such_path},
    endpoints::{
        admit::{admit_to, negotiate},
        describe,
    },
    routes::{Answer, Endpoint, Operation, RESOURCES, Resource, allowed},
};
#[cfg(feature = "openapi")]
use super::{
    answer::{conditional::Json, error::Refusal},
    settings::config::{MessagesConfig, config_of},
};

/// The REST surface, to be mounted at `path`:
///
/// | request | answer |
/// | --- | --- |
/// | `GET {path}/` | a page of the user's messages, which marks them as read |
/// | `GET {path}/peek/` | how many are unread, and how severe they get; marks nothing |
/// | `GET {path}/{id}/` | one message, which marks it as read |
/// | `DELETE {path}/{id}/` | deletes one message |
///
/// Each answers with and without the last slash, and to `HEAD` (which marks nothing) and `OPTIONS`. The
/// [HTTP API](crate::guide::http_api) says it all. The settings are those of the [`MessagesConfig`] in the
/// application's data.
///
/// The scope is Actix's own, so `wrap`, `guard` and `app_data` work as everywhere; a `MessagesConfig` in the
/// scope's own data wins over the application's.
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, Recipient, scope};
/// use actix_web::{App, HttpRequest};
///
/// let who = |request: &HttpRequest| Recipient::user(request.headers().get("x-user")?.to_str().ok()?).ok();
/// let messages = MessagesConfig::new(MemoryStore::new(), who);
/// let app = App::new().app_data(messages).service(scope("/messages"));
/// ```
///
/// [`MessagesConfig`]: crate::MessagesConfig
pub fn scope(path: &str) -> Scope {
    Endpoints::default().at(path)
}

/// Which endpoints a scope has. By default those of the original: the list, peek, and one message.
///
/// ```
/// use actix_messages::{Endpoint, Endpoints, Messages};
/// use actix_web::{App, HttpResponse, Result, web};
///
/// async fn newest(messages: Messages) -> Result<HttpResponse> {
///     let newest = messages.all().first().await?;
///     Ok(HttpResponse::Ok().body(newest.map_or_else(String::new, |message| message.content.text)))
/// }
///
/// let messages = Endpoints::default()
///     .with(Endpoint::Marking) // one more
///     .without(Endpoint::List) // one of ours replaced
///     .at("/messages")
///     .route("/", web::get().to(newest));
/// let app = App::new().service(messages);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints(BTreeSet<Endpoint>);

impl Default for Endpoints {
    fn default() -> Self {
        Self(BTreeSet::from([Endpoint::List, Endpoint::Peek, Endpoint::Message]))
    }
}

impl Endpoints {
    /// With this one too.
    #[must_use]
    pub fn with(mut self, endpoint: Endpoint) -> Self {
        self.0.insert(endpoint);
        self
    }

    /// Without this one.
    #[must_use]
    pub fn without(mut self, endpoint: Endpoint) -> Self {
        self.0.remove(&endpoint);
        self
    }

    /// A scope that has them, to be mounted at `path`: see [`scope`].
    pub fn at(&self, path: &str) -> Scope {
        let scope = RESOURCES.iter().fold(web::scope(path.trim_end_matches('/')), |scope, one| self.mount(scope, one));
        scope.default_service(web::to(no_such_path).wrap(from_fn(negotiate)))
    }

    /// Those of the operations that the scope has.
    fn of(&self, resource: &'static Resource) -> impl Iterator<Item = &'static Operation> {
        resource.operations.iter().filter(|operation| self.0.contains(&operation.endpoint))
    }

    /// The scope with this resource at each of its paths, one by one: a resource that had several paths would be matched
    /// by a regular expression, which takes ten times as long.
    ///
    /// It lets in whom it may, refuses any method that it has no route for, and says with each answer which methods it
    /// has.
    fn mount(&self, scope: Scope, resource: &'static Resource) -> Scope {
        if self.of(resource).next().is_none() {
            return scope;
        }
        let allowed = allowed(self.of(resource));
        let allowed = HeaderValue::from_str(&allowed).unwrap_or_else(|_| HeaderValue::from_static(""));
        let (title, description) = resource.described_as;
        resource.patterns().fold(scope, |scope, pattern| {
            let mounted = web::resource(pattern).name(resource.name);
            let mounted = self.of(resource).fold(mounted, |mounted, operation| {
                let route = operation.verb.route();
                mounted.route(match operation.answer {
                    Answer::Handler { handle, .. } => handle(route),
                    #[cfg(feature = "openapi")]
                    Answer::Document => {
                        let endpoints = self.clone();
                        route.to(move |request| ready(endpoints.describe(&request)))
                    }
                })
            });
            let options = web::method(Method::OPTIONS).to(move || ready(describe(title, description)));
            let allowed = allowed.clone();
            let admit = move |request: ServiceRequest, next: Next<BoxBody>| admit_to(allowed.clone(), request, next);
            scope.service(mounted.route(options).default_service(web::to(no_such_method)).wrap(from_fn(admit)))
        })
    }

    /// The OpenAPI 3.1 document of these endpoints, mounted at `path`, with these settings: what
    /// [`Endpoint::OpenApi`] serves, for a build script or a test.
    ///
    /// ```
    /// use actix_messages::{Endpoints, MemoryStore, MessagesConfig, session_key};
    ///
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// let document = Endpoints::default().openapi(&messages, "/messages");
    /// assert_eq!(document["paths"]["/messages/peek/"]["get"]["operationId"], "peekMessages");
    /// ```
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn openapi(&self, config: &MessagesConfig, path: &str) -> serde_json::Value {
        let operations = RESOURCES.iter().flat_map(|one| self.of(one).map(|operation| (one.path, operation)));
        super::openapi::document(config, path, operations)
    }

    /// The answer to `GET /openapi.json`.
    #[cfg(feature = "openapi")]
    fn describe(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let mount = request.path().trim_end_matches("/openapi.json");
        let document = Json::new(&self.openapi(config_of(request)?, mount))?;
        Ok(if document.is_known_to(request) { document.not_modified() } else { document.ok(None) })
    }
}
