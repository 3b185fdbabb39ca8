//! Requests whose response the user will not see, such as prefetches: the messages in it stay unread.

use actix_messages::{Error, Messages, MessagesConfig, PageRequest, settings::AfterReading};
use actix_web::{App, HttpResponse, Route, http::Method, web};

use crate::support::{Client, Log, Response, Server, TestApp, TestStore, by_header, on_every_store, somebody, wait};

on_every_store! {
    a_list_that_nobody_sees_leaves_its_messages,
    a_message_that_nobody_sees_is_left_as_it_is,
    what_nobody_sees_is_kept_by_no_cache,
    what_is_seen_is_marked,
    a_trusted_origin_shows_messages,
    nothing_is_said_where_reading_marks_nothing,
    the_log_names_each_origin_once,
    a_page_that_nobody_sees_leaves_its_messages,
    a_page_that_a_person_opens_marks_its_messages,
    a_page_that_nobody_sees_takes_each_message_once,
}

type Headers<'a> = &'a [(&'a str, &'a str)];

/// The headers of prefetches by browsers and by libraries in pages.
const PREFETCHES: [Headers<'static>; 11] = [
    &[("Sec-Purpose", "prefetch"), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "empty")],
    &[("Sec-Purpose", "prefetch;prerender"), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Dest", "document")],
    &[("Sec-Purpose", "prefetch; anonymous-client-ip"), ("Sec-Fetch-Dest", "document")],
    &[("Sec-Purpose", "Prefetch")],
    &[("X-Sec-Purpose", "prefetch"), ("Sec-Fetch-Site", "same-origin")],
    &[("Purpose", "prefetch")],
    &[("Purpose", "preview")],
    &[("X-Purpose", "preview")],
    &[("X-Moz", "prefetch")],
    &[("X-Moz", "prefetch"), ("Sec-Fetch-Site", "same-origin")],
    &[("HX-Preloaded", "true"), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "empty")],
];

/// Requests for resources that show no messages, such as images.
const EMBEDDED: [Headers<'static>; 4] = [
    &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "image")],
    &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "script")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "image")],
    &[("Sec-Fetch-Dest", "")],
];

/// Requests of other origins.
const ELSEWHERE: [Headers<'static>; 8] = [
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document"), ("Referer", "https://evil.example/page")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "empty"), ("Origin", "https://evil.example")],
    &[("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "document")],
    &[("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "empty"), ("Origin", "https://usercontent.example")],
    &[("Sec-Fetch-Site", "nonsense")],
    &[("Origin", "https://evil.example")],
    &[("Origin", "null")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "websocket"), ("Origin", "https://evil.example")],
];

/// Requests whose response the user sees.
const SEEN: [Headers<'static>; 9] = [
    &[],
    &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "empty")],
    &[("Sec-Fetch-Site", "none"), ("Sec-Fetch-Dest", "document")],
    &[("Sec-Fetch-Site", "same-origin")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "empty"), ("Origin", "https://app.example")],
    &[("Purpose", "reading")],
    &[("HX-Preloaded", "false")],
    &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "websocket"), ("Sec-Fetch-Mode", "websocket")],
    &[("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "websocket"), ("Origin", "https://app.example")],
];

fn unseen() -> impl Iterator<Item = (Headers<'static>, &'static str)> {
    let elsewhere = |headers: Headers<'static>| {
        let is_sibling = headers.contains(&("Sec-Fetch-Site", "same-site"));
        (headers, if is_sibling { "same-site" } else { "cross-site" })
    };
    let prefetches = PREFETCHES.into_iter().map(|headers| (headers, "prefetch"));
    let embedded = EMBEDDED.into_iter().map(|headers| (headers, "embedded"));
    prefetches.chain(embedded).chain(ELSEWHERE.into_iter().map(elsewhere))
}

const THAT_CHANGE: [AfterReading; 2] = [AfterReading::Mark, AfterReading::Delete];

