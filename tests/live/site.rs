//! The server, which is killed and started again.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, RwLock},
};

const SERVER: &str = env!("CARGO_BIN_EXE_live_server");

/// The number of lines of the log that are kept for a report.
const LINES: usize = 200;

/// A server on an SQLite file.
#[derive(Debug)]
pub(crate) struct Site {
    file: PathBuf,
    log: PathBuf,
    process: Mutex<Child>,
    place: RwLock<Place>,
}

/// The present process of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// How many processes there were before.
    pub(crate) generation: u64,
    /// The seconds between the heartbeats of a stream.
    pub(crate) heartbeat: u64,
}

impl Site {
    pub(crate) fn start(folder: &Path, heartbeat: u64) -> Self {
        let [file, log] = ["messages.sqlite", "server.log"].map(|name| folder.join(name));
        let (process, address) = start(&file, &log, heartbeat);
        let place = Place { address, generation: 0, heartbeat };
        Self { file, log, process: Mutex::new(process), place: RwLock::new(place) }
    }

    pub(crate) fn place(&self) -> Place {
        *self.place.read().unwrap()
    }

    pub(crate) fn heartbeat(&self) -> u64 {
        self.place().heartbeat
    }

    /// Kills the server with `SIGKILL`, and starts it again on another port.
    pub(crate) fn kill_and_restart(&self, heartbeat: u64) {
        let mut process = self.process.lock().unwrap();
        end(&mut process);
        let (started, address) = start(&self.file, &self.log, heartbeat);
        *process = started;
        let mut place = self.place.write().unwrap();
        *place = Place { address, generation: place.generation + 1, heartbeat };
    }

    /// Forgets what the server has logged.
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
}

impl Drop for Site {
    fn drop(&mut self) {
        end(self.process.get_mut().unwrap());
    }
}

fn start(file: &Path, log: &Path, heartbeat: u64) -> (Child, SocketAddr) {
    let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let mut server = Command::new(SERVER);
    server.arg(file).arg(heartbeat.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
    let mut child = server.spawn().unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (child, address.trim().parse().expect("the server has not started"))
}

fn end(process: &mut Child) {
    drop(process.kill());
    drop(process.wait());
}
