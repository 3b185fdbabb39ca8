//! The connection of a relay: sends payloads, and hands over those of other processes.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use actix_messages::live::{RelayMessage, Subscriber};
use diesel::{
    Connection, ConnectionError, QueryableByName, RunQueryDsl,
    pg::PgConnection,
    result::Error as DieselError,
    sql_query,
    sql_types::{Array, Integer, Text},
};

use super::queue::Queue;
use crate::{
    postgres::{options::with_settings, table::MESSAGES},
    table_name::TableName,
};

/// The maximum length of a payload, in bytes. PostgreSQL refuses 8,000.
const MAX_PAYLOAD: usize = 7900;

/// The payload by which a new connection checks that notifications arrive.
const PING: &str = "";

/// How long the relay may hear nothing, not even itself.
const MAX_SILENCE: Duration = Duration::from_secs(5);

/// How often it looks for notifications, if there are watches and if not.
const LOOK_INTERVAL: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(250)];

/// The shortest time between two transactions that notify, after few hints and after more than [`MANY`]. Such a
/// transaction costs as much as several inserts, so the changes in this time are sent together.
const SEND_INTERVAL: [Duration; 2] = [Duration::from_millis(8), Duration::from_millis(20)];

/// The number of hints after which the next transaction waits longer.
const MANY: usize = 32;

/// Bounds each wait for the server: to connect, and for the network to deliver a statement.
const SETTINGS: [(&str, &str); 2] = [("connect_timeout", "5"), ("tcp_user_timeout", "10000")];

pub(super) struct RelayConnection {
    connection: PgConnection,
    channel: String,
    /// The server process of this connection, whose own notifications also arrive here.
    process: i32,
}

/// Why the relay does not work.
#[derive(Debug, thiserror::Error)]
pub(super) enum RelayError {
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Database(#[from] DieselError),
    #[error(
        "notifications don't arrive through this connection: pass the URL of the server itself, not of a pooler in \
         transaction mode"
    )]
    Deaf,
}

impl From<RelayError> for io::Error {
    fn from(error: RelayError) -> Self {
        Self::other(error)
    }
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Integer)]
    process: i32,
}

impl RelayConnection {
    pub(super) fn establish(url: &str) -> Result<Self, RelayError> {
        let url = with_settings(url, &SETTINGS);
        let mut connection = PgConnection::establish(&url)?;
        let place = "SELECT coalesce(current_schema()::text, '') AS schema, pg_backend_pid() AS process";
        let Place { schema, process } = sql_query(place).get_result::<Place>(&mut connection)?;
        let channel = channel_of(MESSAGES, &schema);
        sql_query(format!("LISTEN \"{channel}\"")).execute(&mut connection)?;
        let mut listening = Self { connection, channel, process };
        // From another connection: a pooler may deliver the notifications of the same one, while it sends a statement.
        let mut other =
            Self { connection: PgConnection::establish(&url)?, channel: listening.channel.clone(), process };
        other.notify(&[PING.to_owned()])?;
        let start = Instant::now();
        while start.elapsed() < MAX_SILENCE {
            if listening.arrived()?.iter().any(|(sender, _)| *sender != process) {
                return Ok(listening);
            }
            thread::sleep(LOOK_INTERVAL[0]);
        }
        Err(RelayError::Deaf)
    }

    /// Sends and receives until the feed is dropped, or the connection fails.
    pub(super) fn serve(mut self, queue: &Queue, subscriber: &Subscriber) -> Result<(), RelayError> {
        let (mut heard, mut send_at) = (Instant::now(), Instant::now());
        while subscriber.is_open() {
            let interval = LOOK_INTERVAL[usize::from(!subscriber.is_watched())];
            let messages = queue.take(interval, send_at);
            if !messages.is_empty() {
                send_at = Instant::now() + SEND_INTERVAL[usize::from(messages.len() > MANY)];
            }
            if let Err(error) = self.send(&messages) {
                queue.put_back(messages);
                return Err(error);
            }
            queue.count_sent(messages.len());
            for (process, payload) in self.arrived()? {
                heard = Instant::now();
                if process == self.process {
                    continue;
                }
                match serde_json::from_str::<Vec<RelayMessage>>(&payload) {
                    Ok(messages) => {
                        queue.count_received(messages.len());
                        subscriber.receive(&messages);
                    }
                    // A ping, or a message of another version.
                    Err(_) if payload == PING => {}
                    Err(_) => subscriber.missed(),
                }
            }
            // A feed publishes regularly, and its own notifications arrive here as well.
            if heard.elapsed() > MAX_SILENCE {
                return Err(RelayError::Deaf);
            }
        }
        Ok(())
    }

