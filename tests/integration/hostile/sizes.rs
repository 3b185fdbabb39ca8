//! Requests that are too large: long URLs, many parameters, many values, large bodies.

use std::fmt::Write as _;

use super::requests::{Hostile, LONGEST, as_many_as_fit, everywhere};

pub(super) fn long() -> Vec<Hostile> {
    let mut requests = Vec::new();
    for length in [1000, 8000, 60_000, LONGEST - 30, LONGEST + 1, 130_000, 200_000] {
        let text = "a".repeat(length);
        requests.push(Hostile::new("GET", format!("/messages/{text}/")));
        requests.push(Hostile::new("GET", format!("/messages/{}", "/".repeat(length))));
        requests.push(Hostile::new("GET", format!("/messages/?x={text}")));
        requests.push(Hostile::new("GET", format!("/messages/?ordering={text}&limit={text}")));
        requests.push(Hostile::new("GET", format!("/api/messages/?cursor={text}")));
        requests.push(Hostile::new("GET", format!("/admin/messages/message?row={text}")));
        for (name, value) in [
            ("Accept", "application/json;q=0.1, "),
            ("Accept", "text/html, "),
            ("If-None-Match", "\"a\", "),
            ("X-Whatever", "a"),
            ("Cookie", "sessionid=a; "),
            ("Host", "a"),
            ("Origin", "http://a."),
        ] {
            let value = value.repeat(length / value.len());
            requests.push(Hostile::new("GET", "/messages/").header(name, value.clone()));
            requests.push(Hostile::new("DELETE", "/messages/1/").header(name, value));
        }
    }
    let headers = |count| (0..count).fold(Hostile::new("GET", "/messages/"), |request, _| request.header("X-A", "b"));
    requests.extend([50, 96, 97, 1000].map(headers));
    requests
}

pub(super) fn many_parameters() -> Vec<Hostile> {
    let names = |name: &dyn Fn(usize) -> String| {
        (0..)
            .map(name)
            .scan(0, |length, one| {
                *length += one.len();
                (*length < LONGEST - 100).then_some(one)
            })
            .collect::<String>()
    };
    let queries = [
        as_many_as_fit("x=1&"),
        as_many_as_fit("&"),
        as_many_as_fit("=&"),
        as_many_as_fit("ids=1&"),
        as_many_as_fit("level=1&"),
        as_many_as_fit("level__in=1,2&"),
        as_many_as_fit("search=a&"),
        as_many_as_fit("created_after=2026-01-01T00:00:00Z&"),
        as_many_as_fit("extra_tags__icontains=a&"),
        as_many_as_fit("ordering=level&"),
        names(&|number| format!("{number}&")),
        names(&|number| format!("level__{number}=1&")),
        names(&|number| format!("level[{number}]=1&")),
    ];
    queries.iter().flat_map(|query| everywhere(query)).collect()
}

pub(super) fn brackets() -> Vec<Hostile> {
    let queries = [
        format!("level{}=1", as_many_as_fit("[")),
        format!("level{}=1", as_many_as_fit("]")),
        format!("level{}=1", as_many_as_fit("[gte]")),
        format!("{}=1", as_many_as_fit("[a]")),
        format!("x{}=1", as_many_as_fit("%5Ba%5D")),
        as_many_as_fit("level[gte]=1&"),
        as_many_as_fit("level[]=1&"),
        as_many_as_fit("level[0]=1&"),
        as_many_as_fit("level[gte][lte]=1&"),
        "level[18446744073709551615]=1&level[99999999999999999999]=1".into(),
    ];
    queries.iter().flat_map(|query| everywhere(query)).collect()
}

