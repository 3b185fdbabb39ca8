//! Extreme searches, numbers, dates and characters, and values that try to break out of their place in a response.

use super::requests::{ENDS, Hostile, as_many_as_fit, everywhere, values};
use crate::support::BEYOND_INTEGERS;

pub(super) fn searches() -> Vec<Hostile> {
    let letters = format!("{}b", "a".repeat(120));
    let mut texts = vec![
        "%".repeat(4096),
        "_".repeat(4096),
        "\\".repeat(4096),
        "%_\\".repeat(1365),
        "*?[]^$(a+)+".repeat(370),
        "a".repeat(4096),
        "a".repeat(4097),
        "a ".repeat(32),
        "a ".repeat(33),
        "a,".repeat(2048),
        // Texts that almost match each message many times.
        format!("{letters} ").repeat(32),
        format!("{}b", "a".repeat(1000)),
        format!("{}c", "a".repeat(1000)),
        format!("{}b ", "a".repeat(500)).repeat(8),
        format!("{}b ", "a".repeat(120)).repeat(31),
        // Unclosed quotes. A naive parser searches for the closing quote again at each term.
        "\\' ".repeat(1365),
        "' \" ".repeat(1024),
        "\"".repeat(4096),
        "'\\".repeat(2048),
        // Texts that get longer when their case is folded.
        "\u{390}".repeat(4096),
        "\u{fb03} ".repeat(32),
        "\u{130}".repeat(4096),
        "\u{10ffff}".repeat(4096),
        "' OR 1=1 --".into(),
    ];
    texts.push("\u{1f468}\u{200d}\u{1f469}".repeat(1300));
    let mut requests = values(&["search", "extra_tags__icontains", "view__iendswith"], &texts);
    // Several searches. Only the last one counts.
    for text in ["%5C%27+", "%5C'+", "a+", "%22", "%CE%90"] {
        let one = format!("search={}&", text.repeat(4000 / text.len()));
        requests.extend(everywhere(&as_many_as_fit(&one)));
        let longest = text.repeat(if text.starts_with("%C") { 4096 } else { 1365 }.min(4096 / text.len() * 3));
        requests.extend(everywhere(&as_many_as_fit(&format!("search={longest}&"))));
    }
    requests
}

pub(super) fn numbers() -> Vec<Hostile> {
    let texts = [
        "-1",
        "0",
        "-0",
        "+1",
        "00",
        "1.0",
        "1e9",
        "NaN",
        "Infinity",
        "0x10",
        " 1 ",
        "\u{661}",
        "1_000",
        "--1",
        "",
        "18446744073709551615",
        "170141183460469231731687303715884105727",
        "170141183460469231731687303715884105728",
        "-170141183460469231731687303715884105729",
    ];
    let mut texts = texts.into_iter().chain(BEYOND_INTEGERS).map(str::to_owned).collect::<Vec<_>>();
    texts.extend(["9".repeat(1000), format!("-{}", "9".repeat(60_000)), "0".repeat(60_000)]);
    let parameters = [
        "limit",
        "offset",
        "page",
        "page_size",
        "ids",
        "up_to",
        "level",
        "level__gt",
        "level__lt",
        "level__in",
        "unread",
    ];
    let mut requests = values(&parameters, &texts);
    for text in &texts {
        let escaped = form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        requests.push(Hostile::new("GET", format!("/messages/{escaped}/")));
        requests.push(Hostile::new("DELETE", format!("/messages/{escaped}/")));
        requests.push(Hostile::new("POST", format!("/api/messages/{escaped}/read/")));
        requests.push(Hostile::new("GET", format!("/messages/?limit={escaped}&offset={escaped}")));
        requests.push(Hostile::new("GET", format!("/admin/messages/list?limit={escaped}&offset={escaped}")));
        requests.push(Hostile::new("GET", format!("/admin/messages/message?row={escaped}:u:alice")));
    }
    requests
}

pub(super) fn dates() -> Vec<Hostile> {
    let texts = [
        "0000-00-00",
        "0000-01-01",
        "-0001-01-01",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999-23:59",
        "10000-01-01",
        "99999-12-31",
        "-262144-01-01T00:00:00Z",
        "262143-12-31T23:59:59Z",
        "999999-12-31T00:00:00Z",
        "2026-02-30",
        "2026-13-01",
        "2026-06-30T23:59:60Z",
        "2026-06-30T24:00:00Z",
        "2026-06-30T25:00:00Z",
        "2026-01-01T00:00:00+99:99",
        "2026-01-01T00:00:00.9999999999999999999Z",
        "2026-1-1",
        "today",
        "now()",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1767225600",
        "9223372036854775807",
        "\u{662}\u{660}\u{662}\u{666}-01-01",
    ];
    let mut texts = texts.map(str::to_owned).to_vec();
    texts.extend(["9".repeat(5000), format!("2026-01-01T00:00:00.{}Z", "9".repeat(60_000))]);
    values(&["created_after", "created_before", "read_after", "read_before", "period"], &texts)
}

