//! What goes by itself, and what goes at once: bounds, retention, its sweeper, and everything of one user.

mod bounds;
mod erasing;
mod retention;
mod sweeper;
mod wrong_clocks;
