//! Runs the application that receives the inputs: scopes with different settings on one store in memory, in this
//! thread.

use std::{collections::BTreeMap, future::Future, mem::ManuallyDrop, pin::Pin, rc::Rc, sync::Arc};

use actix_messages::{
    Admin, Clock, Endpoint, Endpoints, Mailbox, MemoryStore, Message, MessageFilter, MessageId, MessageJson,
    MessageStore, MessagesConfig, NewMessage, OrderKey, PageRequest, Recipient, Timestamp,
    settings::{
        Access, AccessRequest, Action, AfterReading, CursorKey, Filter, ForwardedHeaders, ListFilters, Lookup,
        PageSize, Pagination, UnreadDeletion, Versioning,
    },
    store::{Insertion, Mailboxes, MessageDirectory},
};
use actix_web::{
    App, HttpRequest, HttpResponse, Scope,
    body::to_bytes,
    dev::{Service, ServiceResponse},
    http::{
        StatusCode,
        header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue},
    },
    rt::System,
    test::{TestRequest, init_service},
    web,
};
use serde_json::{Value, json};

use super::written::Written;

/// The current time of the application.
pub const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_100);
/// The one origin that the site with the settings 8 trusts.
pub const TRUSTED: &str = "https://app.example.com";
/// The settings with cursor pagination, each with a different key. With the second ones, reading marks nothing.
pub const CURSORS: [usize; 2] = [2, 3];
/// The number of the admin, after the numbers of the settings.
pub const ADMIN: usize = 10;
/// The user who is staff.
pub const STAFF: &str = PEOPLE[0];
/// The users with messages.
pub const PEOPLE: [&str; 2] = ["alice", "bob"];
/// A part of each message text of the user in `PEOPLE` with the same index.
pub const SECRETS: [&str; 2] = ["for alice alone", "for bob alone"];

/// The changes that settings allow a request to make.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    pub after: AfterReading,
    pub deletes_unread: bool,
}

/// Returns the policy of these settings.
pub fn policy(settings: usize) -> Policy {
    let after = match settings {
        3 | 6 => AfterReading::Nothing,
        4 => AfterReading::Delete,
        _ => AfterReading::Mark,
    };
    Policy { after, deletes_unread: settings == 1 }
}

/// Returns the scope with the settings of this number, or `None` if there are no such settings.
fn scope(settings: usize, store: &Arc<MemoryStore>) -> Option<Scope> {
    let Policy { after, deletes_unread } = policy(settings);
    let mut all = Endpoints::default().with(Endpoint::Marking).with(Endpoint::SelectionDeletion);
    if settings == 0 {
        // The document is slow to generate, and does not depend on the request.
        all = all.with(Endpoint::OpenApi);
    }
    let messages = MessagesConfig::new(Arc::clone(store), signed_in)
        .clock(Clock::new(|| NOW))
        .minimum_level(i32::MIN)
        .page_size(PageSize::Limited(2))
        .max_page_size(50)
        .after_reading(after)
        .unread_deletion(if deletes_unread { UnreadDeletion::Allow } else { UnreadDeletion::Forbid });
    let messages = match settings {
        0 => messages,
        1 => messages.pagination(Pagination::PageNumber),
        2 => messages.pagination(Pagination::Cursor(CursorKey::from_secret(b"one key"))),
        3 => messages.pagination(Pagination::Cursor(CursorKey::from_secret(b"another key"))),
        4 => messages.pagination(Pagination::Off),
        5 => messages.page_size(PageSize::Unlimited).access(Access::SignedIn),
        6 => messages.pagination(Pagination::PageNumber).versioning(Versioning::path(["v1", "v2"])),
        7 => messages.versioning(Versioning::accept(["1", "2"], "2")).access(Access::check(no_errors_go)).represent(
            |_, message: &MessageJson<'_>| json!({ "id": message.id, "read_at": message.read_at, "text": message.text }),
        ),
        8 => messages.forwarded_headers(ForwardedHeaders::Trust).trusted_origin(TRUSTED),
        9 => messages.filters(
            ListFilters::default()
                .without(Filter::Search)
                .only_lookups(Filter::View, [Lookup::Exact, Lookup::In])
                .ordered_by([OrderKey::Created]),
        ),
        _ => return None,
    };
    let path = prefix(settings) + if settings == 6 { "/{version}" } else { "" };
    Some(all.at(&path).app_data(messages))
}

