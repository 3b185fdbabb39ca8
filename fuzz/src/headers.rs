//! Sends a request with headers and a body.

use actix_web::http::{
    Method, StatusCode,
    header::{HeaderValue, IF_NONE_MATCH},
};

use super::{promises::keep, site::on_the_site, written::Written};

/// Tries an input. The first line is a request, the next lines are its headers, and the body follows an empty line.
pub fn try_input(input: &[u8]) {
    let Some(written) = Written::whole(input) else { return };
    on_the_site(|site| {
        let Some(answer) = keep(site, &written) else { return };
        whoever_takes_json_alone_gets_it(&written, &answer.status);
        // If nothing has changed, a second request with the entity tag must get a 304.
        let is_read = written.method == Method::HEAD || written.settings == 3 || written.settings == 6;
        let tag = answer.headers.get("etag").filter(|_| is_read && answer.status == StatusCode::OK);
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_bytes(tag.as_bytes()).ok()) {
            let mut again = written.clone();
            again.headers.retain(|(name, _)| name != IF_NONE_MATCH);
            again.headers.push((IF_NONE_MATCH, tag));
            let answer = keep(site, &again).map(|answer| answer.status);
            assert_eq!(answer, Some(StatusCode::NOT_MODIFIED), "an unchanged response is sent again");
        }
    });
}

fn whoever_takes_json_alone_gets_it(written: &Written, status: &StatusCode) {
    let accept = written.only_header("accept");
    let is_not_acceptable = *status == StatusCode::NOT_ACCEPTABLE;
    if accept == Some(b"application/json") || !written.has_header("accept") {
        assert!(!is_not_acceptable, "JSON was accepted by the client, but the response is 406");
    }
    if accept == Some(b"text/html") && status.is_success() {
        panic!("the client accepts only HTML, but the request succeeded");
    }
}
