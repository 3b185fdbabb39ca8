//! Serves the library on one of its stores, or a floor.

use std::{ffi::OsString, fs, net::SocketAddr, sync::Arc, thread, time::Duration};

use actix_messages::{
    Clock, Endpoint, Endpoints, Error, Level, Mailbox, MessageFilter, MessageStore, Messages, MessagesConfig,
    NewMessage, PageRequest, Recipient, Since, Ticker, session_key,
    settings::{CursorKey, Live, Pagination},
};
use actix_messages_demo::{USER, app};
use actix_messages_diesel::{DieselStore, PostgresOptions, PostgresRelay};
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    cookie::Key,
    http::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue},
    web::{self, Bytes, Data, ServiceConfig},
};

use crate::{Failure, constant::ConstantStore, floor, live_floor};

/// The number of connections of the library to PostgreSQL.
pub(crate) const POSTGRES_CONNECTIONS: u32 = 8;

/// Runs the server that the arguments name, until the process ends.
pub(crate) fn serve(arguments: &[OsString]) -> Result<(), Failure> {
    let arguments = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect::<Vec<_>>();
    match arguments[..] {
        ["library", path] => run(library(DieselStore::open(path)?, Pagination::LimitOffset)),
        ["postgres", url] => run(library(on_postgres(url, POSTGRES_CONNECTIONS)?, Pagination::LimitOffset)),
        ["postgres", url, connections] => {
            run(library(on_postgres(url, connections.parse()?)?, Pagination::LimitOffset))
        }
        ["relay", url, connections] => {
            let store = on_postgres(url, connections.parse()?)?;
            relay(&store, url)?;
            watch(store.clone());
            run(library(store, Pagination::LimitOffset))
        }
        ["live-relay", url, users] => {
            let store = on_postgres(url, POSTGRES_CONNECTIONS)?;
            relay(&store, url)?;
            run_with_streams(live(store, users.parse()?))
        }
        ["cursor", path] => {
            let by_cursor = Pagination::Cursor(CursorKey::from_secret(b"a secret of the benchmark"));
            run(library(DieselStore::open(path)?, by_cursor))
        }
        ["demo", path] => demo(path),
        ["constant"] => run(library(ConstantStore::new()?, Pagination::LimitOffset)),
        ["floor", path] => run(floor::on(path)?),
        ["ticker", address] => {
            let is_postgres = address.starts_with("postgres:");
            let store = if is_postgres { on_postgres(address, 3)? } else { DieselStore::open(address)? };
            run_with_ticker(store)
        }
        ["live", path, users] => run_with_streams(live(DieselStore::open(path)?, users.parse()?)),
        ["live-floor", path, users] => run_with_streams(live_floor::on(path, users.parse()?)?),
        ["bytes", file] => run(bytes(&fs::read(file)?)?),
        _ => Err("unknown server".into()),
    }
}

fn on_postgres(url: &str, connections: u32) -> Result<DieselStore, Failure> {
    Ok(PostgresOptions::default().connections(connections).open(url)?)
}

/// Connects the store with those of other processes.
fn relay(store: &DieselStore, url: &str) -> Result<(), Failure> {
    let feed = store.feed().ok_or("the store has no feed")?;
    feed.connect(Arc::new(PostgresRelay::connect(url)?));
    Ok(())
}

/// Watches a mailbox, so that a relay listens.
fn watch(store: DieselStore) {
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let mailbox = Mailbox::new(Recipient::user("watcher")?, Arc::new(store));
            let mut watch = mailbox.all().watch(Since::Now).await?;
            while watch.next().await.is_some() {}
            Ok::<_, Error>(())
        })
    });
}

fn run(configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || App::new().configure(configure.clone())).bind(("127.0.0.1", 0))?;
        print_port(&server.addrs())?;
        Ok(server.run().await?)
    })
}

/// Runs the library with a ticker that ticks each second.
fn run_with_ticker(store: DieselStore) -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(async {
        let _ticker = Ticker::start(Arc::new(store.clone()), Clock::default(), Duration::from_secs(1));
        let configure = library(store, Pagination::LimitOffset);
        let server = HttpServer::new(move || App::new().configure(configure.clone())).bind(("127.0.0.1", 0))?;
        print_port(&server.addrs())?;
        Ok(server.run().await?)
    })
}

/// Runs a server for many long connections.
fn run_with_streams(configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || App::new().configure(configure.clone()))
            .workers(2)
            .max_connections(50_000)
            // Notices at once that a client has closed its stream.
            .h1_allow_half_closed(false)
            .bind(("127.0.0.1", 0))?;
        print_port(&server.addrs())?;
        Ok(server.run().await?)
    })
}

/// The example application, with a key by which the cookies of one process are valid in the next.
fn demo(path: &str) -> Result<(), Failure> {
    let messages = MessagesConfig::new(DieselStore::open(path)?, session_key(USER));
    actix_web::rt::System::new().block_on(async {
        let app = move || app(messages.clone(), Key::from(&[7; 64]));
        let server = HttpServer::new(app).bind(("127.0.0.1", 0))?;
        print_port(&server.addrs())?;
        Ok(server.run().await?)
    })
}

