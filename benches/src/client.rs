//! Sends requests from concurrent clients and measures the latencies. Each client waits for a response before its next
//! request.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::LocalSet,
};

use crate::Failure;

/// The requests, and the number of clients that send them.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) clients: usize,
    pub(crate) requests: Rc<Vec<Vec<u8>>>,
    pub(crate) turns: Turns,
}

/// How often each request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turns {
    /// Repeatedly.
    Many,
    /// Once, since the second response would differ. The load ends after the last request.
    One,
}

/// The measurements of the clients.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) elapsed: Duration,
    /// The latency of each response in microseconds, in ascending order.
    pub(crate) latencies: Vec<u32>,
}

impl Seen {
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let at = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).copied().unwrap_or_default().into()
    }
}

impl Load {
    /// Loads the server on this port for `duration`, starting with the request number `next`.
    pub(crate) async fn run(&self, port: u16, next: &Rc<Cell<usize>>, duration: Duration) -> Result<Seen, Failure> {
        let latencies = Rc::new(RefCell::new(Vec::with_capacity(1 << 18)));
        let mut connections = Vec::new();
        for _ in 0..self.clients {
            connections.push(Connection::open(port).await?);
        }
        let clients = LocalSet::new();
        let start = Instant::now();
        let mut tasks = Vec::new();
        for mut connection in connections {
            let (load, next, latencies) = (self.clone(), Rc::clone(next), Rc::clone(&latencies));
            tasks.push(clients.spawn_local(async move {
                while start.elapsed() < duration {
                    let number = next.replace(next.get() + 1);
                    let number = if load.turns == Turns::Many { number % load.requests.len() } else { number };
                    let Some(request) = load.requests.get(number) else { break };
                    let sent = Instant::now();
                    connection.ask(request).await?;
                    latencies.borrow_mut().push(u32::try_from(sent.elapsed().as_micros())?);
                }
                Ok::<_, Failure>(())
            }));
        }
        clients
            .run_until(async {
                for task in tasks {
                    task.await??;
                }
                Ok::<_, Failure>(())
            })
            .await?;
        let elapsed = start.elapsed();
        let mut latencies = latencies.take();
        latencies.sort_unstable();
        Ok(Seen { elapsed, latencies })
    }
}

/// A connection with keep-alive.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 14) })
    }

    /// Sends a request, waits for the whole response, and returns its head and body. A status other than 2xx is an
    /// error.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<(&[u8], &[u8]), Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut answer = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if answer.is_none() {
                let has_body = !request.starts_with(b"HEAD ");
                answer = answer_in(&self.buffer)?.map(|(head, length)| (head, if has_body { length } else { 0 }));
            }
            if let Some((head, length)) = answer.filter(|(head, length)| self.buffer.len() >= head + length) {
                let (head, body) = self.buffer.split_at(head);
                return Ok((head, &body[..length]));
            }
        }
    }
}

/// Returns the length of the head and of the body, or `None` while the head is incomplete.
fn answer_in(bytes: &[u8]) -> Result<Option<(usize, usize)>, Failure> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end])?;
    if !head.starts_with("HTTP/1.1 2") {
        return Err(format!("not a success: {head}").into());
    }
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let length = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    Ok(Some((end + 4, length.map_or(Ok(0), |(_, length)| length.parse())?)))
}

/// Returns the bytes of a request.
pub(crate) fn request(method: &str, path: &str, user: &str) -> Vec<u8> {
    request_with(method, path, &format!("x-user: {user}"), "")
}

/// A request with this header and a body of JSON.
pub(crate) fn request_with(method: &str, path: &str, header: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\ncontent-type: application/json\r\n\
         {header}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
