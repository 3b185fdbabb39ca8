//! HTTP/1.1 over a socket that a client may cut after any byte.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

/// Longer than any request takes. A request that waits that long hangs.
const LONGEST_WAIT: Duration = Duration::from_secs(40);

/// How long a stream waits for bytes before it does something else.
const TICK: Duration = Duration::from_millis(50);

/// A request of a browser.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) cookie: Option<&'a str>,
    pub(crate) last_event_id: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

impl<'a> Request<'a> {
    pub(crate) const fn new(method: &'a str, target: &'a str, cookie: Option<&'a str>) -> Self {
        Self { method, target, cookie, last_event_id: None, body: None }
    }

    pub(crate) fn bytes(self, server: SocketAddr) -> Vec<u8> {
        let Self { method, target, cookie, last_event_id, body } = self;
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {server}\r\n");
        let headers = [("Cookie", cookie), ("Last-Event-ID", last_event_id)];
        for (name, value) in headers.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            head += &format!("{name}: {value}\r\n");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            head += "Content-Type: application/json\r\n";
        }
        if method != "GET" {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        format!("{head}\r\n{body}").into_bytes()
    }

    /// Sends the request on a new connection, and returns the complete response.
    pub(crate) fn send(self, server: SocketAddr) -> io::Result<Answer> {
        let head = [self.bytes(server), Vec::new()].concat();
        let mut wire = Wire::open(server, &head, None)?;
        let deadline = Instant::now() + LONGEST_WAIT;
        let (mut answer, mut body) = (None, Vec::new());
        loop {
            let is_over = match &answer {
                None => {
                    answer = wire.head()?;
                    continue_after(answer.is_some(), &mut body, &mut wire)?
                }
                Some(_) => wire.body(&mut body)?,
            };
            if let (true, Some(Answer { status, cookie, .. })) = (is_over, &answer) {
                return Ok(Answer { status: *status, cookie: cookie.clone(), body });
            }
            match wire.fill()? {
                Filled::Bytes => {}
                Filled::Idle if Instant::now() < deadline => {}
                Filled::Idle => return Err(io::Error::new(ErrorKind::TimedOut, "no response")),
                Filled::Closed | Filled::Cut => return Err(ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}

/// Reads the part of the body that came with the head. Returns whether it is complete.
fn continue_after(has_head: bool, body: &mut Vec<u8>, wire: &mut Wire) -> io::Result<bool> {
    if has_head { wire.body(body) } else { Ok(false) }
}

/// A response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The cookie that the response sets, or an empty text if it removes the cookie.
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: TcpStream,
    received: Vec<u8>,
    /// The number of bytes until the client cuts the connection.
    left: Option<u64>,
    body: Body,
}

/// How the rest of a body is read.
#[derive(Debug, Clone, Copy)]
enum Body {
    Sized(usize),
    /// The size of the next chunk follows.
    ChunkSize,
    /// This number of bytes of a chunk follows, and the end of its line.
    Chunk(usize),
    Complete,
}

/// The outcome of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    Bytes,
    /// Nothing has come for a moment.
    Idle,
    Closed,
    /// The client has cut the connection.
    Cut,
}

impl Wire {
    pub(crate) fn open(server: SocketAddr, request: &[u8], cut_after: Option<u64>) -> io::Result<Self> {
        Self::over(TcpStream::connect(server)?, request, cut_after)
    }

    /// Opens a connection that takes only a few bytes that are not read yet, so the server has to wait for the client.
    pub(crate) fn narrow(server: SocketAddr, request: &[u8], cut_after: Option<u64>) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        socket.set_recv_buffer_size(2048)?;
        socket.connect(&server.into())?;
        Self::over(socket.into(), request, cut_after)
    }

    fn over(mut socket: TcpStream, request: &[u8], cut_after: Option<u64>) -> io::Result<Self> {
        socket.set_read_timeout(Some(TICK))?;
        socket.set_write_timeout(Some(LONGEST_WAIT))?;
        socket.set_nodelay(true)?;
        socket.write_all(request)?;
        Ok(Self { socket, received: Vec::new(), left: cut_after, body: Body::Complete })
    }

    /// Does not cut the connection any more.
    pub(crate) const fn keep(&mut self) {
        self.left = None;
    }

    /// Waits for bytes.
    pub(crate) fn fill(&mut self) -> io::Result<Filled> {
        let mut bytes = [0; 16 * 1024];
        let room = self.left.map_or(bytes.len(), |left| left.min(bytes.len() as u64) as usize);
        if room == 0 {
            return Ok(Filled::Cut);
        }
        match self.socket.read(&mut bytes[..room]) {
            Ok(0) => Ok(Filled::Closed),
            Ok(length) => {
                self.received.extend_from_slice(&bytes[..length]);
                self.left = self.left.map(|left| left - length as u64);
                Ok(Filled::Bytes)
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(Filled::Idle),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(Filled::Idle),
            Err(_) => Ok(Filled::Closed),
        }
    }

    /// Returns the head of the response, without its body, once it is complete.
    pub(crate) fn head(&mut self) -> io::Result<Option<Answer>> {
        let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let head = self.received.drain(..end + 4).collect::<Vec<_>>();
        let head = String::from_utf8(head).map_err(io::Error::other)?;
        let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("not HTTP: {head}")))?;
        let (mut cookie, mut length, mut is_chunked) = (None, 0, false);
        for line in head.split("\r\n").skip(1) {
            let Some((name, value)) = line.split_once(": ") else { continue };
            match name.to_ascii_lowercase().as_str() {
                "set-cookie" => cookie = Some(kept_cookie(value)),
                "content-length" => length = value.parse().map_err(io::Error::other)?,
                "transfer-encoding" => is_chunked = value == "chunked",
                _ => {}
            }
        }
        self.body = if is_chunked { Body::ChunkSize } else { Body::Sized(length) };
        Ok(Some(Answer { status, cookie, body: Vec::new() }))
    }

