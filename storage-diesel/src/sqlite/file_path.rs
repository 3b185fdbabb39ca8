//! Checks the path of a database file, and converts it for SQLite.

use std::path::Path;

use crate::address::{ShownAddress, is_of_postgres};

const OF_POSTGRES: &str = "it is the address of a PostgreSQL database, not the path of an SQLite file";

const A_URL: &str = "it is a URL: open an SQLite database by the path of its file, and a PostgreSQL database by a URL \
                     that begins with postgres://";

/// Returns the path in a form that SQLite always interprets as a path. If the path is invalid, the error gives the
/// reason. SQLite itself would only report that it can't open the file, or would create a file of that name.
pub(super) fn checked_path(path: &Path) -> Result<String, String> {
    let text = path.to_str().ok_or("the path is not UTF-8")?;
    if text.is_empty() {
        return Err("the path is empty".into());
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
