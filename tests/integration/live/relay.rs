//! Several processes on one PostgreSQL database, with a relay between them.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use actix_messages::{
    Event, MemoryStore, MessagesConfig, NewMessage, Recipient, Since, Watch, live::Relay, session_key, settings::Live,
};
use actix_messages_demo::{USER, app};
use actix_messages_diesel::{DieselStore, PostgresRelay, SqliteRelay};
use actix_web::{HttpRequest, cookie::Key, http::Uri};
use tokio::time::timeout;

use super::{
    stream::STREAM,
    watch::{look, soon, texts},
};
use crate::support::{
    EventSource, FailingStore, Network, PgBouncer, Proxy, Server, another_postgres, postgres, somebody, wait,
};

/// The laws of a relay.
mod laws {
    use std::sync::Arc;

    use actix_messages::live::Relay;
    use actix_messages_diesel::PostgresRelay;

    use crate::support::postgres;

    async fn make_relays() -> [Arc<dyn Relay>; 2] {
        let connect = || Arc::new(PostgresRelay::connect(postgres().unwrap()).unwrap());
        [connect(), connect()]
    }

    mod on_postgresql {
        use super::make_relays;

        actix_messages::relay_tests!(make_relays);
    }
}

/// A configuration as another process has it: with a separate store and relay.
fn process(url: &str, live: Live) -> MessagesConfig {
    MessagesConfig::new(DieselStore::open(url).unwrap(), |_: &HttpRequest| None)
        .live(live)
        .relay(PostgresRelay::connect(url).unwrap())
}

/// Waits until the relay is connected or not.
#[track_caller]
fn until_connected(messages: &MessagesConfig, is_connected: bool) {
    let start = Instant::now();
    while messages.relay_status().unwrap().is_connected != is_connected {
        assert!(start.elapsed() < Duration::from_secs(30), "is_connected stays {}", !is_connected);
        thread::sleep(Duration::from_millis(5));
    }
}

/// A watch that has looked after the relay was connected.
async fn watch(messages: &MessagesConfig, of: &Recipient) -> Watch {
    let mut watch = messages.mailbox(of.clone()).all().watch(Since::Now).await.unwrap();
    look(&mut watch).await;
    while let Ok(event) = timeout(Duration::from_millis(300), watch.next()).await {
        assert!(matches!(event, Some(Event::Resync | Event::Summary(_))), "{event:?}");
    }
    watch
}

#[test]
fn a_change_of_one_process_appears_in_another() {
    let Some(url) = postgres() else { return };
    let [one, other] = [(); 2].map(|()| process(url, Live::default()));
    let alice = somebody("relayed");
    wait(async {
        let mut watch = watch(&one, &alice).await;
        let mailbox = other.mailbox(alice.clone());
        let id = mailbox.info("one").await.unwrap().unwrap();
        assert_eq!(texts(&look(&mut watch).await), ["one"]);
        mailbox.all().mark_read().await.unwrap();
        assert!(matches!(&look(&mut watch).await[0], Event::Read { ids, .. } if *ids == [id]));
        mailbox.add_tags(id, ["billing"]).await.unwrap();
        assert_eq!(soon(&mut watch).await, Some(Event::Tagged(vec![id])));
        let mut counting = one.mailbox(alice.clone()).unread().watch_unseen(Since::Now).await.unwrap();
        let two = mailbox.info("two").await.unwrap().unwrap();
        assert_eq!(texts(&look(&mut watch).await), ["two"]);
        while counting.unseen() != Some(1) {
            soon(&mut counting).await;
        }
        mailbox.mark_seen(two).await.unwrap();
        while counting.unseen() != Some(0) {
            assert!(!matches!(soon(&mut counting).await, Some(Event::Resync)));
        }
        assert_eq!(mailbox.all().archive().await.unwrap(), 2);
        assert_eq!(soon(&mut watch).await, Some(Event::Deleted(vec![id, two])));
        while !matches!(soon(&mut watch).await, Some(Event::Summary(_))) {}
        let many = (0..3000).map(|number| Recipient::user(format_args!("many {number}")).unwrap());
        other.broadcast(many.chain([alice.clone()]), NewMessage::new(20, "to many")).await.unwrap();
        assert_eq!(texts(&look(&mut watch).await), ["to many"]);
        mailbox.erase().await.unwrap();
        assert_eq!(soon(&mut watch).await, None);
    });
    let (sent, heard) = (other.relay_status().unwrap(), one.relay_status().unwrap());
    assert!(sent.sent >= 3000 && heard.received >= 3000, "{sent:?} {heard:?}");
    assert_eq!((sent.interruptions, heard.interruptions), (0, 0));
}

