//! Serves the example application: `cargo run --example demo`.

use std::{env, error::Error, ffi::OsString, path::PathBuf, process::ExitCode};

use actix_messages::{MessagesConfig, Ticker, session_key};
use actix_messages_demo::{STAFF, Settings, USER, admin, app};
use actix_messages_diesel::DieselStore;
use actix_web::{HttpServer, cookie::Key};
use tracing_subscriber::EnvFilter;

const HELP: &str = "\
Serves the example application of actix-messages.

Options:
  --port N              the port to listen on, at 127.0.0.1 (default 8080)
  --database DATABASE   where messages are stored: the path of an SQLite file (default demo.sqlite) or, if built
                        with the feature `postgres`, a URL such as postgres:///name
  --help                prints this help

Environment variables: MESSAGE_LEVEL, MESSAGE_TAGS, PAGE_SIZE, PERMISSION, MESSAGES_ALLOW_DELETE_UNREAD,
MESSAGES_DELETE_READ, MESSAGES_USE_SESSIONS, RUST_LOG. If SESSION_KEY is set, to a text of at least 64 bytes, users stay
signed in after a restart.
";

struct Options {
    port: u16,
    database: PathBuf,
}

#[actix_web::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match options(env::args_os()) {
        Ok(None) => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Some(options)) => match serve(options).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&*error),
        },
        Err(error) => failed(&*error),
    }
}

fn options(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, Box<dyn Error>> {
    use lexopt::prelude::*;

    let mut options = Options { port: 8080, database: "demo.sqlite".into() };
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => options.port = parser.value()?.parse()?,
            Long("database") => options.database = parser.value()?.into(),
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(options))
}

async fn serve(Options { port, database }: Options) -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_environment()?;
    let store = DieselStore::open(&database)?;
    let messages = settings.apply(MessagesConfig::new(store.clone(), session_key(USER)));
    let _ticker = messages.start_ticker(Ticker::INTERVAL);
    let admin = admin(store);
    let key = session_cookie_key()?;
    // Otherwise the server would wait for the open streams when it stops.
    let stop = messages.stop_streams_on_signal();
    let server = HttpServer::new(move || app(messages.clone(), key.clone()).service(admin.at("/admin/messages")))
        .shutdown_signal(stop)
        .shutdown_timeout(5)
        // Notices at once that a client has closed its stream.
        .h1_allow_half_closed(false)
        .bind(("127.0.0.1", port))
        .map_err(|error| format!("can't listen on port {port}: {error}; choose another port with `--port N`"))?;
    // A URL may contain a password, so it is not printed.
    let place =
        if database.to_string_lossy().contains("://") { "PostgreSQL".into() } else { database.display().to_string() };
    println!("Open http://127.0.0.1:{port}/ in a browser. Messages are stored in {place}.");
    println!("To use the admin, sign in as `{STAFF}`: http://127.0.0.1:{port}/admin/messages/");
    println!("The API documentation is at http://127.0.0.1:{port}/docs/");
    Ok(server.run().await?)
}

fn session_cookie_key() -> Result<Key, Box<dyn Error>> {
    match env::var("SESSION_KEY") {
        Ok(secret) => {
            Key::try_from(secret.as_bytes()).map_err(|_| "the variable SESSION_KEY must have at least 64 bytes".into())
        }
        Err(_) => Ok(Key::generate()),
    }
}

/// Prints the error with its causes.
fn failed(error: &dyn Error) -> ExitCode {
    let causes = std::iter::successors(Some(error), |error: &&dyn Error| (*error).source());
    eprintln!("error: {}", causes.map(ToString::to_string).collect::<Vec<_>>().join(": "));
    ExitCode::FAILURE
}
