//! Serves the example application on a database, with routes that change any mailbox, until its input ends.

#[path = "live/unreliable_relay.rs"]
mod unreliable_relay;

use std::{
    env,
    error::Error,
    io::{self, Write},
    time::Duration,
};

use actix_messages::{
    Clock, Error as MessageError, Level, MessageFilter, MessageId, MessagesConfig, NewMessage, Place, Recipient,
    Repeat, Retention, session_key,
    settings::{Live, MailboxBound, UnreadDeletion},
    store::Move,
};
use actix_messages_demo::{USER, app};
use actix_messages_diesel::{DieselStore, Durability, PostgresOptions, PostgresRelay, SqliteOptions};
use actix_messages_tests::serve_until_input_ends;
use actix_web::{HttpResponse, HttpServer, cookie::Key, get, post, web};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use self::unreliable_relay::UnreliableRelay;

/// The store itself, for the changes that an application makes without the configuration.
type Store = web::Data<DieselStore>;

/// Prints the address of the server to the standard output, and each change to the standard error.
#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [database, heartbeat, faults] = [1, 2, 3].map(|place| env::args().nth(place));
    let heartbeat = heartbeat.ok_or("the arguments are a database and the seconds of a heartbeat")?.parse()?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(io::stderr).init();
    // A killed process loses nothing that it has given to the operating system.
    let options = SqliteOptions::default().durability(Durability::Normal);
    let database = database.ok_or("the database is not named")?;
    // In PostgreSQL, several processes share the messages.
    let is_shared = database.starts_with("postgres:");
    let store = match is_shared {
        false => options.open(&database)?,
        true => PostgresOptions::default().connections(3).open(&database)?,
    };
    let live = Live::default().heartbeat(Duration::from_secs(heartbeat)).max_streams_per_mailbox(256);
    let messages = MessagesConfig::new(store.clone(), session_key(USER))
        .unread_deletion(UnreadDeletion::Allow)
        .mailbox_bound(MailboxBound::Unbounded)
        .live(live);
    let messages = match is_shared {
        false => messages,
        true => {
            let relay = PostgresRelay::connect(&format!("{database}?application_name=relay"))?;
            messages.relay(UnreliableRelay::new(relay, faults.is_some()))
        }
    };
    let clock = messages.clone();
    let messages = messages.observe(move |hint| {
        let line = format!("{} {} {:?}\n", clock.reserve_moment().as_micros(), hint.mailbox.key(), hint.kind);
        drop(io::stderr().write_all(line.as_bytes()));
    });
    let (key, store) = (Key::from(&[7; 64]), web::Data::new(store));
    let server = HttpServer::new(move || {
        let app = app(messages.clone(), key.clone()).app_data(store.clone());
        let app = app.service(send).service(change_tags).service(archive).service(restore).service(erase);
        app.service(sweep).service(end_streams).service(counters)
    });
    let server = server.workers(2).disable_signals().h1_allow_half_closed(false).bind(("127.0.0.1", 0))?;
    let address = server.addrs()[0];
    Ok(serve_until_input_ends(address, server.run()).await?)
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn recipient(body: &Value) -> Result<Recipient, actix_web::Error> {
    Recipient::user(body["of"].as_str().unwrap_or_default()).map_err(actix_web::error::ErrorBadRequest)
}

/// Sends each text to one recipient at once, or to many by a broadcast.
#[post("/game/send")]
async fn send(body: web::Json<Value>, messages: MessagesConfig) -> Result<HttpResponse, actix_web::Error> {
    let level = body["level"].as_i64().and_then(|level| i32::try_from(level).ok()).unwrap_or_default();
    let repeat = if body["replaces"] == true { Repeat::Replaces } else { Repeat::Ignored };
    let new = texts(&body["texts"]).into_iter().map(|text| {
        let message = NewMessage::new(Level::new(level), text).tags(texts(&body["tags"]));
        if let Some(key) = body["key"].as_str() { message.key(key, repeat) } else { message }
    });
    let to = texts(&body["to"]).into_iter().map(Recipient::user).collect::<Result<Vec<_>, _>>();
    let to = to.map_err(actix_web::error::ErrorBadRequest)?;
    let mut ids = Vec::new();
    if let [one] = &to[..] {
        ids = messages.mailbox(one.clone()).add_all(new).await?;
    } else {
        for message in new {
            messages.broadcast(to.clone(), message).await?;
        }
    }
    Ok(HttpResponse::Created().json(json!({ "ids": ids })))
}

