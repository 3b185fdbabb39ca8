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
    pub(crate) fn add(&mut self, origin: &str) {
        self.0.insert(canonical(origin));
    }

    pub(crate) fn trusts(&self, origin: &str) -> bool {
        !self.0.is_empty() && self.0.contains(&canonical(origin))
    }
}

/// The origin as browsers write it. An origin of an application's own scheme, such as `capacitor://localhost`, stays as it
/// is.
fn canonical(origin: &str) -> String {
    parse(origin).map_or_else(|| origin.to_owned(), |url| url.origin().ascii_serialization())
}

/// The origins that the log has already named, for each thing that it says of them, so that nobody fills it.
#[derive(Debug, Default)]
pub(crate) struct NamedOrigins(Mutex<BTreeSet<(Refused, String)>>);

/// What another origin was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refused {
    /// To change something.
    Changing,
    /// To have messages marked as read.
    Marking,
}

impl NamedOrigins {
    /// The most origins that are remembered. More are not named.
    const MOST: usize = 100;
    /// The longest origin that is remembered: a host has at most 253 bytes.
    const MOST_BYTES: usize = 300;

    /// The origin that sent the request, as far as the browser tells, unless the log has named it already.
    pub(crate) fn name(&self, request: &HttpRequest, refused: Refused) -> Option<String> {
        let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        let referer = || Some(Url::parse(header(REFERER)?).ok()?.origin().ascii_serialization());
        let origin = header(ORIGIN).map(canonical).or_else(referer).filter(|origin| origin.len() <= Self::MOST_BYTES);
        let origin = origin.unwrap_or_else(|| "unknown".into());
        let mut named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (named.len() < Self::MOST && named.insert((refused, origin.clone()))).then_some(origin)
    }
}

#[cfg(test)]
mod tests {
    use super::{canonical, is_at};

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
            assert_eq!(canonical(text), "https://app.example");
        }
        assert_eq!(canonical("capacitor://localhost"), "capacitor://localhost");
        assert_eq!(canonical("https://app.example:8443"), "https://app.example:8443");
    }
}
