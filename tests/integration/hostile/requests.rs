//! Builders for hostile requests.

/// A request, byte for byte.
#[derive(Debug, Clone)]
pub(super) struct Hostile {
    method: &'static str,
    target: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

impl Hostile {
    pub(super) fn new(method: &'static str, target: impl Into<Vec<u8>>) -> Self {
        Self { method, target: target.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn body(self, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let length = body.len().to_string();
        Self { body, ..self.header("Content-Type", kind).header("Content-Length", length) }
    }

    /// The bytes of the request with this cookie.
    pub(super) fn bytes(&self, cookie: &str) -> Vec<u8> {
        let mut bytes = [self.method.as_bytes(), b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        if self.headers.iter().all(|(name, _)| *name != "Host") {
            bytes.extend_from_slice(b"Host: example.com\r\n");
        }
        for (name, value) in &self.headers {
            bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend_from_slice(format!("Cookie: {cookie}\r\n\r\n").as_bytes());
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Whether the connection can be reused. It can't if the headers announce more data than the request has.
    pub(super) fn is_whole(&self) -> bool {
        let is_framing = |name: &str| ["Transfer-Encoding", "Upgrade", "Expect"].contains(&name);
        !self.headers.iter().any(|(name, _)| is_framing(name))
    }

    /// A short description of the request for reports.
    pub(super) fn title(&self) -> String {
        let target = String::from_utf8_lossy(&self.target);
        let start = target.chars().take(60).collect::<String>();
        let headers = self.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        format!("{} {start} ({} bytes) {headers}", self.method, self.target.len())
    }
}

/// The lists of the three mounts: `/messages` with limit and offset, `/api/messages` with all endpoints and cursor
/// pagination, and the admin.
const LISTS: [&str; 3] = ["/messages/", "/api/messages/", "/admin/messages/list"];
const SELECTIONS: [(&str, &str); 3] =
    [("POST", "/api/messages/read/"), ("POST", "/api/messages/unread/"), ("DELETE", "/api/messages/")];

/// Requests with this query to every endpoint that reads one.
pub(super) fn everywhere(query: &str) -> Vec<Hostile> {
    let with = |path: &str| format!("{path}?{query}");
    let lists = LISTS.iter().map(|path| Hostile::new("GET", with(path)));
    let selections = SELECTIONS.iter().map(|(method, path)| Hostile::new(method, with(path)));
    let others = [
        Hostile::new("GET", with("/messages/peek/")),
        Hostile::new("GET", with("/messages/1/")),
        Hostile::new("DELETE", with("/messages/1/")),
        Hostile::new("POST", with("/api/messages/1/read/")),
        Hostile::new("GET", with("/api/messages/archive/")),
        Hostile::new("POST", with("/api/messages/archive/")),
        Hostile::new("POST", with("/api/messages/seen/")),
        Hostile::new("POST", with("/api/messages/1/tags/")),
    ];
    lists.chain(selections).chain(others).collect()
}

/// Requests with each value in each parameter, escaped.
pub(super) fn values(parameters: &[&str], values: &[String]) -> Vec<Hostile> {
    let escaped = |value: &String| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    let queries =
        parameters.iter().flat_map(|name| values.iter().map(move |value| format!("{name}={}", escaped(value))));
    queries.flat_map(|query| everywhere(&query)).collect()
}

/// The length of the longest URL that Actix accepts, in bytes.
pub(super) const LONGEST: usize = 65_534;

/// Repeats a text as often as it fits into a URL.
pub(super) fn as_many_as_fit(part: &str) -> String {
    part.repeat((LONGEST - 100) / part.len())
}

/// Texts that could end the place in a response in which they appear.
pub(super) const ENDS: [&str; 12] = [
    "a\r\nX-Injected: 1",
    "a\nX-Injected: 1",
    "a\r\n\r\n<script>alert(1)</script>",
    "a>; rel=\"next\", <http://evil.example",
    "\"><script>alert(1)</script>",
    "'; DROP TABLE actix_messages; --",
    "' OR '1'='1",
    "\") OR 1=1 --",
    "\\",
    "$1 ?1 :a @a",
    "%' ESCAPE '\\",
    "{{7*7}} ${7*7} <%= 7*7 %>",
];
