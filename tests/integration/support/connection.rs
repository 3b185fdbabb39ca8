//! A persistent connection: it sends any bytes, and returns the responses one by one.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::Response;

/// Longer than any response takes. If a request waits that long, the server has a bug.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(LONGEST_WAIT)).unwrap();
        stream.set_write_timeout(Some(LONGEST_WAIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Sends these bytes and waits for a response. Returns `None` if the server closes the connection without one.
    pub(crate) fn send(&mut self, request: &[u8]) -> Option<Response> {
        // A server that refuses the start of a request may close the connection before the rest is written.
        let is_sent = self.stream.write_all(request);
        self.answer(request.starts_with(b"HEAD ")).or_else(|| {
            assert!(
                !matches!(is_sent.map_err(|error| error.kind()), Err(io::ErrorKind::WouldBlock)),
                "the write hangs"
            );
            None
        })
    }

    fn answer(&mut self, is_head: bool) -> Option<Response> {
        loop {
            if let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = Response::parse(&self.read[..end + 4]).expect("the server answers in HTTP");
                let length = head.header("content-length").map_or(0, |length| length.parse().unwrap());
                let end = end + 4 + if is_head { 0 } else { length };
                while self.read.len() < end {
                    self.more()?;
                }
                let answer = self.read.drain(..end).collect::<Vec<_>>();
                return Response::parse(&answer);
            }
            self.more()?;
        }
    }

    fn more(&mut self) -> Option<()> {
        let mut bytes = [0; 65536];
        match self.stream.read(&mut bytes) {
            Ok(0) => None,
            Ok(length) => {
                self.read.extend_from_slice(&bytes[..length]);
                Some(())
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                panic!("no answer within {LONGEST_WAIT:?}")
            }
            Err(_) => None,
        }
    }
}
