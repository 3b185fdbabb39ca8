//! Checks on 16 hash partitions that the statements of the REST API are planned for, and touch, only the partition of
//! their mailbox.

use std::collections::{BTreeMap, BTreeSet};

use actix_messages::{
    Clock, Level, Mailbox, MessageFilter, MessageStore, MessagesConfig, NewMessage, Recipient, Repeat, SessionId,
    Timestamp, scope,
    settings::MailboxBound,
    store::{Insertion, Move},
};
use actix_messages_diesel::{DieselStore, Migrations};
use actix_web::{
    App,
    http::Method,
    rt::System,
    test::{TestRequest, call_service, init_service},
};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Pool, PooledConnection, TestCustomizer},
    sql_query,
    sql_types::{BigInt, Text},
};
use serde_json::Value;

use super::cluster::HASH_PARTITIONS;
use crate::{
    statements::Record,
    support::{another_postgres, by_header, wait},
};

type Partitions = BTreeSet<String>;

/// A store on one connection, in a transaction that is never committed. The statistics of this transaction show which
/// partitions were touched.
struct Database {
    pool: Pool<ConnectionManager<PgConnection>>,
    record: Record,
    store: DieselStore,
    messages: MessagesConfig,
}

/// The statements of a request or of a verb of a mailbox, and the partitions that it touched.
struct Seen {
    what: String,
    planned: Vec<Planned>,
    touched: Partitions,
}

/// A statement, and the partitions in its plans.
#[derive(Debug)]
struct Planned {
    sql: String,
    /// The partitions in the plan for these parameters.
    custom: Partitions,
    /// The partitions in the plan for any parameters, when it starts to run with these parameters.
    generic: Partitions,
    /// The steps of both plans.
    steps: Vec<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

impl Database {
    /// Creates a database with 800 messages of 40 users. Half of the messages are read.
    fn filled(name: &str) -> Option<Self> {
        let url = another_postgres(name)?;
        let record = Record::of(&url);
        let pool = Pool::builder().max_size(1).connection_customizer(Box::new(TestCustomizer));
        let pool = pool.build(ConnectionManager::<PgConnection>::new(url)).unwrap();
        let store = DieselStore::on_postgres_pool(pool.clone(), Migrations::Run).unwrap();
        pool.get().unwrap().batch_execute(HASH_PARTITIONS).unwrap();
        // A bound is checked at one message in a hundred, by additional statements.
        let messages = MessagesConfig::new(store.clone(), by_header).mailbox_bound(MailboxBound::Unbounded);
        let database = Self { pool, record, store, messages };
        wait(async {
            for number in 0..40 {
                let mailbox = database.mailbox(&Recipient::user(format!("user {number}")).unwrap());
                let messages = (0..20).map(|number| NewMessage::new(Level::INFO, format!("message {number}")).tag("a"));
                mailbox.add_all(messages).await.unwrap();
                mailbox.all().take_up_to(10).await.unwrap();
            }
        });
        database.connection().batch_execute("ANALYZE actix_messages").unwrap();
        Some(database)
    }

    fn connection(&self) -> PooledConnection<ConnectionManager<PgConnection>> {
        self.pool.get().unwrap()
    }

    fn mailbox(&self, of: &Recipient) -> Mailbox {
        self.messages.mailbox(of.clone())
    }

    /// Returns the partitions with the messages and the marks of the mailbox. Both partitions have the same number.
    fn partition_of(&self, of: &Recipient) -> Partitions {
        let rows =
            sql_query("SELECT DISTINCT tableoid::regclass::text AS text FROM actix_messages WHERE recipient = $1");
        let rows = rows.bind::<Text, _>(of.key()).load::<Row>(&mut self.connection()).unwrap();
        let of_marks = |text: &str| text.replace("actix_messages", "actix_messages_marks");
        rows.into_iter().flat_map(|Row { text }| [of_marks(&text), text]).collect()
    }

    /// Returns how often each partition was scanned or written to.
    fn touches(&self) -> BTreeMap<String, i64> {
        let counts = sql_query(
            "SELECT relname::text AS text, seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del AS number \
             FROM pg_stat_xact_user_tables WHERE relname LIKE 'actix_messages%'",
        );
        let counts = counts.load::<Count>(&mut self.connection()).unwrap();
        counts.into_iter().map(|Count { text, number }| (text, number)).collect()
    }

