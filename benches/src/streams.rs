//! Opens a live stream for each of many users, and records what arrives on them.

use std::{
    cell::{Cell, RefCell},
    io::ErrorKind,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};

use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    task::{JoinHandle, spawn_local},
    time::{sleep, sleep_until},
};

use crate::{
    Failure,
    client::{Connection, request},
    event_stream::{Block, Decoder},
};

/// The most that is read at once.
const BUFFER: usize = 64 * 1024;

/// The streams of all users.
pub(crate) struct Streams {
    /// The servers, to which the users connect in turn.
    ports: Vec<u16>,
    /// The number of servers between the one that a user is connected to and the one that adds the user's messages.
    distance: Cell<usize>,
    users: Vec<RefCell<User>>,
    tasks: RefCell<Vec<JoinHandle<()>>>,
    buffer: RefCell<Vec<u8>>,
    record: RefCell<Record>,
    /// The number of streams that have received a summary, after which they are up to date.
    ready: Cell<usize>,
    received: Cell<u64>,
}

/// A user, across all connections.
#[derive(Debug, Default)]
struct User {
    last_event_id: String,
    newest: i64,
    sent: u32,
    received: u32,
}

/// The events since the record was taken last.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The time from the id of each message to its arrival, in microseconds.
    pub(crate) delays: Vec<i64>,
    /// The time from the connection to the first summary, in microseconds.
    pub(crate) openings: Vec<i64>,
    /// The moment at which the last message arrived, in microseconds.
    pub(crate) last: i64,
    /// The number of messages that arrived again, or after a newer one.
    pub(crate) repeated: u64,
    pub(crate) resyncs: u64,
    /// The streams that have failed or ended, and the requests that have failed.
    pub(crate) errors: Vec<String>,
}

impl Streams {
    pub(crate) fn new(ports: &[u16], number: usize) -> Rc<Self> {
        Rc::new(Self {
            ports: ports.to_vec(),
            distance: Cell::new(0),
            users: (0..number).map(|_| RefCell::default()).collect(),
            tasks: RefCell::default(),
            buffer: RefCell::new(vec![0; BUFFER]),
            record: RefCell::default(),
            ready: Cell::new(0),
            received: Cell::new(0),
        })
    }

    /// Adds messages from now on at the server that comes this many after the user's.
    pub(crate) fn add_at_distance(&self, servers: usize) {
        self.distance.set(servers);
    }

    fn port(&self, number: usize) -> u16 {
        self.ports[number % self.ports.len()]
    }

