//! The servers, which are killed and started again, and their database.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_messages_tests::PostgresServer;
use diesel::{Connection, PgConnection, connection::SimpleConnection};

use super::random::Random;

const SERVER: &str = env!("CARGO_BIN_EXE_live_server");

/// The number of lines of the log that are kept for a report.
const LINES: usize = 200;

/// Servers on one database.
#[derive(Debug)]
pub(crate) struct Site {
    database: Database,
    log: PathBuf,
    servers: Vec<Server>,
    /// The number of processes that were started.
    started: AtomicU64,
    /// The number of requests so far. The servers get them in turn.
    turn: AtomicU64,
}

/// The database of the messages.
#[derive(Debug)]
pub(crate) enum Database {
    /// One server uses the file.
    Sqlite(PathBuf),
    /// Several servers use it, and a relay connects them. It may be unreliable.
    Postgres { server: Mutex<PostgresServer>, url: String, has_faults: bool },
}

#[derive(Debug)]
struct Server {
    process: Mutex<Child>,
    place: RwLock<Place>,
}

/// The present process of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// How many processes there were before.
    pub(crate) generation: u64,
    /// The seconds between the heartbeats of a stream.
    pub(crate) heartbeat: u64,
}

impl Database {
    /// Starts a new PostgreSQL server. Returns `None` if its programs are not installed.
    pub(crate) fn postgres(has_faults: bool) -> Option<Self> {
        let server = PostgresServer::start_new()?;
        let url = server.url();
        Some(Self::Postgres { server: Mutex::new(server), url, has_faults })
    }
}

impl Site {
    pub(crate) fn start(database: Database, folder: &Path, servers: u64, random: &mut Random) -> Self {
        let mut site = Self {
            database,
            log: folder.join("server.log"),
            servers: Vec::new(),
            started: AtomicU64::new(0),
            turn: AtomicU64::new(0),
        };
        for _ in 0..servers {
            let (process, place) = site.start_process(random);
            site.servers.push(Server { process: Mutex::new(process), place: RwLock::new(place) });
        }
        site
    }

    /// Returns whether several servers share the messages.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self.database, Database::Postgres { .. })
    }

    /// Returns the place of one of the servers. All have their turn.
    pub(crate) fn place(&self) -> Place {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) as usize;
        *self.servers[turn % self.servers.len()].place.read().unwrap()
    }

    /// Returns the places of all servers.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.servers.iter().map(|server| *server.place.read().unwrap()).collect()
    }

    /// Returns whether this process has not been killed yet.
    pub(crate) fn is_running(&self, generation: u64) -> bool {
        self.places().iter().any(|place| place.generation == generation)
    }

    /// Disturbs the site.
    ///
    /// A server is killed with `SIGKILL`, and starts again on another port. If several servers share the messages, the
    /// database restarts, the connections of the relays are cut, or nothing more; and not each time a server is killed.
    pub(crate) fn disturb(&self, random: &mut Random) {
        let Database::Postgres { server, url, .. } = &self.database else {
            return self.kill_and_restart(random);
        };
        match random.below(6) {
            0 => {
                let mut server = server.lock().unwrap();
                server.stop();
                server.start();
            }
            1..4 => {
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'relay'";
                PgConnection::establish(url).unwrap().batch_execute(cut).unwrap();
            }
            _ => {}
        }
        if random.chance(500) {
            self.kill_and_restart(random);
        }
    }

    fn kill_and_restart(&self, random: &mut Random) {
        let server = random.pick(&self.servers);
        let mut process = server.process.lock().unwrap();
        end(&mut process);
        let (started, place) = self.start_process(random);
        *process = started;
        *server.place.write().unwrap() = place;
    }

    /// Forgets what the servers have logged.
    pub(crate) fn clear_log(&self) {
        File::options().write(true).open(&self.log).unwrap().set_len(0).unwrap();
    }

    /// Returns the last lines of the log that contain one of these texts.
    pub(crate) fn log_about(&self, texts: &[String]) -> Vec<String> {
        let lines = BufReader::new(File::open(&self.log).unwrap()).split(b'\n');
        let lines = lines.map(|line| String::from_utf8_lossy(&line.unwrap()).into_owned());
        let lines = lines.filter(|line| texts.iter().any(|text| line.contains(text.as_str()))).collect::<Vec<_>>();
        lines[lines.len().saturating_sub(LINES)..].to_vec()
    }

    fn start_process(&self, random: &mut Random) -> (Child, Place) {
        // A server waits before it looks at the store without a hint: always, or so long that a missing hint is
        // noticed. If a hint may be lost on its way to another server, only a heartbeat finds the change.
        let heartbeat = *random.pick(if self.is_shared() { &[1, 3] } else { &[1, 60] });
        let log = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut server = Command::new(SERVER);
        match &self.database {
            Database::Sqlite(file) => server.arg(file).arg(heartbeat.to_string()),
            Database::Postgres { url, has_faults, .. } => {
                server.arg(url).arg(heartbeat.to_string()).args(has_faults.then_some("faults"))
            }
        };
        server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = server.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().parse().expect("the server has not started");
        let generation = self.started.fetch_add(1, Ordering::SeqCst);
        (child, Place { address, generation, heartbeat })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(self.process.get_mut().unwrap());
    }
}

fn end(process: &mut Child) {
    drop(process.kill());
    drop(process.wait());
}
