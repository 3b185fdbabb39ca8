//! Announcements: messages in the mailbox of a group, of which each member gets a copy at the first look.

pub(crate) mod board;
pub(crate) mod first_look;
mod group;
pub(crate) mod known;

pub use self::group::Group;
