#![doc = include_str!("../README.md")]

mod error;
mod filter;
mod level;
mod mailbox;
mod message;
mod page;
mod recipient;
mod service;
pub mod store;
mod summary;
mod timestamp;

pub use error::{Error, SetupError};
pub use filter::{Case, LevelRange, MessageFilter, TextLookup, TextTest, TimeRange, fold_case};
pub use level::{Level, LevelNames};
pub use mailbox::{AfterReading, Mailbox};
pub use message::{CheckedMessage, InvalidMessage, Message, MessageId, NewMessage};
pub use page::{Direction, MessageOrder, OrderKey, Page, PageRequest, Total};
pub use recipient::{InvalidRecipient, Recipient, SessionId};
#[cfg(feature = "session")]
pub use service::session::{ACTIX_IDENTITY_KEY, SessionKey, follow_session, session_key};
pub use service::{
    config::{Access, ForwardedHeaders, MessagesConfig, PageSize, SessionScoping, UnreadDeletion},
    extract::Messages,
    identify::Identify,
    scope,
};
pub use store::{MessageStore, StoreError, memory::MemoryStore};
pub use summary::Summary;
pub use timestamp::Timestamp;

/// The long texts of the documentation, as they are in `docs/`.
pub mod guide {
    #[doc = include_str!("../docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("../docs/design.md")]
    pub mod design {}
    #[doc = include_str!("../docs/http-api.md")]
    pub mod http_api {}
}
