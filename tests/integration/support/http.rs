//! HTTP/1.1 over a socket: sends requests byte for byte as a test writes them, unlike an ordinary client.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
};

use serde_json::Value;

/// Sends a request on a new connection, and waits for the response.
pub(crate) fn exchange(
    server: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> io::Result<Response> {
    let mut request = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let mut connection = TcpStream::connect(server)?;
    connection.write_all(&[request.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    let malformed = || io::Error::other(format!("not HTTP: {}", String::from_utf8_lossy(&answer)));
    let mut response = Response::parse(&answer).ok_or_else(malformed)?;
    if response.header("transfer-encoding") == Some("chunked") {
        response.body = unframe(&response.body).ok_or_else(malformed)?;
        return Ok(response);
    }
    let length = response.header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    match response.body.len() {
        0 if method == "HEAD" => Ok(response),
        given if given == length => Ok(response),
        given => Err(io::Error::other(format!("{given} bytes of body where {length} are announced"))),
    }
}

/// Removes the framing of chunks. `None` if the last chunk is missing.
fn unframe(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunks.get(end + 2..end + 2 + size)?);
        chunks = chunks.get(end + 2 + size + 2..)?;
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(super) fn parse(answer: &[u8]) -> Option<Self> {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&answer[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Some(Self { status, headers: headers.collect::<Option<_>>()?, body: answer[end + 4..].to_vec() })
    }

    /// Returns the first header with this name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Asserts that the response has this status, and returns it.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("status {}, not JSON ({error}): {}", self.status, String::from_utf8_lossy(&self.body))
        })
    }
}