#[post("/game/tags")]
async fn change_tags(body: web::Json<Value>, messages: MessagesConfig) -> Result<HttpResponse, actix_web::Error> {
    let mailbox = messages.mailbox(recipient(&body)?);
    let id = MessageId::new(body["id"].as_i64().unwrap_or_default());
    let tags = texts(&body["tags"]);
    let is_there = match body["how"].as_str() {
        Some("add") => mailbox.add_tags(id, tags).await,
        Some("remove") => mailbox.remove_tags(id, tags).await,
        _ => mailbox.replace_tags(id, tags).await,
    };
    // The number of tags of a message is limited.
    match is_there {
        Err(MessageError::Invalid(error)) => Ok(HttpResponse::BadRequest().body(error.to_string())),
        other => Ok(HttpResponse::Ok().json(json!({ "is_there": other? }))),
    }
}

/// Moves messages into the archive with the store alone, and tells the live streams afterwards.
#[post("/game/archive")]
async fn archive(
    body: web::Json<Value>,
    messages: MessagesConfig,
    store: Store,
) -> Result<HttpResponse, actix_web::Error> {
    let of = recipient(&body)?;
    let ids = body["ids"].as_array().into_iter().flatten().filter_map(Value::as_i64).map(MessageId::new);
    let these = Move::of(MessageFilter::default().with_ids(ids));
    let moved = transfer(&messages, &store, [&of, &of.archive()], &these).await?;
    Ok(HttpResponse::Ok().json(json!({ "count": moved })))
}

/// Moves all messages back from the archive: as they are, or as new ones with the store alone.
#[post("/game/restore")]
async fn restore(
    body: web::Json<Value>,
    messages: MessagesConfig,
    store: Store,
) -> Result<HttpResponse, actix_web::Error> {
    let of = recipient(&body)?;
    let moved = if body["as_new"] == true {
        let all = Move::of(MessageFilter::default()).as_new();
        transfer(&messages, &store, [&of.archive(), &of], &all).await?
    } else {
        messages.mailbox(of).at(Place::Archive).all().restore().await?
    };
    Ok(HttpResponse::Ok().json(json!({ "count": moved })))
}

async fn transfer(
    messages: &MessagesConfig,
    store: &DieselStore,
    [from, to]: [&Recipient; 2],
    what: &Move,
) -> Result<u64, MessageError> {
    let moved = store.transfer(from, to, what, &Clock::default()).await?;
    [from, to].into_iter().for_each(|of| messages.changed(of));
    Ok(moved.len() as u64)
}

#[post("/game/erase")]
async fn erase(body: web::Json<Value>, messages: MessagesConfig) -> Result<HttpResponse, actix_web::Error> {
    let erased = messages.mailbox(recipient(&body)?).erase().await.map_err(MessageError::from)?;
    Ok(HttpResponse::Ok().json(json!({ "count": erased })))
}

#[post("/game/sweep")]
async fn sweep(body: web::Json<Value>, messages: MessagesConfig) -> Result<HttpResponse, actix_web::Error> {
    let seconds = Duration::from_secs(body["seconds"].as_u64().unwrap_or(u64::MAX));
    let swept = messages.sweep(&Retention::default().any_for(seconds)).await.map_err(MessageError::from)?;
    Ok(HttpResponse::Ok().json(json!({ "count": swept })))
}

#[post("/game/end")]
async fn end_streams(body: web::Json<Value>, messages: MessagesConfig) -> Result<HttpResponse, actix_web::Error> {
    messages.end_streams(&recipient(&body)?);
    Ok(HttpResponse::NoContent().finish())
}

#[get("/game/counters")]
async fn counters(messages: MessagesConfig) -> HttpResponse {
    let counters = messages.live_counters();
    let feed = counters.feed;
    HttpResponse::Ok().json(json!({
        "streams": counters.streams,
        "watches": feed.watches,
        "looks": feed.looks,
        "failed_looks": feed.failed_looks,
        "unannounced": feed.unannounced,
        "hints": feed.hints,
    }))
}
