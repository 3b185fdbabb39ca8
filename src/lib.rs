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
#![doc = include_str!("../README.md")]

#[cfg(feature = "admin")]
mod admin;
mod error;
mod expiry;
mod filter;
mod level;
mod mailbox;
mod message;
mod page;
mod recipient;
mod retention;
mod service;
pub mod store;
mod summary;
#[cfg(feature = "testing")]
pub mod testing;
mod timestamp;
mod view;

#[cfg(feature = "admin")]
pub use admin::settings::Admin;
pub use error::{Error, SetupError};
pub use expiry::{Expiry, SweepPosition, Swept};
pub use filter::{Case, LevelRange, MessageFilter, TextLookup, TextTest, TimeRange, fold_case};
pub use level::{Level, LevelNames};
pub use mailbox::{
    Mailbox, MailboxBound,
    selection::{AfterReading, Selection, Taking, Wanted},
};
pub use message::{CheckedMessage, CheckedTags, InvalidMessage, Message, MessageId, NewMessage, TagChange, TextFormat};
pub use page::{Direction, MessageOrder, OrderKey, Page, PageRequest, Total};
pub use recipient::{InvalidRecipient, Recipient, SessionId};
pub use retention::{Retention, Sweeper};
pub use service::{
    Endpoint, Endpoints,
    access::{Access, AccessRequest, Action, Check},
    body::MessageBody,
    config::MessagesConfig,
    cursor::CursorKey,
    endpoints,
    extract::Messages,
    filters::{Filter, ListFilters, Lookup},
    identify::Identify,
    policy::{ForwardedHeaders, PageSize, Pagination, UnreadDeletion},
    private::private_pages,
    quiet::QuietMessages,
    scope,
    success::SuccessMessage,
    version::{ApiVersion, Versioning},
};
#[cfg(feature = "session")]
pub use service::{
    policy::{AfterLogout, SessionScoping, Visitors},
    session::{ACTIX_IDENTITY_KEY, SessionKey, follow_session, session_key},
};
pub use store::{
    MessageStore, StoreError,
    directory::{Mailboxes, MessageDirectory},
    memory::MemoryStore,
};
pub use summary::Summary;
pub use timestamp::{Clock, Timestamp};
pub use view::{MessageList, MessageView};

/// The long texts of the documentation, as they are in `docs/`.
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