    /// Connects all users within this time, and waits until they are up to date. A user who was connected before
    /// continues after the last event.
    pub(crate) async fn connect(self: &Rc<Self>, within: Duration) -> Result<(), Failure> {
        self.ready.set(0);
        let start = tokio::time::Instant::now();
        for number in 0..self.users.len() {
            sleep_until(start + within.mul_f64(number as f64 / self.users.len() as f64)).await;
            let streams = Rc::clone(self);
            let task = spawn_local(async move {
                if let Err(error) = streams.follow(number).await {
                    streams.record.borrow_mut().errors.push(error.to_string());
                }
            });
            self.tasks.borrow_mut().push(task);
        }
        let limit = Instant::now() + Duration::from_secs(60);
        while self.ready.get() < self.users.len() {
            if Instant::now() > limit {
                let errors = self.take().errors;
                let first = errors.first().map_or("no error", String::as_str);
                return Err(format!("{} streams are ready; {first}", self.ready.get()).into());
            }
            sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Closes all connections.
    pub(crate) fn drop_all(&self) {
        self.tasks.borrow_mut().drain(..).for_each(|task| task.abort());
    }

    /// Follows the stream of a user until the connection ends.
    async fn follow(&self, number: usize) -> Result<(), Failure> {
        let begin = now();
        let mut connection = TcpStream::connect(("127.0.0.1", self.port(number))).await?;
        connection.write_all(self.request(number).as_bytes()).await?;
        let (mut decoder, mut is_ready) = (Decoder::default(), false);
        loop {
            connection.readable().await?;
            let mut buffer = self.buffer.borrow_mut();
            let read = match connection.try_read(&mut buffer) {
                Ok(0) => return Err("the server closed a stream".into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            };
            let at = now();
            decoder.decode(&buffer[..read], |block| {
                if self.note(number, block, at) && !is_ready {
                    is_ready = true;
                    self.ready.set(self.ready.get() + 1);
                    self.record.borrow_mut().openings.push(at - begin);
                }
            })?;
            if decoder.is_at_end() {
                return Err("the server ended a stream".into());
            }
        }
    }

    fn request(&self, number: usize) -> String {
        let user = self.users[number].borrow();
        let last = match &*user.last_event_id {
            "" => String::new(),
            last => format!("last-event-id: {last}\r\n"),
        };
        format!(
            "GET /messages/stream/ HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n{last}x-user: \
             user{number}\r\n\r\n"
        )
    }

    /// Records a block. Returns whether it is a summary.
    fn note(&self, number: usize, block: &Block, at: i64) -> bool {
        let mut user = self.users[number].borrow_mut();
        block.id.clone_into(&mut user.last_event_id);
        let mut record = self.record.borrow_mut();
        match &*block.event {
            "" if !block.data.is_empty() => {
                // The id of the message is the first part of the position.
                let id = block.id.split('-').next().and_then(|id| id.parse().ok()).unwrap_or_default();
                record.delays.push(at - id);
                record.last = record.last.max(at);
                record.repeated += u64::from(id <= user.newest);
                user.newest = user.newest.max(id);
                user.received += 1;
                self.received.set(self.received.get() + 1);
            }
            "resync" => record.resyncs += 1,
            _ => {}
        }
        block.event == "summary"
    }

    /// Takes what was recorded since the last call.
    pub(crate) fn take(&self) -> Record {
        self.record.take()
    }

    /// Returns how many messages were sent but have not arrived, of all users.
    pub(crate) fn missing(&self) -> u64 {
        let users = self.users.iter().map(RefCell::borrow);
        users.map(|user| u64::from(user.sent.saturating_sub(user.received))).sum()
    }

    /// Waits until all messages that were sent have arrived, for up to ten seconds.
    pub(crate) async fn wait_for_messages(&self) {
        let limit = Instant::now() + Duration::from_secs(10);
        let sent = self.users.iter().map(|user| u64::from(user.borrow().sent)).sum::<u64>();
        while self.received.get() < sent && Instant::now() < limit {
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Adds `rate` messages a second to the users in turn, over `connections` connections. Returns how many.
    pub(crate) async fn add_messages(
        self: &Rc<Self>,
        connections: usize,
        rate: u32,
        duration: Duration,
    ) -> Result<usize, Failure> {
        let all = (f64::from(rate) * duration.as_secs_f64()) as usize;
        let start = tokio::time::Instant::now();
        let mut tasks = Vec::new();
        for first in 0..connections {
            let streams = Rc::clone(self);
            tasks.push(spawn_local(async move {
                let mut servers = Vec::new();
                for port in &streams.ports {
                    servers.push(Connection::open(*port).await?);
                }
                for turn in (first..all).step_by(connections) {
                    sleep_until(start + Duration::from_secs_f64(turn as f64 / f64::from(rate))).await;
                    // A prime, so that the order jumps between the mailboxes.
                    let number = turn * 7_919 % streams.users.len();
                    let server = (number + streams.distance.get()) % servers.len();
                    servers[server].ask(&request("POST", &format!("/add-to/{number}"), "staff")).await?;
                    streams.users[number].borrow_mut().sent += 1;
                }
                Ok::<_, Failure>(())
            }));
        }
        for task in tasks {
            task.await??;
        }
        Ok(all)
    }

    /// Sends one message to all users. Returns the moment of the request in microseconds.
    pub(crate) async fn broadcast(&self) -> Result<i64, Failure> {
        let mut connection = Connection::open(self.port(0)).await?;
        let begin = now();
        connection.ask(&request("POST", "/add-to-all", "staff")).await?;
        self.users.iter().for_each(|user| user.borrow_mut().sent += 1);
        Ok(begin)
    }
}

/// Returns the time of the system clock in microseconds, as in an id.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
