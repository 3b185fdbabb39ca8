//! If a database can't be opened, the error and the log name it without any part of the password.

use std::{error::Error, thread};

use actix_messages_diesel::{DieselStore, Migrations, OpenError, PostgresOptions, SqliteOptions};
use diesel::{
    PgConnection,
    r2d2::{ConnectionManager, Pool},
};
use proptest::{
    prelude::{ProptestConfig, proptest},
    prop_assert,
};

use crate::support::Log;

/// Addresses with a password in place of `{}`, and the part of each that may be shown. No server answers there.
const PLACES: [(&str, &str); 34] = [
    ("postgres://app:{}@127.0.0.1:1/shop", "postgres://app@127.0.0.1:1/shop"),
    ("postgresql://app:{}@127.0.0.1:1/shop", "postgresql://app@127.0.0.1:1/shop"),
    ("postgres://:{}@127.0.0.1:1/shop", "postgres://127.0.0.1:1/shop"),
    ("postgres://app:{}@127.0.0.1:1", "postgres://app@127.0.0.1:1"),
    ("postgres://app:{}@[::1]:1/shop?sslmode=disable", "postgres://app@[::1]:1/shop"),
    ("postgres://app:{}@127.0.0.1:1,127.0.0.1:2/shop", "postgres://app@127.0.0.1:1,127.0.0.1:2/shop"),
    ("postgres://app@127.0.0.1:1/shop?password={}", "postgres://app@127.0.0.1:1/shop"),
    ("postgres://127.0.0.1:1/shop?user=app&password={}&connect_timeout=2", "postgres://127.0.0.1:1/shop"),
    ("postgres://app@127.0.0.1:1/shop?sslpassword={}&passfile=none", "postgres://app@127.0.0.1:1/shop"),
    ("postgres://app:{}", HIDDEN),
    ("postgres://app:{}/shop", HIDDEN),
    ("postgres:/app:{}@127.0.0.1/shop", HIDDEN),
    ("postgres//app:{}@127.0.0.1/shop", HIDDEN),
    ("app:{}@127.0.0.1/shop", HIDDEN),
    ("postgress://app:{}@127.0.0.1:1/shop", "postgress://app@127.0.0.1:1/shop"),
    ("Postgres://app:{}@127.0.0.1:1/shop", "Postgres://app@127.0.0.1:1/shop"),
    ("mysql://root:{}@127.0.0.1:1/shop", "mysql://root@127.0.0.1:1/shop"),
    ("postgres://app:{}@127.0.0.1:99999/shop", HIDDEN),
    ("postgres://app:{}@127.0.0.1:1/shop?sslmode", "postgres://app@127.0.0.1:1/shop"),
    ("postgres://app:{}@127.0.0.1:1/shop?nothing=1", "postgres://app@127.0.0.1:1/shop"),
    ("host=127.0.0.1 port=1 dbname=shop user=app password={}", "host=127.0.0.1 port=1 dbname=shop user=app"),
    ("host=127.0.0.1 port=1 password={} dbname=shop", "host=127.0.0.1 port=1"),
    ("host=127.0.0.1 port=1 password='{}' dbname=shop", "host=127.0.0.1 port=1 dbname=shop"),
    ("host = 127.0.0.1 port = 1 password = '{}'", "host=127.0.0.1 port=1"),
    ("password={} host=127.0.0.1 port=1", HIDDEN),
    ("  password='{}' host=127.0.0.1 port=1", "host=127.0.0.1 port=1"),
    ("host=127.0.0.1 port=1 sslpassword='{}'", "host=127.0.0.1 port=1"),
    ("host=127.0.0.1 port=1 password='{}", HIDDEN),
    ("host=127.0.0.1 port=1 password={} dbname", HIDDEN),
    ("host=127.0.0.1 port=x password={}", "host=127.0.0.1 port=x"),
    ("host=127.0.0.1 port=1 nothing=1 password={}", "host=127.0.0.1 port=1"),
    ("dbname=postgres://app:{}@127.0.0.1:1/shop", HIDDEN),
    ("Server=127.0.0.1;Port=1;User Id=app;Password={};Database=shop", HIDDEN),
    ("jdbc:postgresql://127.0.0.1:1/shop?user=app&password={}", HIDDEN),
];

const HIDDEN: &str = "at an address that is not shown";

/// Patterns of passwords.
const EASY: &str = "[A-Za-z0-9]{8,24}";
const ANY: &str = "[ -~é\\t]{4,24}";

/// Returns everything that an error and its sources say, in both formats.
fn said(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(|error| format!("{error:?} {error} ")).collect()
}

