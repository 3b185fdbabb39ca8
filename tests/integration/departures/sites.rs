//! Cross-site requests: which requests of other sites are refused.

use actix_messages::settings::{ForwardedHeaders, UnreadDeletion};

use crate::support::{Client, Response, TestApp, TestStore, on_every_store};

on_every_store! {
    an_unsafe_request_from_another_site_is_refused,
    an_unsafe_request_from_the_same_origin_needs_no_token,
    an_unsafe_request_from_a_sibling_is_refused_and_told_what_to_do,
    the_origin_decides_where_the_browser_does_not_name_the_site,
    a_host_is_compared_as_the_url_standard_reads_it,
    a_trusted_origin_may_send_unsafe_requests,
    a_safe_request_may_come_from_anywhere,
}

fn start(store: &TestStore) -> TestApp {
    TestApp::with(store, |messages| {
        messages.unread_deletion(UnreadDeletion::Allow).trusted_origin("https://app.example.com")
    })
}

/// Adds a message, and deletes it with these headers.
fn delete(client: &Client, headers: &[(&str, &str)]) -> Response {
    let mut call = client.request("DELETE", format!("/messages/{}/", client.add(20, "text")));
    for (name, value) in headers {
        call = call.header(name, value);
    }
    call.send()
}

fn an_unsafe_request_from_another_site_is_refused(store: &TestStore) {
    let app = start(store);
    let alice = app.user("alice");
    let origin = format!("http://{}", app.address());
    for headers in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &origin)],
        &[("Sec-Fetch-Site", "nonsense")],
        &[("Sec-Fetch-Site", "")],
    ] {
        let refused = delete(&alice, headers).expect(403);
        assert_eq!(refused.json()["detail"], "Cross-site request refused.");
    }
    assert_eq!(alice.unread(), 5, "nothing was deleted");
    for method in ["POST", "PUT", "PATCH"] {
        alice.request(method, "/messages/").header("Sec-Fetch-Site", "cross-site").send().expect(403);
    }
}

fn an_unsafe_request_from_the_same_origin_needs_no_token(store: &TestStore) {
    let app = start(store);
    let alice = app.user("alice");
    for site in ["same-origin", "none"] {
        delete(&alice, &[("Sec-Fetch-Site", site)]).expect(204);
        delete(&alice, &[("Sec-Fetch-Site", site), ("Origin", "https://sister.example.com")]).expect(204);
    }
    // Clients that are not browsers send none of these headers.
    delete(&alice, &[]).expect(204);
}

fn an_unsafe_request_from_a_sibling_is_refused_and_told_what_to_do(store: &TestStore) {
    let app = start(store);
    let alice = app.user("alice");
    for origin in ["https://usercontent.example.com", "http://app.example.com", "null"] {
        let refused = delete(&alice, &[("Sec-Fetch-Site", "same-site"), ("Origin", origin)]).expect(403).json();
        assert!(refused["detail"].as_str().unwrap().contains("`trusted_origin`"), "{refused}");
    }
    assert_eq!(alice.unread(), 3, "nothing was deleted");
    delete(&alice, &[("Sec-Fetch-Site", "same-site"), ("Origin", "https://app.example.com")]).expect(204);
}

/// A proxy may add the default port of the scheme, and spell a name or an address differently.
fn a_host_is_compared_as_the_url_standard_reads_it(store: &TestStore) {
    let app = start(store);
    let alice = app.user("alice");
    let delete = |host, origin| delete(&alice, &[("Host", host), ("Origin", origin)]);
    for (host, origin) in [
        ("intranet:80", "http://intranet"),
        ("shop.example:443", "https://shop.example"),
        ("SHOP.example", "https://shop.example"),
        ("[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080"),
        ("[::1]:80", "http://[::1]"),
    ] {
        delete(host, origin).expect(204);
    }
    for (host, origin) in
        [("intranet:443", "http://intranet"), ("intranet:80", "https://intranet"), ("[::1]", "http://[::2]")]
    {
        delete(host, origin).expect(403);
    }
    let trusting = TestApp::with(store, |messages| {
        messages.unread_deletion(UnreadDeletion::Allow).forwarded_headers(ForwardedHeaders::Trust)
    });
    let bob = trusting.user("bob");
    let forwarded = [
        &[("X-Forwarded-Host", "shop.example:443"), ("X-Forwarded-Proto", "https"), ("Origin", "https://shop.example")]
            [..],
        &[("X-Forwarded-Host", "Shop.Example"), ("Origin", "https://shop.example:443")],
        &[("Forwarded", "host=\"shop.example:443\";proto=https"), ("Origin", "https://shop.example")],
    ];
    for headers in forwarded {
        super::sites::delete(&bob, headers).expect(204);
    }
}

fn the_origin_decides_where_the_browser_does_not_name_the_site(store: &TestStore) {
    let app = start(store);
    let alice = app.user("alice");
    let address = app.address();
    delete(&alice, &[("Origin", &format!("http://{address}"))]).expect(204);
    let refused = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        String::new(),
        format!("http://{}", address.ip()),
        format!("http://{address}.evil.example"),
        format!("http://evil.example/http://{address}"),
    ];
    for origin in refused {
        delete(&alice, &[("Origin", &origin)]).expect(403);
    }
}

fn a_trusted_origin_may_send_unsafe_requests(store: &TestStore) {
    let app = start(store);
    let alice = app.user("alice");
    delete(&alice, &[("Origin", "https://app.example.com")]).expect(204);
    delete(&alice, &[("Origin", "https://app.example.com"), ("Sec-Fetch-Site", "cross-site")]).expect(204);
    for spelling in ["https://app.example.com:443", "https://APP.example.com"] {
        delete(&alice, &[("Origin", spelling), ("Sec-Fetch-Site", "cross-site")]).expect(204);
    }
    for other in ["http://app.example.com", "https://app.example.com.evil.example", "https://app.example.com:8443"] {
        delete(&alice, &[("Origin", other), ("Sec-Fetch-Site", "cross-site")]).expect(403);
    }
}

fn a_safe_request_may_come_from_anywhere(store: &TestStore) {
    let app = start(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    for method in ["HEAD", "OPTIONS", "GET"] {
        let call = alice.request(method, "/messages/").header("Sec-Fetch-Site", "cross-site");
        call.header("Origin", "https://evil.example").send().expect(200);
    }
}
