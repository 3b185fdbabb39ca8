//! Mounts the endpoints at their paths.

use std::{borrow::Cow, collections::BTreeSet, future::ready};

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
    bell,
    endpoints::{
        admit::{admit_to, negotiate},
        describe,
        inbox::MountedActions,
    },
    routes::{Answer, Endpoint, Operation, RESOURCES, Resource, allowed},
    settings::access::Action,
};
#[cfg(feature = "openapi")]
use super::{
    answer::{conditional::Json, error::Refusal},
    question::origin::prefix,
    settings::config::{MessagesConfig, config_of},
};

/// Returns a scope with the REST API, mounted at `path`:
///
/// | request | answer |
/// | --- | --- |
/// | `GET {path}/` | returns a page of the user's messages, and marks them as read |
/// | `GET {path}/peek/` | returns the unread count and the highest unread level; marks nothing |
/// | `GET {path}/{id}/` | returns one message, and marks it as read |
/// | `DELETE {path}/{id}/` | deletes one message |
///
/// Each path also works without the final slash, and with `HEAD` (which marks nothing) and `OPTIONS`. The
/// [HTTP API](crate::guide::http_api) describes all requests and responses.
///
/// The settings come from the [`MessagesConfig`] in the application's data. The scope is a normal Actix scope, so
/// `wrap`, `guard` and `app_data` work as usual. A `MessagesConfig` in the data of the scope takes precedence over the
/// application's.
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

/// Chooses the endpoints of a scope. The default is the same as in drf-messages: the list, peek, and one message.
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
///     .with(Endpoint::Marking) // adds an endpoint
///     .without(Endpoint::List) // replaced by the route below
///     .at("/messages")
///     .route("/", web::get().to(newest));
/// let app = App::new().service(messages);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    mounted: BTreeSet<Endpoint>,
    name: Cow<'static, str>,
}

impl Default for Endpoints {
    fn default() -> Self {
        let mounted = BTreeSet::from([Endpoint::List, Endpoint::Peek, Endpoint::Message]);
        Self { mounted, name: Cow::Borrowed("messages") }
    }
}

impl Endpoints {
    /// Adds this endpoint. [`Endpoint::Bell`] also adds those that the scripts use.
    #[must_use]
    pub fn with(mut self, endpoint: Endpoint) -> Self {
        self.mounted.extend(endpoint.with_required());
        self
    }

    /// Removes this endpoint.
    #[must_use]
    pub fn without(mut self, endpoint: Endpoint) -> Self {
        self.mounted.remove(&endpoint);
        self
    }

    /// Sets the name with which the names of the resources begin. The default is `messages`, and so
    /// `request.url_for("messages:detail", [id])` is the URL of a message.
    ///
    /// An application that mounts several scopes names each of them: with the same name, `url_for` leads into the scope
    /// that was mounted last.
    ///
    /// ```
    /// use actix_messages::{Endpoint, Endpoints, scope};
    /// use actix_web::App;
    ///
    /// let api = Endpoints::default().with(Endpoint::Marking).named("api");
    /// // `api:detail` is at `/api/messages`, and `messages:detail` at `/messages`.
    /// let app = App::new().service(scope("/messages")).service(api.at("/api/messages"));
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Returns a scope with these endpoints, mounted at `path`: see [`scope`].
    pub fn at(&self, path: &str) -> Scope {
        let scope = RESOURCES.iter().fold(web::scope(path.trim_end_matches('/')), |scope, one| self.mount(scope, one));
        let scope = if self.mounted.contains(&Endpoint::Bell) { bell::mount(scope) } else { scope };
        let scope = scope.app_data(MountedActions(self.actions().collect()));
        scope.default_service(web::to(no_such_path).wrap(from_fn(negotiate)))
    }

    /// Returns the actions of this scope.
    fn actions(&self) -> impl Iterator<Item = Action> {
        RESOURCES.iter().flat_map(|resource| self.of(resource)).filter_map(|operation| match operation.answer {
            Answer::Handler { action, .. } => Some(action),
            #[cfg(feature = "openapi")]
            Answer::Document => None,
        })
    }

    /// Returns the operations of the resource that this scope has.
    fn of(&self, resource: &'static Resource) -> impl Iterator<Item = &'static Operation> {
        resource.operations.iter().filter(|operation| self.mounted.contains(&operation.endpoint))
    }

    /// Adds the resource to the scope, once for each of its paths. Actix would match one resource with several paths by
    /// a regular expression, which takes ten times as long.
    ///
    /// The resource checks each request with [`admit_to`], refuses any method that it has no route for, and names its
    /// methods in `Allow`.
    fn mount(&self, scope: Scope, resource: &'static Resource) -> Scope {
        if self.of(resource).next().is_none() {
            return scope;
        }
        let allowed = allowed(self.of(resource));
        let allowed = HeaderValue::from_str(&allowed).unwrap_or_else(|_| HeaderValue::from_static(""));
        let name = resource.name.replacen("messages", &self.name, 1);
        let (title, description) = resource.described_as;
        resource.patterns().fold(scope, |scope, pattern| {
            let mounted = web::resource(pattern).name(&name);
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
            let admit = move |request: ServiceRequest, next: Next<BoxBody>| {
                admit_to(allowed.clone(), resource.media_type, request, next)
            };
            scope.service(mounted.route(options).default_service(web::to(no_such_method)).wrap(from_fn(admit)))
        })
    }

    /// Returns the OpenAPI 3.1 document of these endpoints, mounted at `path`, with these settings.
    ///
    /// It is the document that [`Endpoint::OpenApi`] serves. Use this method in a build script or a test.
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

    /// Returns the response to `GET /openapi.json`.
    #[cfg(feature = "openapi")]
    fn describe(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let mount = request.path().trim_end_matches('/').trim_end_matches("/openapi.json");
        let config = config_of(request)?;
        let mut document = self.openapi(config, mount);
        let prefix = prefix(request, config);
        if !prefix.is_empty() {
            document["servers"][0]["url"] = prefix.into();
        }
        let document = Json::new(&document)?;
        Ok(if document.is_known_to(request) { document.not_modified() } else { document.ok(None) })
    }
}
