//! Notes what a page shows of a mailbox, so that its answer can say who may keep it.

use std::sync::{
    Arc, Once,
    atomic::{AtomicU8, Ordering},
};

/// What the answer to a request shows of a mailbox, noted as handlers read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shows(Arc<AtomicU8>);

/// Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Content {
    Nothing,
    /// How many messages there are, or whether there are any.
    Numbers,
    /// Texts of messages.
    Messages,
}

impl Shows {
    fn note(&self, content: Content) {
        self.0.fetch_max(content as u8, Ordering::Relaxed);
    }

    pub(crate) fn content(&self) -> Content {
        match self.0.load(Ordering::Relaxed) {
            0 => Content::Nothing,
            1 => Content::Numbers,
            _ => Content::Messages,
        }
    }
}

/// How a handler sees a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct PageView {
    /// Whether what it reads is marked. Nothing is if nobody sees the page: see `Unseen`.
    pub(crate) is_seen: bool,
    pub(crate) caches: Caches,
}

/// What keeps a page out of caches.
#[derive(Debug, Clone)]
pub(crate) enum Caches {
    /// A middleware, which looks at what is noted here.
    Kept(Shows),
    /// Nothing, as the log says once.
    Open(Arc<Once>),
}

impl PageView {
    pub(super) fn note(&self, content: Content) {
        if let Caches::Kept(shows) = &self.caches {
            shows.note(content);
        }
    }

    pub(super) fn note_taking(&self) {
        if let Caches::Open(said) = &self.caches {
            said.call_once(|| {
                tracing::warn!(
                    "a page takes messages, and nothing keeps it out of caches, which may show it to another user: add \
                     `.wrap(from_fn(private_pages))` or `.wrap(from_fn(follow_session))` to the `App`, or use \
                     `mark_once_sent`"
                );
            });
        }
    }
}
