//! Measures the methods of the stores, one call at a time, and hand-written statements for comparison with SQLite.

#![allow(missing_docs, reason = "criterion generates functions without docs")]
#![allow(clippy::unwrap_used, reason = "a benchmark that can't continue has no caller to return an error to")]

#[allow(dead_code, reason = "this benchmark does not use all fields")]
#[path = "../src/by_hand.rs"]
mod by_hand;

use std::{env, hint::black_box, slice, sync::Arc};

use actix_messages::{
    Clock, Level, MemoryStore, MessageFilter, MessageId, MessageStore, NewMessage, PageRequest, Recipient, SessionId,
    Timestamp,
    store::{Change, CheckedMessage, CheckedTags, Insertion, Kept, Move, RetentionCutoff},
};
use actix_messages_diesel::{DieselStore, Durability, SqliteOptions};
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use tokio::runtime::Runtime;

type Store = Arc<dyn MessageStore>;
type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// The number of users, and of messages of each user. The older half of the messages is unread.
const USERS: u64 = 1_000;
const MESSAGES: i64 = 100;

/// The time of each user's first message, in microseconds since the Unix epoch.
const FIRST: i64 = 1_700_000_000_000_000;

fn verbs(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    measure(&mut criterion.benchmark_group("memory"), &runtime, &(Arc::new(MemoryStore::new()) as Store));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("verbs.sqlite");
    // This measures the statements. The cost of a durable commit would be that of the disk.
    let sqlite = SqliteOptions::default().durability(Durability::Normal).open(&file).unwrap();
    measure(&mut criterion.benchmark_group("sqlite"), &runtime, &(Arc::new(sqlite) as Store));
    let mut connection = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 4000; PRAGMA synchronous = NORMAL").unwrap();
    measure_by_hand(&mut criterion.benchmark_group("sqlite by hand"), &mut connection);

    match env::var("POSTGRES_URL") {
        Ok(url) => {
            let postgres = Arc::new(DieselStore::open(url).unwrap()) as Store;
            measure(&mut criterion.benchmark_group("postgres"), &runtime, &postgres);
            runtime.block_on(empty(&postgres));
        }
        Err(_) => eprintln!("PostgreSQL IS NOT MEASURED: POSTGRES_URL is not set"),
    }
}

fn measure(group: &mut Group<'_>, runtime: &Runtime, store: &Store) {
    runtime.block_on(fill(store));
    let on = |of: &Recipient, filter: MessageFilter, page: PageRequest| {
        runtime.block_on(store.list(of, &filter, &page)).unwrap()
    };
    let insert = |of: &[Recipient]| {
        let insertion = Insertion::new(of.to_vec(), [message("One more.")]);
        runtime.block_on(store.insert(insertion, &now().into())).unwrap()
    };
    let (all, page) = (MessageFilter::default, || PageRequest::first(10).counted());
    let oldest = || all().with_id(MessageId::new(FIRST));
    let hundred = (0..100).map(user).collect::<Vec<_>>();
    let (visitor, session) = (Recipient::visitor(SessionId::from_digest([8; 16])), SessionId::from_digest([9; 16]));
    let nothing = RetentionCutoff { created_before: Some(Timestamp::from_micros(1)), ..RetentionCutoff::default() };

    bench(group, "list", |of| on(of, all(), page()));
    bench(group, "list unread", |of| on(of, all().unread(), page()));
    bench(group, "list by a term", |of| on(of, all().containing("number 7"), page()));
    bench(group, "retrieve", |of| on(of, oldest(), PageRequest::first(1)));
    bench(group, "summarize", |of| runtime.block_on(store.summarize(of, &all().unread())).unwrap());
    bench(group, "end a session without messages", |_| {
        runtime.block_on(store.end_session(&session, &Kept::none())).unwrap()
    });
    bench(group, "sweep 1000", |_| runtime.block_on(store.sweep(&nothing, None, 1000)).unwrap());
    // Each call undoes its change, so that the next call has the same work to do.
    bench(group, "mark read, and unread", |of| {
        runtime.block_on(store.change(of, &oldest(), &Change::MarkRead, now())).unwrap();
        runtime.block_on(store.change(of, &oldest(), &Change::MarkUnread, now())).unwrap()
    });
    bench(group, "change tags", |of| {
        let tags = CheckedTags::new([now().as_micros().to_string()]).unwrap();
        runtime.block_on(store.change(of, &oldest(), &Change::ReplaceTags(tags), now())).unwrap()
    });
    bench(group, "insert, and delete", |of| {
        let ids = insert(slice::from_ref(of));
        runtime.block_on(store.delete(of, &all().with_ids(ids[0].iter().map(|inserted| inserted.id)))).unwrap()
    });
    bench(group, "insert for a visitor, and claim", |of| {
        insert(slice::from_ref(&visitor));
        runtime.block_on(store.transfer(&visitor, of, &Move::mailbox(), &Clock::default())).unwrap()
    });
    // The following calls increase the number of messages.
    bench(group, "insert", |of| insert(slice::from_ref(of)));
    bench(group, "insert for 100", |_| insert(&hundred));
}

