//! Implements the floor: the same endpoints on plain Diesel, as written by hand for one application.

use std::thread::available_parallelism;

use actix_web::{
    HttpRequest, HttpResponse, Result,
    error::{ErrorInternalServerError, ErrorNotFound, ErrorUnauthorized},
    web::{self, Data, Path, Query, ServiceConfig},
};
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::{
    QueryResult, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use serde::{Deserialize, Serialize};

use crate::{
    Failure,
    by_hand::{self, Row},
    serve::user,
};

pub(crate) type Connections = Pool<ConnectionManager<SqliteConnection>>;

/// Several connections that read and one that writes, as in the library.
#[derive(Clone)]
pub(crate) struct Pools {
    pub(crate) readers: Connections,
    pub(crate) writer: Connections,
}

impl Pools {
    pub(crate) fn open(path: &str) -> Result<Self, Failure> {
        let threads = u32::try_from(available_parallelism()?.get())?;
        Ok(Self { readers: pool(path, (2 * threads).clamp(4, 32), "ON")?, writer: pool(path, 1, "OFF")? })
    }
}

/// Returns the endpoints on the database in this file.
pub(crate) fn on(path: &str) -> Result<impl Fn(&mut ServiceConfig) + Clone + use<>, Failure> {
    let pools = Pools::open(path)?;
    Ok(move |app: &mut ServiceConfig| {
        app.app_data(Data::new(pools.clone()))
            .route("/messages/", web::get().to(list))
            .route("/messages/peek/", web::get().to(peek))
            .route("/messages/{id}/", web::get().to(retrieve))
            .route("/add", web::post().to(add));
    })
}

fn pool(path: &str, connections: u32, query_only: &'static str) -> Result<Connections, Failure> {
    let pool = Pool::builder()
        .max_size(connections)
        .min_idle(Some(1))
        .test_on_check_out(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connection_customizer(Box::new(Pragmas(query_only)));
    Ok(pool.build(ConnectionManager::new(path))?)
}

#[derive(Debug)]
struct Pragmas(&'static str);

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Pragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let pragmas = format!(
            "PRAGMA busy_timeout = 4000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA query_only = {};",
            self.0
        );
        connection.batch_execute(&pragmas).map_err(diesel::r2d2::Error::QueryError)
    }
}

#[derive(Serialize)]
pub(crate) struct MessageJson {
    id: i64,
    message: String,
    level: i32,
    level_tag: &'static str,
    extra_tags: Vec<String>,
    view: String,
    read_at: Option<String>,
    created: String,
}

impl MessageJson {
    pub(crate) fn new(row: Row) -> Result<Self> {
        let Row { id, level, message, tags, view, read_at } = row;
        let level_tag = name_of(level);
        let extra_tags = serde_json::from_str(&tags)?;
        Ok(Self { id, message, level, level_tag, extra_tags, view, read_at: read_at.map(moment), created: moment(id) })
    }
}

#[derive(Serialize)]
struct ListBody {
    count: i64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<MessageJson>,
}

#[derive(Serialize)]
pub(crate) struct PeekBody {
    count: i64,
    max_level: Option<i32>,
    max_level_tag: &'static str,
}

impl PeekBody {
    /// Creates the body for the number of unread messages of each level.
    pub(crate) fn new(counts: &[(i32, i64)]) -> Self {
        let count = counts.iter().map(|(_, count)| count).sum();
        let max_level = counts.iter().map(|(level, _)| *level).max();
        Self { count, max_level, max_level_tag: max_level.map_or("", name_of) }
    }
}

#[derive(Deserialize)]
struct ListQuery {
    unread: Option<bool>,
    limit: Option<i64>,
}

fn moment(micros: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true)
}

const fn name_of(level: i32) -> &'static str {
    match level {
        10 => "debug",
        20 => "info",
        25 => "success",
        30 => "warning",
        40 => "error",
        _ => "",
    }
}

fn who(request: &HttpRequest) -> Result<String> {
    user(request).map(|user| format!("u:{user}")).ok_or_else(|| ErrorUnauthorized("unknown user"))
}

/// Runs the work with a connection on a thread that may block.
pub(crate) async fn run<T: Send + 'static>(
    pool: &Connections,
    work: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
) -> Result<T> {
    let pool = pool.clone();
    let work = move || {
        let mut connection: PooledConnection<_> = pool.get()?;
        Ok::<_, Failure>(work(&mut connection)?)
    };
    web::block(work).await?.map_err(ErrorInternalServerError)
}

async fn list(request: HttpRequest, pools: Data<Pools>, query: Query<ListQuery>) -> Result<HttpResponse> {
    let of = who(&request)?;
    let limit = query.limit.unwrap_or(10);
    let unread = query.unread == Some(true);
    let reader = of.clone();
    let (rows, count) =
        run(&pools.readers, move |connection| by_hand::list(connection, &reader, limit, unread)).await?;

    let shown = rows.iter().filter(|row| row.read_at.is_none()).map(|row| row.id).collect::<Vec<_>>();
    if !shown.is_empty() {
        run(&pools.writer, move |connection| by_hand::mark_read(connection, &of, &shown)).await?;
    }

    let host = request.connection_info().host().to_owned();
    let next = (count > limit).then(|| format!("http://{host}/messages/?limit={limit}&offset={limit}"));
    let results = rows.into_iter().map(MessageJson::new).collect::<Result<Vec<_>>>()?;
    Ok(HttpResponse::Ok().json(ListBody { count, next, previous: None, results }))
}

async fn peek(request: HttpRequest, pools: Data<Pools>) -> Result<HttpResponse> {
    let of = who(&request)?;
    let counts = run(&pools.readers, move |connection| by_hand::peek(connection, &of)).await?;
    Ok(HttpResponse::Ok().json(PeekBody::new(&counts)))
}

async fn retrieve(request: HttpRequest, pools: Data<Pools>, id: Path<i64>) -> Result<HttpResponse> {
    let of = who(&request)?;
    let row = run(&pools.readers, move |connection| by_hand::retrieve(connection, &of, *id)).await?;
    Ok(HttpResponse::Ok().json(MessageJson::new(row.ok_or_else(|| ErrorNotFound("no such message"))?)?))
}

async fn add(request: HttpRequest, pools: Data<Pools>) -> Result<HttpResponse> {
    let of = who(&request)?;
    run(&pools.writer, move |connection| by_hand::add(connection, &of)).await?;
    Ok(HttpResponse::Created().finish())
}
