//! Serves the example application on a database until the standard input ends.

use std::{env, error::Error};

use actix_messages::{MessagesConfig, session_key};
use actix_messages_demo::{USER, app};
use actix_messages_diesel::DieselStore;
use actix_messages_tests::serve_until_input_ends;
use actix_web::{HttpServer, cookie::Key};

/// Prints the address of the server to the standard output.
#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = env::args().nth(1).ok_or("the database is not named")?;
    let messages = MessagesConfig::new(DieselStore::open(database)?, session_key(USER));
    // All processes of a site share one key, so that a user who signs in at one process is signed in at all of them.
    let key = Key::from(&[7; 64]);
    let server = HttpServer::new(move || app(messages.clone(), key.clone()));
    let server = server.workers(2).disable_signals().bind(("127.0.0.1", 0))?;
    let address = server.addrs()[0];
    Ok(serve_until_input_ends(address, server.run()).await?)
}