fn start(store: &TestStore, after: AfterReading) -> TestApp {
    TestApp::with(store, |messages| messages.after_reading(after).trusted_origin("https://app.example"))
}

#[track_caller]
fn get(client: &Client, target: &str, headers: Headers<'_>) -> Response {
    let call = headers.iter().fold(client.request("GET", target), |call, (name, value)| call.header(name, value));
    call.send().expect(200)
}

#[track_caller]
fn is_left(answer: &Response, reason: &str, headers: Headers<'_>) {
    assert_eq!(answer.header("messages-left-unread"), Some(reason), "{headers:?}");
}

fn a_list_that_nobody_sees_leaves_its_messages(store: &TestStore) {
    for after in THAT_CHANGE {
        let app = start(store, after);
        let alice = app.user(somebody("alice").user_id().unwrap());
        alice.add(20, "text");
        for (headers, reason) in unseen() {
            let answer = get(&alice, "/messages/", headers);
            assert_eq!(answer.json()["results"][0]["message"], "text", "{headers:?}");
            is_left(&answer, reason, headers);
            assert_eq!(alice.unread(), 1, "{after:?} {headers:?}");
        }
        assert_eq!(alice.texts("/messages/"), ["text"]);
        assert_eq!(alice.unread(), 0);
    }
}

fn a_message_that_nobody_sees_is_left_as_it_is(store: &TestStore) {
    for after in THAT_CHANGE {
        let app = start(store, after);
        let alice = app.user(somebody("alice").user_id().unwrap());
        let one = format!("/messages/{}/", alice.add(20, "text"));
        for (headers, reason) in unseen() {
            is_left(&get(&alice, &one, headers), reason, headers);
            assert_eq!(alice.unread(), 1, "{after:?} {headers:?}");
        }
        get(&alice, &one, &[]);
        assert_eq!(alice.unread(), 0);
    }
}

/// A browser that cached such a response would revalidate it, and get 304 instead of the messages.
fn what_nobody_sees_is_kept_by_no_cache(store: &TestStore) {
    let app = start(store, AfterReading::Mark);
    let alice = app.user("alice");
    alice.add(20, "text");
    let fetched = get(&alice, "/messages/", PREFETCHES[0]);
    assert_eq!(fetched.header("cache-control"), Some("private, no-store"));
    assert_eq!(fetched.header("etag"), None);
    let head = alice.request("HEAD", "/messages/").send().expect(200);
    assert_eq!(head.header("messages-left-unread"), None, "a HEAD request marks nothing anyway");
    let shown = get(&alice, "/messages/", &[]);
    assert_eq!(shown.header("cache-control"), Some("private, no-cache"));
    assert_eq!(shown.header("etag"), head.header("etag"));
    assert_eq!(alice.unread(), 0);
}

fn what_is_seen_is_marked(store: &TestStore) {
    for after in THAT_CHANGE {
        let app = start(store, after);
        let alice = app.user(somebody("alice").user_id().unwrap());
        for headers in SEEN {
            let one = format!("/messages/{}/", alice.add(20, "text"));
            assert_eq!(get(&alice, &one, headers).header("messages-left-unread"), None);
            alice.add(20, "text");
            assert_eq!(get(&alice, "/messages/?unread=true", headers).header("messages-left-unread"), None);
            assert_eq!(alice.unread(), 0, "{after:?} {headers:?}");
        }
    }
}

fn a_trusted_origin_shows_messages(store: &TestStore) {
    let app = start(store, AfterReading::Mark);
    let alice = app.user("alice");
    for (origin, unread) in [("https://app.example", 0), ("https://app.example:8443", 1), ("http://app.example", 2)] {
        alice.add(20, "text");
        get(&alice, "/messages/?unread=true", &[("Sec-Fetch-Site", "same-site"), ("Origin", origin)]);
        assert_eq!(alice.unread(), unread, "{origin}");
    }
}

