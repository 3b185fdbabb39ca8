//! Persistent messages for the users of an Actix-web application: handlers write them, and users read them on pages or
//! over a REST API.
//!
//! A message has a level, a text and tags. It is in the *mailbox* of its *recipient*: a user, a *visitor* or a group. A
//! visitor has a session, but is not signed in. A message is unread until a handler marks it as read, or a client
//! fetches it over the REST API. By default it then stays in the mailbox.
//!
//! Paths, parameters and JSON of the REST API follow [drf-messages](https://github.com/danyi1212/drf-messages) 1.1, a
//! package for Django REST framework.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "actix")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use actix_messages::{Error, MemoryStore, Messages, MessagesConfig, Recipient, scope};
//! use actix_web::test::{TestRequest, call_and_read_body_json, call_service, init_service};
//! use actix_web::{App, HttpRequest, HttpResponse, web};
//!
//! async fn place_order(messages: Messages) -> Result<HttpResponse, Error> {
//!     messages.success("Your order is placed.").await?;
//!     Ok(HttpResponse::Created().finish())
//! }
//!
//! // An application would look into the session (`session_key`) or check a token. Here, every request is from Alice.
//! let user = |_: &HttpRequest| Recipient::user("alice").ok();
//! let messages = MessagesConfig::new(MemoryStore::new(), user);
//! let app = App::new()
//!     .app_data(messages.clone())
//!     .service(scope("/messages"))
//!     .route("/orders", web::post().to(place_order));
//! let app = init_service(app).await;
//!
//! let order = TestRequest::post().uri("/orders").to_request();
//! assert_eq!(call_service(&app, order).await.status(), 201);
//!
//! // The list is fetched, so its messages are marked as read.
//! let list = TestRequest::get().uri("/messages/").to_request();
//! let list: serde_json::Value = call_and_read_body_json(&app, list).await;
//! assert_eq!(list["results"][0]["message"], "Your order is placed.");
//! assert_eq!(messages.mailbox(Recipient::user("alice")?).unread().count().await?, 0);
//! # Ok(())
//! # }
//! # #[cfg(feature = "actix")]
//! # actix_web::rt::System::new().block_on(example()).unwrap();
//! ```
//!
//! The [README](https://github.com/actix-messages/actix-messages#a-complete-program) has a complete program, with a sign-in and a
//! page.
//!
//! # Types by task
//!
//! | task | types |
//! | --- | --- |
#![cfg_attr(feature = "actix", doc = "| add and read messages in a handler | [`Messages`], [`QuietMessages`] |")]
//! | build a message | [`NewMessage`], [`Level`] |
//! | select messages, and list, count, mark, delete or take them (list them and mark them as read) | [`Selection`], [`MessageFilter`], [`MessageOrder`] |
//! | archive and restore messages | [`Selection::archive`], [`Selection::restore`], [`Place`] |
//! | show messages in a template | [`MessageList`], [`MessageView`] |
//! | use any user's mailbox outside of a request | [`Mailbox`], [`Recipient`] |
#![cfg_attr(feature = "actix", doc = "| write to many users | [`MessagesConfig::broadcast`] |")]
#![cfg_attr(feature = "actix", doc = "| add a message if a handler succeeds | [`SuccessMessage`] |")]
#![cfg_attr(feature = "actix", doc = "| set up the application | [`MessagesConfig`], [`settings`] |")]
#![cfg_attr(feature = "actix", doc = "| find the user of a request | [`Identify`] |")]
#![cfg_attr(feature = "session", doc = "| use sessions | [`session_key`], [`follow_session`] |")]
#![cfg_attr(feature = "actix", doc = "| mount the REST API | [`scope`], [`Endpoints`] |")]
#![cfg_attr(feature = "actix", doc = "| put a bell on a page | [`BellTag`], [`Endpoint::Bell`] |")]
#![cfg_attr(feature = "actix", doc = "| write custom endpoints for messages | [`endpoints`], [`MessageJson`] |")]
//! | choose a store | [`MemoryStore`], `DieselStore` of [actix-messages-diesel] |
//! | write a store | [`MessageStore`], [`store`], [`forward_to_store!`](crate::forward_to_store) |
#![cfg_attr(feature = "conformance", doc = "| test a store | [`conformance_tests!`](crate::conformance_tests) |")]
//! | delete old messages | [`Retention`], [`Sweeper`] |
//! | let messages come and go at a moment | [`NewMessage::visible_from`], [`NewMessage::expires_at`], [`Selection::snooze`], [`Ticker`] |
//! | export or erase everything of a user | [`Mailbox::export`], [`Mailbox::erase`] |
#![cfg_attr(feature = "admin", doc = "| give staff pages for all messages | [`Admin`] |")]
#![cfg_attr(feature = "testing", doc = "| test the messages of an application | [`testing`] |")]
//! | handle failures | [`Error`], [`SetupError`], [`error`] |
//!
//! # Modules
//!
//! The crate root has the types that most applications use. The modules have the rest:
//!
//! * [`settings`]: the types of settings, such as [`AfterReading`](settings::AfterReading).
//! * [`store`]: the contract of a store, and its types.
//! * [`filter`]: the parts of a [`MessageFilter`].
//! * [`error`]: the errors.
#![cfg_attr(feature = "actix", doc = "* [`endpoints`]: the handlers of the REST API, for routes of your own.")]
#![cfg_attr(feature = "testing", doc = "* [`testing`]: assertions and a manual clock for the tests of applications.")]
#![cfg_attr(feature = "session", doc = "* [`guide`]: the guides.")]
//!
//! # Features
//!
//! | feature | default | adds |
//! | --- | --- | --- |
//! | `actix` | yes | everything that knows HTTP: extractors, middleware and the REST API |
//! | `session` | yes | sessions with actix-session: `session_key`, `follow_session`, mailboxes of visitors, and `SessionScoping` (whether a user's sessions see each other's messages). Includes `actix` |
//! | `testing` | no | for your tests: assertions on the messages in a mailbox, and a manual clock |
//! | `admin` | no | pages for staff with the messages of all users. Includes `actix` |
//! | `openapi` | no | an OpenAPI 3.1 document of the endpoints as they are mounted and configured. Includes `actix` |
//! | `conformance` | no | the conformance suite for custom stores: one test for each rule in the contract of [`MessageStore`] |
//!
//! With `default-features = false`, the crate has messages, mailboxes, [`MemoryStore`], the contract of a store and
//! retention, and depends on no crate of Actix. The features of [actix-messages-diesel], among them `sqlite` and
//! `postgres`, choose the database.
//!
//! Rust 1.89 or newer. Both crates forbid `unsafe` code.
//!
#![cfg_attr(feature = "session", doc = "# Guides")]
#![cfg_attr(feature = "session", doc = "")]
#![cfg_attr(feature = "session", doc = "* [Customising](guide::customising): setup, settings, custom endpoints.")]
#![cfg_attr(feature = "session", doc = "* [HTTP API](guide::http_api): each path, parameter, status and body.")]
#![cfg_attr(feature = "session", doc = "* [Templates](guide::templates): askama, maud, minijinja and tera.")]
#![cfg_attr(all(feature = "session", feature = "testing"), doc = "* [Testing](guide::testing): for applications.")]
#![cfg_attr(all(feature = "session", feature = "admin"), doc = "* [Admin](guide::admin): pages for staff.")]
#![cfg_attr(all(feature = "session", feature = "openapi"), doc = "* [OpenAPI](guide::openapi): generated clients.")]
#![cfg_attr(feature = "session", doc = "* [Coming from Django](guide::coming_from_django): calls and settings.")]
#![cfg_attr(feature = "session", doc = "* [Databases](guide::databases): SQLite, PostgreSQL and migrations.")]
#![cfg_attr(feature = "session", doc = "* [Writing a store](guide::writing_a_store): from a vector to Redis.")]
#![cfg_attr(feature = "session", doc = "* [Operations](guide::operations): backups, failover, platforms and TLS.")]
#![cfg_attr(feature = "session", doc = "* [Reliability](guide::reliability): crashes, faults and floods.")]
#![cfg_attr(feature = "session", doc = "* [Scaling](guide::scaling): partitions, Citus and poolers.")]
#![cfg_attr(feature = "session", doc = "* [Security](guide::security): threats, and what your application must do.")]
#![cfg_attr(feature = "session", doc = "* [Benchmarks](guide::benchmarks): measurements, and how to repeat them.")]
#![cfg_attr(feature = "session", doc = "* [Architecture](guide::architecture): the structure of the crates.")]
#![cfg_attr(feature = "session", doc = "* [Design](guide::design): the decisions and their reasons.")]
#![cfg_attr(feature = "session", doc = "")]
//! [actix-messages-diesel]: https://docs.rs/actix-messages-diesel

