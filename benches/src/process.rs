//! Starts servers in separate processes, and reads their CPU time and memory from `/proc`.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::Failure;

/// The ticks per second in `/proc/PID/stat`. On Linux, this is independent of the kernel's internal tick rate.
const TICKS_PER_SECOND: u32 = 100;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts this program again, as a server for these arguments on a free port.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(env::current_exe()?);
        let mut child = command.arg("serve").args(arguments).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let mut server = Self { child, port: 0 };
        server.port = line.trim().parse().map_err(|_| format!("a server did not start: {arguments:?}"))?;
        Ok(server)
    }

    /// Returns the CPU time that the server has used so far, in user and in kernel mode.
    pub(crate) fn processor_time(&self) -> Result<Duration, Failure> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name of the program, in parentheses, may contain any character.
        let fields = stat.rsplit_once(')').ok_or("/proc/PID/stat has no name")?.1.split_whitespace();
        let ticks = fields.skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
        Ok(Duration::from_secs(1) * ticks / TICKS_PER_SECOND)
    }

    /// Returns the resident memory of the server, in megabytes.
    pub(crate) fn memory(&self) -> Result<f64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(resident.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