#[test]
fn a_logout_at_one_process_ends_the_streams_of_the_others() {
    let Some(url) = postgres() else { return };
    let key = Key::generate();
    let start = || {
        let messages = MessagesConfig::new(DieselStore::open(url).unwrap(), session_key(USER));
        let messages = messages.relay(PostgresRelay::connect(url).unwrap());
        let key = key.clone();
        Server::start(move || app(messages.clone(), key.clone()))
    };
    let [one, other] = [start(), start()];
    let user = somebody("logout").user_id().unwrap().to_owned();
    let client = one.client();
    client.sign_in(&user);
    let mut stream = EventSource::open(&client.at(other.address()), STREAM).expect(200);
    stream.expect_event("summary");
    client.add(20, "one");
    assert_eq!(stream.expect_event("message")["message"], "one");
    client.sign_out();
    let start = Instant::now();
    while stream.next().is_some() {}
    eprintln!("LOGOUT {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn changes_during_an_interruption_of_the_relay_appear_after_it() {
    let Some(url) = another_postgres("relay") else { return };
    let server = url.parse::<Uri>().unwrap();
    let address = (server.host().unwrap(), server.port_u16().unwrap_or(5432));
    let address = std::net::ToSocketAddrs::to_socket_addrs(&address).unwrap().next().unwrap();
    let proxy = Proxy::to(address);
    let through =
        url.replace(server.authority().unwrap().as_str().rsplit('@').next().unwrap(), &proxy.address().to_string());
    let other = process(&url, Live::default());
    let one = MessagesConfig::new(DieselStore::open(&url).unwrap(), |_: &HttpRequest| None)
        .relay(PostgresRelay::connect(&through).unwrap());
    let alice = somebody("away");
    until_connected(&one, true);
    wait(async {
        let mut watch = watch(&one, &alice).await;
        proxy.be(Network::Refusing);
        proxy.cut();
        until_connected(&one, false);
        other.mailbox(alice.clone()).info("during the interruption").await.unwrap();
        assert!(timeout(Duration::from_millis(300), watch.next()).await.is_err());
        proxy.be(Network::Up);
        until_connected(&one, true);
        assert_eq!(texts(&look(&mut watch).await), ["during the interruption"]);
        assert_eq!(soon(&mut watch).await, Some(Event::Resync));
        // The process also sends its own messages again.
        let mut others = other.mailbox(alice.clone()).all().watch(Since::Now).await.unwrap();
        look(&mut others).await;
        one.mailbox(alice.clone()).info("back").await.unwrap();
        assert_eq!(texts(&look(&mut others).await), ["back"]);
    });
    assert_eq!(one.relay_status().unwrap().interruptions, 1);
}

#[test]
fn without_a_relay_a_change_of_another_process_is_found_at_the_heartbeat() {
    let Some(url) = postgres() else { return };
    let live = Live::default().heartbeat(Duration::from_secs(1));
    let [one, other] = [(); 2]
        .map(|()| MessagesConfig::new(DieselStore::open(url).unwrap(), |_: &HttpRequest| None).live(live.clone()));
    assert!(one.relay_status().is_none());
    let alice = somebody("heartbeat");
    wait(async {
        let mut watch = one.mailbox(alice.clone()).all().watch(Since::Now).await.unwrap();
        look(&mut watch).await;
        other.mailbox(alice.clone()).info("one").await.unwrap();
        assert_eq!(texts(&look(&mut watch).await), ["one"]);
    });
}

#[test]
fn processes_on_one_sqlite_file_notice_each_other() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("messages.sqlite");
    let process = || {
        let store = DieselStore::open(&path).unwrap();
        MessagesConfig::new(store, |_: &HttpRequest| None).relay(SqliteRelay::open(&path).unwrap())
    };
    let (one, other) = (process(), process());
    let [alice, bob] = ["alice", "bob"].map(|user| Recipient::user(user).unwrap());
    wait(async {
        let mut to_alice = one.mailbox(alice.clone()).all().watch(Since::Now).await.unwrap();
        let mut to_bob = one.mailbox(bob).all().watch(Since::Now).await.unwrap();
        look(&mut to_alice).await;
        look(&mut to_bob).await;
        other.mailbox(alice.clone()).info("one").await.unwrap();
        assert_eq!(texts(&look(&mut to_alice).await), ["one"]);
        assert_eq!(soon(&mut to_alice).await, Some(Event::Resync));
        other.mailbox(alice.clone()).all().mark_read().await.unwrap();
        look(&mut to_alice).await;
        assert_eq!(soon(&mut to_alice).await, Some(Event::Resync));
        // The watch of another mailbox has looked, too, and found nothing.
        assert!(timeout(Duration::from_millis(300), to_bob.next()).await.is_err());
    });
    assert!(one.live_counters().feed.unannounced >= 2);
    let missing = SqliteRelay::open(folder.path().join("missing.sqlite")).unwrap_err();
    assert!(missing.to_string().contains("missing.sqlite"), "{missing}");
}

#[test]
fn a_health_check_tells_whether_the_store_and_the_relay_answer() {
    let failing = MessagesConfig::new(FailingStore::Unavailable, |_: &HttpRequest| None);
    assert!(wait(failing.check()).is_err());
    let memory = MessagesConfig::new(MemoryStore::new(), |_: &HttpRequest| None);
    assert!(wait(memory.check()).unwrap().relay.is_none());
    let Some(url) = postgres() else { return };
    let messages = process(url, Live::default());
    until_connected(&messages, true);
    let relay = wait(messages.check()).unwrap().relay.unwrap();
    assert!(relay.is_connected && relay.interruptions == 0, "{relay:?}");
}

#[test]
fn a_server_that_can_not_be_reached_is_a_clear_error_without_the_password() {
    let error = PostgresRelay::connect("postgres://app:secret@127.0.0.1:1/app").unwrap_err();
    assert_eq!(error.to_string(), "the database postgres://app@127.0.0.1:1/app can't be opened");
    assert!(!format!("{error:?}").contains("secret"));
}

/// A pooler in transaction mode accepts `LISTEN`, and delivers nothing.
#[cfg(unix)]
#[test]
fn a_pooler_in_transaction_mode_is_a_clear_error() {
    let (Some(url), Some(version)) = (postgres(), PgBouncer::version()) else { return };
    let error = PostgresRelay::connect(&PgBouncer::before(url, version).url()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("pooler"), "{cause}");
}

#[test]
fn a_store_has_one_relay() {
    let Some(url) = postgres() else { return };
    let store = DieselStore::open(url).unwrap();
    let new = || Arc::new(PostgresRelay::connect(url).unwrap()) as Arc<dyn Relay>;
    let feed = actix_messages::MessageStore::feed(&store).unwrap();
    assert!(feed.connect(new()));
    assert!(!feed.connect(new()));
}
