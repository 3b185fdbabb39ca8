//! Parses requests from text that people can read and a fuzzer can modify: `a0 GET /?unread=true` is a request of Alice
//! to the scope with the settings 0.

use actix_web::http::{
    Method, Uri,
    header::{HeaderName, HeaderValue},
};

/// A request in an input.
#[derive(Debug, Clone)]
pub struct Written {
    /// The user who sends the request. `None` means that no user is signed in.
    pub who: Option<&'static str>,
    /// The number of the settings, starting at 0.
    pub settings: usize,
    pub method: Method,
    /// The path below the scope, and the query.
    pub target: String,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Vec<u8>,
}

impl Written {
    /// Returns a GET request of Alice.
    pub fn get(settings: usize, target: impl Into<String>) -> Self {
        Self {
            who: Some("alice"),
            settings,
            method: Method::GET,
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Parses a line. Returns `None` if it is not a request that a server would pass to the application.
    pub fn line(line: &[u8]) -> Option<Self> {
        let [who, settings, b' ', rest @ ..] = line else { return None };
        let mut words = rest.splitn(2, |byte| *byte == b' ');
        let method = Method::from_bytes(words.next()?).ok()?;
        let target = std::str::from_utf8(words.next()?).ok()?.to_owned();
        let who = match who {
            b'a' => Some("alice"),
            b'b' => Some("bob"),
            _ => None,
        };
        let settings = usize::from(settings.checked_sub(b'0').filter(|settings| *settings < 10)?);
        let written = Self { who, settings, method, target, headers: Vec::new(), body: Vec::new() };
        written.uri("/0").map(|_| written)
    }

    /// Parses the first line, the headers below it, and the body after an empty line.
    pub fn whole(text: &[u8]) -> Option<Self> {
        let (first, mut rest) = split_line(text);
        let mut written = Self::line(first)?;
        while !rest.is_empty() {
            let (line, others) = split_line(rest);
            rest = others;
            if line.is_empty() {
                written.body = rest.to_vec();
                break;
            }
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let (name, value) = (HeaderName::from_bytes(&line[..colon]), line[colon + 1..].trim_ascii());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
                written.headers.push((name, value));
            }
        }
        Some(written)
    }

    /// Returns the URI of the request below this prefix. The target may be an absolute URI, as in a request to a proxy.
    pub fn uri(&self, prefix: &str) -> Option<Uri> {
        let target = &self.target;
        let path = match target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
                scheme.len() + 3 + rest.find(['/', '?']).unwrap_or(rest.len())
            }
            _ => 0,
        };
        let (authority, path) = target.split_at(path);
        let is_below = path.is_empty() || path.starts_with(['/', '?']);
        is_below.then(|| Uri::try_from(format!("{authority}{prefix}{path}")).ok())?
    }

    /// Returns the value of this header, if the request has it exactly once.
    pub fn only_header(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_bytes());
        values.next().filter(|_| values.next().is_none())
    }

    pub fn has_several(&self, name: &str) -> bool {
        self.headers.iter().filter(|(known, _)| known == name).count() > 1
    }

    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    /// Returns whether the target or a header contains this text, so that a response may repeat it.
    pub fn says(&self, text: &str) -> bool {
        let target = form_urlencoded::parse(self.target.as_bytes()).map(|(name, value)| format!("{name}={value}"));
        let headers = self.headers.iter().map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned());
        target.chain(headers).any(|said| said.to_lowercase().contains(text))
    }
}

fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => (text[..end].strip_suffix(b"\r").unwrap_or(&text[..end]), &text[end + 1..]),
        None => (text, &[]),
    }
}