/// Returns the path at which the scope is mounted.
fn prefix(settings: usize) -> String {
    format!("/{settings}")
}

fn no_errors_go(asked: &AccessRequest<'_>) -> bool {
    asked.action != Action::Delete || asked.message.is_none_or(|message| message.level < 40.into())
}

/// Responds to requests outside of the scopes.
async fn elsewhere() -> HttpResponse {
    let headers = [("vary", "*"), ("cache-control", "no-store")];
    let mut answer = HttpResponse::NotFound();
    for header in headers {
        answer.insert_header(header);
    }
    answer.json(json!({ "detail": "elsewhere" }))
}

const X_USER: HeaderName = HeaderName::from_static("x-user");

fn signed_in(request: &HttpRequest) -> Option<Recipient> {
    Recipient::user(request.headers().get(X_USER)?.to_str().ok()?).ok()
}

fn name_of_staff(request: &HttpRequest) -> Option<String> {
    signed_in(request)?.user_id().filter(|name| *name == STAFF).map(str::to_owned)
}

/// The messages of a user, by id.
pub type Messages = BTreeMap<MessageId, Message>;

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Parses the body. Panics if the content type is JSON and the body is not. Returns `None` for other content types.
    pub fn json(&self) -> Option<Value> {
        let kind = self.header("content-type")?;
        let is_json = kind.starts_with("application/json") || kind.starts_with("application/problem+json");
        is_json.then(|| serde_json::from_slice(&self.body).expect("a body with the content type of JSON is JSON"))
    }
}

type Sending = Pin<Box<dyn Future<Output = Answer>>>;

/// The application and its store.
pub struct Site {
    // Dropped before the runtime that it needs.
    send: Box<dyn Fn(TestRequest) -> Sending>,
    store: Arc<MemoryStore>,
    first: BTreeMap<Recipient, Messages>,
    system: actix_web::rt::SystemRunner,
}

thread_local! {
    // Its runtime can't be dropped while a thread ends.
    static SITE: ManuallyDrop<Site> = ManuallyDrop::new(Site::new());
}

/// Runs the work with the site, after it has restored the initial mailboxes.
pub fn on_the_site(work: impl FnOnce(&Site)) {
    SITE.with(|site| {
        site.restore();
        work(site);
    });
}

impl Site {
    fn new() -> Self {
        let system = System::new();
        let store = Arc::new(MemoryStore::new());
        let app = (0..).map_while(|settings| scope(settings, &store)).fold(App::new(), App::service);
        let admin = Admin::new(Arc::clone(&store)).staff(name_of_staff).at(&prefix(ADMIN));
        let of_admin = MessagesConfig::new(Arc::clone(&store), signed_in).clock(Clock::new(|| NOW));
        let app = app.service(admin.app_data(of_admin)).default_service(web::to(elsewhere));
        let service = Rc::new(system.block_on(init_service(app)));
        let send = Box::new(move |request: TestRequest| -> Sending {
            let service = Rc::clone(&service);
            Box::pin(async move {
                match service.call(request.to_request()).await {
                    Ok(response) => answer(response).await,
                    // Converts the error as the server does.
                    Err(error) => {
                        let response = error.error_response();
                        let (status, headers) = (response.status(), response.headers().clone());
                        Answer { status, headers, body: body_of(response.into_body()).await }
                    }
                }
            })
        });
        let mut site = Self { send, store, first: BTreeMap::new(), system };
        site.write();
        site.first = site.everything();
        site
    }

