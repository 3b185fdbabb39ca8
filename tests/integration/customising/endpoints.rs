//! Endpoints: which ones are mounted, and which ones the application replaces.

use actix_messages::{Endpoint, Endpoints, Error, Messages, MessagesConfig, endpoints, settings::Versioning};
use actix_web::{HttpRequest, HttpResponse, middleware::from_fn, web};
use serde_json::json;

use super::{Site, tomorrow};
use crate::support::{TestStore, on_every_store};

on_every_store! {
    there_are_the_endpoints_that_were_chosen,
    each_endpoint_says_its_methods,
    an_endpoint_can_be_replaced,
    an_endpoint_can_be_added,
    endpoints_can_be_mounted_by_hand,
    each_scope_has_its_names,
}

const ALL: [Endpoint; 6] = [
    Endpoint::List,
    Endpoint::Peek,
    Endpoint::Message,
    Endpoint::Marking,
    Endpoint::Snooze,
    Endpoint::SelectionDeletion,
];

fn unchanged(messages: MessagesConfig) -> MessagesConfig {
    messages
}

/// Requests, each with the endpoint that handles it.
fn requests(id: i64) -> [(Endpoint, &'static str, String); 11] {
    [
        (Endpoint::List, "GET", "/messages/".into()),
        (Endpoint::List, "HEAD", "/messages".into()),
        (Endpoint::Peek, "GET", "/messages/peek/".into()),
        (Endpoint::Message, "GET", format!("/messages/{id}/")),
        (Endpoint::Marking, "POST", format!("/messages/{id}/unread/")),
        (Endpoint::Marking, "POST", format!("/messages/{id}/read")),
        (Endpoint::Marking, "POST", "/messages/unread/".into()),
        (Endpoint::Marking, "POST", "/messages/read".into()),
        (Endpoint::Snooze, "POST", format!("/messages/snooze/?ids=1&until={}", tomorrow())),
        (Endpoint::Snooze, "POST", format!("/messages/{id}/snooze?until={}", tomorrow())),
        (Endpoint::SelectionDeletion, "DELETE", "/messages/?ids=1".into()),
    ]
}

fn all() -> Endpoints {
    ALL.into_iter().fold(Endpoints::default(), Endpoints::with)
}

fn none() -> Endpoints {
    ALL.into_iter().fold(all(), Endpoints::without)
}

fn there_are_the_endpoints_that_were_chosen(store: &TestStore) {
    for endpoint in ALL {
        let without = Site::with(store, unchanged, move |routes| {
            routes.service(all().without(endpoint).at("/messages"));
        });
        let alone = Site::with(store, unchanged, move |routes| {
            routes.service(none().with(endpoint).at("/messages"));
        });
        let (without, alone) = (without.user("alice"), alone.user("alice"));
        let id = without.add("text");
        for (of, method, target) in requests(id) {
            let (user, other) = if of == endpoint { (&alone, &without) } else { (&without, &alone) };
            user.send(method, &target, &[]).expect(200);
            let status = other.send(method, &target, &[]).status;
            assert!(matches!(status, 404 | 405), "{method} {target} is {status}");
        }
    }
    assert_eq!(Endpoints::default(), none().with(ALL[2]).with(ALL[1]).with(ALL[0]));
}

fn each_endpoint_says_its_methods(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let reading = [
        ("/messages/", "GET, DELETE, HEAD, OPTIONS", "Messages List"),
        ("/messages/peek/", "GET, HEAD, OPTIONS", "Peek"),
        ("/messages/1/", "GET, DELETE, HEAD, OPTIONS", "Messages Instance"),
    ];
    let marking = ["/messages/read/", "/messages/unread", "/messages/1/read/", "/messages/1/unread"];
    let marking = marking.map(|target| (target, "POST, OPTIONS", "Marking"));
    let snoozing = ["/messages/snooze/", "/messages/1/snooze"].map(|target| (target, "POST, OPTIONS", "Snoozing"));
    for (target, allow, name) in reading.into_iter().chain(marking).chain(snoozing) {
        let described = alice.send("OPTIONS", target, &[]).expect(200);
        assert_eq!((described.header("allow"), &described.json()["name"]), (Some(allow), &json!(name)), "{target}");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|it| !allow.contains(it)) {
            let refused = alice.send(method, target, &[]).expect(405);
            assert_eq!(refused.header("allow"), Some(allow), "{method} {target}");
            if method != "HEAD" {
                assert_eq!(refused.json(), json!({ "detail": format!("Method \"{method}\" not allowed.") }));
            }
        }
    }
}

async fn newest(messages: Messages) -> Result<HttpResponse, Error> {
    let newest = messages.all().first().await?;
    Ok(HttpResponse::Ok().json(newest.map(|message| message.content.text)))
}

