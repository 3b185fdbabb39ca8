//! Measures messages that fall due: how long the search for them takes among many that wait, how long it takes to
//! deliver them, and what that costs other requests.

use std::{
    cell::Cell,
    env,
    ffi::OsString,
    fs,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use actix_messages::{
    Clock, Level, MessageFilter, MessageStore, NewMessage, Recipient, Timestamp,
    store::{Insertion, StoreError},
};
use actix_messages_diesel::{DieselStore, PostgresOptions};
use tokio::time::sleep;

use crate::{
    Failure,
    client::{Load, Turns},
    data::{self, Users},
    figures::{median, sorted},
    measure::on_this_thread,
    postgres::Databases,
    process::Server,
};

/// The messages that fall due at one moment, each for another user.
const DUE: u64 = 10_000;
/// The messages of each of these users that wait for a later moment.
const WAITING: usize = 10;
/// How long the requests of others are measured, before the moment and from it on.
const BESIDE: Duration = Duration::from_secs(5);
/// The time between the last preparation and the moment.
const AHEAD: Duration = Duration::from_secs(20);

/// A database, with the arguments of its servers.
struct Database {
    name: &'static str,
    store: DieselStore,
    address: String,
}

/// Measures one and three processes on each database, and prints a table.
pub(crate) fn due(arguments: &[OsString]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err("due takes no arguments".into());
    }
    println!("{DUE} messages fall due at once, {} others wait; a tick each second.\n", DUE as usize * WAITING);
    println!(
        "| database | processes | search for due messages, ms | delivered after, s | p99 of peek before, ms | since, ms | ratio |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    for processes in [1, 3] {
        let folder = Path::new("target/benches");
        fs::create_dir_all(folder)?;
        let users = Users::with_hundred_messages_each(1_000_000);
        let file = data::copy(&data::sqlite(folder, "messages-1000000", &[users])?, "due")?;
        let address = file.to_string_lossy().into_owned();
        measure(&Database { name: "SQLite", store: DieselStore::open(&file)?, address }, processes)?;
        data::remove(&file)?;
    }
    if env::var_os("POSTGRES_URL").is_none() {
        eprintln!("PostgreSQL IS NOT MEASURED: POSTGRES_URL is not set");
        return Ok(());
    }
    for processes in [1, 3] {
        let database = Databases::default().with(1_000_000)?;
        let (store, address) = (PostgresOptions::default().connections(2).open(&database.url)?, database.url.clone());
        measure(&Database { name: "PostgreSQL", store, address }, processes)?;
    }
    Ok(())
}

fn measure(database: &Database, processes: usize) -> Result<(), Failure> {
    let Database { name, store, address } = database;
    let recipients = (0..DUE).map(|user| Recipient::user(format_args!("user{user}"))).collect::<Result<Vec<_>, _>>()?;
    let moment = on_this_thread(prepare(store, &recipients))?;
    let servers = (0..processes).map(|_| Server::start(&["ticker", address])).collect::<Result<Vec<_>, _>>()?;

    let mut searches = Vec::new();
    for _ in 0..20 {
        let begin = Instant::now();
        on_this_thread(async { Ok(store.due(Timestamp::now(), 500).await?) })?;
        searches.push(begin.elapsed().as_secs_f64() * 1000.0);
    }

    // Users to whom nothing is delivered, so that their requests wait only for the work of the ticker.
    let others = Users { name: "user", ..Users::with_hundred_messages_each(DUE * 100) };
    let load = Load { clients: 4, requests: Rc::new(others.requests("GET", "/messages/peek/")), turns: Turns::Many };
    let (port, next) = (servers.first().ok_or("no server")?.port, Rc::new(Cell::new(0)));
    let before = on_this_thread(load.run(port, &next, BESIDE))?.percentile(99) / 1000.0;
    let (delivered_after, since) = on_this_thread(async {
        let wait = moment.as_micros() - Timestamp::now().as_micros();
        sleep(Duration::from_micros(u64::try_from(wait).map_err(|_| "the preparation took too long")?)).await;
        let delivery = async {
            while !store.due(Timestamp::now(), 1).await?.is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
            Ok::<_, StoreError>((Timestamp::now().as_micros() - moment.as_micros()) as f64 / 1e6)
        };
        let (delivered_after, seen) = tokio::join!(delivery, load.run(port, &next, BESIDE));
        Ok((delivered_after?, seen?.percentile(99) / 1000.0))
    })?;
    drop(servers);
    on_this_thread(check(store, &recipients, moment))?;
    let search = median(&sorted(searches.into_iter()));
    println!(
        "| {name} | {processes} | {search:.2} | {delivered_after:.1} | {before:.2} | {since:.2} | x {:.1} |",
        since / before
    );
    Ok(())
}

/// Schedules the messages. Returns the moment at which they fall due.
async fn prepare(store: &DieselStore, recipients: &[Recipient]) -> Result<Timestamp, Failure> {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let (later, clock) = (recipients.iter().map(Recipient::later).collect::<Vec<_>>(), Clock::default());
    let message = || NewMessage::new(Level::INFO, "Your trial ends tomorrow.").check();
    for _ in 0..WAITING {
        let waiting = message()?.until(Timestamp::now() + YEAR);
        store.insert(Insertion::new(later.clone(), [waiting]), &clock).await?;
    }
    let moment = Timestamp::now() + AHEAD;
    store.insert(Insertion::new(later, [message()?.until(moment)]), &clock).await?;
    Ok(moment)
}

/// Checks that each user has got exactly one message.
async fn check(store: &DieselStore, recipients: &[Recipient], moment: Timestamp) -> Result<(), Failure> {
    let delivered = MessageFilter::default().created_after(moment);
    for of in recipients {
        let number = store.summarize(of, &delivered).await?.count();
        if number != 1 {
            return Err(format!("{number} messages were delivered to {of:?}").into());
        }
    }
    Ok(())
}