    fn send(&mut self, messages: &[RelayMessage]) -> Result<(), RelayError> {
        if messages.is_empty() {
            return Ok(());
        }
        self.notify(&payloads(messages))
    }

    /// Sends payloads in a separate transaction. `NOTIFY` in a transaction that writes would make all such commits wait
    /// for each other.
    fn notify(&mut self, payloads: &[String]) -> Result<(), RelayError> {
        let notify = sql_query("SELECT pg_notify($1, payload) FROM unnest($2) AS payload");
        let notify = notify.bind::<Text, _>(&self.channel).bind::<Array<Text>, _>(payloads);
        notify.execute(&mut self.connection)?;
        Ok(())
    }

    /// Returns the payloads that have arrived, with the server processes of their senders. It does not wait.
    fn arrived(&mut self) -> Result<Vec<(i32, String)>, RelayError> {
        let arrived = self.connection.notifications_iter();
        arrived.map(|one| one.map(|one| (one.process_id, one.payload)).map_err(RelayError::from)).collect()
    }
}

/// Returns the name of the channel, which is an identifier of at most 63 bytes. Applications with tables in different
/// schemas of one database have different channels.
fn channel_of(table: TableName, current_schema: &str) -> String {
    let schema = table.schema.unwrap_or(current_schema);
    let name = format!("{}.{schema}", table.table);
    let name = name.replace('"', "_");
    let end = (0..=name.len().min(63)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    name[..end].to_owned()
}

/// Puts messages into as few payloads as possible: JSON arrays of bounded length.
fn payloads(messages: &[RelayMessage]) -> Vec<String> {
    let mut payloads = Vec::<String>::new();
    let messages = messages.iter().filter_map(|message| serde_json::to_string(message).ok());
    for message in messages {
        match payloads.last_mut().filter(|payload| payload.len() + message.len() + 2 <= MAX_PAYLOAD) {
            Some(payload) => {
                payload.push(',');
                payload.push_str(&message);
            }
            None => payloads.push(format!("[{message}")),
        }
    }
    payloads.iter_mut().for_each(|payload| payload.push(']'));
    payloads
}

#[cfg(test)]
mod tests {
    use actix_messages::{
        MessageId, Recipient,
        live::{ChangeHint, ChangeKind, RelayContent},
    };

    use super::*;

    #[test]
    fn payloads_are_bounded_and_read_back() {
        let longest = Recipient::user("\u{10FFFF}".repeat(32)).unwrap().archive();
        let ids = (0..64).map(|number| MessageId::new(i64::MAX - number)).collect::<Vec<_>>();
        let content = RelayContent::Changed(ChangeHint::new(longest, ChangeKind::Unread(ids)));
        let message = RelayMessage::new(u32::MAX, u64::MAX, content);
        let messages = vec![message; 100];
        let payloads = payloads(&messages);
        assert!(payloads.iter().all(|payload| payload.len() <= MAX_PAYLOAD));
        assert!((15..=50).contains(&payloads.len()), "{}", payloads.len());
        let read = payloads.iter().flat_map(|payload| serde_json::from_str::<Vec<RelayMessage>>(payload).unwrap());
        assert_eq!(read.collect::<Vec<_>>(), messages);
        assert!(super::payloads(&[]).is_empty());
    }

    #[test]
    fn a_channel_is_named_by_table_and_schema() {
        let table = TableName { schema: None, table: "actix_messages" };
        assert_eq!(channel_of(table, "public"), "actix_messages.public");
        assert_eq!(channel_of(TableName { schema: Some("inbox"), ..table }, "public"), "actix_messages.inbox");
        assert_eq!(channel_of(table, &"ä".repeat(31)).len(), 63);
    }
}
