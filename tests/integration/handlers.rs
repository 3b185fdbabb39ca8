//! Handlers: the extractor, the ways to identify the user, and the scope at any path of an application.

mod adding;
mod identity;
mod mounting;
mod nobody;
mod private;