/// Calls the function for one user after another.
fn bench<T>(group: &mut Group<'_>, name: &str, mut call: impl FnMut(&Recipient) -> T) {
    let users = (0..USERS).map(user).collect::<Vec<_>>();
    let mut turns = turns();
    group.bench_function(name, |bencher| bencher.iter(|| call(&users[turns.next().unwrap_or_default() as usize])));
}

fn measure_by_hand(group: &mut Group<'_>, connection: &mut SqliteConnection) {
    let keys = (0..USERS).map(|number| user(number).key()).collect::<Vec<_>>();
    let mut turns = turns();
    let mut of = || keys[turns.next().unwrap_or_default() as usize].as_str();
    let mut bench = |name: &str, call: &mut dyn FnMut(&mut SqliteConnection, &str)| {
        group.bench_function(name, |bencher| bencher.iter(|| call(connection, of())));
    };
    bench("list", &mut |on, of| _ = black_box(by_hand::list(on, of, 10, false).unwrap()));
    bench("list unread", &mut |on, of| _ = black_box(by_hand::list(on, of, 10, true).unwrap()));
    bench("retrieve", &mut |on, of| _ = black_box(by_hand::retrieve(on, of, FIRST).unwrap()));
    bench("summarize", &mut |on, of| _ = black_box(by_hand::peek(on, of).unwrap()));
    bench("mark read, and unread", &mut |on, of| {
        black_box(by_hand::mark_read(on, of, &[FIRST]).unwrap());
        black_box(by_hand::mark_unread(on, of, FIRST).unwrap());
    });
    bench("insert", &mut |on, of| _ = black_box(by_hand::add(on, of).unwrap()));
}

/// Returns the numbers of the users in an order that jumps between mailboxes, by steps of a prime.
fn turns() -> impl Iterator<Item = u64> {
    (0..).map(|turn: u64| turn.wrapping_mul(7_919) % USERS)
}

async fn fill(store: &Store) {
    empty(store).await;
    for of in (0..USERS).map(user) {
        let messages = (0..MESSAGES).map(|number| message(&format!("Your order number {number} is placed.")));
        store.insert(Insertion::new([of.clone()], messages), &Timestamp::from_micros(FIRST).into()).await.unwrap();
        let newer = MessageFilter::default().created_after(Timestamp::from_micros(FIRST + MESSAGES / 2));
        store.change(&of, &newer, &Change::MarkRead, now()).await.unwrap();
    }
}

async fn empty(store: &Store) {
    for of in (0..USERS).map(user) {
        store.delete(&of, &MessageFilter::default()).await.unwrap();
    }
}

fn message(text: &str) -> CheckedMessage {
    NewMessage::new(Level::SUCCESS, text).view("shop:orders").check().unwrap()
}

fn user(number: u64) -> Recipient {
    Recipient::user(format!("user{number}")).unwrap()
}

fn now() -> Timestamp {
    Timestamp::now()
}

criterion_group!(benches, verbs);
criterion_main!(benches);