pub(super) fn many_values() -> Vec<Hostile> {
    let mut queries = Vec::new();
    for name in ["extra_tags__in", "view__in", "level__in", "ids", "level__range", "ordering", "search", "up_to"] {
        queries.push(format!("{name}={}", as_many_as_fit("1,")));
        queries.push(format!("{name}={}", as_many_as_fit(",")));
        queries.push(format!("{name}={}", as_many_as_fit("9")));
        let hundred = (0..100).map(|number| format!("{number}{}", "9".repeat(500))).collect::<Vec<_>>().join(",");
        queries.push(format!("{name}={hundred}"));
    }
    // All lookups at once, each as long as possible.
    for field in ["extra_tags", "view"] {
        let lookups =
            ["", "__iexact", "__contains", "__icontains", "__startswith", "__istartswith", "__endswith", "__iendswith"];
        let text = "%CE%90".repeat(1200);
        let each = lookups.iter().fold(String::new(), |mut query, lookup| {
            write!(query, "{field}{lookup}={text}&").unwrap();
            query
        });
        queries.push(each);
    }
    queries.iter().flat_map(|query| everywhere(query)).collect()
}

pub(super) fn bodies() -> Vec<Hostile> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let mut requests = vec![
        Hostile::new("POST", "/demo/messages").body(json, "[".repeat(30_000)),
        Hostile::new("POST", "/demo/messages").body(json, "{\"a\":".repeat(6_000)),
        Hostile::new("POST", "/demo/messages").body(json, format!("{{\"level\":1{}}}", "0".repeat(20_000))),
        Hostile::new("POST", "/demo/messages")
            .body(json, format!("{{\"level\":20,\"message\":\"{}\"}}", "a".repeat(3_000_000))),
        Hostile::new("POST", "/demo/messages").body(json, b"{\"level\":20,\"message\":\"\xff\"}".to_vec()),
        Hostile::new("POST", "/demo/messages").body(json, "{\"level\":20,\"message\":\"\\ud800\"}"),
        Hostile::new("POST", "/demo/messages").body(json, "{\"level\":20,\"message\":\"\\u0000\"}"),
        Hostile::new("POST", "/demo/messages").body(json, "{\"level\":1e400,\"message\":\"a\"}"),
        Hostile::new("POST", "/demo/messages").body(json, "{\"level\":2147483648,\"message\":\"a\"}"),
        Hostile::new("POST", "/admin/messages/new")
            .body(form, "users=".to_owned() + &"a%0A".repeat(200_000) + "&message=a"),
        Hostile::new("POST", "/admin/messages/new").body(form, "a".repeat(2_000_000)),
        Hostile::new("POST", "/admin/messages/change")
            .body(form, "action=read&".to_owned() + &"row=1:u:alice&".repeat(100_000)),
        Hostile::new("POST", "/admin/messages/change").body(form, "%".repeat(1_000_000)),
        Hostile::new("DELETE", "/api/messages/").body(json, "{\"ids\":[1]}"),
        Hostile::new("POST", "/api/messages/read/").header("Content-Length", "-1"),
        Hostile::new("POST", "/api/messages/read/").header("Content-Length", "99999999999999999999"),
        Hostile::new("POST", "/api/messages/read/").header("Content-Length", "0").header("Content-Length", "1"),
        Hostile::new("POST", "/api/messages/read/")
            .header("Content-Length", "0")
            .header("Transfer-Encoding", "chunked"),
        Hostile::new("POST", "/api/messages/read/").header("Transfer-Encoding", "gzip, identity"),
        Hostile::new("POST", "/api/messages/read/").header("Expect", "200-ok"),
        Hostile::new("GET", "/messages/").header("Upgrade", "h2c").header("Connection", "Upgrade"),
        Hostile::new("GET", "/messages/").header("Transfer-Encoding", "chunked"),
        Hostile::new("GET", "/messages/").header("Range", "bytes=0-,0-,0-"),
    ];
    for method in ["CONNECT", "TRACE", "PATCH", "PUT", "OPTIONS", "get", "G\u{e9}T", "VERYLONGMETHOD"] {
        requests.push(Hostile::new(method, "/messages/"));
        requests.push(Hostile::new(method, "*"));
        requests.push(Hostile::new(method, "example.com:80"));
    }
    requests
}
