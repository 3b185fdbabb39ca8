//! Defines the choice between durable and fast commits.

/// Chooses when a write is considered committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// When it is on the disk. The write survives a power failure (`synchronous = FULL`).
    Full,
    /// When it is handed to the operating system. The write survives a crash of the process, but a power failure may
    /// lose the last writes (`synchronous = NORMAL`).
    Normal,
}
