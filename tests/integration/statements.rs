//! Checks the number and kind of statements that each endpoint sends to the database.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
};

use actix_messages::{
    Mailbox, MessageId, Messages, MessagesConfig, Recipient, scope,
    settings::{AfterReading, MailboxBound, PageSize, UnreadDeletion},
};
use actix_messages_diesel::DieselStore;
use actix_web::{
    App, HttpResponse,
    http::{Method, StatusCode, header::ACCEPT},
    test::{TestRequest, init_service, try_call_service},
    web,
};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use tempfile::TempDir;

use crate::support::by_header;

/// The statements that the connections to one database have sent, in order.
///
/// Diesel's instrumentation is global to the process, and tests run concurrently. The instrumentation tells a
/// connection its file or URL. If there is a record for it, the connection writes to this record. So no test sees the
/// statements of another.
#[derive(Debug)]
pub(crate) struct Record {
    url: String,
    statements: Arc<Statements>,
}

#[derive(Debug, Default)]
struct Statements {
    so_far: Mutex<Vec<String>>,
    kept: Mutex<BTreeSet<String>>,
    gate: Mutex<()>,
}

static RECORDS: LazyLock<Mutex<HashMap<String, Arc<Statements>>>> = LazyLock::new(Mutex::default);

impl Record {
    /// Records new connections to this file or URL, until the record is dropped.
    pub(crate) fn of(database: impl AsRef<Path>) -> Self {
        set_default_instrumentation(|| Some(Box::new(Listener::default()))).unwrap();
        let url = database.as_ref().to_str().unwrap().to_owned();
        let statements = Arc::<Statements>::default();
        RECORDS.lock().unwrap().insert(url.clone(), Arc::clone(&statements));
        Self { url, statements }
    }

    /// Returns all statements since the last call, with their parameters.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.so_far.lock().unwrap())
    }

    /// Returns the statements on data since the last call, without their parameters. Pragmas and the ends of
    /// transactions are left out.
    pub(crate) fn take_on_data(&self) -> Vec<String> {
        let on_data = |sql: &String| VERBS.iter().any(|verb| sql.starts_with(verb));
        let without_parameters = |sql: String| sql.split(" -- binds: ").next().unwrap_or_default().to_owned();
        self.take().into_iter().filter(on_data).map(without_parameters).collect()
    }

    /// Returns the statements that connections keep prepared, without their parameters.
    pub(crate) fn kept(&self) -> BTreeSet<String> {
        self.statements.kept.lock().unwrap().clone()
    }

    /// Returns how many statements that begin with this text were recorded since they were last taken.
    pub(crate) fn count(&self, start: &str) -> usize {
        self.statements.so_far.lock().unwrap().iter().filter(|sql| sql.starts_with(start)).count()
    }

    /// Blocks each statement after it is recorded, until the returned guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.statements.gate.lock().unwrap()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        RECORDS.lock().unwrap().remove(&self.url);
    }
}

/// The first words of statements on data.
const VERBS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// Records the statements of one connection.
#[derive(Default)]
struct Listener(Option<Arc<Statements>>);

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match (&self.0, event) {
            (_, InstrumentationEvent::StartEstablishConnection { url, .. }) => {
                self.0 = RECORDS.lock().unwrap().get(url).cloned();
            }
            (Some(statements), InstrumentationEvent::StartQuery { query, .. }) => {
                statements.so_far.lock().unwrap().push(query.to_string());
                drop(statements.gate.lock());
            }
            (Some(statements), InstrumentationEvent::CacheQuery { sql, .. }) => {
                statements.kept.lock().unwrap().insert(sql.to_owned());
            }
            _ => {}
        }
    }
}

/// An application on its own database file, whose statements are recorded.
struct Recorded {
    config: MessagesConfig,
    record: Record,
    _folder: TempDir,
}

/// The status of a response, and the statements that the request needed.
struct Answer {
    status: StatusCode,
    statements: Vec<String>,
}

impl Recorded {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("messages.sqlite");
        let record = Record::of(&file);
        let store = DieselStore::open(&file).unwrap();
        Self { config: MessagesConfig::new(store, by_header), record, _folder: folder }
    }

    fn with(mut self, change: impl FnOnce(MessagesConfig) -> MessagesConfig) -> Self {
        self.config = change(self.config);
        self
    }

    fn mailbox(&self) -> Mailbox {
        self.config.mailbox(Recipient::user("alice").unwrap())
    }

    async fn add(&self, messages: usize) -> Vec<MessageId> {
        let mailbox = self.mailbox();
        let mut ids = Vec::with_capacity(messages);
        for number in 1..=messages {
            ids.push(mailbox.info(format!("message {number}")).await.unwrap().unwrap());
        }
        ids
    }

    async fn add_read(&self, messages: usize) -> Vec<MessageId> {
        let ids = self.add(messages).await;
        self.mailbox().all().mark_read().await.unwrap();
        ids
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).await
    }

    async fn ask(&self, method: Method, path: &str) -> Answer {
        self.send(TestRequest::with_uri(path).method(method).insert_header(("x-user", "alice"))).await
    }

    async fn send(&self, request: TestRequest) -> Answer {
        let app = App::new().app_data(self.config.clone()).service(scope("/messages"));
        let app = init_service(app.route("/orders", web::post().to(place_order))).await;
        self.record.take();
        let status = match try_call_service(&app, request.to_request()).await {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        Answer { status, statements: self.record.take_on_data() }
    }
}

