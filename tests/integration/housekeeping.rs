//! What goes by itself, and what goes at once: retention, its sweeper, and everything of one user.

mod erasing;
mod retention;
mod sweeper;
