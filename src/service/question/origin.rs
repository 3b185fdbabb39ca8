//! Finds the scheme, the host and the prefix that a request was sent to, as the client knows them.

use actix_web::{
    HttpRequest,
    http::{
        header::{HOST, HeaderName},
        uri::Authority,
    },
};

use crate::service::settings::{config::MessagesConfig, policy::ForwardedHeaders};

/// Returns the scheme and the host that the request was sent to. The host includes the port, if the client named it.
///
/// An invalid host counts as absent, because links contain the host, and a header may contain anything.
pub(crate) fn origin(request: &HttpRequest, config: &MessagesConfig) -> (String, String) {
    match config.forwarded_headers {
        ForwardedHeaders::Trust => {
            let connection = request.connection_info();
            let scheme = if connection.scheme() == "https" { "https" } else { "http" };
            (scheme.to_owned(), host(connection.host()).unwrap_or_else(|| request.app_config().host()).to_owned())
        }
        ForwardedHeaders::Ignore => {
            let server = request.app_config();
            let authority = request.uri().authority().map(Authority::as_str);
            let header = || request.headers().get(HOST).and_then(|host| host.to_str().ok());
            let host = authority.or_else(header).and_then(host).unwrap_or_else(|| server.host());
            (if server.secure() { "https" } else { "http" }.to_owned(), host.to_owned())
        }
    }
}

const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// The maximum length of a prefix, in bytes. Links contain it.
const MAX_PREFIX_BYTES: usize = 256;

/// Returns the part of the path that a proxy has removed, without a slash at its end: `/shop` if the proxy passes
/// `/shop/messages/` on as `/messages/`. It is empty without such a proxy.
///
/// An invalid prefix counts as absent. If several proxies have each added one, the first is that of the outermost.
pub(crate) fn prefix<'a>(request: &'a HttpRequest, config: &MessagesConfig) -> &'a str {
    if config.forwarded_headers == ForwardedHeaders::Ignore {
        return "";
    }
    let header = request.headers().get(X_FORWARDED_PREFIX).and_then(|prefix| prefix.to_str().ok()).unwrap_or_default();
    let first = header.split(',').next().unwrap_or_default().trim().trim_end_matches('/');
    let is_path = first.starts_with('/') && !first.contains("//") && first.len() <= MAX_PREFIX_BYTES;
    let is_plain = first.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte));
    if is_path && is_plain { first } else { "" }
}

/// Returns the text if it is a name or an address, with an optional port.
fn host(text: &str) -> Option<&str> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (text, ""),
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte));
    let is_address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":.%".contains(&byte))
    });
    ((is_name || is_address) && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use crate::service::question::origin::host;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for text in
            ["example.com", "example.com:8080", "localhost", "127.0.0.1:1", "[::1]", "[::1]:8080", "xn--a_b", "a:"]
        {
            assert_eq!(host(text), Some(text));
        }
        for text in
            ["", ":80", "a b", "a,b", "a\"b", "<a>", "a/b", "a?b", "a#b", "me@a", "a:b", "a:80:80", "::1", "[::1", "[]"]
        {
            assert_eq!(host(text), None, "{text}");
        }
    }
}