fn print_port(addresses: &[SocketAddr]) -> Result<(), Failure> {
    println!("{}", addresses.first().ok_or("no address")?.port());
    Ok(())
}

/// Returns the user who sent the request, for the library and for the floor.
pub(crate) fn user(request: &HttpRequest) -> Option<&str> {
    request.headers().get("x-user")?.to_str().ok()
}

fn library(store: impl MessageStore, pagination: Pagination) -> impl Fn(&mut ServiceConfig) + Clone {
    let messages =
        MessagesConfig::new(store, |request: &HttpRequest| Recipient::user(user(request)?).ok()).pagination(pagination);
    move |app| {
        let messages_at = Endpoints::default().with(Endpoint::SelectionDeletion).at("/messages");
        app.app_data(messages.clone()).service(messages_at).route("/add", web::post().to(add));
        app.route("/broadcast", web::post().to(broadcast));
    }
}

/// The endpoints for live streams, and two that add a message: for one user, and for all of these users.
fn live(store: impl MessageStore, users: usize) -> impl Fn(&mut ServiceConfig) + Clone {
    let messages = MessagesConfig::new(store, |request: &HttpRequest| Recipient::user(user(request)?).ok())
        .live(Live::default().max_streams(50_000));
    move |app| {
        let messages_at = Endpoints::default().with(Endpoint::Inbox).with(Endpoint::Stream).at("/messages");
        app.app_data(messages.clone()).service(messages_at);
        app.route("/add-to/{number}", web::post().to(add_to));
        app.route("/add-to-all", web::post().to(move |messages| add_to_all(messages, users)));
    }
}

async fn add_to(messages: MessagesConfig, number: web::Path<usize>) -> Result<HttpResponse, Error> {
    let of = Recipient::user(format_args!("user{number}"))?;
    messages.mailbox(of).success("Your order is placed.").await?;
    Ok(HttpResponse::Created().finish())
}

async fn add_to_all(messages: MessagesConfig, users: usize) -> Result<HttpResponse, Error> {
    let all = (0..users).map(|number| Recipient::user(format_args!("user{number}"))).collect::<Result<Vec<_>, _>>()?;
    messages.broadcast(all, NewMessage::new(Level::INFO, "The shop is closed on Monday.")).await?;
    Ok(HttpResponse::Created().finish())
}

async fn add(messages: Messages) -> Result<HttpResponse, Error> {
    messages.success("Your order is placed.").await?;
    Ok(HttpResponse::Created().finish())
}

/// The number of recipients of a broadcast.
pub(crate) const MANY: u64 = 100_000;

/// One message for many, none of whom sends requests.
async fn broadcast(messages: MessagesConfig) -> Result<HttpResponse, Error> {
    let many = (0..MANY).map(|number| Recipient::user(format_args!("many{number}"))).collect::<Result<Vec<_>, _>>()?;
    messages.broadcast(many, NewMessage::new(Level::INFO, "The shop is closed on Monday.")).await?;
    Ok(HttpResponse::Created().finish())
}

/// Serves a recorded response, after a call to the constant store.
fn bytes(answer: &[u8]) -> Result<impl Fn(&mut ServiceConfig) + Clone + use<>, Failure> {
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or_default() + 4;
    let body = Bytes::copy_from_slice(&answer[split..]);
    let head = String::from_utf8_lossy(&answer[..split]).into_owned();
    let is_own = |name: &str| [CONTENT_LENGTH, DATE].iter().any(|own| name == own.as_str());
    let headers = head.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| !is_own(name));
    let headers = headers
        .filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?)));
    let (store, nobody) = (ConstantStore::new()?, Recipient::user("nobody")?);
    let recorded = Data::new(Recorded { headers: headers.collect(), body, store: Arc::new(store), nobody });
    Ok(move |app: &mut ServiceConfig| {
        app.app_data(recorded.clone()).route("/messages/", web::get().to(recorded_list));
        app.route("/messages/peek/", web::get().to(recorded_peek));
    })
}

struct Recorded {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    store: Arc<dyn MessageStore>,
    nobody: Recipient,
}

async fn recorded_list(recorded: Data<Recorded>) -> Result<HttpResponse, Error> {
    recorded.store.list(&recorded.nobody, &MessageFilter::default(), &PageRequest::first(10)).await?;
    Ok(recorded.answer())
}

async fn recorded_peek(recorded: Data<Recorded>) -> Result<HttpResponse, Error> {
    recorded.store.summarize(&recorded.nobody, &MessageFilter::default()).await?;
    Ok(recorded.answer())
}

impl Recorded {
    fn answer(&self) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        for header in &self.headers {
            response.insert_header(header.clone());
        }
        response.body(self.body.clone())
    }
}
