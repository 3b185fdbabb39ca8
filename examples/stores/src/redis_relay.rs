//! Implements a relay with `PUBLISH` and `SUBSCRIBE` of Redis.

use std::{
    error::Error,
    fmt, mem,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use actix_messages::live::{Relay, RelayMessage, Subscriber};
use redis::{Client, RedisResult};

/// The maximum number of messages that wait to be sent.
const MAX_WAITING: usize = 100_000;

/// How long the relay waits for a message before it sends its own.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// How long the relay may hear nothing, not even itself.
const MAX_SILENCE: Duration = Duration::from_secs(5);

/// The wait between two attempts to connect.
const RETRY: Duration = Duration::from_millis(500);

/// Carries hints between processes through a channel of Redis.
pub struct RedisRelay {
    client: Client,
    channel: String,
    waiting: Arc<Mutex<Vec<RelayMessage>>>,
}

impl RedisRelay {
    /// Returns a relay on the server at a URL (`redis://127.0.0.1:6379`). All processes use the same channel. The relay
    /// connects in the background, and again after each interruption.
    ///
    /// # Errors
    ///
    /// [`RedisError`](redis::RedisError) if this is not the URL of a Redis server.
    pub fn open(url: &str, channel: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, channel: channel.to_owned(), waiting: Arc::default() })
    }
}

/// Hides the URL, which may contain a password.
impl fmt::Debug for RedisRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRelay").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl Relay for RedisRelay {
    fn publish(&self, messages: &[RelayMessage]) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + messages.len() > MAX_WAITING {
            // The other processes notice it by the numbers of the messages after them.
            waiting.clear();
        }
        waiting.extend_from_slice(messages);
    }

    fn subscribe(&self, subscriber: Subscriber) {
        let (client, channel, waiting) = (self.client.clone(), self.channel.clone(), Arc::clone(&self.waiting));
        thread::spawn(move || {
            while subscriber.is_open() {
                // If sending or receiving fails, the messages that other processes publish until the next attempt are
                // missed.
                drop(carry(&client, &channel, &waiting, &subscriber));
                thread::sleep(RETRY);
            }
        });
    }
}

/// Sends and receives until the feed is dropped or a connection fails.
fn carry(
    client: &Client,
    channel: &str,
    waiting: &Mutex<Vec<RelayMessage>>,
    subscriber: &Subscriber,
) -> Result<(), Box<dyn Error>> {
    let (mut sending, mut receiving) = (client.get_connection()?, client.get_connection()?);
    let mut receiving = receiving.as_pubsub();
    receiving.subscribe(channel)?;
    receiving.set_read_timeout(Some(LOOK_INTERVAL))?;
    subscriber.missed();
    let mut heard = Instant::now();
    while subscriber.is_open() {
        let messages = mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if !messages.is_empty() {
            redis::cmd("PUBLISH").arg(channel).arg(serde_json::to_string(&messages)?).exec(&mut sending)?;
        }
        match receiving.get_message() {
            Ok(message) => {
                heard = Instant::now();
                match serde_json::from_str::<Vec<RelayMessage>>(&message.get_payload::<String>()?) {
                    Ok(messages) => subscriber.receive(&messages),
                    // Another version of the application sends messages that this one does not know.
                    Err(_) => subscriber.missed(),
                }
            }
            Err(error) if error.is_timeout() => {}
            Err(error) => return Err(error.into()),
        }
        // A connection may be dead although nothing has failed. A feed publishes regularly, and the relay hears itself.
        if heard.elapsed() > MAX_SILENCE {
            break;
        }
    }
    Ok(())
}
