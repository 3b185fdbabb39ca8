//! Checks how date filters in a query string parse a text.

use actix_messages::{NewMessage, Timestamp};
use actix_web::http::{Method, StatusCode};
use chrono::{DateTime, Datelike, FixedOffset, NaiveTime, Timelike};

use super::{
    promises::keep,
    site::{Site, on_the_site},
    written::Written,
};

/// The years that a date in a query string can have.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// Tries an input of two lines. The first line is a text that may be a date. The second line is a time in microseconds
/// since the Unix epoch, and an offset from UTC in minutes: `1767225600000001 -90`.
pub fn try_input(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (text, moment) = text.split_once('\n').unwrap_or((text, ""));
    on_the_site(|site| {
        the_text_is_read_as_others_read_it(site, text);
        let (micros, offset) = moment.split_once(' ').unwrap_or((moment, "0"));
        if let (Ok(micros), Ok(offset)) = (micros.parse(), offset.parse()) {
            each_spelling_of_a_moment_means_it(site, micros, offset);
        }
    });
}

fn the_text_is_read_as_others_read_it(site: &Site, text: &str) {
    let status = found(site, text).0;
    assert!([StatusCode::OK, StatusCode::BAD_REQUEST].contains(&status), "{text:?} is answered with {status}");
    let Ok(moment) = DateTime::parse_from_rfc3339(text) else { return };
    // Unlike chrono, the library accepts only upper-case letters and the ASCII minus, and neither leap seconds nor the
    // year 0.
    let is_ours =
        text.is_ascii() && !text.contains(['t', 'z', '_']) && moment.nanosecond() < 1_000_000_000 && moment.year() > 0;
    if is_ours && YEARS.contains(&moment.to_utc().year()) {
        assert_means(site, text, moment.timestamp_micros());
    }
}

fn each_spelling_of_a_moment_means_it(site: &Site, micros: i64, offset: i32) {
    let Some(moment) = DateTime::from_timestamp_micros(micros) else { return };
    let Some(offset) = offset.checked_mul(60).and_then(FixedOffset::east_opt) else { return };
    let local = moment.with_timezone(&offset);
    let week_year = moment.iso_week().year();
    if ![moment.year(), local.year(), week_year].iter().all(|year| YEARS.contains(year)) {
        return;
    }
    let spell = |format: &str| moment.format(format).to_string();
    let week = format!("{week_year:04}-W{:02}-{}", moment.iso_week().week(), moment.weekday().number_from_monday());
    for text in [
        Timestamp::from_micros(micros).to_string(),
        spell("%Y-%m-%dT%H:%M:%S%.6f"),
        spell("%Y-%m-%d  %H:%M:%S,%6f Z"),
        spell("%Y%m%dT%H%M%S%.6fZ"),
        local.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string(),
        local.format("%Y%m%dT%H%M%S%.6f%z").to_string(),
        format!("{week}T{}Z", spell("%H:%M:%S%.6f")),
        format!("{}T{}", week.replace('-', ""), spell("%H%M%S%.6f")),
    ] {
        assert_means(site, &text, micros);
    }
    let midnight = moment.date_naive().and_time(NaiveTime::MIN).and_utc();
    assert_means(site, &spell("%Y-%m-%d"), midnight.timestamp_micros());
    assert_means(site, &spell("%Y%m%d"), midnight.timestamp_micros());
}

/// Asserts that the text means this time: it finds a message of this time as the lower and as the upper bound.
fn assert_means(site: &Site, text: &str, micros: i64) {
    let moment = Timestamp::from_micros(micros);
    site.wait(site.mailbox("alice").erase()).expect("memory does not fail");
    site.add("alice", NewMessage::new(20, "now"), moment);
    let (status, ids) = found(site, text);
    assert_eq!(status, StatusCode::OK, "{text:?} means {moment} and is refused");
    assert_eq!(ids, [micros], "{text:?} does not mean {moment}");
}

/// Lists the messages with this text as the lower and the upper bound of the creation time.
fn found(site: &Site, text: &str) -> (StatusCode, Vec<i64>) {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("created_after", text), ("created_before", text)])
        .finish();
    let answer = keep(site, &Written { method: Method::HEAD, ..Written::get(0, format!("/?{query}")) });
    let answer = answer.expect("the query is escaped");
    let body = answer.json().unwrap_or_default();
    let ids = body["results"].as_array().into_iter().flatten().filter_map(|message| message["id"].as_i64());
    (answer.status, ids.collect())
}