    async fn see(&self, what: impl Into<String>, act: impl AsyncFnOnce()) -> Seen {
        let before = self.touches();
        self.record.take();
        act().await;
        let statements = self.record.take();
        let touched = self.touches().into_iter().filter(|(name, count)| before.get(name) != Some(count));
        let touched = touched.map(|(name, _)| name).collect();
        let on_messages = statements.into_iter().filter(|sql| sql.contains("\"actix_messages\""));
        // The plan of an insert does not name the partition.
        let (inserts, others): (Vec<_>, Vec<_>) = on_messages.partition(|sql| sql.starts_with("INSERT"));
        assert_ne!(inserts.len() + others.len(), 0, "no statement was recorded");
        Seen { what: what.into(), planned: others.into_iter().map(|sql| self.plan(&sql)).collect(), touched }
    }

    async fn see_request(&self, method: Method, path: &str) -> Seen {
        self.see(format!("{method} {path}"), async || {
            let app = App::new().app_data(self.messages.clone()).service(scope("/messages"));
            let request = TestRequest::with_uri(path).method(method.clone()).insert_header(("x-user", "user 7"));
            let response = call_service(&init_service(app).await, request.to_request()).await;
            assert!(response.status().is_success(), "{method} {path}: {}", response.status());
        })
        .await
    }

