//! Errors in the setup, and failing stores: the response is opaque, and the log names the cause and the fix.

mod missing_steps;
mod stores_that_fail;

use serde_json::json;

use crate::support::Response;

/// Asserts that the response says that the server failed, and nothing else.
#[track_caller]
fn assert_opaque(response: Response, status: u16) {
    let response = response.expect(status);
    let detail =
        if status == 503 { "Service temporarily unavailable, try again later." } else { "A server error occurred." };
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.json(), json!({ "detail": detail }));
    assert_eq!(response.header("retry-after"), (status == 503).then_some("1"));
}

/// Asserts that the log contains all of these texts.
#[track_caller]
fn assert_says(log: &crate::support::Log, words: &[&str]) {
    let log = log.text();
    for words in words {
        assert!(log.contains(words), "the log does not say `{words}`:\n{log}");
    }
}
