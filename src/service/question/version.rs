//! Finds the version of the REST API that a request asks for.

use actix_web::HttpRequest;

use super::negotiate::version_of_json;
use crate::{
    service::settings::versioning::{ApiVersion, Versioning},
    texts::Text,
};

/// The request asks for a version that is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownVersion {
    /// The version is in the path.
    #[error("{}", Text::InvalidVersionInPath.english())]
    InPath,
    /// The version is in the `Accept` header.
    #[error("{}", Text::InvalidVersionInAccept.english())]
    InAccept,
}

/// Returns the version that the request asks for, or `None` if versioning is off.
pub(crate) fn version_of(request: &HttpRequest, versioning: &Versioning) -> Result<Option<ApiVersion>, UnknownVersion> {
    let (versions, asked, unknown) = match versioning {
        Versioning::Off => return Ok(None),
        Versioning::Path { versions } => {
            (versions, request.match_info().get("version").map(str::to_owned), UnknownVersion::InPath)
        }
        Versioning::Accept { versions, default } => {
            let asked = version_of_json(request.headers()).unwrap_or_else(|| default.clone());
            (versions, Some(asked), UnknownVersion::InAccept)
        }
    };
    asked.filter(|asked| versions.contains(asked)).map(|asked| Some(ApiVersion(asked))).ok_or(unknown)
}
