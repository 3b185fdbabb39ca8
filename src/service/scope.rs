//! The scope: which path and method is answered by which endpoint.

use std::collections::BTreeSet;

#[cfg(feature = "openapi")]
use actix_web::{HttpRequest, HttpResponse};
use actix_web::{
    Resource, Route, Scope,
    body::BoxBody,
    dev::ServiceRequest,
    guard,
    http::{Method, header::HeaderValue},
    middleware::{Next, from_fn},
    web::{self, method},
};

use super::{
    answer::error::{no_such_method, no_such_path},
    endpoints::{
        admit::{admit_to, negotiate},
        delete, delete_selection, describe_list, describe_marking, describe_message, describe_peek, list, mark_read,
        mark_selection_read, mark_selection_unread, mark_unread, peek, retrieve,
    },
};
#[cfg(feature = "openapi")]
use super::{
    answer::{conditional::Json, error::Refusal},
    endpoints::describe_document,
    settings::{
        access::Action,
        config::{MessagesConfig, config_of},
    },
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

/// An endpoint, or several that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /`.
    List,
    /// `GET /peek/`.
    Peek,
    /// `GET` and `DELETE /{id}/`.
    Message,
    /// `POST /{id}/read/` and `/{id}/unread/` for one message, `POST /read/` and `/unread/` for a selection.
    Marking,
    /// `DELETE /` for a selection.
    SelectionDeletion,
    /// `GET /openapi.json`: an OpenAPI document of the others (feature `openapi`). Where it takes somebody to be signed
    /// in, it does so for the document too; [`Access::check`](crate::Access::check) is not asked.
    #[cfg(feature = "openapi")]
    OpenApi,
}

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
        let has = |endpoint| self.0.contains(&endpoint);
        let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
        let options = || method(Method::OPTIONS);
        let mut scope = web::scope(path.trim_end_matches('/'));
        if has(Endpoint::List) || has(Endpoint::SelectionDeletion) {
            let (lists, deletes) = (has(Endpoint::List), has(Endpoint::SelectionDeletion));
            let methods = [lists.then_some("GET"), deletes.then_some("DELETE")];
            scope = mount(scope, ["/", ""], &methods.into_iter().flatten().collect::<Vec<_>>(), |mut all| {
                if lists {
                    all = all.route(read().to(list));
                }
                if deletes {
                    all = all.route(web::delete().to(delete_selection));
                }
                all.name("messages:list").route(options().to(describe_list))
            });
        }
        if has(Endpoint::Peek) {
            scope = mount(scope, ["/peek/", "/peek"], &["GET"], |peeking| {
                peeking.name("messages:peek").route(read().to(peek)).route(options().to(describe_peek))
            });
        }
        if has(Endpoint::Marking) {
            let post = web::post;
            let marking = |scope, paths, name, post: &dyn Fn() -> Route| {
                let build = |one: Resource| one.name(name).route(post()).route(options().to(describe_marking));
                mount(scope, paths, &["POST"], build)
            };
            scope = marking(scope, ["/read/", "/read"], "messages:read", &|| post().to(mark_selection_read));
            scope = marking(scope, ["/unread/", "/unread"], "messages:unread", &|| post().to(mark_selection_unread));
            scope = marking(scope, [READ_SLASH, READ], "messages:detail-read", &|| post().to(mark_read));
            scope = marking(scope, [UNREAD_SLASH, UNREAD], "messages:detail-unread", &|| post().to(mark_unread));
        }
        if has(Endpoint::Message) {
            scope = mount(scope, ["/{id:[^/.]+}/", "/{id:[^/.]+}"], &["GET", "DELETE"], |one| {
                let one = one.name("messages:detail").route(read().to(retrieve)).route(web::delete().to(delete));
                one.route(options().to(describe_message))
            });
        }
        #[cfg(feature = "openapi")]
        if has(Endpoint::OpenApi) {
            scope = mount(scope, ["/openapi.json"], &["GET"], |document| {
                let endpoints = self.clone();
                let describe = move |request| std::future::ready(endpoints.describe(&request));
                let document = document.name("messages:openapi").route(read().to(describe));
                document.route(options().to(describe_document))
            });
        }
        scope.default_service(web::to(no_such_path).wrap(from_fn(negotiate)))
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
        let actions = self.0.iter().flat_map(|endpoint| endpoint.actions());
        super::openapi::document(config, path, actions.copied())
    }

    /// The answer to `GET /openapi.json`.
    #[cfg(feature = "openapi")]
    fn describe(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let mount = request.path().trim_end_matches("/openapi.json");
        let document = Json::new(&self.openapi(config_of(request)?, mount))?;
        Ok(if document.is_known_to(request) { document.not_modified() } else { document.ok(None) })
    }
}

#[cfg(feature = "openapi")]
impl Endpoint {
    /// What it lets people do.
    const fn actions(self) -> &'static [Action] {
        match self {
            Self::List => &[Action::List],
            Self::Peek => &[Action::Peek],
            Self::Message => &[Action::Retrieve, Action::Delete],
            Self::Marking => {
                &[Action::MarkRead, Action::MarkUnread, Action::MarkSelectionRead, Action::MarkSelectionUnread]
            }
            Self::SelectionDeletion => &[Action::DeleteSelection],
            Self::OpenApi => &[],
        }
    }
}

const READ: &str = "/{id:[^/.]+}/read";
const READ_SLASH: &str = "/{id:[^/.]+}/read/";
const UNREAD: &str = "/{id:[^/.]+}/unread";
const UNREAD_SLASH: &str = "/{id:[^/.]+}/unread/";

/// The scope with this resource at each of the paths; URLs are made of the last. A resource that had several paths would
/// be matched by a regular expression, which takes ten times as long.
///
/// It lets in whom it may, refuses any method that it has no route for, and says with each answer which methods it has.
fn mount<const N: usize>(
    scope: Scope,
    paths: [&str; N],
    methods: &[&str],
    build: impl Fn(Resource) -> Resource,
) -> Scope {
    let reads = methods.contains(&"GET").then_some("HEAD");
    let allowed = methods.iter().copied().chain(reads).chain(["OPTIONS"]).collect::<Vec<_>>().join(", ");
    let allowed = HeaderValue::from_str(&allowed).unwrap_or_else(|_| HeaderValue::from_static(""));
    paths.into_iter().fold(scope, |scope, path| {
        let allowed = allowed.clone();
        let admit = move |request: ServiceRequest, next: Next<BoxBody>| admit_to(allowed.clone(), request, next);
        scope.service(build(web::resource(path)).default_service(web::to(no_such_method)).wrap(from_fn(admit)))
    })
}
