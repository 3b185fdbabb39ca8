//! The types that the other modules build on: messages, recipients, filters and pages.

mod clock;
mod filter;
mod insertion;
mod level;
mod mark;
mod message;
#[cfg(feature = "actix")]
mod message_json;
mod page;
mod recipient;
mod session_end;
mod summary;
mod sweep;
mod timestamp;
mod transfer;
mod view;

#[cfg(feature = "actix")]
pub use self::message_json::MessageJson;
#[cfg(feature = "actix")]
pub(crate) use self::view::escape;
pub use self::{
    clock::Clock,
    filter::{Case, Condition, LevelRange, MessageFilter, TextLookup, TextTest, TimeRange, fold_case},
    insertion::{Delivered, Inserted, Insertion, Outcome},
    level::{Level, LevelNames},
    mark::{InvalidMark, Mark},
    message::{
        Change, CheckedMessage, CheckedTags, InvalidMessage, Message, MessageAction, MessageContent, MessageData,
        MessageId, MessageParts, MessageState, NewMessage, Repeat, TextFormat,
    },
    page::{Direction, MessageOrder, OrderKey, Page, PageRequest, Total},
    recipient::{InvalidRecipient, Place, Recipient, SessionId},
    session_end::{Kept, SessionEnd},
    summary::Summary,
    sweep::{RetentionCutoff, SweepPosition, SweepStep},
    timestamp::{InvalidTimestamp, Timestamp},
    transfer::{Arrival, Arrived, Move, Moved, Until},
    view::{MessageList, MessageView},
};
