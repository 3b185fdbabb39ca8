//! The database is unavailable: every request fails with 503 in a bounded time, and succeeds once the database is back.

mod for_real;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    thread,
    time::{Duration, Instant},
};

use actix_messages::{MessagesConfig, session_key};
use actix_messages_demo::{USER, app};
use actix_messages_diesel::{DieselStore, Migrations, PostgresOptions};
use actix_web::cookie::Key;
use diesel::{
    Connection, PgConnection, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Pool},
    sql_query,
};
use serde_json::json;

use crate::support::{Client, Network, Proxy, Server, another_postgres};

const PATIENCE: Duration = Duration::from_secs(1);

/// The example application on PostgreSQL, behind a network that can fail, with a user who has a message.
struct Site {
    server: Server,
    alice: Client,
    network: Proxy,
    database: String,
}

impl Site {
    /// Returns `None` if no PostgreSQL server is configured.
    fn on(name: &str) -> Option<Self> {
        let database = another_postgres(name)?;
        let (before, place, after) = parts(&database);
        let network = Proxy::to(place);
        let url = format!("{before}{}{after}", network.address());
        let store = PostgresOptions::default().connections(2).wait_timeout(PATIENCE).open(&url).unwrap();
        let server = serve(store);
        let alice = server.client();
        alice.sign_in("alice");
        alice.add(20, "before");
        Some(Self { server, alice, network, database })
    }

    fn is_away(&self) {
        is_away(&self.server, &self.alice);
    }

    fn is_back(&self) {
        // Requests from before the recovery may still hold the connections for a moment.
        let start = Instant::now();
        while self.alice.get("/messages/peek/").status != 200 {
            assert!(start.elapsed() < Duration::from_secs(30), "it does not recover");
        }
        self.alice.add(20, "after");
        let texts = self.alice.texts("/messages/");
        assert_eq!((texts.first().unwrap().as_str(), texts.last().unwrap().as_str()), ("after", "before"));
    }
}

/// Splits the URL into the part before the server's address, the address, and the rest.
fn parts(url: &str) -> (&str, SocketAddr, &str) {
    let start = url.find('@').map_or_else(|| url.find("://").unwrap() + 3, |at| at + 1);
    let end = start + url[start..].find('/').unwrap();
    let place = &url[start..end];
    let address = if place.contains(':') { place.to_owned() } else { format!("{place}:5432") };
    (&url[..start], address.to_socket_addrs().unwrap().next().unwrap(), &url[end..])
}

fn serve(store: DieselStore) -> Server {
    let (messages, key) = (MessagesConfig::new(store, session_key(USER)), Key::generate());
    Server::start(move || app(messages.clone(), key.clone()))
}

/// Requests that need the database fail in time. All other requests succeed.
fn is_away(server: &Server, alice: &Client) {
    let message = json!({ "level": 20, "message": "meanwhile" });
    let requests = [
        alice.request("GET", "/messages/"),
        alice.request("GET", "/messages/peek/"),
        alice.request("GET", "/messages/1/"),
        alice.request("DELETE", "/messages/1/"),
        alice.request("POST", "/demo/messages").json(&message),
    ];
    for request in requests {
        let start = Instant::now();
        let answer = request.send().expect(503);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.json(), json!({ "detail": "Service temporarily unavailable, try again later." }));
        // A request takes at most twice the timeout. The rest is slack for a busy machine.
        assert!(start.elapsed() < PATIENCE * 10, "{:?}", start.elapsed());
    }
    alice.get("/demo/user").expect(200);
    server.client().get("/messages/").expect(200);
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    is_found_again("silent", |network| network.be(Network::Silent));
}

#[test]
fn a_server_that_went_away_is_found_again() {
    is_found_again("refusing", |network| {
        network.be(Network::Refusing);
        network.cut();
    });
}

fn is_found_again(name: &str, go: fn(&Proxy)) {
    if let Some(site) = Site::on(name) {
        go(&site.network);
        site.is_away();
        site.network.be(Network::Up);
        site.is_back();
    }
}