fn nothing_is_said_where_reading_marks_nothing(store: &TestStore) {
    let app = start(store, AfterReading::Nothing);
    let alice = app.user("alice");
    alice.add(20, "text");
    for (headers, _) in unseen() {
        let answer = get(&alice, "/messages/", headers);
        assert_eq!(answer.header("messages-left-unread"), None, "{headers:?}");
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"), "{headers:?}");
    }
}

fn the_log_names_each_origin_once(store: &TestStore) {
    let log = Log::default();
    let messages = MessagesConfig::new(std::sync::Arc::clone(&store.store), by_header);
    let server = Server::start({
        let log = log.clone();
        move || {
            log.follow_this_thread();
            App::new().app_data(messages.clone()).service(actix_messages::scope("/messages"))
        }
    });
    let client = server.client();
    let get = |headers: Headers<'_>| get(&client, "/messages/", headers);
    for _ in 0..3 {
        get(&[("Sec-Fetch-Site", "cross-site"), ("Referer", "https://one.example/a/secret/path?of=theirs")]);
        get(&[("Sec-Fetch-Site", "same-site"), ("Origin", "https://two.example")]);
        get(&[("Sec-Fetch-Site", "cross-site")]);
        client.request("DELETE", "/messages/1/").header("Origin", "https://two.example").send().expect(403);
        get(PREFETCHES[0]);
    }
    for number in 0..200 {
        get(&[("Sec-Fetch-Site", "cross-site"), ("Origin", &format!("https://{number}.example"))]);
    }
    let log = log.text();
    let lines = |text: &str| log.lines().filter(|line| line.contains(text) && line.contains("trusted_origin")).count();
    assert_eq!(lines("https://one.example"), 1, "{log}");
    assert_eq!(lines("https://two.example"), 2, "one line for the unread messages, one for the refusal: {log}");
    assert_eq!(lines("unknown"), 1, "{log}");
    assert!(lines("are left unread") <= 100, "{log}");
    assert!(!log.contains("secret"), "{log}");
}

/// Shows all unread messages by the method that the path names.
async fn page(messages: Messages, way: web::Path<String>) -> Result<HttpResponse, Error> {
    let unread = messages.unread();
    let shown = match way.as_str() {
        "sent" => {
            let shown = unread.list().await?;
            let page = HttpResponse::Ok().body(shown.to_string());
            return Ok(messages.mark_once_sent(&shown, page).await?);
        }
        "take" => unread.take().await?.to_string(),
        "take_up_to" => unread.take_up_to(100).await?.to_string(),
        "take_range" => unread.take_range(0..100).await?.to_string(),
        "taking" => {
            let (mut taking, mut shown) = (unread.take_each(), Vec::new());
            while let Some(message) = taking.next().await? {
                shown.push(message.content.text);
            }
            shown.join(", ")
        }
        "show" => unread.show(async |messages| Ok::<_, Error>(messages.to_string())).await?,
        "mailbox" => messages.mailbox()?.unread().take().await?.to_string(),
        way => {
            let after = if way == "read" { AfterReading::Mark } else { AfterReading::Delete };
            let page = unread.read_page(&PageRequest::all(), after).await?;
            page.messages.into_iter().map(|message| message.content.text).collect::<Vec<_>>().join(", ")
        }
    };
    Ok(HttpResponse::Ok().body(shown))
}

const WAYS: [&str; 9] = ["sent", "take", "take_up_to", "take_range", "taking", "show", "mailbox", "read", "delete"];

/// Opens the page as a user with three unread messages. Returns the texts in the response, and the unread count
/// afterwards.
fn open(store: &TestStore, way: &str, method: Method, headers: Headers<'_>) -> (String, u64) {
    open_at(store, web::to(page), way, method, headers)
}

