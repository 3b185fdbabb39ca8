//! Calls every method of the store on rows that another program may have written into the table of SQLite.

use std::{error::Error, mem::ManuallyDrop, str};

use actix_messages::{
    Level, Message, MessageContent, MessageData, MessageFilter, MessageId, MessageOrder, MessageStore, NewMessage,
    OrderKey, PageRequest, Recipient, Repeat, SessionId, Timestamp,
    filter::{Case, TextLookup, TextTest},
    store::{
        Change, CheckedTags, Insertion, Kept, Mailboxes, MessageDirectory, Move, RetentionCutoff, StoreError,
        SweepPosition,
    },
};
use actix_messages_diesel::{DieselStore, Migrations};
use actix_web::rt::{System, SystemRunner};
use diesel::{
    QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Pool},
    sql_query,
    sql_types::Text,
};

/// The columns, with their default values.
const COLUMNS: [(&str, &str); 15] = [
    ("recipient", "tu:alice"),
    ("id", ""),
    ("level", "i20"),
    ("message", "tm"),
    ("html", "i0"),
    ("tags", "t[]"),
    ("view", "t"),
    ("session", "n"),
    ("read_at", "n"),
    ("message_folded", "n"),
    ("tags_folded", "n"),
    ("view_folded", "n"),
    ("key", "n"),
    ("until", "n"),
    ("extra", "n"),
];

/// The maximum number of rows. Further lines are ignored.
const MAX_ROWS: usize = 8;
/// The number of rows in one step of a sweep.
const STEP: u32 = 2;
/// The current time of all calls.
const NOW: Timestamp = Timestamp::from_micros(1000);

/// Tries an input. If the first line is `lax`, the columns accept values of all types. Each further line is a row:
/// assignments such as `level=i20`, separated by tabs. A value is `n` for null, or begins with its type: `i5`, `r1.5`,
/// `ttext`, `bblob`.
pub fn try_input(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let is_lax = lines.next() == Some(b"lax");
    let rows = lines.filter(|line| !line.is_empty()).take(MAX_ROWS).zip(1..).map(|(line, number)| values(line, number));
    let rows = rows.collect::<Vec<_>>();
    thread_local! {
        // Their runtimes can't be dropped while a thread ends.
        static TABLES: [ManuallyDrop<Table>; 2] = [Table::strict(), Table::lax()].map(ManuallyDrop::new);
    }
    TABLES.with(|[strict, lax]| if is_lax { lax.try_rows(&rows) } else { strict.try_rows(&rows) });
}

/// Returns the values of a row in SQL.
fn values(line: &[u8], number: usize) -> String {
    let fields = line.split(|byte| *byte == b'\t').filter_map(|field| {
        let equals = field.iter().position(|byte| *byte == b'=')?;
        Some((&field[..equals], &field[equals + 1..]))
    });
    let fields = fields.collect::<Vec<_>>();
    let values = COLUMNS.map(|(column, absent)| {
        let written = fields.iter().rev().find(|(name, _)| *name == column.as_bytes()).map(|(_, value)| *value);
        literal(written.unwrap_or(absent.as_bytes())).unwrap_or_else(|| number.to_string())
    });
    values.join(", ")
}

/// Returns the value in SQL, or `None` if it is malformed.
fn literal(value: &[u8]) -> Option<String> {
    let (kind, rest) = value.split_first()?;
    let hex = || rest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let text = || str::from_utf8(rest).unwrap_or_default();
    Some(match kind {
        b'n' => "NULL".to_owned(),
        b'i' => match text().parse::<i64>().ok()? {
            // The minimum has no literal, since it is out of range without its sign.
            i64::MIN => format!("(-{} - 1)", i64::MAX),
            number => number.to_string(),
        },
        b'r' => text().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| format!("{number:e}"))?,
        b't' => format!("CAST(x'{}' AS TEXT)", hex()),
        b'b' => format!("x'{}'", hex()),
        _ => return None,
    })
}

/// A table, and the store on it.
struct Table {
    store: DieselStore,
    pool: Pool<ConnectionManager<SqliteConnection>>,
    system: SystemRunner,
}

impl Table {
    /// Creates the table with the migrations.
    fn strict() -> Self {
        Self::on(pool(), Migrations::Run)
    }

    /// Creates a table without types, as an application might.
    fn lax() -> Self {
        let pool = pool();
        let columns = COLUMNS.map(|(column, _)| column).join(", ");
        let table = format!("CREATE TABLE actix_messages ({columns}, PRIMARY KEY (recipient, id)) WITHOUT ROWID");
        let marks =
            "CREATE TABLE actix_messages_marks (recipient, name, at, PRIMARY KEY (recipient, name)) WITHOUT ROWID";
        let both = format!("{table}; {marks}");
        pool.get().expect("a connection in memory").batch_execute(&both).expect("tables can be made");
        Self::on(pool, Migrations::Check)
    }

