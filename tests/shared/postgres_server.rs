//! A PostgreSQL server for one test, which can be stopped, started, killed and paused.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use tempfile::TempDir;

use crate::{SmallDisk, not_tested};

/// Debian's folder for the programs, with a folder for each version. Elsewhere, the programs are in `PATH`.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The server refuses to run as root. In that case, it runs as one of these users.
const OTHERS: [&str; 2] = ["postgres", "nobody"];
const LONGEST_START: Duration = Duration::from_secs(60);

/// A server in a new folder. It is killed when this value is dropped.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    user: Option<(u32, u32)>,
    folder: TempDir,
    port: u16,
    disk: Option<SmallDisk>,
    process: Option<Child>,
}

impl PostgresServer {
    /// Starts a new server.
    ///
    /// If the programs are not installed, prints a warning and returns `None`. In continuous integration, panics
    /// instead.
    pub fn start_new() -> Option<Self> {
        let mut server = Self::new()?;
        server.start();
        Some(server)
    }

    /// Starts a new server that has a tablespace `small` on a small disk.
    ///
    /// Returns `None` as [`start_new`](Self::start_new) does, and also if the system allows no small disk.
    pub fn start_new_with_small_disk() -> Option<Self> {
        let mut server = Self::new()?;
        let disk = SmallDisk::new(server.user)?;
        let small = format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display());
        server.disk = Some(disk);
        server.start();
        PgConnection::establish(&server.url()).unwrap().batch_execute(&small).unwrap();
        Some(server)
    }

    /// Creates a server without starting it.
    fn new() -> Option<Self> {
        let Some(programs) = programs() else {
            not_tested(
                "these tests need the programs of a PostgreSQL server, initdb and postgres. Install them: apt-get \
                 install postgresql",
            );
            return None;
        };
        let folder = TempDir::new().unwrap();
        let is_root = fs::metadata(&folder).unwrap().uid() == 0;
        let user = is_root.then(another_user);
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        // Normally, no other program takes the port before the server starts.
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let server = Self { programs, user, folder, port, disk: None, process: None };
        let made = server
            .command("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--pgdata"])
            .arg(server.data())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(server)
    }

    /// Returns the URL of its database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Returns the URL of the same database, with new tables on the small disk.
    pub fn url_on_small_disk(&self) -> String {
        format!("{}?options=-c%20default_tablespace%3Dsmall", self.url())
    }

    /// Frees space on the small disk.
    pub fn make_room(&self) {
        let (disk, process) = (self.disk.as_ref().unwrap(), self.process.as_ref().unwrap());
        disk.make_room_for(process.id());
    }

    /// Starts the server. It always has the same port and the same data.
    pub fn start(&mut self) {
        let log = self.folder.path().join("log");
        let mut start = self.command("postgres");
        start.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
        start.args(["-p", &self.port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "shared_buffers=8MB", "max_connections=20", "fsync=off"] {
            start.args(["-c", setting]);
        }
        let log_file = File::options().create(true).append(true).open(&log).unwrap();
        self.process = Some(start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file).spawn().unwrap());
        let start = Instant::now();
        while let Err(error) = PgConnection::establish(&self.url()) {
            let is_late = start.elapsed() > LONGEST_START;
            assert!(!is_late, "the server does not start: {error}\n{}", fs::read_to_string(&log).unwrap());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server as an administrator does, without waiting for clients to disconnect.
    pub fn stop(&mut self) {
        self.end("INT");
    }

    /// Ends the server as a loss of power does.
    pub fn kill(&mut self) {
        // All processes are paused first. Otherwise, the remaining processes would finish their work, and the first
        // process would start a new process for each one that it sees die.
        self.pause();
        self.signal_all("KILL");
        self.wait();
    }

    /// Pauses all processes. The system still accepts connections, but no answer is ever sent on them.
    pub fn pause(&self) {
        self.signal_all("STOP");
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.signal_all("CONT");
    }

    fn end(&mut self, signal: &str) {
        if let Some(process) = &self.process {
            send(signal, &[process.id()]);
            self.wait();
        }
    }

    fn wait(&mut self) {
        if let Some(mut process) = self.process.take() {
            drop(process.wait());
        }
    }

    /// Sends a signal to all processes. Each connection has its own process, a child of the first process.
    fn signal_all(&self, signal: &str) {
        if let Some(process) = &self.process {
            let mut all = children(process.id());
            all.push(process.id());
            send(signal, &all);
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match &self.disk {
            Some(disk) => disk.run(program),
            None => Command::new(program),
        };
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        // Variables that describe the shared server must not affect this one.
        for name in ["PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGDATABASE", "PGOPTIONS"] {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns the folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten().map(|version| version.path().join("bin"));
    let mut versions = versions.collect::<Vec<_>>();
    versions.sort();
    let on_the_path = std::env::var_os("PATH").unwrap_or_default();
    versions.extend(std::env::split_paths(&on_the_path));
    let has_both = |folder: &&PathBuf| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file());
    versions.iter().rev().find(has_both).cloned()
}

/// Returns the user id and group id of a user who is not root.
fn another_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = |name: &str| {
        let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let fields = fields.into_iter().find(|fields| fields[0] == name)?;
        Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
    };
    OTHERS.into_iter().find_map(user).expect("there is a user who is not root")
}

/// Returns the child processes of this process, from `/proc`.
fn children(of: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let is_child = |process: &Path| {
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|parent| parent.trim() == of.to_string()))
    };
    let children = processes.filter(|process| is_child(process));
    children.filter_map(|process| process.file_name()?.to_str()?.parse().ok()).collect()
}

fn send(signal: &str, processes: &[u32]) {
    let processes = processes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    // A process that has already ended is not an error.
    drop(Command::new("sh").args(["-c", &format!("kill -{signal} {processes}")]).stderr(Stdio::null()).status());
}
