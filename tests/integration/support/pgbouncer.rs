//! Starts PgBouncer in front of a PostgreSQL database. It has few connections and lends each for one transaction.

use std::{
    fmt::Write,
    fs::{self, File, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use actix_web::http::Uri;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use super::not_tested;

/// Not every user has Debian's folder for this program in `PATH`.
const PROGRAMS: [&str; 2] = ["pgbouncer", "/usr/sbin/pgbouncer"];
/// The port in the name of the socket. The socket is in a new folder, so the port need not be free.
const PORT: u16 = 6432;
const LONGEST_START: Duration = Duration::from_secs(20);

/// A process of PgBouncer. It is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct PgBouncer {
    process: Child,
    folder: TempDir,
}

impl PgBouncer {
    /// Returns the major and the minor version of the program.
    ///
    /// If the program is missing, prints a warning and returns `None`. In continuous integration, panics instead.
    pub(crate) fn version() -> Option<(u32, u32)> {
        let Some(output) = PROGRAMS.iter().find_map(|program| Command::new(program).arg("--version").output().ok())
        else {
            not_tested("these tests need the program pgbouncer. Install it: apt-get install pgbouncer");
            return None;
        };
        // PgBouncer 1.18.0
        let output = String::from_utf8(output.stdout).unwrap();
        let mut numbers = output.split_whitespace().nth(1).unwrap().split('.').map(|number| number.parse().unwrap());
        Some((numbers.next().unwrap(), numbers.next().unwrap()))
    }

    /// Returns whether a statement that was prepared on one connection can be executed on another.
    pub(crate) fn knows_prepared_statements(version: (u32, u32)) -> bool {
        version >= (1, 21)
    }

    /// Starts PgBouncer in front of the database at this URL, with three connections to it.
    pub(crate) fn before(url: &str, version: (u32, u32)) -> Self {
        let folder = TempDir::new().unwrap();
        let is_root = fs::metadata(&folder).unwrap().uid() == 0;
        let mut settings = settings(url, &folder);
        if Self::knows_prepared_statements(version) {
            settings += "max_prepared_statements = 100\n";
        }
        if is_root {
            // PgBouncer refuses to run as root, and its user must create the socket in the folder.
            settings += "user = nobody\n";
            fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        }
        let [file, log] = ["pgbouncer.ini", "pgbouncer.log"].map(|name| folder.path().join(name));
        fs::write(&file, settings).unwrap();
        let start = |program| {
            let log = Stdio::from(File::create(&log).unwrap());
            Command::new(program).arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().ok()
        };
        let process = PROGRAMS.into_iter().find_map(start).unwrap();
        let mut started = Self { process, folder };
        let start = Instant::now();
        while let Err(error) = PgConnection::establish(&started.url()) {
            let is_over = started.process.try_wait().unwrap().is_some() || start.elapsed() > LONGEST_START;
            assert!(!is_over, "PgBouncer does not answer: {error}\n{}", fs::read_to_string(&log).unwrap());
            thread::sleep(Duration::from_millis(10));
        }
        started
    }

    /// Returns the URL of the database behind PgBouncer.
    pub(crate) fn url(&self) -> String {
        format!("postgres://anyone@/messages?host={}&port={PORT}", self.folder.path().display())
    }
}

/// Returns the settings. PgBouncer admits any client, and signs in to the server as the URL says.
fn settings(url: &str, folder: &TempDir) -> String {
    let uri = url.parse::<Uri>().unwrap();
    let authority = uri.authority().unwrap();
    let mut server = format!("host={} port={}", authority.host(), authority.port_u16().unwrap_or(5432));
    write!(server, " dbname={}", uri.path().trim_start_matches('/')).unwrap();
    if let Some((signed_in, _)) = authority.as_str().rsplit_once('@') {
        let (user, password) = signed_in.split_once(':').map_or((signed_in, None), |(user, it)| (user, Some(it)));
        write!(server, " user={user}").unwrap();
        if let Some(password) = password {
            write!(server, " password='{}'", password.replace('\'', "''")).unwrap();
        }
    }
    format!(
        "[databases]\nmessages = {server}\n[pgbouncer]\nunix_socket_dir = {}\nlisten_port = {PORT}\nauth_type = any\n\
         pool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 200\n",
        folder.path().display()
    )
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // If the process has ended by itself, the test has already failed.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
