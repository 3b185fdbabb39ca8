//! The versions of the REST API, and how a request asks for one.

/// Whether clients ask for a version of the REST API, and how.
///
/// The application defines how the versions differ. For example, the closure of
/// [`MessagesConfig::represent`](crate::MessagesConfig::represent) finds the [`ApiVersion`] in the request's
/// extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Versioning {
    /// No versioning.
    Off,
    /// By the path, as in `scope("/{version}/messages")`. A request for another version fails with 404.
    Path {
        /// The supported versions.
        versions: Vec<String>,
    },
    /// By a parameter of the `Accept` header, as in `application/json; version=2`. A request for another version
    /// fails with 406.
    Accept {
        /// The supported versions.
        versions: Vec<String>,
        /// The version for requests that do not ask for one.
        default: String,
    },
}

/// The version that a request asks for. It is in the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersion(pub String);

impl Versioning {
    /// Takes the version from the path. Other versions than these fail with 404.
    ///
    /// ```
    /// use actix_messages::settings::Versioning;
    ///
    /// let versioning = Versioning::path(["v1", "v2"]);
    /// ```
    pub fn path<T: Into<String>>(versions: impl IntoIterator<Item = T>) -> Self {
        Self::Path { versions: versions.into_iter().map(Into::into).collect() }
    }

    /// Takes the version from the `Accept` header, or `default` if the header has none. Other versions than these
    /// fail with 406.
    ///
    /// ```
    /// use actix_messages::settings::Versioning;
    ///
    /// let versioning = Versioning::accept(["1", "2"], "2");
    /// ```
    pub fn accept<T: Into<String>>(versions: impl IntoIterator<Item = T>, default: impl Into<String>) -> Self {
        Self::Accept { versions: versions.into_iter().map(Into::into).collect(), default: default.into() }
    }
}