    fn on(pool: Pool<ConnectionManager<SqliteConnection>>, migrations: Migrations) -> Self {
        let store = DieselStore::on_sqlite_pool(pool.clone(), migrations).expect("the table is there");
        Self { store, pool, system: System::new() }
    }

    /// Inserts the rows that the table accepts, next to the rows of a neighbour, and calls all methods.
    fn try_rows(&self, rows: &[String]) {
        self.execute("DELETE FROM actix_messages; DELETE FROM actix_messages_marks").expect("tables can be emptied");
        let neighbour = Neighbour::new(self);
        for row in rows {
            // Rows that the table refuses are skipped.
            let _ = self.execute(&format!("INSERT INTO actix_messages VALUES ({row})"));
        }
        let recipients = [user("alice"), user("bob"), Recipient::visitor(session())];
        for of in &recipients {
            self.read(of, &neighbour);
        }
        self.read_everything();
        for of in &recipients {
            self.write(of, &neighbour);
        }
        self.transfer(&recipients, &neighbour);
        self.sweep(&neighbour);
        for of in &recipients {
            self.settle(self.store.delete(of, &MessageFilter::default()));
            neighbour.is_as_before(self);
        }
    }

    fn read(&self, of: &Recipient, neighbour: &Neighbour) {
        let orders = [OrderKey::Created, OrderKey::Level, OrderKey::ReadAt].map(MessageOrder::by);
        let orders = orders.into_iter().flat_map(|order| [order.clone(), order.descending()]).cycle();
        for (filter, order) in filters().into_iter().zip(orders) {
            let page = PageRequest::first(3).counted().order(order);
            let page = self.ask(self.store.list(of, &filter, &page));
            page.into_iter().flat_map(|page| page.messages).for_each(|message| can_be_shown(&message));
            self.ask(self.store.summarize(of, &filter));
        }
        neighbour.is_as_before(self);
    }

    fn read_everything(&self) {
        for of in [Mailboxes::All, Mailboxes::Visitors] {
            let rows = self.ask(self.store.list_across(&of, &MessageFilter::default(), &PageRequest::first(20)));
            rows.into_iter().flatten().for_each(|(_, message)| can_be_shown(&message));
            self.ask(self.store.summarize_across(&of, &MessageFilter::default().containing("k")));
        }
    }

    fn write(&self, of: &Recipient, neighbour: &Neighbour) {
        let tags = || CheckedTags::new(["é"]).expect("a tag that keeps the limits");
        for filter in filters().into_iter().step_by(3) {
            self.settle(self.store.change(of, &filter, &Change::MarkRead, NOW));
            self.settle(self.store.change(of, &filter, &Change::MarkUnread, NOW));
            self.settle(self.store.change(of, &filter, &Change::AddTags(tags()), NOW));
            self.settle(self.store.change(of, &filter, &Change::RemoveTags(tags()), NOW));
        }
        self.settle(self.store.change(of, &MessageFilter::default(), &Change::ReplaceTags(tags()), NOW));
        self.settle(
            self.store.insert(Insertion::new([of.clone()], vec![message("new"), message("newer")]), &NOW.into()),
        );
        for (key, repeat) in [("key", Repeat::Ignored), ("É", Repeat::Replaces)] {
            let message = NewMessage::new(20, "keyed").key(key, repeat).check().expect("it keeps the limits");
            self.settle(self.store.insert(Insertion::new([of.clone()], [message]), &NOW.into()));
        }
        neighbour.is_as_before(self);
    }

    fn transfer(&self, [one, other, third]: &[Recipient; 3], neighbour: &Neighbour) {
        for (from, to) in [(one, other), (other, one), (one, third), (third, one)] {
            self.settle(self.store.transfer(from, to, &Move::mailbox(), &NOW.into()));
            self.settle(self.store.transfer(
                to,
                &to.archive(),
                &Move::of(MessageFilter::default()).as_new(),
                &NOW.into(),
            ));
            self.settle(self.store.transfer(&to.archive(), to, &Move::mailbox(), &NOW.into()));
            self.settle(self.store.transfer(to, to, &Move::mailbox(), &NOW.into()));
            self.ask(self.store.due(NOW, 10));
            neighbour.is_as_before(self);
        }
        self.settle(self.store.end_session(&session(), &Kept::none()));
        neighbour.is_as_before(self);
    }

    /// Sweeps until the end, or until an error about a malformed row.
    fn sweep(&self, neighbour: &Neighbour) {
        let before = Some(Timestamp::from_micros(10));
        let cutoff = RetentionCutoff {
            read_before: before,
            created_before: before,
            archived_created_before: before,
            visitors_created_before: before,
            idle_marks_before: before,
        };
        let mut from = None::<SweepPosition>;
        for _ in 0..100 {
            match self.settle(self.store.sweep(&cutoff, from.as_ref(), STEP)) {
                Some(swept) if swept.next.is_some() => from = swept.next,
                _ => return neighbour.is_as_before(self),
            }
        }
        panic!("a sweep does not end");
    }

