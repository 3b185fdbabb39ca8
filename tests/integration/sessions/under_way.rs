//! Requests and tasks that run while their session ends, and messages in an application's own transaction.

use std::{sync::Arc, thread, time::Duration};

use actix_messages::{
    Level, Mailbox, Messages, MessagesConfig, NewMessage, Recipient, session_key,
    settings::{AfterLogout, SessionScoping},
};
use actix_session::Session;
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::support::{Client, Server, TestStore, on_every_store, serve, wait};

on_every_store! {
    what_is_added_after_the_end_is_bound_to_no_session,
    what_a_task_adds_after_the_end_is_bound_to_no_session,
    what_is_added_after_the_end_is_seen_in_separate_sessions,
    a_request_under_way_does_not_sign_in_again,
    a_request_under_way_leaves_the_cookie_as_it_is,
    a_request_that_comes_a_moment_after_the_end_does_not_sign_in_again,
    a_sign_in_under_way_is_one,
    a_scope_with_another_configuration_learns_of_the_end,
    a_message_of_a_transaction_ends_with_its_session,
}

/// A gate at which requests wait until a test opens it.
#[derive(Clone)]
struct Gate {
    arrived: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self { arrived: Arc::new(Semaphore::new(0)), open: Arc::new(Semaphore::new(0)) }
    }

    async fn wait(&self) {
        self.arrived.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }
}

async fn sign_in(session: Session) -> Result<HttpResponse, Error> {
    session.insert("user", "alice")?;
    session.renew();
    Ok(HttpResponse::Ok().finish())
}

async fn sign_out(session: Session) -> HttpResponse {
    session.purge();
    HttpResponse::Ok().finish()
}

async fn say_good_bye(session: Session, messages: Messages) -> Result<HttpResponse, Error> {
    session.purge();
    messages.info("Good bye.").await?;
    Ok(HttpResponse::Ok().finish())
}

/// Waits at the gate, then signs bob in.
async fn sign_in_late(gate: web::Data<Gate>, session: Session, messages: Messages) -> Result<HttpResponse, Error> {
    gate.wait().await;
    session.insert("user", "bob")?;
    messages.info("Welcome.").await?;
    Ok(HttpResponse::Ok().finish())
}

/// Waits at the gate, then adds a message and changes the session.
async fn work(gate: web::Data<Gate>, session: Session, messages: Messages) -> Result<HttpResponse, Error> {
    gate.wait().await;
    messages.info("late").await?;
    session.insert("visited", true)?;
    Ok(HttpResponse::Ok().finish())
}

/// Responds at once. A task waits at the gate, then adds a message.
async fn export(gate: web::Data<Gate>, messages: Messages) -> Result<HttpResponse, Error> {
    let mailbox = messages.mailbox()?;
    actix_web::rt::spawn(async move {
        gate.wait().await;
        mailbox.info("late").await.unwrap();
    });
    Ok(HttpResponse::Ok().finish())
}

/// Adds a message like a transaction of the application, which uses only the store.
async fn order(store: web::Data<TestStore>, messages: Messages) -> Result<HttpResponse, Error> {
    let mailbox = messages.mailbox()?;
    let placed = NewMessage::new(Level::SUCCESS, "placed").with_defaults("order", mailbox.session_id());
    Mailbox::new(mailbox.recipient().clone(), Arc::clone(&store.store)).add(placed).await.unwrap();
    Ok(HttpResponse::Ok().finish())
}

async fn user(session: Session) -> Result<HttpResponse, Error> {
    Ok(HttpResponse::Ok().json(session.get::<String>("user")?))
}

struct Site {
    server: Server,
    gate: Gate,
    mailbox: Mailbox,
}

impl Site {
    fn new(store: &TestStore, settings: impl FnOnce(MessagesConfig) -> MessagesConfig) -> Self {
        wait(store.mailbox("alice").erase()).unwrap();
        let new = || MessagesConfig::new(Arc::clone(&store.store), session_key("user"));
        let (messages, other) = (settings(new()), new());
        let gate = Gate::new();
        let (at_the_gate, kept) = (web::Data::new(gate.clone()), web::Data::new(store.clone()));
        let server = serve(messages, move |app| {
            app.app_data(at_the_gate.clone())
                .app_data(kept.clone())
                .route("/login", web::post().to(sign_in))
                .route("/logout", web::post().to(sign_out))
                .route("/good-bye", web::post().to(say_good_bye))
                .route("/late-login", web::post().to(sign_in_late))
                .service(web::scope("/other").app_data(other.clone()).route("/work", web::post().to(work)))
                .route("/work", web::post().to(work))
                .route("/export", web::post().to(export))
                .route("/order", web::post().to(order))
                .route("/user", web::get().to(user));
        });
        Self { server, gate, mailbox: store.mailbox("alice") }
    }

    fn signed_in(&self) -> Client {
        let client = self.server.client();
        post(&client, "/login");
        client
    }

    /// Sends this request, and signs out while it runs.
    fn end_during(&self, path: &str) -> Ended {
        self.end_of(self.signed_in(), path, "/logout")
    }

    fn end_of(&self, alice: Client, path: &str, sign_out: &str) -> Ended {
        thread::scope(|scope| {
            let before = alice.at(alice.address());
            let request = scope.spawn(move || {
                let cookie = before.request("POST", path).send().expect(200).header("set-cookie").map(str::to_owned);
                (before, cookie)
            });
            wait(self.gate.arrived.acquire()).unwrap().forget();
            post(&alice, sign_out);
            self.gate.open.add_permits(1);
            let (with_old_cookie, cookie) = request.join().unwrap();
            Ended { signed_out: alice, with_old_cookie, cookie }
        })
    }

