//! Tells which site sent a request, and whether a person is about to see the answer.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{HeaderMap, HeaderName, ORIGIN},
    },
};

use super::origin::origin as address_of;
use crate::service::settings::{
    config::MessagesConfig,
    trusted_origins::{Notice, is_at},
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The headers by which a browser, or a library in a page, says that it fetches ahead, and the words that say so: the
/// standard, Turbo, older browsers, and htmx.
///
/// Source: [Prefetch](https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header).
const FETCHING_AHEAD: [(HeaderName, &[&str]); 6] = [
    (HeaderName::from_static("sec-purpose"), PURPOSES),
    (HeaderName::from_static("x-sec-purpose"), PURPOSES),
    (HeaderName::from_static("purpose"), PURPOSES),
    (HeaderName::from_static("x-purpose"), PURPOSES),
    (HeaderName::from_static("x-moz"), PURPOSES),
    (HeaderName::from_static("hx-preloaded"), &["true"]),
];
const PURPOSES: &[&str] = &["prefetch", "prerender", "preview"];

/// Which site sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The origin that the request was sent to, a trusted one, the person at the browser, or a program without a browser.
    Own,
    /// Another origin of the same site, such as a sibling subdomain or another port.
    Sibling,
    /// Another site.
    Stranger,
}

impl Sender {
    /// Reads `Sec-Fetch-Site`. If the browser does not send it, compares the host of `Origin` with the host that the
    /// request was sent to. The scheme is not compared, because a proxy that ends TLS hides it. Programs other than
    /// browsers send neither header.
    ///
    /// Sources: [Fetch Metadata Request Headers](https://www.w3.org/TR/fetch-metadata/), and `CrossOriginProtection` of
    /// Go's `net/http`.
    pub(crate) fn of(request: &HttpRequest, config: &MessagesConfig) -> Self {
        let headers = request.headers();
        let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
        if origin.is_some_and(|origin| config.trusted_origins.trusts(origin)) {
            return Self::Own;
        }
        if headers.contains_key(&SEC_FETCH_SITE) {
            return match text(headers, &SEC_FETCH_SITE) {
                Some("same-origin" | "none") => Self::Own,
                Some("same-site") => Self::Sibling,
                _ => Self::Stranger,
            };
        }
        match origin {
            Some(origin) if !is_at(origin, &address_of(request, config).1) => Self::Stranger,
            _ => Self::Own,
        }
    }

    /// Returns the other origin that sent an unsafe request, which it may do only in its own name, not in the user's.
    /// `None` if the request may change something.
    pub(crate) fn of_unsafe(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        if request.method().is_safe() {
            return None;
        }
        Some(Self::of(request, config)).filter(|sender| *sender != Self::Own)
    }

    /// The same for a request that is refused, which the log says once for each origin.
    pub(crate) fn refused(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        let sender = Self::of_unsafe(request, config)?;
        if let Some(origin) = config.shared.named_origins.name(request, Notice::Refused) {
            tracing::info!(
                origin,
                "an unsafe request of another origin is refused: `MessagesConfig::trusted_origin` is for origins that \
                 may send them, and `forwarded_headers` for a proxy that changes the host; this is logged once for each \
                 origin"
            );
        }
        Some(sender)
    }
}

/// The reason why no person is about to see an answer, so that it leaves its messages unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// The answer is fetched ahead, and may never be shown.
    Prefetch,
    /// The answer is fetched as something that shows no messages, such as an image.
    Embedded,
    /// A sibling origin fetches it.
    Sibling,
    /// Another site fetches it.
    Stranger,
}

impl Unseen {
    /// Says why JSON in the answer to this request is not seen; `None` if it is fetched to be shown.
    pub(crate) fn json(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        let headers = request.headers();
        if fetches_ahead(headers) {
            return Some(Self::Prefetch);
        }
        match text(headers, &SEC_FETCH_DEST) {
            Some("empty" | "document" | "websocket") | None => Self::because_of_sender(request, config),
            Some(_) => Some(Self::Embedded),
        }
    }

    /// Says why a page that is the answer to this request is not seen; `None` if a person opens it. A person who follows
    /// a link from another site sees the page. An unsafe request is never fetched ahead.
    pub(crate) fn page(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        let headers = request.headers();
        if !request.method().is_safe() {
            return None;
        }
        if fetches_ahead(headers) {
            return Some(Self::Prefetch);
        }
        match text(headers, &SEC_FETCH_DEST) {
            Some("document") => None,
            Some("empty" | "iframe" | "frame" | "websocket") | None => Self::because_of_sender(request, config),
            Some(_) => Some(Self::Embedded),
        }
    }

    fn because_of_sender(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        match Sender::of(request, config) {
            Sender::Own => None,
            Sender::Sibling => Some(Self::Sibling),
            Sender::Stranger => Some(Self::Stranger),
        }
    }

    /// All reasons, as clients are told them.
    #[cfg(feature = "openapi")]
    pub(crate) const NAMES: [&str; 4] =
        [Self::Prefetch.name(), Self::Embedded.name(), Self::Sibling.name(), Self::Stranger.name()];

    /// The reason, as the client is told it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Prefetch => "prefetch",
            Self::Embedded => "embedded",
            Self::Sibling => "same-site",
            Self::Stranger => "cross-site",
        }
    }
}

/// Whether a person is about to see the page that is the answer to this request. The answer to `HEAD` has no page.
pub(crate) fn is_page_seen(request: &HttpRequest, config: &MessagesConfig) -> bool {
    request.method() != Method::HEAD && Unseen::page(request, config).is_none()
}

/// `Sec-Purpose` is a list of tokens with parameters: `prefetch;prerender`.
fn fetches_ahead(headers: &HeaderMap) -> bool {
    FETCHING_AHEAD.iter().any(|(name, known)| {
        headers.get_all(name).any(|value| {
            let words = value.to_str().unwrap_or_default().split([',', ';']).map(str::trim);
            words.into_iter().any(|word| known.iter().any(|known| word.eq_ignore_ascii_case(known)))
        })
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}
