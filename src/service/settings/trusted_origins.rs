//! Compares origins as the URL standard does, and keeps the trusted and the logged origins.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, ORIGIN, REFERER},
};
use url::Url;

/// Returns whether the `Origin` names this host. The host is a name or an address, with an optional port.
///
/// Both are parsed as the URL standard says. Case, the default port of the origin's scheme, and the spelling of an
/// address do not matter.
pub(crate) fn is_at(origin: &str, host: &str) -> bool {
    let Some(origin) = parse(origin) else { return false };
    let host = Url::parse(&format!("{}://{host}/", origin.scheme()));
    host.is_ok_and(|host| {
        origin.host() == host.host() && origin.port_or_known_default() == host.port_or_known_default()
    })
}

/// Parses an origin: a scheme, a host and an optional port. Returns `None` if the text is invalid or has other parts.
fn parse(origin: &str) -> Option<Url> {
    let url = Url::parse(origin).ok()?;
    let is_bare = url.origin().is_tuple() && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (is_bare && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// Origins that are trusted like the application's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedOrigins(BTreeSet<String>);

impl TrustedOrigins {
    /// Adds an origin. An origin that no browser sends, or that any page can send, is ignored, and an error is logged.
    pub(crate) fn add(&mut self, origin: &str) {
        match canonical(origin) {
            Some(origin) => drop(self.0.insert(origin)),
            None => tracing::error!(
                origin,
                "ignored a `trusted_origin` that is not an origin: it must be a scheme and a host, with a port if it is \
                 not the default one, such as `https://app.example.com`"
            ),
        }
    }

    pub(crate) fn trusts(&self, origin: &str) -> bool {
        !self.0.is_empty() && canonical(origin).is_some_and(|origin| self.0.contains(&origin))
    }
}

/// Returns the origin as browsers write it, or `None` if the text is not an origin. An origin with a custom scheme,
/// such as `capacitor://localhost`, only loses trailing slashes.
fn canonical(origin: &str) -> Option<String> {
    if let Some(url) = parse(origin) {
        return Some(url.origin().ascii_serialization());
    }
    let (scheme, host) = origin.trim_end_matches('/').split_once("://")?;
    let is_own_scheme = !["http", "https", "ws", "wss", "ftp", "file"].contains(&scheme.to_ascii_lowercase().as_str());
    (is_own_scheme && !scheme.is_empty() && !host.contains('/')).then(|| format!("{scheme}://{host}"))
}

/// The origins that were logged. Each is logged once for each notice, so that a page can't fill the log.
#[derive(Debug, Default)]
pub(crate) struct LoggedOrigins {
    refused: Mutex<BTreeSet<String>>,
    left_unread: Mutex<BTreeSet<String>>,
}

/// The reason why an origin is logged.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Notice {
    /// Its unsafe request is refused.
    Refused,
    /// The messages that it fetched are left unread.
    LeftUnread,
}

impl LoggedOrigins {
    /// The maximum number of origins that are logged for each notice.
    const MOST: usize = 100;
    /// The maximum length of a logged origin, in bytes. A host has at most 253 bytes.
    const MOST_BYTES: usize = 300;

    /// Returns the origin that sent the request, for logging. Returns `None` if it was logged already for this notice,
    /// or if the maximum number of origins is reached.
    ///
    /// The origin comes from `Origin` or `Referer`. If neither names an origin, or if it is too long, it is `unknown`.
    pub(crate) fn name(&self, request: &HttpRequest, notice: Notice) -> Option<String> {
        let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        let origin = || header(ORIGIN).and_then(canonical);
        let referer = || Some(Url::parse(header(REFERER)?).ok()?.origin().ascii_serialization());
        let origin = origin().or_else(referer).filter(|origin| origin.len() <= Self::MOST_BYTES);
        let origin = origin.unwrap_or_else(|| "unknown".into());
        let named = match notice {
            Notice::Refused => &self.refused,
            Notice::LeftUnread => &self.left_unread,
        };
        let mut named = named.lock().unwrap_or_else(PoisonError::into_inner);
        (named.len() < Self::MOST && named.insert(origin.clone())).then_some(origin)
    }
}

#[cfg(test)]
mod tests {
    use crate::service::settings::trusted_origins::{canonical, is_at};

    #[test]
    fn an_origin_and_a_host_are_compared_as_the_url_standard_reads_them() {
        for (origin, host) in [
            ("http://intranet", "intranet"),
            ("http://intranet", "intranet:80"),
            ("http://intranet:80", "intranet"),
            ("https://shop.example", "shop.example:443"),
            ("https://shop.example", "SHOP.example"),
            ("http://shop.example:8080", "Shop.Example:8080"),
            ("http://[::1]:8080", "[0:0:0:0:0:0:0:1]:8080"),
            ("http://[::1]", "[::1]:80"),
            ("https://[2001:db8::a]", "[2001:DB8::A]:443"),
            ("http://127.0.0.1:1", "127.0.0.1:1"),
            ("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert!(is_at(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("http://intranet", "intranet:443"),
            ("https://intranet", "intranet:80"),
            ("https://shop.example:8443", "shop.example"),
            ("http://intranet", "intranet.example"),
            ("http://[::1]", "[::2]"),
            ("http://[::1]", "127.0.0.1"),
            ("null", "null"),
            ("", ""),
            ("intranet", "intranet"),
            ("http://intranet@evil.example", "intranet"),
            ("http://evil.example@intranet", "intranet"),
            ("http://evil.example/http://intranet", "intranet"),
            ("http://intranet/path", "intranet"),
            ("http://intranet?a", "intranet"),
            ("file://intranet", "intranet"),
        ] {
            assert!(!is_at(origin, host), "{origin} {host}");
        }
    }

    #[test]
    fn a_trusted_origin_may_be_written_in_any_way() {
        for text in ["https://app.example", "https://app.example/", "https://APP.example:443", "HTTPS://app.example"] {
            assert_eq!(canonical(text).as_deref(), Some("https://app.example"));
        }
        for text in ["capacitor://localhost", "https://app.example:8443"] {
            assert_eq!(canonical(text).as_deref(), Some(text));
            assert_eq!(canonical(&format!("{text}/")).as_deref(), Some(text));
        }
        for text in ["", "null", "app.example", "https://", "https://app.example/path", "https://me@app.example", "*"] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