pub(super) fn characters() -> Vec<Hostile> {
    let mut requests = Vec::new();
    // Bytes without escaping. Most of these requests are not valid HTTP.
    for byte in (0..=255_u8).filter(|byte| !byte.is_ascii_alphanumeric()) {
        requests.push(Hostile::new("GET", [b"/messages/".as_slice(), &[byte]].concat()));
        requests.push(Hostile::new("GET", [b"/messages/?search=a".as_slice(), &[byte], b"b"].concat()));
        if !matches!(byte, b'\r' | b'\n') {
            for name in ["X-User", "Accept", "Host", "Origin", "If-None-Match"] {
                requests.push(
                    Hostile::new("GET", "/messages/?limit=1").header(name, [b"a", [byte].as_slice(), b"b"].concat()),
                );
            }
        }
    }
    // Escaped: invalid UTF-8, NUL, control characters, direction overrides and noncharacters.
    for escaped in [
        "%00",
        "%FF",
        "%FE%FF",
        "%C0%80",
        "%ED%A0%80",
        "%F4%90%80%80",
        "%80",
        "%E2%82",
        "%01%02%1F%7F",
        "%0D%0A",
        "%E2%80%AE",
        "%E2%81%A6",
        "%EF%BB%BF",
        "%E2%80%8B",
        "%EF%BF%BF",
        "%F0%9F%94%94",
        "%",
        "%zz",
        "%u0041",
        "%2e%2e%2f",
    ] {
        requests.push(Hostile::new("GET", format!("/messages/{escaped}/")));
        requests.push(Hostile::new("DELETE", format!("/messages/1{escaped}/")));
        for name in
            ["search", "extra_tags", "extra_tags__in", "view__icontains", "level_tag", "ordering", "cursor", "user"]
        {
            requests.extend(everywhere(&format!("{name}=a{escaped}b&a{escaped}b=1")));
        }
    }
    requests
}

/// Invalid hosts. A page would repeat them in its links.
const HOSTS: [&str; 14] = [
    "a>; rel=\"next\", <http://evil.example",
    "a\", \"evil\": \"",
    "a b",
    "a,b",
    "user:password@evil.example",
    "a/../evil?x=1#",
    "a\\b",
    "[::1",
    "[::1]:x",
    "a:99999",
    "a:80:80",
    "<script>alert(1)</script>",
    "\t",
    "",
];

pub(super) fn injections() -> Vec<Hostile> {
    let texts = ENDS.map(str::to_owned);
    let parameters = [
        "x",
        "search",
        "extra_tags",
        "extra_tags__in",
        "extra_tags__icontains",
        "view",
        "level",
        "level_tag",
        "ids",
        "ordering",
        "cursor",
        "unread",
        "created_after",
        "limit",
        "page",
        "user",
        "mailboxes",
        "period",
    ];
    let mut requests = values(&parameters, &texts);
    for host in HOSTS {
        requests.push(Hostile::new("GET", "/messages/?limit=1").header("Host", host));
        requests.push(Hostile::new("GET", "/api/messages/?page_size=1").header("Host", host));
        requests.push(Hostile::new("DELETE", "/api/messages/?ids=1").header("Host", host).header("Origin", host));
    }
    for text in ENDS {
        let escaped = form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        requests.push(Hostile::new("GET", format!("/messages/?limit=1&{escaped}=1")));
        requests.push(Hostile::new("GET", format!("/messages/{escaped}/?limit=1")));
        requests.push(Hostile::new("GET", format!("/admin/messages/message?row={escaped}")));
        requests.push(Hostile::new("GET", format!("/admin/messages/?{escaped}={escaped}")));
        let fields = form_urlencoded::Serializer::new(String::new())
            .append_pair("action", text)
            .append_pair("row", text)
            .append_pair("list", text)
            .append_pair("users", text)
            .finish();
        for path in ["/admin/messages/change", "/admin/messages/tags", "/admin/messages/new"] {
            requests.push(Hostile::new("POST", path).body("application/x-www-form-urlencoded", fields.clone()));
        }
    }
    requests
}