async fn place_order(messages: Messages) -> Result<HttpResponse, actix_messages::Error> {
    messages.success("Your order is placed.").await?;
    Ok(HttpResponse::Created().finish())
}

impl Answer {
    /// Asserts that the response has this status, and that the request took 1 to `most` statements.
    #[track_caller]
    fn took(&self, status: StatusCode, most: usize) {
        let Self { status: answered, statements } = self;
        assert_eq!(*answered, status, "{statements:#?}");
        assert!(!statements.is_empty(), "no statement was recorded");
        assert!(statements.len() <= most, "more than {most} statements: {statements:#?}");
    }

    /// Asserts that the response has this status, and that the request sent no statement to the database.
    #[track_caller]
    fn took_none(&self, status: StatusCode) {
        assert_eq!(self.status, status);
        assert_eq!(self.statements, [""; 0]);
    }

    /// Like [`took`](Self::took), and asserts that no statement changes anything.
    #[track_caller]
    fn only_read(&self, status: StatusCode, most: usize) {
        self.took(status, most);
        assert!(self.statements.iter().all(|sql| sql.starts_with("SELECT")), "{:#?}", self.statements);
    }
}

#[actix_web::test]
async fn a_full_page_of_read_messages_takes_one_statement() {
    let app = Recorded::new();
    app.add_read(25).await;
    app.get("/messages/").await.only_read(StatusCode::OK, 1);
    app.get("/messages/?limit=5&offset=5").await.only_read(StatusCode::OK, 1);
}

#[actix_web::test]
async fn a_page_of_read_messages_that_tells_their_number_takes_one_statement() {
    let app = Recorded::new();
    app.add_read(13).await;
    for path in ["/messages/?limit=20", "/messages/?offset=10"] {
        app.get(path).await.only_read(StatusCode::OK, 1);
    }
}

#[actix_web::test]
async fn a_list_of_unread_messages_takes_one_statement_more() {
    let app = Recorded::new();
    app.add(25).await;
    app.get("/messages/").await.took(StatusCode::OK, 2);
    app.get("/messages/?limit=20&offset=10").await.took(StatusCode::OK, 2);
}

#[actix_web::test]
async fn a_page_takes_no_more_statements_the_longer_it_is() {
    let app = Recorded::new();
    app.add(150).await;
    app.get("/messages/?limit=120").await.took(StatusCode::OK, 2);
}

#[actix_web::test]
async fn an_empty_mailbox_takes_one_statement() {
    Recorded::new().get("/messages/").await.took(StatusCode::OK, 1);
}

#[actix_web::test]
async fn a_page_beyond_the_end_takes_two_statements() {
    let app = Recorded::new();
    app.add(3).await;
    app.get("/messages/?offset=30").await.only_read(StatusCode::OK, 2);
}

#[actix_web::test]
async fn a_list_without_pages_is_not_counted() {
    let app = Recorded::new().with(|config| config.page_size(PageSize::Unlimited).max_page_size(5));
    app.add_read(8).await;
    app.get("/messages/").await.took(StatusCode::OK, 1);
}

#[actix_web::test]
async fn filters_searches_and_orders_take_no_further_statement() {
    let app = Recorded::new();
    app.add_read(25).await;
    for query in [
        "unread=false",
        "level__gte=20&level_tag=info",
        "extra_tags=order&view__icontains=orders",
        "created_after=2020-01-01",
        "search=message",
        "ordering=-level,read_at",
        "level__in=10,20,30&search=MESSAGE&ordering=created&read_after=2020-01-01",
    ] {
        app.get(&format!("/messages/?{query}")).await.only_read(StatusCode::OK, 2);
    }
}

#[actix_web::test]
async fn a_list_whose_messages_are_deleted_takes_one_more_than_one_whose_messages_are_marked() {
    let app = Recorded::new().with(|config| config.after_reading(AfterReading::Delete));
    app.add(15).await;
    app.get("/messages/").await.took(StatusCode::OK, 3);
    app.get("/messages/").await.took(StatusCode::OK, 3);
    app.get("/messages/").await.took(StatusCode::OK, 1);
}

