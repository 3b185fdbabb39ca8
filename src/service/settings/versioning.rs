//! Versions: which version of the REST surface a request asks for.

/// Whether clients ask for a version of the REST surface, and how. What is different from version to version is up to
/// the application: a [`MessagesConfig::represent`](crate::MessagesConfig::represent) finds the [`ApiVersion`] in the
/// request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Versioning {
    /// There are no versions.
    Off,
    /// By the path, as in `scope("/{version}/messages")`. Another version is answered with 404.
    Path {
        /// The versions that there are.
        versions: Vec<String>,
    },
    /// By a parameter of the `Accept` header, as in `application/json; version=2`. Another version is answered with
    /// 406.
    Accept {
        /// The versions that there are.
        versions: Vec<String>,
        /// The version of who asks for none.
        default: String,
    },
}

/// The version that a request asked for, in its extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersion(pub String);

impl Versioning {
    /// The versions that the path names.
    ///
    /// ```
    /// use actix_messages::settings::Versioning;
    ///
    /// let versioning = Versioning::path(["v1", "v2"]);
    /// ```
    pub fn path<T: Into<String>>(versions: impl IntoIterator<Item = T>) -> Self {
        Self::Path { versions: versions.into_iter().map(Into::into).collect() }
    }

    /// The versions that the `Accept` header names, and the version of who names none.
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
