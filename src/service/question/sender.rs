//! Tells which site sent a request, and whether a user is about to see the response.

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

/// The headers with which a browser, or a library in a page, marks a prefetch, and their values. They come from the
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

/// The site that sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The origin that the request was sent to, a trusted origin, the user of the browser, or a program that is not a
    /// browser.
    Own,
    /// Another origin of the same site, such as a sibling subdomain or another port.
    Sibling,
    /// Another site.
    Stranger,
}

impl Sender {
    /// Returns the sender of a request.
    ///
    /// The header `Sec-Fetch-Site` names it. If the browser does not send this header, the host of `Origin` is compared
    /// with the host that the request was sent to. The scheme is not compared, because a proxy that terminates TLS
    /// hides it. Programs other than browsers send neither header.
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

    /// Returns the sender of an unsafe request if it is another origin, which must not act in the name of the user.
    /// Returns `None` if the method is safe, or if the sender is [`Own`](Self::Own).
    pub(crate) fn foreign_sender_of_unsafe(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        if request.method().is_safe() {
            return None;
        }
        Some(Self::of(request, config)).filter(|sender| *sender != Self::Own)
    }

    /// Returns the same as [`foreign_sender_of_unsafe`](Self::foreign_sender_of_unsafe), and logs the refusal once for
    /// each origin.
    pub(crate) fn refused(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        let sender = Self::foreign_sender_of_unsafe(request, config)?;
        if let Some(origin) = config.shared.logged_origins.name(request, Notice::Refused) {
            tracing::info!(
                origin,
                "refused an unsafe request from another origin: to allow it, trust the origin with \
                 `MessagesConfig::trusted_origin`; if a proxy changes the host, set `forwarded_headers`; this is logged \
                 once for each origin"
            );
        }
        Some(sender)
    }
}

/// The reason why no user is about to see a response. The messages in the response then stay unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// The response is prefetched and may never be shown.
    Prefetch,
    /// The response is fetched as something that shows no messages, such as an image.
    Embedded,
    /// A sibling origin fetches it.
    Sibling,
    /// Another site fetches it.
    Stranger,
}

impl Unseen {
    /// Returns why no user will see the JSON response to this request, or `None` if it is fetched to be shown.
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

    /// Returns why no user will see the page in the response to this request, or `None` if a user opens it.
    ///
    /// A user who follows a link from another site sees the page. An unsafe request is never a prefetch.
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

    /// The names of all reasons.
    #[cfg(feature = "openapi")]
    pub(crate) const NAMES: [&str; 4] =
        [Self::Prefetch.name(), Self::Embedded.name(), Self::Sibling.name(), Self::Stranger.name()];

    /// Returns the name of the reason, as the client gets it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Prefetch => "prefetch",
            Self::Embedded => "embedded",
            Self::Sibling => "same-site",
            Self::Stranger => "cross-site",
        }
    }
}

/// Returns whether a user is about to see the page in the response to this request. The response to `HEAD` has no page.
pub(crate) fn is_page_seen(request: &HttpRequest, config: &MessagesConfig) -> bool {
    request.method() != Method::HEAD && Unseen::page(request, config).is_none()
}

/// Returns whether the request is a prefetch. `Sec-Purpose` is a list of tokens with parameters: `prefetch;prerender`.
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