#[actix_web::test]
async fn a_list_that_leaves_messages_unread_changes_nothing() {
    let app = Recorded::new().with(|config| config.after_reading(AfterReading::Nothing));
    app.add(15).await;
    app.get("/messages/").await.only_read(StatusCode::OK, 1);
}

#[actix_web::test]
async fn peek_takes_one_statement_that_changes_nothing() {
    let app = Recorded::new();
    app.add(15).await;
    app.get("/messages/peek/").await.only_read(StatusCode::OK, 1);
}

#[actix_web::test]
async fn head_changes_nothing() {
    let app = Recorded::new();
    let ids = app.add(15).await;
    for (path, most) in [("/messages/".into(), 1), ("/messages/peek/".into(), 1), (format!("/messages/{}/", ids[3]), 1)]
    {
        app.ask(Method::HEAD, &path).await.only_read(StatusCode::OK, most);
    }
    let unread = app.mailbox().unread().count().await.unwrap();
    assert_eq!(unread, 15);
}

#[actix_web::test]
async fn a_message_takes_two_statements_when_it_is_first_read_and_one_later() {
    let app = Recorded::new();
    let ids = app.add(3).await;
    let path = format!("/messages/{}/", ids[1]);
    app.get(&path).await.took(StatusCode::OK, 2);
    app.get(&path).await.took(StatusCode::OK, 1);
}

#[actix_web::test]
async fn a_message_that_is_absent_takes_one_statement() {
    let app = Recorded::new();
    app.add(3).await;
    app.get("/messages/1/").await.took(StatusCode::NOT_FOUND, 1);
}

#[actix_web::test]
async fn deleting_a_read_message_takes_two_statements() {
    let app = Recorded::new();
    let ids = app.add_read(3).await;
    app.ask(Method::DELETE, &format!("/messages/{}/", ids[1])).await.took(StatusCode::NO_CONTENT, 2);
}

#[actix_web::test]
async fn refusing_to_delete_takes_two_statements() {
    let app = Recorded::new();
    let ids = app.add(3).await;
    app.ask(Method::DELETE, &format!("/messages/{}/", ids[1])).await.took(StatusCode::FORBIDDEN, 2);
    app.ask(Method::DELETE, "/messages/1/").await.took(StatusCode::NOT_FOUND, 2);
}

#[actix_web::test]
async fn deleting_takes_two_statements_where_unread_messages_may_be_deleted() {
    let app = Recorded::new().with(|config| config.unread_deletion(UnreadDeletion::Allow));
    let ids = app.add(3).await;
    app.ask(Method::DELETE, &format!("/messages/{}/", ids[1])).await.took(StatusCode::NO_CONTENT, 2);
    app.ask(Method::DELETE, "/messages/1/").await.took(StatusCode::NOT_FOUND, 1);
}

#[actix_web::test]
async fn adding_a_message_takes_two_statements() {
    // A bound is checked at some of the messages, which takes two more statements.
    let app = Recorded::new().with(|config| config.mailbox_bound(MailboxBound::Unbounded));
    app.ask(Method::POST, "/orders").await.took(StatusCode::CREATED, 2);
    app.add(20).await;
    app.ask(Method::POST, "/orders").await.took(StatusCode::CREATED, 2);
}

#[actix_web::test]
async fn a_request_that_is_refused_asks_the_database_nothing() {
    let app = Recorded::new();
    app.add(3).await;
    app.get("/messages/?level=high").await.took_none(StatusCode::BAD_REQUEST);
    app.get("/messages/?search=%00").await.took_none(StatusCode::BAD_REQUEST);
    app.get("/messages/word/").await.took_none(StatusCode::NOT_FOUND);
    app.get("/messages/99999999999999999999/").await.took_none(StatusCode::NOT_FOUND);
    app.ask(Method::PUT, "/messages/").await.took_none(StatusCode::METHOD_NOT_ALLOWED);
    app.ask(Method::OPTIONS, "/messages/").await.took_none(StatusCode::OK);
    let wants_pictures = TestRequest::with_uri("/messages/").insert_header(("x-user", "alice"));
    let answer = app.send(wants_pictures.insert_header((ACCEPT, "image/png"))).await;
    answer.took_none(StatusCode::NOT_ACCEPTABLE);
}

#[actix_web::test]
async fn who_is_not_signed_in_asks_the_database_nothing() {
    let app = Recorded::new();
    app.send(TestRequest::with_uri("/messages/")).await.took_none(StatusCode::OK);
    app.send(TestRequest::with_uri("/messages/peek/")).await.took_none(StatusCode::OK);
    app.send(TestRequest::post().uri("/orders")).await.took_none(StatusCode::CREATED);
}
