//! The scope at any path of an application.

use std::sync::Arc;

use actix_messages::{
    Message, MessagesConfig, scope,
    settings::{PageSize, UnreadDeletion},
};
use actix_web::{
    App, HttpResponse, guard,
    middleware::DefaultHeaders,
    web::{self, ServiceConfig},
};
use serde_json::Value;

use crate::support::{Response, Server, TestStore, by_header, on_every_store, wait};

on_every_store! {
    the_scope_can_be_mounted_anywhere,
    the_scope_can_be_mounted_below_parameters,
    the_scope_can_be_the_whole_application,
    the_scope_can_be_wrapped_and_guarded,
    two_scopes_can_have_settings_of_their_own,
    settings_may_be_in_data,
}

fn start(store: &TestStore, routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Server {
    for text in ["one", "two"] {
        wait(store.mailbox("alice").info(text)).unwrap();
    }
    let messages = MessagesConfig::new(Arc::clone(&store.store), by_header);
    Server::start(move || App::new().app_data(messages.clone()).configure(routes.clone()))
}

fn send(server: &Server, method: &str, target: &str) -> Response {
    server.client().request(method, target).header("x-user", "alice").send()
}

/// Uses each endpoint below this path.
fn use_all(server: &Server, path: &str) {
    assert_eq!(send(server, "GET", &format!("{path}/peek")).expect(200).json()["count"], 2);
    assert_eq!(send(server, "GET", &format!("{path}/peek/")).expect(200).json()["count"], 2);
    let page = send(server, "GET", &format!("{path}/?limit=1")).expect(200).json();
    let next = page["next"].as_str().unwrap();
    assert_eq!(next, format!("http://{}{path}/?limit=1&offset=1", server.address()));
    let page = send(server, "GET", next.strip_prefix(&format!("http://{}", server.address())).unwrap()).expect(200);
    let one = format!("{path}/{}", page.json()["results"][0]["id"]);
    assert_eq!(send(server, "GET", &one).expect(200).json()["message"], "one");
    send(server, "DELETE", &format!("{one}/")).expect(204);
    send(server, "GET", &one).expect(404);
    let unknown = send(server, "GET", &format!("{path}/what/is/this")).expect(404);
    assert_eq!(unknown.json()["detail"], "Not found.");
}

fn the_scope_can_be_mounted_anywhere(store: &TestStore) {
    for (mounted_at, path) in [
        ("/messages", "/messages"),
        ("/messages/", "/messages"),
        ("/api/v1/inbox", "/api/v1/inbox"),
        ("inbox", "/inbox"),
    ] {
        let server = start(store, move |routes| {
            routes.service(scope(mounted_at));
        });
        use_all(&server, path);
        assert_eq!(send(&server, "GET", path).expect(200).json()["count"], 1, "without the trailing slash");
        send(&server, "GET", "/").expect(404);
        send(&server, "GET", &format!("{path}x")).expect(404);
        wait(store.mailbox("alice").all().delete()).unwrap();
    }
}

fn the_scope_can_be_mounted_below_parameters(store: &TestStore) {
    let server = start(store, |routes| {
        routes.service(web::scope("/api").service(web::scope("/{version}/{id}").service(scope("/messages"))));
    });
    use_all(&server, "/api/v2/7/messages");
}

fn the_scope_can_be_the_whole_application(store: &TestStore) {
    let server = start(store, |routes| {
        let other = || async { HttpResponse::Ok().body("other") };
        routes.service(web::resource("/other").to(other)).service(scope(""));
    });
    assert_eq!(send(&server, "GET", "/other").expect(200).body, b"other");
    use_all(&server, "");
}

fn the_scope_can_be_wrapped_and_guarded(store: &TestStore) {
    let server = start(store, |routes| {
        let guarded = scope("/messages").guard(guard::Header("x-user", "alice"));
        routes.service(guarded.wrap(DefaultHeaders::new().add(("x-wrapped", "yes"))));
    });
    let answer = send(&server, "GET", "/messages/").expect(200);
    assert_eq!(answer.header("x-wrapped"), Some("yes"));
    assert_eq!(send(&server, "GET", "/messages/0/").expect(404).header("x-wrapped"), Some("yes"));
    let other = server.client().request("GET", "/messages/").header("x-user", "bob").send().expect(404);
    assert_eq!(other.header("x-wrapped"), None, "the guard must keep other users out");
}

fn two_scopes_can_have_settings_of_their_own(store: &TestStore) {
    let inner = Arc::clone(&store.store);
    let server = start(store, move |routes| {
        let own = MessagesConfig::new(Arc::clone(&inner), by_header)
            .page_size(PageSize::Unlimited)
            .unread_deletion(UnreadDeletion::Allow);
        routes.service(scope("/inbox").app_data(own)).service(scope("/messages"));
    });
    wait(store.mailbox("alice").info("three")).unwrap();
    let page = send(&server, "GET", "/messages/?limit=1").expect(200).json();
    let read = &page["results"][0]["id"];
    let list = send(&server, "GET", "/inbox/?unread=true&search=one").expect(200).json();
    let first = list.as_array().unwrap()[0]["id"].clone();

    let unread = ids(&wait(store.mailbox("alice").unread().list()).unwrap());
    assert_eq!(unread.len(), 1);
    let target = |scope: &str, id: &Value| format!("/{scope}/{id}/");
    send(&server, "DELETE", &target("messages", &unread[0])).expect(403);
    send(&server, "DELETE", &target("inbox", &unread[0])).expect(204);
    send(&server, "DELETE", &target("messages", read)).expect(204);
    send(&server, "DELETE", &target("inbox", &first)).expect(204);
}

fn settings_may_be_in_data(store: &TestStore) {
    wait(store.mailbox("alice").info("text")).unwrap();
    let messages = MessagesConfig::new(Arc::clone(&store.store), by_header);
    let server =
        Server::start(move || App::new().app_data(web::Data::new(messages.clone())).service(scope("/messages")));
    assert_eq!(send(&server, "GET", "/messages/").expect(200).json()["count"], 1);
}

fn ids(messages: &[Message]) -> Vec<Value> {
    messages.iter().map(|message| message.id.value().into()).collect()
}