    /// Waits for the future.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.system.block_on(work)
    }

    /// Returns the mailbox of a user.
    pub fn mailbox(&self, who: &str) -> Mailbox {
        Mailbox::new(recipient(who), Arc::clone(&self.store) as Arc<_>).clock(Clock::new(|| NOW))
    }

    /// Adds a message with this creation time.
    pub fn add(&self, who: &str, message: NewMessage, at: Timestamp) -> MessageId {
        let message = message.check().expect("it keeps the limits");
        let inserted = self.wait(self.store.insert(Insertion::new([recipient(who)], [message]), &at.into()));
        inserted.expect("memory does not fail")[0][0].id
    }

    /// Returns all messages of the users in `PEOPLE`.
    pub fn mailboxes(&self) -> [Messages; 2] {
        PEOPLE.map(|who| {
            let all = self.wait(self.mailbox(who).all().list()).expect("memory does not fail");
            all.into_iter().map(|message| (message.id, message)).collect()
        })
    }

    /// Returns the messages of all mailboxes.
    pub fn everything(&self) -> BTreeMap<Recipient, Messages> {
        let (all, filter, page) = (Mailboxes::All, MessageFilter::default(), PageRequest::all());
        let rows = self.wait(self.store.list_across(&all, &filter, &page)).expect("memory does not fail");
        let mut everything = BTreeMap::<_, Messages>::new();
        for (recipient, message) in rows {
            everything.entry(recipient).or_default().insert(message.id, message);
        }
        everything
    }

    fn restore(&self) {
        let everything = self.everything();
        if everything != self.first {
            for of in everything.into_keys() {
                self.wait(Mailbox::new(of, Arc::clone(&self.store) as Arc<_>).erase()).expect("memory does not fail");
            }
            self.write();
        }
    }

    /// Adds the initial messages. Some have small ids, which a fuzzer easily guesses. Others have current ids.
    fn write(&self) {
        for (who, secret) in PEOPLE.into_iter().zip(SECRETS) {
            let text = |text: &str| format!("{text}, {secret}");
            let day = NOW.as_micros() - 100;
            for (at, message) in [
                (1, NewMessage::new(20, text("Straße")).tag("a").view("demo:messages")),
                (2, NewMessage::new(40, text("%_*?[]\\'\"")).tags(["A", "b c", "é"])),
                (3, NewMessage::new(-5, text("<b>tea & cake</b>")).safe_html()),
                (7, NewMessage::new(i32::MAX, text("\u{1F980} \u{212A}")).view("Öffnen")),
                (day, NewMessage::new(25, text("line\nline\ttab")).tags(["order", "billing"])),
                (day + 1, NewMessage::new(30, text("a\"b\u{2028}")).tag("order")),
            ] {
                self.add(who, message, Timestamp::from_micros(at));
            }
            let some = MessageFilter::default().with_ids([2, day].map(MessageId::new));
            self.wait(self.mailbox(who).select(some).mark_read()).expect("memory does not fail");
        }
    }

    /// Sends a request. Returns `None` if a server would not accept its target.
    pub fn send(&self, written: &Written) -> Option<Answer> {
        let uri = written.uri(&prefix(written.settings))?;
        let mut request = TestRequest::default().method(written.method.clone()).uri(&uri.to_string());
        for (name, value) in &written.headers {
            if *name != X_USER {
                request = request.append_header((name.clone(), value.clone()));
            }
        }
        if let Some(who) = written.who {
            request = request.insert_header((X_USER, HeaderValue::from_static(who)));
        }
        if !written.body.is_empty() {
            if !written.has_header("content-length") {
                request = request.insert_header((CONTENT_LENGTH, HeaderValue::from(written.body.len())));
            }
            request = request.set_payload(written.body.clone());
        }
        Some(self.wait((self.send)(request)))
    }
}

fn recipient(who: &str) -> Recipient {
    Recipient::user(who).expect("a name of a user")
}

async fn answer<B: actix_web::body::MessageBody>(response: ServiceResponse<B>) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: body_of(response.into_body()).await }
}

async fn body_of(body: impl actix_web::body::MessageBody) -> Vec<u8> {
    match to_bytes(body).await {
        Ok(bytes) => bytes.to_vec(),
        Err(_) => panic!("a body that is in memory can't be read"),
    }
}