    fn late(&self) -> Vec<Option<actix_messages::SessionId>> {
        for _ in 0..500 {
            let late = wait(self.mailbox.all().list()).unwrap();
            if !late.is_empty() {
                return late.into_iter().map(|message| message.session).collect();
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("nothing was added");
    }
}

/// A session that ended while a request was running.
struct Ended {
    /// The browser after the logout.
    signed_out: Client,
    /// A browser with the cookies from before the end, as the request has changed them.
    with_old_cookie: Client,
    /// The `Set-Cookie` header in the response to the request.
    cookie: Option<String>,
}

#[track_caller]
fn post(client: &Client, path: &str) {
    client.request("POST", path).send().expect(200);
}

fn what_is_added_after_the_end_is_bound_to_no_session(store: &TestStore) {
    for after in [AfterLogout::Delete, AfterLogout::Keep] {
        let site = Site::new(store, |messages| messages.after_logout(after));
        site.end_during("/work");
        assert_eq!(site.late(), [None], "{after:?}");
        // The end of another session does not delete the message.
        let again = site.signed_in();
        assert_eq!(again.texts("/messages/"), ["late"]);
        post(&again, "/logout");
        assert_eq!(site.late(), [None]);
    }
}

fn what_a_task_adds_after_the_end_is_bound_to_no_session(store: &TestStore) {
    let site = Site::new(store, |messages| messages);
    let alice = site.signed_in();
    post(&alice, "/export");
    wait(site.gate.arrived.acquire()).unwrap().forget();
    post(&alice, "/logout");
    site.gate.open.add_permits(1);
    assert_eq!(site.late(), [None]);
}

fn what_is_added_after_the_end_is_seen_in_separate_sessions(store: &TestStore) {
    let site = Site::new(store, |messages| messages.session_scoping(SessionScoping::Separate));
    site.end_during("/work");
    assert_eq!(site.signed_in().texts("/messages/"), ["late"]);
}

fn a_request_under_way_does_not_sign_in_again(store: &TestStore) {
    let site = Site::new(store, |messages| messages);
    assert_eq!(site.end_during("/work").cookie, None, "the request saved the session that had ended");
    // A request saves the session if no session ends while it runs.
    let alice = site.signed_in();
    site.gate.open.add_permits(1);
    post(&alice, "/work");
    assert_eq!(user_of(&alice), "alice");
}

/// The browser may already have a new session, or none.
fn a_request_under_way_leaves_the_cookie_as_it_is(store: &TestStore) {
    let site = Site::new(store, |messages| messages);
    let Ended { signed_out, cookie, .. } = site.end_of(site.signed_in(), "/work", "/good-bye");
    assert_eq!(cookie, None);
    assert_eq!(signed_out.texts("/messages/"), ["Good bye."]);
    assert_eq!(user_of(&signed_out), Value::Null);
}

/// The browser sends the request before it has the new cookie.
fn a_request_that_comes_a_moment_after_the_end_does_not_sign_in_again(store: &TestStore) {
    let site = Site::new(store, |messages| messages);
    let alice = site.signed_in();
    let with_old_cookie = alice.at(alice.address());
    post(&alice, "/logout");
    site.gate.open.add_permits(1);
    let answer = with_old_cookie.request("POST", "/work").send().expect(200);
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(site.late(), [None]);
}

fn a_sign_in_under_way_is_one(store: &TestStore) {
    let site = Site::new(store, |messages| messages);
    let Ended { with_old_cookie, .. } = site.end_during("/late-login");
    assert_eq!(user_of(&with_old_cookie), "bob");
    let bob = store.mailbox("bob");
    let sessions = || wait(bob.all().list()).unwrap().into_iter().map(|message| message.session).collect::<Vec<_>>();
    assert_eq!(sessions(), [None], "the session of the message has ended");
    site.gate.open.add_permits(1);
    post(&with_old_cookie, "/late-login");
    assert!(sessions().iter().any(Option::is_some), "the next session has another id");
    post(&with_old_cookie, "/logout");
    assert_eq!(sessions(), [None]);
    wait(bob.erase()).unwrap();
}

fn a_scope_with_another_configuration_learns_of_the_end(store: &TestStore) {
    let site = Site::new(store, |messages| messages);
    assert_eq!(site.end_during("/other/work").cookie, None);
    assert_eq!(site.late(), [None]);
}

fn user_of(client: &Client) -> Value {
    client.get("/user").expect(200).json()
}

fn a_message_of_a_transaction_ends_with_its_session(store: &TestStore) {
    let site = Site::new(store, |messages| messages);
    let alice = site.signed_in();
    post(&alice, "/order");
    assert_eq!(alice.texts("/messages/"), ["placed"]);
    post(&alice, "/logout");
    assert!(wait(site.mailbox.all().is_empty()).unwrap(), "the message survived the end of its session");
    // The message starts a session for a visitor, as any message does.
    let visitor = site.server.client();
    post(&visitor, "/order");
    assert_eq!(visitor.texts("/messages/"), ["placed"]);
    post(&visitor, "/logout");
    // Without `follow_session`, the message is bound to no session.
    let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| Recipient::user("alice").ok());
    let kept = web::Data::new(store.clone());
    let server = Server::start(move || {
        App::new().app_data(messages.clone()).app_data(kept.clone()).route("/order", web::post().to(order))
    });
    post(&server.client(), "/order");
    assert_eq!(site.late(), [None]);
}
