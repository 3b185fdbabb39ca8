//! Paths, methods and content negotiation.

use actix_messages::settings::ForwardedHeaders;
use serde_json::Value;

use crate::support::{TestApp, TestStore, on_every_store};

on_every_store! {
    both_spellings_of_a_path_answer_alike,
    accept_is_read_as_rfc_9110_says,
    there_are_no_suffixes_and_no_format_parameter,
    there_is_no_html_rendering,
    options_answers_allow_and_changes_nothing,
    links_begin_with_the_address_that_was_asked,
    links_begin_with_what_a_trusted_proxy_says,
    links_have_the_prefix_that_a_trusted_proxy_has_removed,
    odd_requests_are_no_failure_of_the_server,
    a_host_that_is_none_is_not_put_into_links,
    a_host_that_is_none_is_not_taken_from_a_proxy,
}

const ODD_TARGETS: &str = "
    /messages/%
    /messages/%zz/
    /messages/%FF/
    /messages/%00/
    /messages/%2F/
    /messages/%2e%2e/
    /messages/../messages/
    /messages//
    //messages/
    /messages/?
    /messages/??
    /messages/?&=&&==
    /messages/?%
    /messages/?%zz=%zz
    /messages/?%FF=%FF&search=%FF&view=%FF&extra_tags=%C0%80&level=%FF
    /messages/?search=%00
    /messages/?limit=%00&offset=%FF&ordering=%00
    /messages/?level[=1&level]=1&[level]=1&level[[]]=1
    /messages/?level[gte]=1&level=1&level[gte][x]=1
    /messages/?unread[x]=true&search[]=a&limit[0]=1
    /messages/?a=1#fragment
    /messages/;x=1
    /messages/peek/?level=x
    /messages/peek/1/
";

fn both_spellings_of_a_path_answer_alike(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    alice.get("/messages/").expect(200);
    for (path, allow) in [
        ("/messages".to_owned(), "GET, HEAD, OPTIONS"),
        ("/messages/peek".to_owned(), "GET, HEAD, OPTIONS"),
        (format!("/messages/{id}"), "GET, DELETE, HEAD, OPTIONS"),
        ("/messages/1".to_owned(), "GET, DELETE, HEAD, OPTIONS"),
    ] {
        for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "TRACE", "FOO"] {
            let [without, with] = ["", "/"].map(|end| alice.request(method, format!("{path}{end}")).send());
            assert_eq!(without.status, with.status, "{method} {path}");
            assert_eq!(without.body, with.body, "{method} {path}");
            if matches!(without.status, 405) || method == "OPTIONS" {
                assert_eq!(without.header("allow"), Some(allow), "{method} {path}");
                assert_eq!(with.header("allow"), Some(allow), "{method} {path}");
            }
        }
    }
    let page = alice.get("/messages?limit=1&x=1").json();
    assert_eq!((&page["next"], &page["previous"]), (&Value::Null, &Value::Null));
    alice.add(20, "second");
    let next = alice.get("/messages?limit=1").json()["next"].as_str().unwrap().to_owned();
    assert_eq!(next, format!("http://{}/messages?limit=1&offset=1", app.address()));

    alice.delete(format!("/messages/{id}")).expect(204);
    alice.delete(format!("/messages/{id}/")).expect(404);
    alice.delete(format!("/messages/{id}")).expect(404);
    alice.delete("/messages").expect(405);
    alice.delete("/messages/").expect(405);
}

fn accept_is_read_as_rfc_9110_says(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    let ask = |accept: &str| alice.request("HEAD", "/messages/").header("Accept", accept).send().status;
    for refused in [
        "text/html",
        "application/xml, text/*",
        "application/json;q=0",
        "application/json;q=0.000, */*",
        "application/*;q=0, */*;q=1",
        "*/*;q=0",
        "application/problem+json",
    ] {
        assert_eq!(ask(refused), 406, "{refused}");
    }
    for taken in [
        "application/json",
        "APPLICATION/JSON; Q=0.1",
        "text/html, */*;q=0.1",
        "text/html;q=1.0, application/*;q=0.5",
        "application/json;q=0.001, */*;q=0",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/json; charset=utf-8",
        // An empty or malformed header counts as absent.
        "",
        "json",
        ";;,,",
        "application/json;q=7",
    ] {
        assert_eq!(ask(taken), 200, "{taken}");
    }
    assert_eq!(alice.request("HEAD", "/messages/").send().status, 200, "without a header");
    for (lines, status) in [(["text/html", "application/json"], 200), (["text/html", "image/png"], 406)] {
        let call = alice.request("HEAD", "/messages/").another("Accept", lines[0]).another("Accept", lines[1]);
        assert_eq!(call.send().status, status, "{lines:?}");
    }
    let refused = alice.request("GET", "/messages/").header("Accept", "text/html").send().expect(406);
    assert_eq!(refused.header("content-type"), Some("application/json"));
    assert_eq!(refused.json()["detail"], "Could not satisfy the request Accept header.");
    assert_eq!(alice.unread(), 1, "a refused request marks nothing");
}

