//! What the server logs, as text.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

/// A log that is kept in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes whatever this thread logs from now on. To be called where the application is made, which is on the
    /// threads that serve it.
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
