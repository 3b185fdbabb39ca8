//! Implements the floor of live streams: one `Notify` for each user, and two reads for each change, on plain Diesel.

use std::{fmt::Write, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, Result,
    error::ErrorNotFound,
    web::{self, Bytes, Data, Path, ServiceConfig},
};
use futures_util::stream;
use tokio::sync::Notify;

use crate::{
    Failure, by_hand,
    floor::{MessageJson, PeekBody, Pools, run},
    serve::user,
};

struct Live {
    pools: Pools,
    /// Tells the stream of each user of a change.
    changes: Vec<Notify>,
}

/// Returns the endpoints on the database in this file, for this many users.
pub(crate) fn on(path: &str, users: usize) -> Result<impl Fn(&mut ServiceConfig) + Clone + use<>, Failure> {
    // Creates the table.
    actix_messages_diesel::DieselStore::open(path)?;
    let changes = (0..users).map(|_| Notify::new()).collect();
    let live = Data::new(Live { pools: Pools::open(path)?, changes });
    Ok(move |app: &mut ServiceConfig| {
        app.app_data(live.clone())
            .route("/messages/stream/", web::get().to(stream))
            .route("/add-to/{number}", web::post().to(add_to))
            .route("/add-to-all", web::post().to(add_to_all));
    })
}

/// A stream that has looked at the messages up to an id.
struct Stream {
    live: Arc<Live>,
    number: usize,
    reached: i64,
    has_begun: bool,
}

async fn stream(request: HttpRequest, live: Data<Live>) -> Result<HttpResponse> {
    let number = user(&request).and_then(|user| user.strip_prefix("user")?.parse::<usize>().ok());
    let number = number.filter(|number| *number < live.changes.len()).ok_or_else(|| ErrorNotFound("no such user"))?;
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let reached = match last {
        Some(id) => id,
        None => run(&live.pools.readers, move |connection| by_hand::newest(connection, &key(number))).await?,
    };
    let stream = Stream { live: live.into_inner(), number, reached, has_begun: false };
    let events = stream::unfold(stream, |mut stream| async move { Some((stream.next().await, stream)) });
    Ok(HttpResponse::Ok().content_type("text/event-stream").streaming(Box::pin(events)))
}

impl Stream {
    /// Waits for a change, unless the stream begins, and returns the new messages and the summary.
    async fn next(&mut self) -> Result<Bytes> {
        loop {
            if self.has_begun {
                self.live.changes[self.number].notified().await;
            }
            let (number, after) = (self.number, self.reached);
            let look = move |connection: &mut _| by_hand::look(connection, &key(number), after);
            let (rows, unread) = run(&self.live.pools.readers, look).await?;
            if rows.is_empty() && self.has_begun {
                continue;
            }
            let mut chunk = String::new();
            for row in rows {
                self.reached = row.id;
                let message = serde_json::to_string(&MessageJson::new(row)?)?;
                let _ = write!(chunk, "id: {}\ndata: {message}\n\n", self.reached);
            }
            let summary = serde_json::to_string(&PeekBody::new(&unread))?;
            let _ = write!(chunk, "id: {}\nevent: summary\ndata: {summary}\n\n", self.reached);
            self.has_begun = true;
            return Ok(chunk.into());
        }
    }
}

fn key(number: usize) -> String {
    format!("u:user{number}")
}

async fn add_to(live: Data<Live>, number: Path<usize>) -> Result<HttpResponse> {
    let number = *number;
    let change = live.changes.get(number).ok_or_else(|| ErrorNotFound("no such user"))?;
    run(&live.pools.writer, move |connection| by_hand::add(connection, &key(number))).await?;
    change.notify_one();
    Ok(HttpResponse::Created().finish())
}

async fn add_to_all(live: Data<Live>) -> Result<HttpResponse> {
    let users = (0..live.changes.len()).map(key).collect::<Vec<_>>();
    run(&live.pools.writer, move |connection| by_hand::add_to_each(connection, &users)).await?;
    live.changes.iter().for_each(Notify::notify_one);
    Ok(HttpResponse::Created().finish())
}
