// The links of the README lead to files beside it. Of two definitions the first counts, and these lead to the same texts here.
#![doc = "[templates]: guide::templates"]
#![doc = "[http-api]: guide::http_api"]
#![doc = "[customising]: guide::customising"]
#![doc = "[coming-from-django]: guide::coming_from_django"]
#![doc = "[architecture]: guide::architecture"]
#![doc = "[design]: guide::design"]
#![doc = "[security]: guide::security"]
#![doc = "[reliability]: guide::reliability"]
#![doc = "[benchmarks]: guide::benchmarks"]
#![doc = "[scaling]: guide::scaling"]
#![cfg_attr(feature = "admin", doc = "[admin]: guide::admin")]
#![cfg_attr(feature = "openapi", doc = "[openapi]: guide::openapi")]
#![cfg_attr(feature = "testing", doc = "[testing]: guide::testing")]
#![doc = "[writing-a-store]: MessageStore"]
#![doc = "[diesel]: https://docs.rs/actix-messages-diesel"]
#![doc = "[changelog]: https://github.com/actix-messages/actix-messages/blob/main/CHANGELOG.md"]
#![doc = "[licence]: https://github.com/actix-messages/actix-messages/blob/main/LICENSE"]
#![doc = "[hash-partitions]: https://github.com/actix-messages/actix-messages/blob/main/tests/data/hash-partitions.sql"]
#![doc = "[demo]: https://github.com/actix-messages/actix-messages/raw/main/docs/demo.png"]
#![doc = ""]
#![cfg_attr(feature = "session", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "session"),
    doc = "Persistent per-user messages for Actix-web. The documentation is that of the default features."
)]

#[cfg(feature = "admin")]
mod admin;
pub mod error;
mod mailbox;
mod model;
mod retention;
#[cfg(feature = "actix")]
mod service;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

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
        lookup::Lookup,
        parameter_switches::ListFilters,
        policy::{ForwardedHeaders, PageSize, Pagination, UnreadDeletion},
        query_parameters::Filter,
        versioning::Versioning,
    };
}

#[cfg(feature = "admin")]
pub use admin::settings::Admin;
pub use error::{Error, SetupError};
pub use mailbox::{Mailbox, MessageMatch, Selection, TakeEach};
#[cfg(feature = "actix")]
pub use model::MessageJson;
pub use model::{
    Clock, Direction, Level, LevelNames, Message, MessageContent, MessageFilter, MessageId, MessageList, MessageOrder,
    MessageState, MessageView, NewMessage, OrderKey, Page, PageRequest, Place, Recipient, Repeat, SessionId, Summary,
    TextFormat, Timestamp, Total,
};
pub use retention::{Retention, Sweeper};
#[cfg(feature = "session")]
pub use service::handler::{
    follow_session::follow_session,
    user_in_session::{ACTIX_IDENTITY_KEY, session_key},
};
#[cfg(feature = "actix")]
pub use service::{
    endpoints,
    handler::{messages::Messages, private_pages::private_pages, quiet::QuietMessages, success::SuccessMessage},
    routes::Endpoint,
    scope::{Endpoints, scope},
    settings::{config::MessagesConfig, identify::Identify, versioning::ApiVersion},
};
#[doc(inline)]
pub use store::{MemoryStore, MessageStore};

/// The long texts of the documentation, as they are in `docs/`.
#[cfg(feature = "session")]
pub mod guide {
    #[doc = include_str!("../docs/admin.md")]
    #[cfg(feature = "admin")]
    pub mod admin {}
    #[doc = include_str!("../docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("../docs/benchmarks.md")]
    pub mod benchmarks {}
    #[doc = include_str!("../docs/coming-from-django.md")]
    pub mod coming_from_django {}
    #[doc = include_str!("../docs/customising.md")]
    pub mod customising {}
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
    #[doc = include_str!("../docs/testing.md")]
    #[cfg(feature = "testing")]
    pub mod testing {}
}
