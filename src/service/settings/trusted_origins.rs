//! Origins as the URL standard reads them: which one names a host, which are trusted, and which the log has named.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, ORIGIN, REFERER},
};
use url::Url;

/// Whether the `Origin` names this host, which is a name or an address with a port at most. Both are read as the URL
/// standard reads them: case, the default port of the origin's scheme, and the spelling of an address do not matter.
pub(crate) fn is_at(origin: &str, host: &str) -> bool {
    let Some(origin) = parse(origin) else { return false };
    let host = Url::parse(&format!("{}://{host}/", origin.scheme()));
    host.is_ok_and(|host| {
        origin.host() == host.host() && origin.port_or_known_default() == host.port_or_known_default()
    })
}

/// The origin as a URL, if it is one and nothing else: a scheme, a host, and a port at most.
fn parse(origin: &str) -> Option<Url> {
    let url = Url::parse(origin).ok()?;
    let is_bare = url.origin().is_tuple() && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (is_bare && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// Origins that count as the application's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedOrigins(BTreeSet<String>);

impl TrustedOrigins {
    /// Adds an origin. One that no browser sends, or that any page can send, is left out, and the log says so.
    pub(crate) fn add(&mut self, origin: &str) {
        match canonical(origin) {
            Some(origin) => drop(self.0.insert(origin)),
            None => tracing::error!(
                origin,
                "`trusted_origin` is no origin, and is ignored: it has to be a scheme and a host, with a port if it is not \
                 the default one, such as `https://app.example.com`"
            ),
        }
    }

    pub(crate) fn trusts(&self, origin: &str) -> bool {
        !self.0.is_empty() && canonical(origin).is_some_and(|origin| self.0.contains(&origin))
    }
}

/// The origin as browsers write it, if it is one. An origin of an application's own scheme, such as
/// `capacitor://localhost`, stays as it is, but for a slash at the end.
fn canonical(origin: &str) -> Option<String> {
    if let Some(url) = parse(origin) {
        return Some(url.origin().ascii_serialization());
    }
    let (scheme, host) = origin.trim_end_matches('/').split_once("://")?;
    let is_own_scheme = !["http", "https", "ws", "wss", "ftp", "file"].contains(&scheme.to_ascii_lowercase().as_str());
    (is_own_scheme && !scheme.is_empty() && !host.contains('/')).then(|| format!("{scheme}://{host}"))
}

/// The origins that the log has named. It names each once, so that a page can't fill it.
#[derive(Debug, Default)]
pub(crate) struct NamedOrigins {
    refused: Mutex<BTreeSet<String>>,
    left_unread: Mutex<BTreeSet<String>>,
}

/// A line of the log about an origin.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Notice {
    /// It may not change anything.
    Refused,
    /// The messages that it fetches are left unread.
    LeftUnread,
}

impl NamedOrigins {
    /// The most origins that are remembered for one notice. More are not named.
    const MOST: usize = 100;
    /// The longest origin that is remembered: a host has at most 253 bytes.
    const MOST_BYTES: usize = 300;

    /// Returns the origin that sent the request, as far as the browser tells, unless the log has named it already.
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
