//! Describes a database by its address, without any part of a password.

use std::{error::Error, iter::successors};

use crate::error::{Cause, OpenError};

/// Describes the database of an application's pool.
const OF_THE_APPLICATION: &str = "of the application";

/// Replaces an address that may contain a password anywhere.
const NOTHING: &str = "at an address that is not shown";

/// The parameters of a connection string that libpq knows.
const SETTINGS: [&str; 46] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "options",
    "passfile",
    "password",
    "port",
    "replication",
    "require_auth",
    "requirepeer",
    "scram_client_key",
    "scram_server_key",
    "service",
    "ssl",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "target_session_attrs",
    "user",
];

/// The characters of credentials and of parameters in a URL, besides letters and digits. Some versions of libpq refuse
/// other characters, and quote the text that contains them.
const IN_CREDENTIALS: &str = "-._~!$&'()*+,;=:%";
const IN_SETTINGS: &str = "-._~!$&'()*+,;=:%/?@";

/// Phrases in the connection errors of libpq and of the server. They quote no part of the address.
const KNOWN_PHRASES: [&str; 36] = [
    "Connection refused",
    "Connection timed out",
    "Name or service not known",
    "Network is unreachable",
    "No address associated with hostname",
    "No route to host",
    "No such file or directory",
    "Permission denied",
    "Temporary failure in name resolution",
    "certificate verify failed",
    "could not match",
    "could not translate host name",
    "database system is shutting down",
    "database system is starting up",
    "does not exist",
    "end of string reached",
    "extra key/value separator",
    "invalid IPv6 host address",
    "invalid URI query parameter",
    "invalid connection option",
    "invalid integer value",
    "invalid percent-encoded token",
    "invalid port number",
    "missing \"=\"",
    "missing key/value separator",
    "no password supplied",
    "no pg_hba.conf entry",
    "password authentication failed",
    "server closed the connection unexpectedly",
    "server does not support SSL",
    "SSL support",
    "timed out waiting for connection",
    "timeout expired",
    "too many clients",
    "unexpected character",
    "unterminated quoted string",
];

/// The part of an address that is safe to show.
pub(crate) struct ShownAddress {
    text: String,
    /// Whether this code parses the whole address as libpq does. Otherwise, libpq may quote a part of the password as a
    /// host, a port or a parameter.
    is_certain: bool,
}

impl ShownAddress {
    pub(crate) fn of_server(address: &str) -> Self {
        match address.split_once("://") {
            Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Self::of_url(scheme, rest)
            }
            _ => Self::of_settings(address),
        }
    }

    /// Describes the database of an application's pool. Its address is unknown here, and libpq may quote a part of it.
    #[cfg(feature = "postgres")]
    pub(crate) fn of_application_postgres() -> Self {
        Self { text: OF_THE_APPLICATION.into(), is_certain: false }
    }

    /// Describes the file of an application's pool. Its path is unknown here, and SQLite does not quote it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_application_sqlite() -> Self {
        Self { text: OF_THE_APPLICATION.into(), is_certain: true }
    }

    /// Returns the path of an SQLite file, or the safe part if the path looks like an address with a password. SQLite
    /// does not quote it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_file(path: &std::path::Path) -> Self {
        let path = path.display().to_string();
        let may_have_a_password =
            is_of_postgres(&path) || path.split_once(':').is_some_and(|(_, rest)| rest.contains('@'));
        Self { text: if may_have_a_password { Self::of_server(&path).text } else { path }, is_certain: true }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the error that this database could not be opened.
    pub(crate) fn error(self, cause: Cause) -> OpenError {
        match cause {
            Cause::Database(source) if !self.is_certain => Cause::database(known_phrases(&*source)),
            cause => cause,
        }
        .at(self.text)
    }

    fn nothing() -> Self {
        Self { text: NOTHING.into(), is_certain: false }
    }

    fn of_url(scheme: &str, rest: &str) -> Self {
        let (credentials, place) = match rest.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials), place),
            None => (None, rest),
        };
        let before_it = credentials.unwrap_or_default();
        // A password may contain `@`. The last `@` ends the credentials only if no path or query may begin before it.
        let is_divided_otherwise = before_it.contains('@');
        let may_go_on = before_it.contains('/')
            || before_it.contains('?') && before_it.contains('=')
            || is_divided_otherwise && before_it.contains(['?', '#', '=', '&']);
        let (place, settings) = place.split_once('?').map_or((place, None), |(place, rest)| (place, Some(rest)));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        if may_go_on || !hosts.split(',').all(is_host_and_port) || !is_plain(database, "_.-$") {
            return Self::nothing();
        }
        let user = before_it.split(':').next().filter(|user| !user.is_empty() && is_plain(user, "_.-~+"));
        let user = user.map(|user| format!("{user}@")).unwrap_or_default();
        let end = if place.contains('/') { "/" } else { "" };
        Self {
            text: format!("{scheme}://{user}{hosts}{end}{database}"),
            is_certain: ["postgres", "postgresql"].contains(&scheme)
                && !is_divided_otherwise
                && is_plain(before_it, IN_CREDENTIALS)
                && is_percent_encoded(before_it)
                && settings
                    .is_none_or(|settings| is_plain(settings, IN_SETTINGS) && are_certain(&settings_of_url(settings))),
        }
    }

    /// Parses libpq's other form: `host=localhost user=app`.
    fn of_settings(text: &str) -> Self {
        let Some(settings) = settings_in(text) else { return Self::nothing() };
        // A secret without quotes may continue after a space.
        let end = settings.iter().position(|setting| setting.is_secret() && !setting.is_quoted);
        let told = settings[..end.unwrap_or(settings.len())].iter().filter(|setting| setting.is_place());
        let told = told.filter(|setting| is_plain(&setting.value, "_.-/:,$"));
        let told = told.map(|Setting { name, value, .. }| format!("{name}={value}")).collect::<Vec<_>>();
        let is_plainly_told = settings.iter().all(|it| !it.is_place() || is_plain(&it.value, "_.-/:,$"));
        Self {
            text: if told.is_empty() { NOTHING.into() } else { told.join(" ") },
            is_certain: is_plainly_told && are_certain(&settings),
        }
    }
}