#[cfg(feature = "admin")]
mod admin;
#[cfg(feature = "actix")]
mod announcements;
pub mod error;
pub mod live;
mod mailbox;
mod model;
mod retention;
#[cfg(feature = "actix")]
mod service;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod texts;
mod ticker;

/// The parts of a [`MessageFilter`]: conditions, and lookups of texts.
pub mod filter {
    pub use crate::model::{Case, Condition, LevelRange, TextLookup, TextTest, TimeRange, fold_case};
}

/// The choices that an application has.
pub mod settings {
    pub use crate::mailbox::{AfterReading, MailboxBound};
    #[cfg(feature = "session")]
    pub use crate::service::settings::policy::{AfterLogout, SessionScoping, Visitors};
    #[cfg(feature = "actix")]
    pub use crate::service::settings::{
        access::{Access, AccessRequest, Action, Check},
        cursor_key::CursorKey,
        identify::Identified,
        live::Live,
        lookup::Lookup,
        parameter_switches::ListFilters,
        policy::{ForwardedHeaders, PageSize, Pagination, UnreadDeletion},
        query_parameters::Filter,
        versioning::Versioning,
    };
}

#[cfg(feature = "admin")]
pub use admin::settings::Admin;
#[cfg(feature = "actix")]
pub use announcements::Group;
pub use error::{Error, SetupError};
pub use live::{
    Position,
    ticks::{LastTick, Ticked},
};
pub use mailbox::{Event, Export, Mailbox, MessageMatch, Selection, Since, TakeEach, Watch};
#[cfg(feature = "actix")]
pub use model::MessageJson;
pub use model::{
    Clock, Direction, Level, LevelNames, Message, MessageAction, MessageContent, MessageData, MessageFilter, MessageId,
    MessageList, MessageOrder, MessageState, MessageView, NewMessage, OrderKey, Page, PageRequest, Place, Recipient,
    Repeat, SessionId, Summary, TextFormat, Timestamp, Total,
};
pub use retention::{LastSweep, Retention, Sweeper};
#[cfg(feature = "session")]
pub use service::handler::{
    follow_session::follow_session,
    user_in_session::{ACTIX_IDENTITY_KEY, session_key},
};
#[cfg(feature = "actix")]
pub use service::{
    bell::tag::BellTag,
    endpoints,
    handler::{messages::Messages, private_pages::private_pages, quiet::QuietMessages, success::SuccessMessage},
    routes::Endpoint,
    scope::{Endpoints, scope},
    settings::{
        config::{
            MessagesConfig,
            live::{Health, LiveCounters},
        },
        identify::Identify,
        versioning::ApiVersion,
    },
};
#[doc(inline)]
pub use store::{MemoryStore, MessageStore};
pub use texts::{Phrase, Text, Texts, UnknownText};
pub use ticker::Ticker;

