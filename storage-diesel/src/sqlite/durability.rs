//! The choice between durable and fast commits.

/// The moment at which a message counts as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Once it is on the disk: it survives a loss of power (`synchronous = FULL`).
    Full,
    /// Once the operating system has it: it survives a crash of the process, but a loss of power may lose the last messages
    /// (`synchronous = NORMAL`).
    Normal,
}
