//! Live delivery: watches of a mailbox, the inbox, and streams over HTTP.

mod ends;
mod inbox;
mod limits;
mod relay;
mod stream;
mod watch;
