//! A folder that one process sees as a small disk.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::not_tested;

/// A disk with 600 KB of free space, and a file that can be deleted to free more.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
    user: Option<(u32, u32)>,
}

impl SmallDisk {
    /// Creates a disk that belongs to this user, or by default to the user who runs the tests. If the system does not
    /// allow it, prints a warning and returns `None`. In continuous integration, panics instead.
    pub fn new(user: Option<(u32, u32)>) -> Option<Self> {
        let disk = Self { folder: TempDir::new().unwrap(), user };
        if let Some((user, group)) = user {
            chown(disk.path(), Some(user), Some(group)).unwrap();
        }
        let is_possible = disk.run("true").stderr(Stdio::null()).status();
        if is_possible.is_ok_and(|status| status.success()) {
            return Some(disk);
        }
        not_tested("these tests need a user who may mount a tmpfs in a new namespace (unshare, mount)");
        None
    }

    /// Returns a command that runs the program with the disk mounted in the folder.
    pub fn run(&self, program: impl AsRef<Path>) -> Command {
        let path = self.path().display();
        let mount = format!(
            "mount -t tmpfs -o size=2m,mode=0700 none {path} && head -c 1400k /dev/zero > {path}/{BALLAST} && \
             exec \"$0\" \"$@\""
        );
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", &mount]);
        command.arg(program.as_ref());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// Returns its folder, as the process sees it.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Frees space for this process, which was started by [`run`](Self::run).
    pub fn make_room_for(&self, process: u32) {
        let root = Path::new("/proc").join(process.to_string()).join("root");
        fs::remove_file(root.join(self.path().strip_prefix("/").unwrap()).join(BALLAST)).unwrap();
    }
}

const BALLAST: &str = "ballast";
