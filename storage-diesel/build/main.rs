//! Reads `ACTIX_MESSAGES_TABLE` and writes the declarations of the table, one for each database.

mod table_name;

use std::{env, fs, path::Path, process::ExitCode};

use table_name::TableName;

const VARIABLE: &str = "ACTIX_MESSAGES_TABLE";

fn main() -> ExitCode {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    match declare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn declare() -> Result<(), String> {
    let name = match env::var(VARIABLE) {
        Ok(text) => TableName::parse(&text).map_err(|error| format!("{VARIABLE}={text:?}: {error}"))?,
        Err(env::VarError::NotPresent) => TableName::default(),
        Err(error) => return Err(format!("{VARIABLE}: {error}")),
    };
    let folder = env::var("OUT_DIR").map_err(|error| format!("OUT_DIR: {error}"))?;
    // SQLite has no schemas.
    for (database, declaration) in [("sqlite", name.without_schema().declaration()), ("postgres", name.declaration())] {
        let file = Path::new(&folder).join(format!("{database}.rs"));
        fs::write(&file, declaration).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}