    /// Returns the result of a write. Asserts that a failed write changed nothing.
    fn settle<T>(&self, writing: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        let before = self.rows();
        let done = self.ask(writing);
        assert!(done.is_some() || self.rows() == before, "a failed write changed rows");
        done
    }

    /// Returns the result, or `None` if the call fails. Asserts that the failure is permanent and not a panic.
    fn ask<T>(&self, question: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        let error = match self.system.block_on(question) {
            Ok(answer) => return Some(answer),
            Err(error) => error,
        };
        let words = words_of(&error);
        assert!(!matches!(error, StoreError::Unavailable { .. }), "a bad row is not a temporary failure: {words}");
        let is_panic = ["ended without an answer", "the work panicked"].iter().any(|sign| words.contains(sign));
        assert!(!is_panic, "a row caused a panic: {words}");
        None
    }

    fn execute(&self, sql: &str) -> diesel::QueryResult<()> {
        self.pool.get().expect("a connection in memory").batch_execute(sql)
    }

    fn rows(&self) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            row: String,
        }
        let columns = COLUMNS.map(|(column, _)| format!("hex(quote({column}))")).join(" || ' ' || ");
        let rows = sql_query(format!("SELECT {columns} AS row FROM actix_messages ORDER BY recipient, id"));
        let rows = rows.load::<Row>(&mut self.pool.get().expect("a connection in memory"));
        rows.expect("rows can be looked at").into_iter().map(|Row { row }| row).collect()
    }
}

/// A user whose messages are valid and must not change.
struct Neighbour(Vec<Message>);

impl Neighbour {
    fn new(table: &Table) -> Self {
        let messages = vec![message("Straße"), message("tea & cake")];
        let late = Timestamp::from_micros(1 << 50);
        table
            .settle(table.store.insert(Insertion::new([Self::recipient()], messages), &late.into()))
            .expect("an empty table takes messages");
        Self(Self::messages(table))
    }

    fn recipient() -> Recipient {
        user("neighbour")
    }

    fn messages(table: &Table) -> Vec<Message> {
        let (of, filter, page) = (Self::recipient(), MessageFilter::default(), PageRequest::all());
        table.ask(table.store.list(&of, &filter, &page)).expect("a good mailbox is readable").messages
    }

    fn is_as_before(&self, table: &Table) {
        assert_eq!(Self::messages(table), self.0, "the mailbox of the neighbour changed");
    }
}

/// Returns the text of an error and of its causes.
fn words_of(error: &dyn Error) -> String {
    let cause = error.source().map_or_else(String::new, |cause| format!(": {}", words_of(cause)));
    format!("{error}{cause}")
}

fn can_be_shown(message: &Message) {
    let MessageContent { level: _, text, tags, view, format: _, title, data, actions, expires_at } = &message.content;
    let texts = [text, view].into_iter().chain(tags).chain(title);
    for text in texts.chain(actions.iter().flat_map(|action| [&action.label, &action.href])) {
        assert!(str::from_utf8(text.as_bytes()).is_ok(), "a text that is not UTF-8");
    }
    if let Some(data) = data {
        let read = serde_json::from_str::<MessageData>(data.as_str()).expect("data is JSON");
        assert_eq!((&read, serde_json::to_value(data).ok()), (data, Some(data.to_map().into())), "data changes");
    }
    let moments = [message.read_at(), message.until, *expires_at];
    let _ = (message.created().to_string(), moments.map(|moment| moment.map(|moment| moment.to_string())));
}

fn filters() -> Vec<MessageFilter> {
    let lookup = |test, case| TextLookup { test, case };
    let tagged = |test, case| {
        let mut filter = MessageFilter::default();
        filter.tags.push(lookup(test, case));
        filter
    };
    let mut on_view = MessageFilter::default();
    on_view.view.push(lookup(TextTest::EndsWith("é".into()), Case::Folded));
    vec![
        MessageFilter::default(),
        MessageFilter::default().unread().within_session(session()),
        MessageFilter::default().containing("É").at_least(Level::new(-1)).created_after(Timestamp::from_micros(0)),
        MessageFilter::default().with_ids([1, i64::MAX].map(MessageId::new)),
        on_view,
        tagged(TextTest::Contains("a".into()), Case::Sensitive),
        tagged(TextTest::AnyOf(vec!["a".into(), "É".into()]), Case::Folded),
        MessageFilter::default().with_keys(["key", "É"]),
        MessageFilter::default().due(Timestamp::from_micros(0)),
    ]
}

fn message(text: &str) -> actix_messages::store::CheckedMessage {
    NewMessage::new(20, text).tag("a").check().expect("it keeps the limits")
}

fn user(name: &str) -> Recipient {
    Recipient::user(name).expect("a name of a user")
}

fn session() -> SessionId {
    SessionId::from_digest([0xab; 16])
}

fn pool() -> Pool<ConnectionManager<SqliteConnection>> {
    let pool = Pool::builder().max_size(1).idle_timeout(None).max_lifetime(None);
    pool.build(ConnectionManager::new(":memory:")).expect("a database in memory")
}
