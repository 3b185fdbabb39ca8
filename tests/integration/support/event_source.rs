//! A client of a live stream: parses server-sent events as the HTML standard says, and nothing else.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{Client, Response};

/// How long a test waits for an event that has to come.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// An open stream.
#[derive(Debug)]
pub(crate) struct EventSource {
    connection: TcpStream,
    /// The head of the response.
    pub(crate) head: Response,
    /// Bytes with the framing of chunks.
    raw: Vec<u8>,
    /// Text without it.
    text: Vec<u8>,
    has_ended: bool,
    /// The last `id:`, which a browser sends as `Last-Event-ID`.
    pub(crate) last_id: String,
}

/// An event with its name, which is `message` by default.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ServerEvent {
    pub(crate) name: String,
    pub(crate) data: Value,
    /// The position after the event.
    pub(crate) id: String,
}

impl EventSource {
    /// Opens a stream with the cookies of a client.
    #[track_caller]
    pub(crate) fn open(client: &Client, target: &str) -> Self {
        Self::with(client, target, &[])
    }

    /// Opens a stream with these headers, too.
    #[track_caller]
    pub(crate) fn with(client: &Client, target: &str, headers: &[(&str, &str)]) -> Self {
        let mut connection = TcpStream::connect(client.address()).unwrap();
        connection.set_read_timeout(Some(LONGEST_WAIT)).unwrap();
        let mut request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n", client.address());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            request += "Accept: text/event-stream\r\n";
        }
        let cookies = client.cookie_header();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        for (name, value) in headers.chain(cookies.map(|cookies| ("Cookie".to_owned(), cookies))) {
            request += &format!("{name}: {value}\r\n");
        }
        connection.write_all((request + "\r\n").as_bytes()).unwrap();
        let mut raw = Vec::new();
        let end = loop {
            if let Some(end) = raw.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            let mut bytes = [0; 4096];
            let read = connection.read(&mut bytes).unwrap();
            assert!(read > 0, "the server answers");
            raw.extend_from_slice(&bytes[..read]);
        };
        let head = Response::parse(&raw[..end]).unwrap();
        let raw = raw.split_off(end);
        Self { connection, head, raw, text: Vec::new(), has_ended: false, last_id: String::new() }
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.head.status, status, "{:?}", self.head);
        self
    }

    /// Waits for the next event. `None` if the stream ends before.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<ServerEvent> {
        match self.within(LONGEST_WAIT) {
            Ok(event) => event,
            Err(NothingCame) => panic!("no event within {LONGEST_WAIT:?}"),
        }
    }

    /// Waits for an event with this name, and returns its data.
    #[track_caller]
    pub(crate) fn expect_event(&mut self, name: &str) -> Value {
        let event = self.next().unwrap_or_else(|| panic!("the stream ends before {name}"));
        assert_eq!(event.name, name, "{event:?}");
        event.data
    }

    /// Waits for a new message and its summary, and returns its text.
    #[track_caller]
    pub(crate) fn expect_message(&mut self) -> String {
        let text = self.expect_event("message")["message"].as_str().unwrap().to_owned();
        self.expect_event("summary");
        text
    }

    /// Checks that nothing comes for a moment.
    #[track_caller]
    pub(crate) fn expect_silence(&mut self) {
        match self.within(Duration::from_millis(150)) {
            Err(NothingCame) => {}
            other => panic!("{other:?} comes"),
        }
    }

    /// Checks that the stream ends within this time, and that no event comes before.
    #[track_caller]
    pub(crate) fn expect_end(&mut self, within: Duration) {
        match self.within(within) {
            Ok(None) => {}
            other => panic!("{other:?} comes, and not the end"),
        }
    }

    /// Waits for the next event, or the end of the stream (`None`).
    pub(crate) fn within(&mut self, time: Duration) -> Result<Option<ServerEvent>, NothingCame> {
        let deadline = Instant::now() + time;
        loop {
            if let Some(end) = self.text.windows(2).position(|window| window == b"\n\n") {
                let block = self.text.drain(..end + 2).collect::<Vec<_>>();
                if let Some(event) = self.parse(std::str::from_utf8(&block).unwrap()) {
                    return Ok(Some(event));
                }
                continue;
            }
            if self.has_ended {
                return Ok(None);
            }
            if !self.unframe() {
                let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
                self.connection.set_read_timeout(Some(left)).unwrap();
                let mut bytes = [0; 16384];
                match self.connection.read(&mut bytes) {
                    Ok(0) => self.has_ended = true,
                    Ok(read) => self.raw.extend_from_slice(&bytes[..read]),
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                        return Err(NothingCame);
                    }
                    Err(_) => self.has_ended = true,
                }
            }
        }
    }

    /// Takes one chunk. Returns whether there was a complete one.
    fn unframe(&mut self) -> bool {
        let Some(end) = self.raw.windows(2).position(|window| window == b"\r\n") else { return false };
        let size = usize::from_str_radix(std::str::from_utf8(&self.raw[..end]).unwrap(), 16).unwrap();
        if self.raw.len() < end + 2 + size + 2 {
            return false;
        }
        self.text.extend_from_slice(&self.raw[end + 2..end + 2 + size]);
        self.raw.drain(..end + 2 + size + 2);
        self.has_ended |= size == 0;
        true
    }

    /// Returns the event of a block, if it has data.
    fn parse(&mut self, block: &str) -> Option<ServerEvent> {
        let (mut name, mut data) = ("message", Vec::new());
        for line in block.lines().filter(|line| !line.is_empty()) {
            let (field, value) = line.split_once(": ").unwrap();
            match field {
                "id" => self.last_id = value.to_owned(),
                "event" => name = value,
                "data" => data.push(value),
                "retry" => assert!((2000..=5000).contains(&value.parse().unwrap())),
                other => panic!("unknown field {other}"),
            }
        }
        let data = (!data.is_empty()).then(|| serde_json::from_str(&data.join("\n")).unwrap())?;
        Some(ServerEvent { name: name.to_owned(), data, id: self.last_id.clone() })
    }
}

/// No event came in time.
#[derive(Debug, PartialEq)]
pub(crate) struct NothingCame;
