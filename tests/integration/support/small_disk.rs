//! A folder that is a small disk of its own, for one process.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::not_tested;

/// A disk with room for 600 KB, beside something that can be thrown away.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    folder: TempDir,
    user: Option<(u32, u32)>,
}

impl SmallDisk {
    /// One that belongs to this user; by default to whoever runs the tests. `None` where the system lets nobody have one,
    /// which is said loudly.
    pub(crate) fn new(user: Option<(u32, u32)>) -> Option<Self> {
        let disk = Self { folder: TempDir::new().unwrap(), user };
        if let Some((user, group)) = user {
            chown(disk.path(), Some(user), Some(group)).unwrap();
        }
        let is_possible = disk.run("true").stderr(Stdio::null()).status();
        if is_possible.is_ok_and(|status| status.success()) {
            return Some(disk);
        }
        not_tested("a full disk needs a user who may mount a tmpfs in a namespace of their own: unshare, mount");
        None
    }

    /// The program, to be started where the folder is the disk.
    pub(crate) fn run(&self, program: impl AsRef<Path>) -> Command {
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

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes room for this process, which was started by [`run`](Self::run).
    pub(crate) fn make_room_for(&self, process: u32) {
        let root = Path::new("/proc").join(process.to_string()).join("root");
        fs::remove_file(root.join(self.path().strip_prefix("/").unwrap()).join(BALLAST)).unwrap();
    }
}

const BALLAST: &str = "ballast";