/// Returns whether this is, or is meant to be, the address of a PostgreSQL database: a URL, or a connection string such
/// as `host=localhost user=app`.
pub(crate) fn is_of_postgres(address: &str) -> bool {
    let address = address.trim_start().to_ascii_lowercase();
    let is_setting = |(name, _): (&str, &str)| SETTINGS.contains(&name.trim_end());
    ["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme))
        || address.split_once('=').is_some_and(is_setting)
        || address.split("password").skip(1).any(|rest| rest.trim_start().starts_with('='))
}

/// One parameter of a connection string.
struct Setting {
    name: String,
    value: String,
    is_quoted: bool,
}

impl Setting {
    fn is_secret(&self) -> bool {
        let name = &self.name;
        name.contains("pass") && name != "passfile" || name.ends_with("secret") || name.starts_with("scram_")
    }

    fn is_place(&self) -> bool {
        ["host", "hostaddr", "port", "dbname", "user"].contains(&&*self.name)
    }
}

/// Returns whether libpq finds the same parameters, and none of them inside a secret.
fn are_certain(settings: &[Setting]) -> bool {
    let (last, others) = settings.split_last().map_or((None, &[][..]), |(last, others)| (Some(last), others));
    settings.iter().all(|setting| SETTINGS.contains(&&*setting.name))
        && !others.iter().any(|setting| setting.is_secret() && !setting.is_quoted)
        && last.is_none_or(|last| is_percent_encoded(&last.value) || last.is_quoted || !last.is_secret())
}

/// Parses the query of a URL. A part that is not a parameter gets an empty name.
fn settings_of_url(text: &str) -> Vec<Setting> {
    let setting = |setting: &str| {
        let (name, value) = setting.split_once('=').filter(|(_, value)| !value.contains('=')).unwrap_or_default();
        Setting { name: name.into(), value: value.into(), is_quoted: false }
    };
    text.split('&').map(setting).collect()
}

/// Parses a connection string, or returns `None` if it is malformed. A backslash escapes the next character.
fn settings_in(text: &str) -> Option<Vec<Setting>> {
    let mut settings = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let is_quoted = after.starts_with('\'');
        let mut characters = after.char_indices().skip(usize::from(is_quoted));
        let (mut value, mut end) = (String::new(), if is_quoted { None } else { Some(after.len()) });
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => value.push(characters.next()?.1),
                '\'' if is_quoted => {
                    end = Some(at + 1);
                    break;
                }
                _ if character.is_ascii_whitespace() && !is_quoted => {
                    end = Some(at);
                    break;
                }
                _ => value.push(character),
            }
        }
        let next = &after[end?..];
        rest = next.trim_start();
        let name = name.trim_end();
        if !name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()) || !rest.is_empty() && rest == next {
            return None;
        }
        settings.push(Setting { name: name.into(), value, is_quoted });
    }
    Some(settings)
}

/// Accepts `localhost`, `localhost:5432`, `[::1]:5432`, `%2Frun%2Fpostgresql`, or an empty text.
fn is_host_and_port(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some(""))),
        None => text.split_once(':').map_or((text, Some("")), |(host, port)| (host, Some(port))),
    };
    let is_address = text.starts_with('[') && is_plain(host, ":.");
    (is_address || is_plain(host, "_.-%") && is_percent_encoded(host))
        && port.is_some_and(|port| port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Returns whether the text consists of ASCII letters, ASCII digits and `others`.
fn is_plain(text: &str, others: &str) -> bool {
    text.chars().all(|character| character.is_ascii_alphanumeric() || others.contains(character))
}

/// Returns whether two hexadecimal digits follow each percent sign, and are not `00`.
fn is_percent_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let digits = rest.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits.is_some_and(|digits| digits != "00")
    })
}

/// Returns the known phrases in this error and its sources, without anything quoted from the address.
fn known_phrases(error: &(dyn Error + 'static)) -> String {
    let said = successors(Some(error), |&error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let mut known = KNOWN_PHRASES.iter().copied().filter(|words| said.contains(words)).collect::<Vec<_>>();
    if known.is_empty() {
        known.push("the server can't be reached, or the address is malformed");
    }
    format!(
        "{} (the rest is omitted, since it may contain a password; in a URL, percent-encode every character of the \
         password except letters and digits; in a connection string, put the password in single quotes)",
        known.join(", ")
    )
}