fn there_are_no_suffixes_and_no_format_parameter(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    for suffix in [".json", ".api", ".html", ".json/"] {
        for path in ["/messages".to_owned(), "/messages/peek".to_owned(), format!("/messages/{id}")] {
            alice.get(format!("{path}{suffix}")).expect(404);
        }
    }
    assert_eq!(alice.unread(), 1);
    for format in ["json", "api", "html", "xml", ""] {
        for path in ["/messages/".to_owned(), "/messages/peek/".to_owned(), format!("/messages/{id}/")] {
            let answer = alice.get(format!("{path}?format={format}")).expect(200);
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
}

fn there_is_no_html_rendering(store: &TestStore) {
    let app = TestApp::new(store);
    let browser = app.user("alice");
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
    let page = browser.request("GET", "/messages/").header("Accept", accept).send().expect(200);
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.json()["count"], 0);
}

fn options_answers_allow_and_changes_nothing(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    for (path, allow) in [
        ("/messages/".to_owned(), "GET, HEAD, OPTIONS"),
        ("/messages/peek/".to_owned(), "GET, HEAD, OPTIONS"),
        (format!("/messages/{id}/"), "GET, DELETE, HEAD, OPTIONS"),
    ] {
        for client in [&alice, &app.visitor()] {
            let answer = client.request("OPTIONS", &path).send().expect(200);
            assert_eq!(answer.header("allow"), Some(allow));
        }
    }
    assert_eq!(alice.unread(), 1);
}

fn links_begin_with_the_address_that_was_asked(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "one");
    alice.add(20, "two");
    let next = |target: &str, host: &str| {
        let call = alice.request("GET", target).header("Host", host).header("X-Forwarded-Host", "evil.example");
        call.header("Forwarded", "host=evil.example").send().expect(200).json()["next"].clone()
    };
    assert_eq!(next("/messages/?limit=1", "example.com"), "http://example.com/messages/?limit=1&offset=1");
    assert_eq!(next("/messages?limit=1", "[::1]:8080"), "http://[::1]:8080/messages?limit=1&offset=1");
    let absolute = "http://example.com:81/messages/?limit=1";
    assert_eq!(next(absolute, "other.example"), "http://example.com:81/messages/?limit=1&offset=1");
}

fn links_begin_with_what_a_trusted_proxy_says(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.forwarded_headers(ForwardedHeaders::Trust));
    let alice = app.user("alice");
    alice.add(20, "one");
    let id = alice.add(20, "two");
    let forwarded = |method: &str, target: &str| {
        let call = alice.request(method, target).header("X-Forwarded-Host", "example.com");
        call.header("X-Forwarded-Proto", "https").header("Origin", "https://example.com").send()
    };
    let list = forwarded("GET", "/messages/?limit=1").expect(200).json();
    assert_eq!(list["next"], "https://example.com/messages/?limit=1&offset=1");
    forwarded("DELETE", &format!("/messages/{id}/")).expect(204);
}

fn links_have_the_prefix_that_a_trusted_proxy_has_removed(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.forwarded_headers(ForwardedHeaders::Trust));
    let alice = app.user("alice");
    alice.add(20, "one");
    alice.add(20, "two");
    let prefixed = |prefix: &str| {
        let call = alice.request("GET", "/messages/?limit=1").header("Host", "example.com");
        call.header("X-Forwarded-Prefix", prefix).send().expect(200)
    };
    for (prefix, path) in [
        ("/shop", "/shop"),
        ("/shop/", "/shop"),
        ("/a/b%20c, /d", "/a/b%20c"),
        ("/", ""),
        ("", ""),
        ("shop", ""),
        ("//evil.example", ""),
        ("/a//b", ""),
        ("/a>; rel=\"next\", <x", ""),
        ("/a?b", ""),
        ("/a#b", ""),
        (&"/long".repeat(100), ""),
    ] {
        let page = prefixed(prefix);
        let next = format!("http://example.com{path}/messages/?limit=1&offset=1");
        assert_eq!(page.json()["next"], next, "{prefix}");
        assert_eq!(page.header("link"), Some(&*format!("<{next}>; rel=\"next\"")));
    }
    // Without a proxy, any client could send it.
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let call = alice.request("GET", "/messages/?limit=1").header("X-Forwarded-Prefix", "/shop");
    assert!(call.send().expect(200).json()["next"].as_str().unwrap().contains("/messages/?limit"));
}

fn odd_requests_are_no_failure_of_the_server(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    for target in ODD_TARGETS.trim().lines().map(str::trim) {
        for method in ["GET", "HEAD", "DELETE", "OPTIONS", "POST", "TRACE", "FOO"] {
            let answer = alice.request(method, target).send();
            assert!(answer.status < 500, "{method} {target}: {}", answer.status);
        }
    }
    assert_eq!(alice.request("OPTIONS", "*").send().status / 100, 4);
}

fn a_host_that_is_none_is_not_put_into_links(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "one");
    alice.add(20, "two");
    let evil = "a>; rel=\"next\", <http://evil.example";
    for host in [evil, "a\"b", "a b", "me@evil.example", "a/b", "<script>", ""] {
        let page = alice.request("GET", "/messages/?limit=1").header("Host", host).send().expect(200);
        let next = page.json()["next"].as_str().unwrap().to_owned();
        assert!(next.ends_with("/messages/?limit=1&offset=1"), "{next}");
        assert!(next.starts_with("http://127.0.0.1"), "the link must use the address of the server: {next}");
        assert_eq!(page.header("link"), Some(&*format!("<{next}>; rel=\"next\"")));
    }
}

fn a_host_that_is_none_is_not_taken_from_a_proxy(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.forwarded_headers(ForwardedHeaders::Trust));
    let alice = app.user("alice");
    alice.add(20, "one");
    alice.add(20, "two");
    let call = alice.request("GET", "/messages/?limit=1").header("X-Forwarded-Host", "a\"b");
    let page = call.header("X-Forwarded-Proto", "javascript").send().expect(200);
    let next = page.json()["next"].as_str().unwrap().to_owned();
    assert!(next.starts_with("http://127.0.0.1"), "{next}");
}