fn an_endpoint_can_be_replaced(store: &TestStore) {
    let site = Site::with(store, unchanged, |routes| {
        routes.service(Endpoints::default().without(Endpoint::List).at("/messages").route("/", web::get().to(newest)));
    });
    let alice = &site.user("alice");
    let id = alice.add_numbers(2)[0];
    assert_eq!(alice.get("/messages/").expect(200).json(), "2");
    assert_eq!(alice.unread(), "2, 1");
    assert_eq!(alice.get(&format!("/messages/{id}/")).expect(200).json()["message"], "1");
    alice.get("/messages/what/is/this").expect(404);
}

fn an_endpoint_can_be_added(store: &TestStore) {
    let versioned = |messages: MessagesConfig| messages.versioning(Versioning::accept(["1"], "1"));
    let site = Site::with(store, versioned, |routes| {
        let newest = web::resource("/digest/newest").wrap(from_fn(endpoints::admit)).route(web::get().to(newest));
        routes.service(Endpoints::default().at("/messages").service(newest));
    });
    let alice = &site.user("alice");
    alice.add_numbers(2);
    let answer = alice.get("/messages/digest/newest").expect(200);
    assert_eq!(answer.json(), "2");
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert_eq!(alice.get("/messages/").expect(200).json()["count"], 2);
    alice.send("GET", "/messages/digest/newest", &[("accept", "text/html")]).expect(406);
    alice.send("GET", "/messages/digest/newest", &[("accept", "application/json;version=2")]).expect(406);
}

/// A response that sets `Vary` itself.
async fn digest() -> HttpResponse {
    HttpResponse::Ok().insert_header(("vary", "Origin")).finish()
}

fn endpoints_can_be_mounted_by_hand(store: &TestStore) {
    let site = Site::with(store, unchanged, |routes| {
        let resource = |path: &str| web::resource(path).wrap(from_fn(endpoints::admit));
        let one = resource("/notes/{note}").route(web::get().to(endpoints::retrieve));
        let marks = resource("/notes/{note}/done").route(web::put().to(endpoints::mark_read));
        let all = resource("/notes").route(web::get().to(endpoints::list));
        let seen = resource("/seen").route(web::post().to(endpoints::mark_selection_read));
        let unseen = resource("/unseen").route(web::post().to(endpoints::mark_selection_unread));
        routes
            .service(one.route(web::delete().to(endpoints::delete)))
            .service(marks.route(web::delete().to(endpoints::mark_unread)))
            .service(all.route(web::delete().to(endpoints::delete_selection)))
            .service(resource("/bell").route(web::get().to(endpoints::peek)))
            .service(resource("/digest").route(web::get().to(digest)))
            .service(seen)
            .service(unseen);
    });
    let alice = &site.user("alice");
    let id = alice.add_numbers(3)[0];
    let one = format!("/notes/{id}");
    assert_eq!(alice.get("/bell").expect(200).json()["count"], 3);
    assert_eq!(alice.get(&one).expect(200).json()["message"], "1");
    assert_eq!(alice.change("DELETE", &format!("{one}/done")), 1);
    assert_eq!(alice.change("PUT", &format!("{one}/done")), 1);
    assert_eq!(alice.change("POST", "/seen"), 2);
    assert_eq!(alice.change("POST", "/unseen?ids=1"), 0);
    let list = alice.get("/notes?limit=1").expect(200);
    assert_eq!(list.json()["next"], format!("http://{}/notes?limit=1&offset=1", site.server.address()));
    assert_eq!(list.header("vary"), Some("Accept, Cookie"));
    let own = alice.get("/digest").expect(200);
    let vary = own.headers.iter().filter(|(name, _)| name == "vary").map(|(_, value)| value.as_str());
    assert_eq!(vary.collect::<Vec<_>>(), ["Origin", "Accept, Cookie"], "the handler's own `Vary` must stay");
    alice.send("DELETE", &one, &[("origin", "https://evil.example")]).expect(403);
    alice.send("DELETE", &one, &[]).expect(204);
    assert_eq!(alice.change("DELETE", "/notes"), 2);
}

fn each_scope_has_its_names(store: &TestStore) {
    let site = Site::with(store, unchanged, |routes| {
        let urls = |request: HttpRequest| async move {
            let url = |name: &str| request.url_for(name, ["7"]).map(|url| url.path().to_owned()).ok();
            HttpResponse::Ok().json([url("messages:detail"), url("api:detail"), url("other:detail")])
        };
        routes.service(Endpoints::default().at("/messages"));
        routes.service(web::scope("/deep").service(Endpoints::default().named("api").at("/api")));
        routes.route("/urls", web::get().to(urls));
    });
    let urls = site.user("alice").get("/urls").expect(200).json();
    assert_eq!(urls, json!(["/messages/7", "/deep/api/7", null]));
}