#[test]
fn connections_that_were_cut_are_made_anew_without_anybody_noticing() {
    if let Some(site) = Site::on("cut") {
        let cut_by_the_server = || {
            let mut administrator = PgConnection::establish(&site.database).unwrap();
            let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                          WHERE datname = current_database() AND pid <> pg_backend_pid()";
            // `pg_terminate_backend` returns before the connections are closed.
            while sql_query(others).execute(&mut administrator).unwrap() > 0 {}
        };
        let mut clients = [(); 8].map(|()| site.server.client());
        clients.iter().for_each(|alice| alice.sign_in("alice"));
        let mut all_read = || {
            thread::scope(|scope| {
                for alice in &mut clients {
                    scope.spawn(move || alice.get("/messages/").expect(200));
                }
            });
        };
        let cuts: [&dyn Fn(); 2] = [&|| site.network.cut(), &cut_by_the_server];
        for cut in cuts {
            // This opens all connections of the pool.
            all_read();
            cut();
            site.alice.get("/messages/peek/").expect(200);
            all_read();
            cut();
            // A write is not retried if its connection is cut, because it may have been committed. So the cut has to be
            // complete before the write.
            thread::sleep(Duration::from_millis(100));
            site.alice.add(20, "after");
            cut();
            all_read();
        }
    }
}

#[test]
fn a_full_or_read_only_database_is_unavailable_until_it_is_not() {
    for (away, back) in [
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"),
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("messages.sqlite");
        let pool = ConnectionManager::<SqliteConnection>::new(file.to_str().unwrap());
        let pool = Pool::builder().max_size(1).build(pool).unwrap();
        let server = serve(DieselStore::on_sqlite_pool(pool.clone(), Migrations::Run).unwrap());
        let alice = server.client();
        alice.sign_in("alice");
        let before = alice.add(20, "before");
        pool.get().unwrap().batch_execute(away).unwrap();
        // Long enough to need another page of the database.
        let text = "meanwhile ".repeat(100);
        let refused = |_| {
            let answer = alice.post("/demo/messages", &json!({ "level": 20, "message": text }));
            (answer.status != 201).then_some(answer)
        };
        let answer = (0..100).find_map(refused).expect("writes never fail");
        assert_eq!(answer.expect(503).header("retry-after"), Some("1"));
        // Reads still work.
        alice.get("/messages/peek/").expect(200);
        pool.get().unwrap().batch_execute(back).unwrap();
        alice.add(20, "after");
        alice.get(format!("/messages/{before}/")).expect(200);
        alice.delete(format!("/messages/{before}/")).expect(204);
    }
}

/// Failures that only their messages identify. A trigger raises them with the messages of PostgreSQL's source.
#[test]
fn what_postgres_gave_up_is_unavailable_until_it_can_do_it() {
    let Some(database) = another_postgres("given_up") else { return };
    let server = serve(DieselStore::open(&database).unwrap());
    let alice = server.client();
    alice.sign_in("alice");
    alice.add(20, "before");
    let mut administrator = PgConnection::establish(&database).unwrap();
    let mut run = |sql: &str| administrator.batch_execute(sql).unwrap();
    run("CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = TG_ARGV[1]; END $$");
    for (words, code) in [
        ("could not extend file \"base/16384/16397\": No space left on device", "53100"),
        ("could not write to file \"pg_wal/xlogtemp.29\": No space left on device", "53100"),
        ("deadlock detected", "40P01"),
        ("out of shared memory", "53200"),
        ("canceling statement due to statement timeout", "57014"),
        ("canceling statement due to lock timeout", "55P03"),
        ("canceling statement due to user request", "57014"),
        ("cannot execute INSERT in a read-only transaction", "25006"),
        ("could not serialize access due to concurrent update", "40001"),
    ] {
        run(&format!(
            "CREATE TRIGGER give_up BEFORE INSERT ON actix_messages FOR EACH ROW EXECUTE FUNCTION give_up('{words}', '{code}')"
        ));
        let answer = alice.post("/demo/messages", &json!({ "level": 20, "message": "meanwhile" }));
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{words}");
        alice.get("/messages/peek/").expect(200);
        run("DROP TRIGGER give_up ON actix_messages");
        alice.add(20, words);
        assert_eq!(alice.texts("/messages/?limit=2")[0], words);
    }
    assert_eq!(alice.texts("/messages/?limit=100").len(), 10);
}