/// Tries to open a database at this address in each way, and returns the errors.
fn refusals(address: &str) -> Vec<OpenError> {
    let options = SqliteOptions::default();
    let answers = [DieselStore::open(address), PostgresOptions::default().open(address), options.open(address)];
    answers.into_iter().filter_map(Result::err).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Escapes a text for single quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

/// Returns four characters of this password that appear in `said_of_it`, but not in the errors for another password.
fn leak(password: &str, place: &str, said_of_it: &str) -> Option<String> {
    let usual = refusals(&place.replace("{}", "***")).iter().map(|error| said(error)).collect::<String>();
    let usual = usual + "does not exist could not translate host name invalid connection option missing value";
    let parts = password.char_indices().map(|(at, _)| password[at..].chars().take(4).collect::<String>());
    parts.filter(|part| part.chars().count() == 4).find(|part| said_of_it.contains(part) && !usual.contains(part))
}

#[test]
fn what_may_be_told_is_told() {
    for (place, told) in PLACES {
        let error = DieselStore::open(place.replace("{}", "Xq7Zw9Kp")).unwrap_err();
        assert!(error.to_string().starts_with(&format!("the database {told} can't be opened")), "{place}: {error}");
    }
    for (password, told) in [
        ("p#w?x", "postgres://u@127.0.0.1:1/db"),
        ("p@ss", "postgres://u@127.0.0.1:1/db"),
        ("p%40ss", "postgres://u@127.0.0.1:1/db"),
        ("p=s&t", "postgres://u@127.0.0.1:1/db"),
        ("p/ss", HIDDEN),
        ("p/s@s", HIDDEN),
        ("p?a=s", HIDDEN),
    ] {
        let error = DieselStore::open(format!("postgres://u:{password}@127.0.0.1:1/db")).unwrap_err();
        assert_eq!(error.to_string(), format!("the database {told} can't be opened"), "{password}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (address, expected) in [
        (
            "postgres://app:secret@127.0.0.1:1/shop",
            "connection to server at \"127.0.0.1\", port 1 failed: Connection refused",
        ),
        ("postgres://app:s%zcret@127.0.0.1:1/shop", "invalid percent-encoded token ("),
        ("postgres://app:s/cret@127.0.0.1:1/shop", "invalid integer value ("),
        ("postgres://app:s@cret@127.0.0.1:1/shop", "could not translate host name"),
        ("host=127.0.0.1 port=1 password=s cret", "missing \"=\" ("),
        ("host=127.0.0.1 port=1 password=s dbname=shop", "Connection refused ("),
        ("host=127.0.0.1 port=1 password=s dbnam=shop", "invalid connection option ("),
    ] {
        let said = said(&DieselStore::open(address).unwrap_err());
        assert!(said.contains(expected), "{address}: {said}");
    }
}

#[test]
fn no_file_is_made_of_settings_for_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["host=127.0.0.1 port=1 password=Xq7Zw9Kp", "dbname=shop password = Xq7Zw9Kp"] {
        assert!(SqliteOptions::default().open(address).is_err());
        assert!(!std::path::Path::new(address).exists());
        assert!(SqliteOptions::default().open(folder.path().join(address)).is_err());
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

/// Libpq quotes the part of an address that it can't parse.
#[test]
fn an_applications_pool_that_can_not_connect_is_refused_without_the_password() {
    for place in ["postgres://app:x/{}@127.0.0.1:1/shop", "host=127.0.0.1 port=1 password=x {}"] {
        let pool = Pool::builder().max_size(1).connection_timeout(std::time::Duration::from_millis(200));
        let pool = pool.build_unchecked(ConnectionManager::<PgConnection>::new(place.replace("{}", "Xq7Zw9Kp")));
        let error = DieselStore::on_postgres_pool(pool, Migrations::Run).unwrap_err();
        assert!(error.to_string().starts_with("the database of the application can't be opened"));
        assert!(!said(&error).contains("Zw9"), "{}", said(&error));
    }
}

#[test]
fn the_log_has_no_password() {
    let log = Log::default();
    let follow = log.clone();
    let opening = thread::spawn(move || {
        follow.follow_this_thread();
        for (place, _) in PLACES {
            refusals(&place.replace("{}", "Xq7Zw9Kp"));
        }
        if let Some(url) = crate::support::postgres() {
            let url = url.replacen("postgres@", "postgres:Xq7Zw9Kp@", 1);
            DieselStore::open(url).unwrap();
        }
    });
    opening.join().unwrap();
    assert!(!log.text().contains("Zw9"), "{}", log.text());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_part_of_a_password_is_said(easy in EASY, any in ANY, at in 0..PLACES.len()) {
        let (place, _) = PLACES[at];
        // In an address without a host, libpq reads the text after an `@` as the host, not as a part of the password.
        let any = if place.contains('@') { any } else { any.replace('@', "-") };
        for password in [&easy, &any] {
            for form in [password.clone(), percent_encoded(password), quoted(password)] {
                let address = place.replace("{}", &form);
                for error in refusals(&address) {
                    let said = said(&error);
                    for secret in [password, &form] {
                        let leak = leak(secret, place, &said);
                        prop_assert!(leak.is_none(), "{address}: {leak:?} is in {said}");
                    }
                }
            }
        }
    }
}
