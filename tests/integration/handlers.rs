//! Handlers: the extractor, whoever is signed in by whatever means, and the scope at any place of an application.

mod adding;
mod identity;
mod mounting;
mod nobody;
mod private;
