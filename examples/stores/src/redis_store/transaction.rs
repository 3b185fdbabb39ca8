//! Changes mailboxes by commands of Redis that are carried out either all together or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    sync::PoisonError,
};

use actix_messages::{
    Message, MessageContent, MessageFilter, MessageId, MessageState, Recipient, SessionId, Timestamp,
    store::{MailboxContents, MailboxMap, Mark, StoreError},
};
use redis::{
    AsyncCommands, AsyncConnectionConfig, FromRedisValue, Pipeline, RedisError, RetryMethod, Value,
    aio::MultiplexedConnection, pipe,
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::MutexGuard,
    time::{error::Elapsed, timeout},
};

use super::RedisStore;

/// The maximum number of mailboxes that one step of a sweep reads. The first of them may already be finished.
pub(super) const SWEPT_AT_ONCE: usize = 100;

/// Any error that stops a verb.
pub(super) type Obstacle = Box<dyn Error + Send + Sync>;

/// The mailboxes that a verb changes.
#[derive(Clone, Copy)]
pub(super) enum Whose<'a> {
    These(&'a [Recipient]),
    /// The mailboxes of all recipients that have messages bound to this session.
    BoundTo(&'a SessionId),
    /// The next mailboxes of a sweep, from this one on. `None` starts with the first mailbox.
    Next(Option<&'a Recipient>),
}

/// The stored form of a message.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Message")]
struct Kept {
    id: MessageId,
    content: MessageContent,
    session: Option<SessionId>,
    key: Option<String>,
    until: Option<Timestamp>,
    state: MessageState,
}

impl RedisStore {
    /// Returns a key. The braces keep all keys on one node of a cluster, because a transaction is limited to one node.
    fn key(&self, what: &str) -> String {
        format!("{{{}}}:{what}", self.prefix)
    }

    /// A hash: id -> message.
    fn mailbox(&self, of: &Recipient) -> String {
        self.key(&format!("mailbox:{}", of.key()))
    }

    /// A hash: mark -> id.
    pub(super) fn marks(&self, of: &Recipient) -> String {
        self.key(&format!("marks:{}", of.key()))
    }

    /// A sorted set: the recipients that have messages, in alphabetical order.
    fn recipients(&self) -> String {
        self.key("recipients")
    }

    /// A set: the recipients that have messages bound to the session.
    fn bound_to(&self, session: &SessionId) -> String {
        self.key(&format!("session:{session}"))
    }

    /// Calls `read` with the messages that match the filter, and returns its result.
    pub(super) async fn read<T>(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        read: impl FnOnce(Vec<Message>) -> T,
    ) -> Result<T, StoreError> {
        self.with_timeout(async {
            let mut connection = self.connection().await?;
            let messages = messages_of(&connection.hvals::<_, Vec<String>>(self.mailbox(of)).await?)?;
            self.give_back(connection);
            Ok(read(messages.into_values().filter(|message| filter.matches(message)).collect()))
        })
        .await
    }

    /// Calls `change` with whole mailboxes, saves the changes, and returns its result. If another client changes the
    /// mailboxes in the meantime, `change` is called again with their new contents.
    pub(super) async fn change_mailboxes<T>(
        &self,
        whose: Whose<'_>,
        change: impl Fn(&mut MailboxMap) -> T,
    ) -> Result<T, StoreError> {
        self.with_timeout(async {
            let (mut connection, mut turn) = (self.connection().await?, None);
            loop {
                let of = self.find(whose, &mut connection).await?;
                let keys = of.iter().map(|of| self.mailbox(of)).collect::<Vec<_>>();
                let messages = self.watch::<Vec<String>>(&keys, &["HVALS"], &mut connection).await?;
                let keys = of.iter().map(|of| self.marks(of)).collect::<Vec<_>>();
                let marks = self.watch::<BTreeMap<String, i64>>(&keys, &["HGETALL"], &mut connection).await?;
                let contents = messages.iter().zip(marks).map(|(messages, marks)| contents_of(messages, marks));
                let contents = contents.collect::<Result<Vec<_>, _>>()?;
                let before = of.iter().cloned().zip(contents).collect::<MailboxMap>();
                let mut after = before.clone();
                let answer = change(&mut after);
                let mut commands = Pipeline::new();
                for of in &of {
                    self.write(of, before.contents(of), after.contents(of), &mut commands)?;
                }
                if self.commit(commands, &mut connection, &mut turn).await? {
                    self.give_back(connection);
                    return Ok(answer);
                }
            }
        })
        .await
    }

    /// Returns the current recipients of these mailboxes.
    async fn find(&self, whose: Whose<'_>, connection: &mut MultiplexedConnection) -> Result<Vec<Recipient>, Obstacle> {
        let keys: Vec<String> = match whose {
            Whose::These(of) => return Ok(of.to_vec()),
            Whose::BoundTo(session) => {
                let key = self.bound_to(session);
                let () = redis::cmd("WATCH").arg(&key).query_async(connection).await?;
                connection.smembers(key).await?
            }
            Whose::Next(from) => {
                let from = from.map_or("-".to_owned(), |from| format!("[{}", from.key()));
                connection.zrangebylex_limit(self.recipients(), from, "+", 0, SWEPT_AT_ONCE as isize).await?
            }
        };
        Ok(keys.iter().map(|key| key.parse()).collect::<Result<_, _>>()?)
    }

    /// Returns the results of a command on each key. From now on, a transaction on this connection fails if any of the
    /// keys has changed.
    pub(super) async fn watch<T: FromRedisValue>(
        &self,
        keys: &[String],
        command: &[&str],
        connection: &mut MultiplexedConnection,
    ) -> Result<Vec<T>, Obstacle> {
        let mut commands = pipe();
        for key in keys {
            commands.cmd("WATCH").arg(key).ignore();
        }
        for key in keys {
            commands.cmd(command[0]).arg(key).arg(&command[1..]);
        }
        // The client refuses to send an empty pipeline.
        if keys.is_empty() { Ok(Vec::new()) } else { Ok(commands.query_async(connection).await?) }
    }

    /// Adds the commands that change a mailbox from `before` to `after`.
    pub(super) fn write(
        &self,
        of: &Recipient,
        before: &MailboxContents,
        after: &MailboxContents,
        commands: &mut Pipeline,
    ) -> Result<(), Obstacle> {
        let (mailbox, marks, of) = (self.mailbox(of), self.marks(of), of.key());
        for mark in before.marks.keys().filter(|mark| !after.marks.contains_key(mark)) {
            commands.hdel(&marks, mark.as_str());
        }
        for (mark, position) in after.marks.iter().filter(|(mark, position)| before.marks.get(mark) != Some(position)) {
            commands.hset(&marks, mark.as_str(), position.value());
        }
        let (before, after) = (&before.messages, &after.messages);
        for id in before.keys().filter(|id| !after.contains_key(id)) {
            commands.hdel(&mailbox, id.value());
        }
        for (id, message) in after.iter().filter(|(id, message)| before.get(id) != Some(message)) {
            let json = Kept::serialize(message, serde_json::value::Serializer)?.to_string();
            commands.hset(&mailbox, id.value(), json);
        }
        type Messages = BTreeMap<MessageId, Message>;
        let sessions = |of: &Messages| of.values().flat_map(|it| it.session.clone()).collect::<BTreeSet<_>>();
        let (bound_before, bound_after) = (sessions(before), sessions(after));
        for session in bound_before.difference(&bound_after) {
            commands.srem(self.bound_to(session), &of);
        }
        for session in bound_after.difference(&bound_before) {
            commands.sadd(self.bound_to(session), &of);
        }
        match (before.is_empty(), after.is_empty()) {
            (true, false) => commands.zadd(self.recipients(), &of, 0),
            (false, true) => commands.zrem(self.recipients(), &of),
            _ => commands,
        };
        Ok(())
    }

    /// Carries out all commands and returns `true`. If another client has changed a watched key, carries out none of
    /// them and returns `false`.
    pub(super) async fn commit<'a>(
        &'a self,
        mut commands: Pipeline,
        connection: &mut MultiplexedConnection,
        turn: &mut Option<MutexGuard<'a, ()>>,
    ) -> Result<bool, Obstacle> {
        let is_done = commands.atomic().query_async::<Option<Vec<Value>>>(connection).await?.is_some();
        if !is_done && turn.is_none() {
            *turn = Some(self.turns.lock().await);
        }
        Ok(is_done)
    }

    /// Runs a whole verb within the store's timeout.
    pub(super) async fn with_timeout<T>(
        &self,
        verb: impl Future<Output = Result<T, Obstacle>>,
    ) -> Result<T, StoreError> {
        let outcome = timeout(self.wait_timeout, verb).await.unwrap_or_else(|elapsed| Err(elapsed.into()));
        outcome.map_err(|obstacle| {
            // If one connection broke, the others probably broke too.
            self.idle(Vec::clear);
            failure(obstacle)
        })
    }

    /// Returns a connection for one verb. The verb gives it back if it succeeds. If the verb fails or is dropped
    /// halfway, the connection is closed.
    pub(super) async fn connection(&self) -> Result<MultiplexedConnection, Obstacle> {
        if let Some(connection) = self.idle(Vec::pop) {
            return Ok(connection);
        }
        let unlimited = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        Ok(self.client.get_multiplexed_async_connection_with_config(&unlimited).await?)
    }

    pub(super) fn give_back(&self, connection: MultiplexedConnection) {
        self.idle(|idle| idle.push(connection));
    }

    fn idle<T>(&self, change: impl FnOnce(&mut Vec<MultiplexedConnection>) -> T) -> T {
        change(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn contents_of(kept: &[String], marks: BTreeMap<String, i64>) -> Result<MailboxContents, Obstacle> {
    let mark = |name: String| if name == Mark::NEWEST.as_str() { Ok(Mark::NEWEST) } else { Mark::new(name) };
    let marks = marks.into_iter().map(|(name, position)| Ok((mark(name)?, MessageId::new(position))));
    Ok(MailboxContents { messages: messages_of(kept)?, marks: marks.collect::<Result<_, Obstacle>>()? })
}

fn messages_of(kept: &[String]) -> Result<BTreeMap<MessageId, Message>, Obstacle> {
    let messages = kept.iter().map(|json| Kept::deserialize(&mut serde_json::Deserializer::from_str(json)));
    Ok(messages.map(|message| message.map(|message| (message.id, message))).collect::<Result<_, _>>()?)
}

/// Returns `Unavailable` if the same call may succeed a moment later. Otherwise, returns `Failed`.
pub(super) fn failure(source: Obstacle) -> StoreError {
    let is_passing = match source.downcast_ref::<RedisError>() {
        Some(error) => {
            let retry = error.retry_method();
            error.is_io_error() || matches!(retry, RetryMethod::WaitAndRetry | RetryMethod::RefreshSlotsAndRetry)
        }
        None => source.is::<Elapsed>(),
    };
    let store = "Redis";
    if is_passing { StoreError::Unavailable { store, source } } else { StoreError::Failed { store, source } }
}