    /// Moves the bytes of the body that have come to `into`. Returns whether the body is complete.
    pub(crate) fn body(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            match self.body {
                Body::Complete => return Ok(true),
                Body::Sized(0) => self.body = Body::Complete,
                Body::Sized(left) => {
                    let taken = self.take(left, into);
                    self.body = Body::Sized(left - taken);
                    if taken == 0 {
                        return Ok(false);
                    }
                }
                Body::ChunkSize => {
                    let Some(end) = self.received.windows(2).position(|two| two == b"\r\n") else { return Ok(false) };
                    let line = self.received.drain(..end + 2).collect::<Vec<_>>();
                    let size =
                        std::str::from_utf8(&line[..end]).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
                    let size = size.ok_or_else(|| io::Error::other(format!("not a size of a chunk: {line:?}")))?;
                    self.body = Body::Chunk(size);
                    if size == 0 {
                        self.body = Body::Sized(2);
                        let mut end = Vec::new();
                        return self.body(&mut end);
                    }
                }
                Body::Chunk(0) => {
                    if self.received.len() < 2 {
                        return Ok(false);
                    }
                    if self.received.drain(..2).ne(*b"\r\n") {
                        return Err(io::Error::other("a chunk does not end with its line"));
                    }
                    self.body = Body::ChunkSize;
                }
                Body::Chunk(left) => {
                    let taken = self.take(left, into);
                    self.body = Body::Chunk(left - taken);
                    if taken == 0 {
                        return Ok(false);
                    }
                }
            }
        }
    }

    fn take(&mut self, at_most: usize, into: &mut Vec<u8>) -> usize {
        let taken = at_most.min(self.received.len());
        into.extend(self.received.drain(..taken));
        taken
    }
}

fn kept_cookie(line: &str) -> String {
    let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
    let is_over = attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0"));
    if is_over || pair.ends_with('=') { String::new() } else { pair.to_owned() }
}