fn open_at(store: &TestStore, route: Route, way: &str, method: Method, headers: Headers<'_>) -> (String, u64) {
    let alice = somebody("alice");
    let messages =
        MessagesConfig::new(std::sync::Arc::clone(&store.store), by_header).trusted_origin("https://app.example");
    let mailbox = messages.mailbox(alice.clone());
    for text in ["one", "two", "three"] {
        wait(mailbox.info(text)).unwrap();
    }
    wait(async {
        use actix_web::test::{TestRequest, call_service, init_service, read_body};
        let app = init_service(App::new().app_data(messages).route("/{way}", route)).await;
        let request = TestRequest::with_uri(&format!("/{way}")).method(method);
        let request = request.insert_header(("x-user", alice.user_id().unwrap()));
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        let body = read_body(call_service(&app, request.to_request()).await).await;
        (String::from_utf8(body.to_vec()).unwrap(), mailbox.unread().count().await.unwrap())
    })
}

fn a_page_that_nobody_sees_leaves_its_messages(store: &TestStore) {
    let images = EMBEDDED.into_iter();
    let frames: [Headers<'_>; 7] = [
        &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "iframe")],
        &[("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "iframe")],
        &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "empty"), ("Origin", "https://evil.example")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "websocket"), ("Origin", "https://evil.example")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
    ];
    for way in WAYS {
        for headers in PREFETCHES.into_iter().chain(images.clone()).chain(frames) {
            let shown = open(store, way, Method::GET, headers);
            assert_eq!(shown, ("three, two, one".to_owned(), 3), "{way} {headers:?}");
        }
        assert_eq!(open(store, way, Method::HEAD, &[]).1, 3, "{way}");
    }
}

fn a_page_that_a_person_opens_marks_its_messages(store: &TestStore) {
    let navigations: [Headers<'_>; 5] = [
        &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document"), ("Referer", "https://mail.example/")],
        &[("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Dest", "document")],
        &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "iframe")],
        &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "document")],
        &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Dest", "frame")],
    ];
    for way in WAYS {
        for headers in SEEN.into_iter().chain(navigations) {
            assert_eq!(open(store, way, Method::GET, headers), ("three, two, one".to_owned(), 0), "{way} {headers:?}");
        }
        // Browsers never prefetch with POST, and the sender of a POST request expects its effect.
        for headers in [&[][..], &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")], PREFETCHES[0]] {
            assert_eq!(open(store, way, Method::POST, headers).1, 0, "{way} {headers:?}");
        }
    }
}

/// Takes messages until none is left, by the method that the path names, which must not loop forever. Responds with
/// the texts.
async fn exhaust(messages: Messages, way: web::Path<String>) -> Result<HttpResponse, Error> {
    let mut shown = Vec::new();
    for _ in 0..10 {
        let unread = messages.unread();
        let taken = match way.as_str() {
            "take_first" => unread.take_first().await?.into_iter().collect::<Vec<_>>(),
            "take_up_to" => unread.take_up_to(2).await?.into_iter().collect(),
            "take_range" => unread.take_range(0..2).await?.into_iter().collect(),
            "taking" => unread.take_each().next().await?.into_iter().collect(),
            "read" => unread.read_page(&PageRequest::first(2), AfterReading::Mark).await?.messages,
            _ => unread.read_page(&PageRequest::first(2).counted(), AfterReading::Delete).await?.messages,
        };
        let left = messages.unread().count().await?;
        assert_eq!(left, 3_u64.saturating_sub((shown.len() + taken.len()) as u64));
        assert_eq!(messages.unread().is_empty().await?, left == 0);
        assert_eq!(messages.unread().list().await?.len() as u64, left);
        if taken.is_empty() {
            return Ok(HttpResponse::Ok().body(shown.join(", ")));
        }
        shown.extend(taken.into_iter().map(|message| message.content.text));
    }
    Ok(HttpResponse::Ok().body("it has no end"))
}

fn a_page_that_nobody_sees_takes_each_message_once(store: &TestStore) {
    for way in ["take_first", "take_up_to", "take_range", "taking", "read", "delete"] {
        for (headers, unread) in [(PREFETCHES[0], 3), (EMBEDDED[0], 3), (&[], 0)] {
            let shown = open_at(store, web::get().to(exhaust), way, Method::GET, headers);
            assert_eq!(shown, ("three, two, one".to_owned(), unread), "{way} {headers:?}");
        }
    }
}
