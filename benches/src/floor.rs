//! The floor: the same endpoints on bare Diesel, as one would write them for one application.

use std::thread::available_parallelism;

use actix_web::{
    HttpRequest, HttpResponse, Result,
    error::{ErrorInternalServerError, ErrorNotFound, ErrorUnauthorized},
    web::{self, Data, Path, Query, ServiceConfig},
};
use chrono::{DateTime, SecondsFormat, Utc};
use diesel::{
    connection::SimpleConnection,
    dsl::{count_star, max},
    prelude::*,
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use serde::{Deserialize, Serialize};

use crate::{Failure, serve::user};

type Connections = Pool<ConnectionManager<SqliteConnection>>;

diesel::table! {
    actix_messages (recipient, id) {
        recipient -> Text,
        id -> BigInt,
        level -> Integer,
        message -> Text,
        html -> Bool,
        tags -> Text,
        view -> Text,
        session -> Nullable<Text>,
        read_at -> Nullable<BigInt>,
    }
}
use self::actix_messages::dsl;

/// Several connections that read, and one that writes, as the library has them.
#[derive(Clone)]
struct Pools {
    readers: Connections,
    writer: Connections,
}

/// The endpoints on the database in this file.
pub(crate) fn on(path: &str) -> Result<impl Fn(&mut ServiceConfig) + Clone + use<>, Failure> {
    let threads = u32::try_from(available_parallelism()?.get())?;
    let pools = Pools { readers: pool(path, (2 * threads).clamp(4, 32), "ON")?, writer: pool(path, 1, "OFF")? };
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = actix_messages)]
struct Row {
    id: i64,
    level: i32,
    message: String,
    tags: String,
    view: String,
    read_at: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = actix_messages)]
struct NewRow<'a> {
    recipient: &'a str,
    id: i64,
    level: i32,
    message: &'a str,
    html: bool,
    tags: &'a str,
    view: &'a str,
}

#[derive(Serialize)]
struct MessageBody {
    id: i64,
    message: String,
    level: i32,
    level_tag: &'static str,
    extra_tags: Vec<String>,
    view: String,
    read_at: Option<String>,
    created: String,
}

impl MessageBody {
    fn new(row: Row) -> Result<Self> {
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
    results: Vec<MessageBody>,
}

#[derive(Serialize)]
struct PeekBody {
    count: i64,
    max_level: Option<i32>,
    max_level_tag: &'static str,
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
    user(request).map(|user| format!("u:{user}")).ok_or_else(|| ErrorUnauthorized("who is asking?"))
}

/// Does the work on a connection, on a thread that may block.
async fn run<T: Send + 'static>(
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
    let (rows, count) = run(&pools.readers, move |connection| {
        let of = || dsl::actix_messages.filter(dsl::recipient.eq(&reader));
        let newest = of().select(Row::as_select()).order_by(dsl::id.desc()).limit(limit);
        let rows =
            if unread { newest.filter(dsl::read_at.is_null()).load(connection)? } else { newest.load(connection)? };
        let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let count = match (found < limit, unread) {
            (true, _) => found,
            (false, true) => of().filter(dsl::read_at.is_null()).select(count_star()).get_result(connection)?,
            (false, false) => of().select(count_star()).get_result(connection)?,
        };
        Ok((rows, count))
    })
    .await?;

    let shown = rows.iter().filter(|row| row.read_at.is_none()).map(|row| row.id).collect::<Vec<_>>();
    if !shown.is_empty() {
        run(&pools.writer, move |connection| {
            connection.immediate_transaction(|connection| {
                let shown = dsl::recipient.eq(&of).and(dsl::id.eq_any(shown)).and(dsl::read_at.is_null());
                let read_at = dsl::read_at.eq(Utc::now().timestamp_micros());
                diesel::update(dsl::actix_messages.filter(shown)).set(read_at).execute(connection)
            })
        })
        .await?;
    }

    let host = request.connection_info().host().to_owned();
    let next = (count > limit).then(|| format!("http://{host}/messages/?limit={limit}&offset={limit}"));
    let results = rows.into_iter().map(MessageBody::new).collect::<Result<Vec<_>>>()?;
    Ok(HttpResponse::Ok().json(ListBody { count, next, previous: None, results }))
}

async fn peek(request: HttpRequest, pools: Data<Pools>) -> Result<HttpResponse> {
    let of = who(&request)?;
    let counts = run(&pools.readers, move |connection| {
        let unread = dsl::actix_messages.filter(dsl::recipient.eq(of)).filter(dsl::read_at.is_null());
        unread.group_by(dsl::level).select((dsl::level, count_star())).load::<(i32, i64)>(connection)
    })
    .await?;
    let count = counts.iter().map(|(_, count)| count).sum();
    let max_level = counts.iter().map(|(level, _)| *level).max();
    Ok(HttpResponse::Ok().json(PeekBody { count, max_level, max_level_tag: max_level.map_or("", name_of) }))
}

async fn retrieve(request: HttpRequest, pools: Data<Pools>, id: Path<i64>) -> Result<HttpResponse> {
    let of = who(&request)?;
    let row = run(&pools.readers, move |connection| {
        dsl::actix_messages.find((of, *id)).select(Row::as_select()).first(connection).optional()
    })
    .await?;
    Ok(HttpResponse::Ok().json(MessageBody::new(row.ok_or_else(|| ErrorNotFound("no such message"))?)?))
}

async fn add(request: HttpRequest, pools: Data<Pools>) -> Result<HttpResponse> {
    let of = who(&request)?;
    run(&pools.writer, move |connection| {
        connection.immediate_transaction(|connection| {
            let newest = dsl::actix_messages.filter(dsl::recipient.eq(&of)).select(max(dsl::id));
            let newest = newest.get_result::<Option<i64>>(connection)?.unwrap_or_default();
            let id = Utc::now().timestamp_micros().max(newest + 1);
            let message = "Your order is placed.";
            let row = NewRow { recipient: &of, id, level: 25, message, html: false, tags: "[]", view: "" };
            diesel::insert_into(dsl::actix_messages).values(row).execute(connection)
        })
    })
    .await?;
    Ok(HttpResponse::Created().finish())
}
