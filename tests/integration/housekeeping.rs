//! Housekeeping: bounds of mailboxes, retention and its sweeper, and the erasure of a user's messages.

mod bounds;
mod erasing;
mod retention;
mod sweeper;
mod wrong_clocks;
