//! A PostgreSQL server of a test's own, which can be stopped, started, killed and paused.

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

use super::{SmallDisk, not_tested};

/// Where Debian puts the programs, a folder for each version; elsewhere they are on the path.
const VERSIONS: &str = "/usr/lib/postgresql";
/// It refuses to be root, so it is one of these then.
const OTHERS: [&str; 2] = ["postgres", "nobody"];
const LONGEST_START: Duration = Duration::from_secs(60);

/// A server in a folder of its own, killed when this is dropped.
#[derive(Debug)]
pub(crate) struct PostgresServer {
    programs: PathBuf,
    user: Option<(u32, u32)>,
    folder: TempDir,
    port: u16,
    disk: Option<SmallDisk>,
    process: Option<Child>,
}

impl PostgresServer {
    /// A new one, started.
    ///
    /// Where its programs are not installed, `None`, and it is said loudly; but in continuous integration it is a
    /// failure.
    pub(crate) fn start_new() -> Option<Self> {
        let mut server = Self::new()?;
        server.start();
        Some(server)
    }

    /// One that has a tablespace `small` on a small disk, started.
    ///
    /// Where there can be none, `None`, as above.
    pub(crate) fn start_new_with_small_disk() -> Option<Self> {
        let mut server = Self::new()?;
        let disk = SmallDisk::new(server.user)?;
        let small = format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display());
        server.disk = Some(disk);
        server.start();
        PgConnection::establish(&server.url()).unwrap().batch_execute(&small).unwrap();
        Some(server)
    }

    /// A new one.
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
        // Nobody else takes it in the moment between.
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

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The same database, whose new tables are on the small disk.
    pub(crate) fn url_on_small_disk(&self) -> String {
        format!("{}?options=-c%20default_tablespace%3Dsmall", self.url())
    }

    /// Makes room on the small disk.
    pub(crate) fn make_room(&self) {
        let (disk, process) = (self.disk.as_ref().unwrap(), self.process.as_ref().unwrap());
        disk.make_room_for(process.id());
    }

    /// Starts it again, on the same port with the same data.
    pub(crate) fn start(&mut self) {
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
            assert!(!is_late, "it does not start: {error}\n{}", fs::read_to_string(&log).unwrap());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it as an administrator does, without waiting for who is connected.
    pub(crate) fn stop(&mut self) {
        self.end("INT");
    }

    /// Ends it as a loss of power does.
    pub(crate) fn kill(&mut self) {
        // All stand still before: those that are left would finish what they do, and the first process starts another one
        // for each that it sees die.
        self.pause();
        self.signal_all("KILL");
        self.wait();
    }

    /// Lets none of its processes run: connections are accepted by the system, and nothing is ever said on them.
    pub(crate) fn pause(&self) {
        self.signal_all("STOP");
    }

    pub(crate) fn resume(&self) {
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

    /// Each connection has a process of its own, a child of the first one.
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
        // What the tests' own server is called must not be what this one is.
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

/// The folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten().map(|version| version.path().join("bin"));
    let mut versions = versions.collect::<Vec<_>>();
    versions.sort();
    let on_the_path = std::env::var_os("PATH").unwrap_or_default();
    versions.extend(std::env::split_paths(&on_the_path));
    let has_both = |folder: &&PathBuf| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file());
    versions.iter().rev().find(has_both).cloned()
}

/// A user who is not root.
fn another_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let user = |name: &str| {
        let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let fields = fields.into_iter().find(|fields| fields[0] == name)?;
        Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
    };
    OTHERS.into_iter().find_map(user).expect("there is a user who is not root")
}

/// The processes that this one has started, out of what the system says of each.
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
    // One that has ended meanwhile is no failure.
    drop(Command::new("sh").args(["-c", &format!("kill -{signal} {processes}")]).stderr(Stdio::null()).status());
}