    /// Plans a statement as it was recorded: `SELECT .. -- binds: ["u:alice", 10]`.
    fn plan(&self, recorded: &str) -> Planned {
        let (sql, parameters) = recorded.rsplit_once(" -- binds: ").unwrap();
        let connection = &mut self.connection();
        let (types, values) = parameters_in(parameters);
        connection.batch_execute(&format!("PREPARE explained ({types}) AS {sql}")).unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE explained ({values})");
        let plans = ["force_custom_plan", "force_generic_plan"].map(|mode| {
            connection.batch_execute(&format!("SET LOCAL plan_cache_mode = {mode}")).unwrap();
            let plan = sql_query(&explain).load::<Step>(connection).unwrap();
            plan.into_iter().map(|step| step.text).collect::<Vec<_>>()
        });
        connection.batch_execute("SET LOCAL plan_cache_mode = auto; DEALLOCATE explained").unwrap();
        let [custom, generic] =
            plans.each_ref().map(|plan| plan.iter().filter_map(|step| partition_in(step)).collect());
        Planned { sql: sql.to_owned(), custom, generic, steps: plans.concat() }
    }
}

/// Converts parameters as Rust shows them to their types and values in SQL.
fn parameters_in(shown: &str) -> (String, String) {
    let json = shown.replace("Some(\"", "\"").replace("\")", "\"").replace("None", "null");
    let parameters = serde_json::from_str::<Vec<Value>>(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let in_sql = parameters.into_iter().map(|parameter| match parameter {
        Value::String(text) => ("text", format!("'{}'", text.replace('\'', "''"))),
        Value::Null => ("text", "NULL".to_owned()),
        number => ("bigint", number.to_string()),
    });
    let (types, values): (Vec<_>, Vec<_>) = in_sql.unzip();
    (types.join(", "), values.join(", "))
}

/// Returns the partition that a step of a plan reads: `Index Scan using .. on actix_messages_7 actix_messages`. Steps
/// that write are ignored: in a plan for any parameters, they name every possible partition.
fn partition_in(step: &str) -> Option<String> {
    let (kind, relation) = step.split_once(" on ")?;
    if kind.ends_with("Update") || kind.ends_with("Delete") {
        return None;
    }
    let relation = relation.split_whitespace().next()?;
    let number = relation.strip_prefix("actix_messages_")?;
    number.parse::<u8>().is_ok().then(|| relation.to_owned())
}

impl Seen {
    /// Asserts that each statement was planned for exactly one of these partitions, and that no others were touched.
    #[track_caller]
    fn is_within(&self, partitions: &Partitions) {
        let Self { what, planned, touched } = self;
        for Planned { sql, custom, generic, .. } in planned {
            for plan in [custom, generic] {
                assert_eq!(plan.len(), 1, "{what}: {sql}: {plan:?}");
                assert!(plan.is_subset(partitions), "{what}: {sql}: {plan:?}, not in {partitions:?}");
            }
        }
        // Only statements that assign ids need the marks.
        assert!(touched.is_subset(partitions), "{what}: {touched:?}, not in {partitions:?}");
        assert!(touched.iter().any(|name| !name.contains("marks")), "{what} touched no messages");
    }
}

#[test]
fn every_request_is_planned_for_the_partition_of_its_mailbox_and_touches_no_other() {
    let Some(database) = Database::filled("plans") else { return };
    let user = Recipient::user("user 7").unwrap();
    let partition = database.partition_of(&user);
    assert_eq!(partition.len(), 2);
    let all = wait(database.mailbox(&user).all().list()).unwrap();
    let newest = all[0].id;
    let lists = [
        "",
        "?unread=true",
        "?unread=false&limit=2&offset=1",
        "?level=20",
        "?level__gte=10&level__lt=30",
        "?level__in=20,30&level__range=10,30",
        "?level_tag=info",
        "?extra_tags=a",
        "?extra_tags__icontains=A&extra_tags__startswith=a&extra_tags__endswith=a",
        "?extra_tags__in=a,b",
        "?view__icontains=",
        "?view__in=one,two",
        "?created_after=2020-01-01&created_before=2100-01-01",
        "?read_after=2020-01-01&read_before=2100-01-01",
        "?search=message",
        "?search=%22message%201%22%20%C3%84",
        "?ordering=level,-read_at,created",
        "?limit=1",
        "?limit=3&offset=17",
        "?offset=1000",
    ];
    System::new().block_on(async {
        for list in lists {
            database.see_request(Method::GET, &format!("/messages/{list}")).await.is_within(&partition);
        }
        database.see_request(Method::GET, "/messages/peek/").await.is_within(&partition);
        let one = format!("/messages/{newest}/");
        database.see_request(Method::GET, &one).await.is_within(&partition);
        database.see_request(Method::DELETE, &one).await.is_within(&partition);
    });
}

#[test]
fn a_page_and_its_number_are_asked_for_at_once_unless_texts_are_looked_into() {
    let Some(database) = Database::filled("at_once") else { return };
    System::new().block_on(async {
        let list = async |query: &str| {
            let seen = database.see_request(Method::GET, &format!("/messages/?unread=false&limit=3{query}")).await;
            seen.planned.into_iter().map(|planned| planned.sql).collect::<Vec<_>>()
        };
        for query in ["", "&offset=2", "&level=20", "&created_after=2020-01-01&ordering=level"] {
            let statements = list(query).await;
            assert_eq!(statements.len(), 1, "{query}: {statements:#?}");
        }
        // A page that is not full shows the total number without a count.
        for (query, most) in [("&search=message", 2), ("&extra_tags=a", 2), ("&search=nothing", 1), ("&offset=1000", 2)]
        {
            let statements = list(query).await;
            assert_eq!(statements.len(), most, "{query}: {statements:#?}");
        }
    });
}

#[test]
fn every_verb_of_a_mailbox_is_planned_for_its_partition_and_touches_no_other() {
    let Some(database) = Database::filled("verbs") else { return };
    let user = Recipient::user("user 7").unwrap();
    let partition = database.partition_of(&user);
    let mailbox = database.mailbox(&user);
    System::new().block_on(async {
        let added = database.see("add", async || assert!(mailbox.info("hello").await.unwrap().is_some())).await;
        assert_eq!(added.planned.len(), 0, "adding a message reads nothing: {:?}", added.planned);
        added.is_within(&partition);
        let batch = || (0..3).map(|_| NewMessage::new(Level::INFO, "hello"));
        database.see("add several", async || drop(mailbox.add_all(batch()).await.unwrap())).await.is_within(&partition);
        let id = mailbox.all().first().await.unwrap().unwrap().id;
        let tags = async || assert!(mailbox.add_tags(id, ["b"]).await.unwrap());
        database.see("add tags", tags).await.is_within(&partition);
        let ids = mailbox.all().list().await.unwrap().iter().map(|message| message.id).collect::<Vec<_>>();
        let several = || mailbox.all().narrow(|filter| filter.with_ids(ids.clone()));
        let mark = async || assert_ne!(several().mark_read().await.unwrap().len(), 0);
        database.see("mark several", mark).await.is_within(&partition);
        let delete = async || assert_ne!(several().read().delete().await.unwrap().len(), 0);
        database.see("delete several", delete).await.is_within(&partition);
    });
}

#[test]
fn a_claim_touches_the_partitions_of_the_places_of_both() {
    let Some(database) = Database::filled("claims") else { return };
    let user = Recipient::user("user 7").unwrap();
    System::new().block_on(async {
        let mut here = Partitions::new();
        for place in user.places() {
            database.mailbox(&place).info("hello").await.unwrap();
            here.extend(database.partition_of(&place));
        }
        let mut seen = BTreeSet::new();
        for number in 0..8 {
            let visitor = Recipient::visitor(SessionId::from_digest([number; 16]));
            let mailbox = database.mailbox(&visitor);
            mailbox.add_all(["one", "two"].map(|text| NewMessage::new(Level::INFO, text))).await.unwrap();
            let mut both = here.clone();
            both.extend(database.partition_of(&visitor));
            for place in [visitor.archive(), visitor.later()] {
                database.mailbox(&place).info("three").await.unwrap();
                both.extend(database.partition_of(&place));
            }
            let claim = async || assert_eq!(database.mailbox(&user).claim(&visitor).await.unwrap(), 4);
            database.see("claim", claim).await.is_within(&both);
            seen.insert(both.len());
        }
        assert!(seen.iter().any(|both| *both > here.len()), "all mailboxes share partitions, so nothing was tested");
    });
}

#[test]
fn a_message_with_a_key_touches_the_partitions_of_its_recipients_places() {
    let Some(database) = Database::filled("keys") else { return };
    let user = Recipient::user("user 7").unwrap();
    System::new().block_on(async {
        let mut places = Partitions::new();
        for of in user.places() {
            database.mailbox(&of).info("hello").await.unwrap();
            places.extend(database.partition_of(&of));
        }
        for repeat in [Repeat::Ignored, Repeat::Ignored, Repeat::Replaces, Repeat::Replaces] {
            let message = NewMessage::new(Level::INFO, "hello").key("key", repeat);
            let add = async || assert!(database.mailbox(&user).add(message).await.unwrap().is_some());
            let Seen { planned, touched, .. } = database.see("add a key", add).await;
            assert!(touched.is_subset(&places), "{repeat:?}: {touched:?}, not in {places:?}");
            for Planned { sql, custom, generic, .. } in planned {
                assert!(custom.is_subset(&places) && generic.is_subset(&places), "{sql}: {custom:?}, {generic:?}");
            }
        }
        let archive = async || {
            let what = Move::of(MessageFilter::default().with_key("key"));
            let (from, to, clock) = (&user, &user.archive(), Clock::default());
            assert_eq!(database.store.transfer(from, to, &what, &clock).await.unwrap().len(), 1);
        };
        let Seen { touched, .. } = database.see("archive", archive).await;
        assert!(touched.is_subset(&places), "{touched:?}, not in {places:?}");
    });
}

#[test]
fn due_messages_are_found_in_their_mailbox_although_the_statistics_know_none() {
    let Some(database) = Database::filled("due") else { return };
    let user = Recipient::user("user 7").unwrap();
    let now = Timestamp::now();
    System::new().block_on(async {
        for number in 0..40 {
            let of = Recipient::user(format!("user {number}")).unwrap().later();
            let message = NewMessage::new(Level::INFO, "hello").check().unwrap().until(now);
            let due = Insertion::new([of], vec![message; 50]);
            database.store.insert(due, &Clock::default()).await.unwrap();
        }
        let one = database.mailbox(&user.later()).all().first().await.unwrap().unwrap();
        let due = MessageFilter::default().with_id(one.id).due(now);
        let deliver = async || {
            let (from, what) = (user.later(), Move::of(due.clone()).as_new());
            assert_eq!(database.store.transfer(&from, &user, &what, &Clock::default()).await.unwrap().len(), 1);
        };
        let Seen { planned, .. } = database.see("deliver", deliver).await;
        let found = planned.iter().filter(|planned| planned.sql.contains("until <=")).collect::<Vec<_>>();
        assert_eq!(found.len(), 1, "{planned:#?}");
        assert!(found.iter().flat_map(|planned| &planned.steps).all(|step| !step.contains("until_idx")), "{found:#?}");
    });
}
