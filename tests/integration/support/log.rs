//! The server's log, as text.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

/// A log in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Records everything that this thread logs from now on. Call it where the application is created: that code
    /// runs on the threads that serve it.
    pub(crate) fn follow_this_thread(&self) {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || log.clone());
        std::mem::forget(tracing::subscriber::set_default(subscriber.finish()));
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
