//! Finds the Redis server of the tests, and gives each test its own keys.

use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    sync::OnceLock,
};

use redis::{Client, Commands};

/// Returns the URL of the Redis server: the value of `REDIS_URL`, or a server on this machine.
///
/// If no server answers, prints a warning and returns `None`. In continuous integration, panics instead.
pub(crate) fn redis() -> Option<String> {
    static SERVER: OnceLock<Result<String, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let url = env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
        match Client::open(&*url).and_then(|client| client.get_connection()) {
            Ok(_) => Ok(url),
            Err(error) => {
                let how = format!(
                    "NOT TESTED: the store on Redis. No server answers at {url}: {error}. Start one for the \
                     tests, `.ci/with-redis cargo test --workspace`, or name one: REDIS_URL=redis://host:port"
                );
                // Written directly, because the test harness hides the output of tests that pass.
                let _ = writeln!(io::stderr(), "{how}");
                Err(how)
            }
        }
    });
    match server {
        Ok(url) => Some(url.clone()),
        Err(how) => {
            assert!(env::var_os("CI").is_none(), "{how}");
            None
        }
    }
}

/// A unique prefix of keys. The keys are deleted when it is dropped.
pub(crate) struct Prefix {
    name: String,
    client: Client,
}

impl Prefix {
    pub(crate) fn on(url: &str) -> Self {
        let name = format!("actix-messages-tests-{:016x}", RandomState::new().hash_one(()));
        Self { name, client: Client::open(url).unwrap() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the keys that begin with the prefix.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut connection = self.client.get_connection().unwrap();
        connection.scan_match(format!("{{{}}}*", self.name)).unwrap().map(Result::unwrap).collect()
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        let keys = self.keys();
        if !keys.is_empty() {
            let () = self.client.get_connection().unwrap().unlink(keys).unwrap();
        }
    }
}