/// The guides, which are the files of the folder `docs`.
#[cfg(feature = "session")]
pub mod guide {
    #[doc = include_str!("../docs/admin.md")]
    #[cfg(feature = "admin")]
    pub mod admin {}
    #[doc = include_str!("../docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("../docs/bell.md")]
    pub mod bell {}
    #[doc = include_str!("../docs/benchmarks.md")]
    pub mod benchmarks {}
    #[doc = include_str!("../docs/coming-from-django.md")]
    pub mod coming_from_django {}
    #[doc = include_str!("../docs/customising.md")]
    pub mod customising {}
    #[doc = include_str!("../docs/databases.md")]
    // The tests of actix-messages-diesel run its examples, which need that crate.
    #[cfg(not(doctest))]
    pub mod databases {}
    #[doc = include_str!("../docs/design.md")]
    pub mod design {}
    #[doc = include_str!("../docs/http-api.md")]
    pub mod http_api {}
    #[doc = include_str!("../docs/operations.md")]
    pub mod operations {}
    #[doc = include_str!("../docs/reliability.md")]
    pub mod reliability {}
    #[doc = include_str!("../docs/openapi.md")]
    #[cfg(feature = "openapi")]
    pub mod openapi {}
    #[doc = include_str!("../docs/scaling.md")]
    pub mod scaling {}
    #[doc = include_str!("../docs/security.md")]
    pub mod security {}
    #[doc = include_str!("../docs/templates.md")]
    pub mod templates {}
    // Of two definitions of a link, the first counts. The one in the file leads to the file beside it.
    #[doc = "[writing-a-store]: crate::guide::writing_a_store"]
    #[doc = include_str!("../docs/testing.md")]
    #[cfg(feature = "testing")]
    pub mod testing {}
    #[doc = include_str!("../docs/writing-a-store.md")]
    pub mod writing_a_store {}
}

/// Tests the examples of the README.
#[cfg(all(doctest, feature = "session"))]
#[doc = include_str!("../README.md")]
struct Readme;
