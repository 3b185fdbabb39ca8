//! The path of a database file -> the text by which SQLite opens it.

use std::path::Path;

use crate::address::{ShownAddress, is_of_postgres};

const OF_POSTGRES: &str = "it names a PostgreSQL database, which an SQLite file can't be";

const A_URL: &str = "it is a URL: an SQLite database is named by the path of its file, and a PostgreSQL database by a URL \
                     that begins with postgres://";

/// Returns the path in a form that SQLite takes for a path, whatever it begins with. If something is wrong with the path, the
/// error says what; SQLite would only say that it can't open it, or make a file of that name.
pub(super) fn checked_path(path: &Path) -> Result<String, String> {
    let text = path.to_str().ok_or("its path is not UTF-8")?;
    if text.is_empty() {
        return Err("its path is empty".into());
    }
    if is_of_postgres(text) {
        return Err(OF_POSTGRES.into());
    }
    if text.contains("://") || ["sqlite:", "file:"].iter().any(|scheme| text.starts_with(scheme)) {
        return Err(A_URL.into());
    }
    if path.is_dir() {
        return Err("it is a folder".into());
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(format!("the folder {} does not exist", ShownAddress::of_file(folder).text()))
        }
        _ if path.is_absolute() => Ok(text.to_owned()),
        _ => Ok(format!("./{text}")),
    }
}
