//! Sending: a list marks its messages once it is sent, and the next request sees them marked.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use actix_messages::{
    Clock, Error, Level, Mailbox, MessageFilter, Messages, MessagesConfig, NewMessage, Recipient, scope, session_key,
    store::Insertion,
};
use actix_messages_demo::{USER, app};
use actix_web::{
    App, HttpResponse,
    cookie::Key,
    http::Method,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use tokio::{sync::Semaphore, time::timeout};

use super::meanwhile::{Event, Meanwhile};
use crate::support::{Client, Log, Server, TestApp, TestStore, by_header, on_every_store, somebody, wait};

on_every_store! {
    an_answer_does_not_wait_for_its_mark_but_whoever_looks_next_does,
    messages_that_cant_be_marked_are_shown_again,
    what_is_not_fetched_stays_unread,
    an_answer_that_is_thrown_away_marks_nothing,
    a_page_marks_what_it_shows_once_it_is_sent,
    no_more_is_shown_than_can_be_marked,
}

/// How long a test waits to see that something does not happen.
const A_MOMENT: Duration = Duration::from_millis(200);

/// A store on which a mark waits for a permit.
fn slow(store: &TestStore) -> (TestStore, Arc<Semaphore>) {
    let permits = Arc::new(Semaphore::new(0));
    let event = Event::Slowness(Arc::clone(&permits));
    (store.behind(|store| Meanwhile { store, event }), permits)
}

/// The unread count in the store, without the marks that are still in progress.
fn unread_in(store: &TestStore, of: &Recipient) -> u64 {
    wait(store.store.summarize(of, &MessageFilter::default().unread())).unwrap().count()
}

fn an_answer_does_not_wait_for_its_mark_but_whoever_looks_next_does(store: &TestStore) {
    let [alice, bob] = ["alice", "bob"].map(somebody);
    let (slow, permits) = slow(store);
    let app = TestApp::new(&slow);
    let user = app.user(alice.user_id().unwrap());
    user.add(20, "text");
    assert_eq!(user.texts("/messages/"), ["text"]);
    assert_eq!(unread_in(store, &alice), 1);

    thread::scope(|scope| {
        let requests: [fn(&_) -> u64; 3] = [
            |user: &Client| user.unread(),
            |user| user.get("/messages/?unread=true").expect(200).json()["count"].as_u64().unwrap(),
            |user| user.request("HEAD", "/messages/").send().expect(200).body.len() as u64,
        ];
        let (answer, answers) = mpsc::channel();
        for request in requests {
            let (user, answer) = (user.at(app.address()), answer.clone());
            scope.spawn(move || answer.send(request(&user)).unwrap());
        }
        let mailbox = Mailbox::new(alice.clone(), Arc::clone(&store.store));
        scope.spawn(move || answer.send(wait(mailbox.unread().count()).unwrap()).unwrap());
        // Requests for other mailboxes do not wait.
        assert_eq!(app.user(bob.user_id().unwrap()).unread(), 0);
        assert_eq!(answers.recv_timeout(A_MOMENT), Err(RecvTimeoutError::Timeout), "a request did not wait");
        permits.add_permits(1);
        assert_eq!(answers.iter().collect::<Vec<_>>(), [0; 4]);
    });
    assert_eq!(unread_in(store, &alice), 0);
}

fn messages_that_cant_be_marked_are_shown_again(store: &TestStore) {
    let (full, log) = (store.behind(|store| Meanwhile { store, event: Event::Fullness }), Log::default());
    let (messages, key) = (MessagesConfig::new(Arc::clone(&full.store), session_key(USER)), Key::generate());
    let server = Server::start({
        let log = log.clone();
        move || {
            log.follow_this_thread();
            app(messages.clone(), key.clone())
        }
    });
    let alice = server.client();
    alice.sign_in(somebody("alice").user_id().unwrap());
    let id = alice.add(20, "a secret");
    for _ in 0..2 {
        for target in ["/messages/?unread=true".to_owned(), format!("/messages/{id}/")] {
            assert!(String::from_utf8(alice.get(target).expect(200).body).unwrap().contains(r#""read_at":null"#));
            assert_eq!(alice.unread(), 1);
        }
    }
    let said = log.text();
    assert_eq!(said.matches("could not be marked as read").count(), 4, "{said}");
    assert!(!said.contains("a secret"), "{said}");
}

fn what_is_not_fetched_stays_unread(store: &TestStore) {
    const MESSAGES: usize = 1000;
    let app = TestApp::new(store);
    let alice = somebody("alice");
    // 4 MB, more than the buffers of a socket hold.
    let text = "\u{1d11e}".repeat(NewMessage::MAX_TEXT_CHARS);
    let messages = vec![NewMessage::new(Level::INFO, text).check().unwrap(); MESSAGES];
    wait(store.store.insert(Insertion::new([alice.clone()], messages), &Clock::default())).unwrap();
    let user = app.user(alice.user_id().unwrap());
    let target = format!("/messages/?limit={MESSAGES}");

    let mut connection = TcpStream::connect(app.address()).unwrap();
    let cookie = user.cookie("sessionid").unwrap();
    write!(connection, "GET {target} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={cookie}\r\n\r\n").unwrap();
    connection.read_exact(&mut [0; 1000]).unwrap();
    thread::sleep(A_MOMENT);
    assert_eq!(user.unread(), MESSAGES as u64, "the messages were marked before the client read them");
    drop(connection);
    thread::sleep(A_MOMENT);
    assert_eq!(user.unread(), MESSAGES as u64, "the messages were marked although the client disconnected");

    assert_eq!(user.texts(&target).len(), MESSAGES);
    assert_eq!(user.unread(), 0);
}

fn an_answer_that_is_thrown_away_marks_nothing(store: &TestStore) {
    let alice = somebody("alice");
    let messages = MessagesConfig::new(Arc::clone(&store.store), by_header);
    wait(async {
        let mailbox = messages.mailbox(alice.clone());
        mailbox.info("text").await.unwrap();
        let app = init_service(App::new().app_data(messages).service(scope("/messages"))).await;
        let list = || {
            let list = TestRequest::get().uri("/messages/").insert_header(("x-user", alice.user_id().unwrap()));
            call_service(&app, list.to_request())
        };
        drop(list().await);
        assert_eq!(mailbox.unread().count().await.unwrap(), 1);
        assert!(!read_body(list().await).await.is_empty());
        assert_eq!(mailbox.unread().count().await.unwrap(), 0);
    });
}

async fn page(messages: Messages) -> Result<HttpResponse, Error> {
    let unread = messages.unread().list().await?;
    let page = HttpResponse::Ok().body(unread.to_string());
    // This message is added after the page was rendered, so the page does not show it.
    messages.info("later").await?;
    Ok(messages.mark_once_sent(&unread, page).await?)
}

fn a_page_marks_what_it_shows_once_it_is_sent(store: &TestStore) {
    let [alice, bob] = ["alice", "bob"].map(somebody);
    let messages = MessagesConfig::new(Arc::clone(&store.store), by_header);
    wait(async {
        for of in [&alice, &bob] {
            messages.mailbox(of.clone()).info("shown").await.unwrap();
        }
        let page = web::resource("/").route(web::get().to(page)).route(web::head().to(page));
        let app = init_service(App::new().app_data(messages.clone()).service(page)).await;
        let ask = |request: TestRequest| {
            call_service(&app, request.insert_header(("x-user", alice.user_id().unwrap())).to_request())
        };
        let unread = async |of: &Recipient| messages.mailbox(of.clone()).unread().list().await.unwrap().to_string();

        read_body(ask(TestRequest::default().method(Method::HEAD)).await).await;
        assert_eq!(unread(&alice).await, "later, shown", "without a body, nothing is shown");
        drop(ask(TestRequest::get()).await);
        assert_eq!(unread(&alice).await, "later, later, shown");
        assert_eq!(read_body(ask(TestRequest::get()).await).await, "later, later, shown");
        assert_eq!(unread(&alice).await, "later");
        assert_eq!(unread(&bob).await, "shown");
    });
}

fn no_more_is_shown_than_can_be_marked(store: &TestStore) {
    // More than the number of marks that may be in progress at once.
    const USERS: usize = 80;
    let (slow, permits) = slow(store);
    let messages = MessagesConfig::new(Arc::clone(&slow.store), by_header);
    let users = (0..USERS).map(|_| somebody("user")).collect::<Vec<_>>();
    let message = NewMessage::new(Level::INFO, "text").check().unwrap();
    wait(async {
        store.store.insert(Insertion::new(users.clone(), vec![message]), &Clock::default()).await.unwrap();
        let app = init_service(App::new().app_data(messages).service(scope("/messages"))).await;
        let list = async |user: &Recipient| {
            let list = TestRequest::get().uri("/messages/").insert_header(("x-user", user.user_id().unwrap()));
            read_body(call_service(&app, list.to_request()).await).await
        };
        let mut waiting = None;
        for (shown, user) in users.iter().enumerate() {
            if timeout(A_MOMENT, list(user)).await.is_err() {
                waiting = Some((shown, user));
                break;
            }
        }
        let (shown, user) = waiting.expect("no request waited");
        assert!(shown <= 64, "{shown} marks were in progress");
        permits.add_permits(USERS);
        assert!(!list(user).await.is_empty());
        for user in &users[..=shown] {
            assert!(Mailbox::new(user.clone(), Arc::clone(&store.store)).unread().is_empty().await.unwrap());
        }
    });
}
