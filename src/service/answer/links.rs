//! Builds links to other pages: the URL of the request with a few parameters changed.

use actix_web::HttpRequest;
use form_urlencoded::Serializer;

use crate::service::{
    question::{
        origin::{origin, prefix},
        query_string::QueryString,
    },
    settings::config::MessagesConfig,
};

/// The parameters that differ in the URL of another page. `None` removes a parameter.
pub(crate) type Changes = Vec<(&'static str, Option<String>)>;

/// The maximum length of a `Link` header, in bytes. The header contains the whole query twice. A proxy in front of the
/// server may have only 4 KB for all headers of a response, and would reject a response with longer headers.
const MAX_HEADER_BYTES: usize = 1024;

/// The URLs of the next and the previous page.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

impl Links {
    /// Creates the links from the URL of the request and these changes.
    pub(crate) fn new(
        request: &HttpRequest,
        query: &QueryString<'_>,
        config: &MessagesConfig,
        next: Option<Changes>,
        previous: Option<Changes>,
    ) -> Self {
        let address = |changes| address(request, query, config, &changes);
        Self { next: next.map(address), previous: previous.map(address) }
    }

    /// Returns the links as the value of a `Link` header; `None` without links, or if the header would be
    /// longer than [`MAX_HEADER_BYTES`].
    ///
    /// Source: [RFC 8288](https://www.rfc-editor.org/rfc/rfc8288).
    pub(crate) fn to_header(&self) -> Option<String> {
        let links = [(&self.next, "next"), (&self.previous, "prev")].into_iter();
        let links = links.filter_map(|(link, relation)| Some(format!("<{}>; rel=\"{relation}\"", link.as_ref()?)));
        Some(links.collect::<Vec<_>>().join(", ")).filter(|links| (1..=MAX_HEADER_BYTES).contains(&links.len()))
    }
}

/// Returns the URL of the request with these changes. The other parameters stay, and all parameters are sorted by name.
fn address(request: &HttpRequest, query: &QueryString<'_>, config: &MessagesConfig, changes: &Changes) -> String {
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = query.first().filter(|(name, _)| !is_changed(name));
    let changed = changes.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let mut parameters = kept.chain(changed).collect::<Vec<_>>();
    // The sort is stable, so parameters with the same name keep their order.
    parameters.sort_by_key(|(name, _)| *name);
    let (scheme, host) = origin(request, config);
    let path = format!("{scheme}://{host}{}{}", prefix(request, config), request.uri().path());
    if parameters.is_empty() {
        return path;
    }
    let query_starts = path.len() + 1;
    Serializer::for_suffix(path + "?", query_starts).extend_pairs(parameters).finish()
}
