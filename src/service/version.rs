//! Versions: which version of the REST surface a request asks for.

use actix_web::HttpRequest;

use super::negotiate::version_of_json;

/// Whether clients ask for a version of the REST surface, and how. What is different from version to version is up to
/// the application: a [`MessagesConfig::represent`](crate::MessagesConfig::represent) finds the [`ApiVersion`] in the
/// request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Why a version can't be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownVersion {
    /// The path names it.
    #[error("Invalid version in URL path.")]
    InPath,
    /// The `Accept` header names it.
    #[error("Invalid version in \"Accept\" header.")]
    InAccept,
}

impl Versioning {
    /// The versions that the path names.
    ///
    /// ```
    /// use actix_messages::Versioning;
    ///
    /// let versioning = Versioning::path(["v1", "v2"]);
    /// ```
    pub fn path<T: Into<String>>(versions: impl IntoIterator<Item = T>) -> Self {
        Self::Path { versions: versions.into_iter().map(Into::into).collect() }
    }

    /// The versions that the `Accept` header names, and the version of who names none.
    ///
    /// ```
    /// use actix_messages::Versioning;
    ///
    /// let versioning = Versioning::accept(["1", "2"], "2");
    /// ```
    pub fn accept<T: Into<String>>(versions: impl IntoIterator<Item = T>, default: impl Into<String>) -> Self {
        Self::Accept { versions: versions.into_iter().map(Into::into).collect(), default: default.into() }
    }

    /// The version that the request asks for; `None` where there are no versions.
    pub(crate) fn of(&self, request: &HttpRequest) -> Result<Option<ApiVersion>, UnknownVersion> {
        let (versions, asked, unknown) = match self {
            Self::Off => return Ok(None),
            Self::Path { versions } => {
                (versions, request.match_info().get("version").map(str::to_owned), UnknownVersion::InPath)
            }
            Self::Accept { versions, default } => {
                let asked = version_of_json(request.headers()).unwrap_or_else(|| default.clone());
                (versions, Some(asked), UnknownVersion::InAccept)
            }
        };
        asked.filter(|asked| versions.contains(asked)).map(|asked| Some(ApiVersion(asked))).ok_or(unknown)
    }
}
