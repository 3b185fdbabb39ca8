//! Tells which site sent a request, and whether a person is about to see the answer.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{HeaderMap, HeaderName, ORIGIN},
    },
};

use super::{config::MessagesConfig, origin::origin as address_of, trusted::is_at};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The headers by which a browser, or a library in a page, says that it fetches ahead: the standard, Turbo, and older
/// browsers.
///
/// Source: [Prefetch](https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header).
const PURPOSES: [HeaderName; 5] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("x-sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

/// Which site sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The origin that the request was sent to, a trusted one, the person at the browser, or a program that is no browser.
    Own,
    /// Another origin of the same site, such as a sibling subdomain or another port.
    Sibling,
    /// Another site.
    Stranger,
}

impl Sender {
    /// Reads `Sec-Fetch-Site`; if the browser does not send it, compares the host of `Origin` with the host that the
    /// request was sent to. The scheme is not compared, because a proxy that ends TLS hides it. Programs that are no
    /// browsers send neither header, and no cookies that nobody gave them.
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

    /// The sender of a request that is refused: another origin could send it in the user's name, and it may change
    /// something.
    pub(crate) fn of_forged(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        if request.method().is_safe() {
            return None;
        }
        Some(Self::of(request, config)).filter(|sender| *sender != Self::Own)
    }
}

/// Why a request that shows messages leaves them unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// It has no body.
    Head,
    /// It is fetched ahead, and may never be shown.
    Prefetch,
    /// It is fetched as something that shows no messages, such as an image.
    Embedded,
    /// A sibling origin sent it.
    Sibling,
    /// Another site sent it.
    Stranger,
}

impl Unseen {
    /// Says why the JSON in the answer to this request may not be seen; `None` if it is fetched to be shown.
    pub(crate) fn by_program(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        let reason = Self::whoever_sent_it(request);
        reason.or_else(|| match text(request.headers(), &SEC_FETCH_DEST) {
            Some("empty" | "document") | None => Self::by_sender(request, config),
            Some(_) => Some(Self::Embedded),
        })
    }

    /// Says why a page that is the answer to this request may not be seen; `None` if a person opens it. A person who
    /// follows a link from another site sees the page.
    pub(crate) fn by_person(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        let reason = Self::whoever_sent_it(request);
        reason.or_else(|| match text(request.headers(), &SEC_FETCH_DEST) {
            Some("document") => None,
            Some("empty" | "iframe" | "frame") => Self::by_sender(request, config),
            None if !request.headers().contains_key(&SEC_FETCH_SITE) => None,
            None => Self::by_sender(request, config),
            Some(_) => Some(Self::Embedded),
        })
    }

    fn whoever_sent_it(request: &HttpRequest) -> Option<Self> {
        if request.method() == Method::HEAD {
            return Some(Self::Head);
        }
        PURPOSES.iter().any(|name| fetches_ahead(request.headers(), name)).then_some(Self::Prefetch)
    }

    fn by_sender(request: &HttpRequest, config: &MessagesConfig) -> Option<Self> {
        match Sender::of(request, config) {
            Sender::Own => None,
            Sender::Sibling => Some(Self::Sibling),
            Sender::Stranger => Some(Self::Stranger),
        }
    }

    /// What clients may be told.
    #[cfg(feature = "openapi")]
    pub(crate) const NAMES: [&str; 4] =
        [Self::Prefetch.name(), Self::Embedded.name(), Self::Sibling.name(), Self::Stranger.name()];

    /// What the client is told.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Prefetch => "prefetch",
            Self::Embedded => "embedded",
            Self::Sibling => "same-site",
            Self::Stranger => "cross-site",
        }
    }
}

/// Whether this header says so. `Sec-Purpose` is a list of tokens with parameters: `prefetch;prerender`.
fn fetches_ahead(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(name).any(|value| {
        let value = value.to_str().unwrap_or_default();
        let mut words = value.split([',', ';']).map(str::trim);
        words.any(|word| ["prefetch", "prerender", "preview"].iter().any(|known| word.eq_ignore_ascii_case(known)))
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}
