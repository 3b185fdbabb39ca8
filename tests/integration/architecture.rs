//! The source tree: its layers, the names of its files, and their list in `docs/architecture.md`.

mod imports;
mod rooms;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The folders with Rust code.
const FOLDERS: [&str; 6] = ["src", "storage-diesel", "tests", "examples", "benches", "fuzz"];

const LONGEST_FILE: usize = 400;

const MEANINGLESS_NAMES: [&str; 6] = ["mod", "utils", "helpers", "common", "misc", "prelude"];

#[test]
fn the_tables_of_the_documentation_name_each_file_once() {
    let text = fs::read_to_string(project().join("docs/architecture.md")).unwrap();
    let named = named_in_tables(&text);
    let mut wrong = Vec::new();
    for name in named.iter().filter(|name| !project().join(name).exists()) {
        wrong.push(format!("named, and not there: {name}"));
    }
    for file in all_rust_files().into_keys() {
        let times = named.iter().filter(|name| **name == file).count();
        if times > 1 {
            wrong.push(format!("named {times} times: {file}"));
        }
        if times == 0 && is_to_be_named(&file) {
            wrong.push(format!("not named: {file}"));
        }
    }
    let folders = ["examples/demo/", "examples/stores/", "benches/", "fuzz/"];
    wrong.extend(
        folders
            .iter()
            .filter(|folder| !text.contains(&format!("`{folder}`")))
            .map(|folder| format!("not named: {folder}")),
    );
    assert!(wrong.is_empty(), "docs/architecture.md does not match the tree:\n{}", wrong.join("\n"));
}

#[test]
fn a_table_names_files_in_its_folder() {
    let table = "| file in `src/` | `d/` |\n| --- | --- |\n| `a.rs`, `a/b.rs` | as in `c.rs` |\n| `GET /` | |\n";
    let named = named_in_tables(&format!("{table}\n`d.rs`\n\n| file | for |\n| --- | --- |\n| `build/` | more |"));
    assert_eq!(named, ["src/a.rs", "src/a/b.rs", "build/"]);
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let lengths = all_rust_files().into_iter().map(|(file, code)| (file, code.lines().count()));
    assert_eq!(lengths.filter(|(_, lines)| *lines > LONGEST_FILE).collect::<Vec<_>>(), []);
}

#[test]
fn files_are_named_for_what_they_are() {
    for (file, _) in all_rust_files() {
        let names = Path::new(&file).iter().filter_map(|name| Path::new(name).file_stem()?.to_str());
        assert!(names.into_iter().all(|name| !MEANINGLESS_NAMES.contains(&name)), "{file}");
    }
}

/// The files and folders in the first column of each table, below the folder that the column's heading names.
fn named_in_tables(text: &str) -> Vec<String> {
    let mut named = Vec::new();
    let mut folder = None;
    for line in text.lines() {
        let Some(row) = line.strip_prefix('|') else {
            folder = None;
            continue;
        };
        let column = row.split('|').next().unwrap_or_default();
        let names = column.split('`').skip(1).step_by(2).filter(|name| is_path(name));
        match &folder {
            None => folder = Some(names.last().unwrap_or_default().to_owned()),
            Some(folder) => named.extend(names.map(|name| format!("{folder}{name}"))),
        }
    }
    named
}

fn is_path(name: &str) -> bool {
    name.ends_with(".rs") || (name.ends_with('/') && !name.contains(' '))
}

/// Whether `docs/architecture.md` has to name the file. Nested test modules are optional.
fn is_to_be_named(file: &str) -> bool {
    let test = file.strip_prefix("tests/integration/");
    test.is_some_and(|module| !module.contains('/') && module != "main.rs")
        || ["src/", "storage-diesel/src/", "storage-diesel/build/"].iter().any(|folder| file.starts_with(folder))
}

fn all_rust_files() -> BTreeMap<String, String> {
    let files = FOLDERS
        .into_iter()
        .flat_map(|folder| rust_files(folder).into_iter().map(move |(file, code)| (format!("{folder}/{file}"), code)));
    files.collect()
}

/// The Rust files below a folder of the project: path within the folder -> content.
fn rust_files(folder: &str) -> BTreeMap<String, String> {
    let root = project().join(folder);
    let mut files = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let code = fs::read_to_string(&path).unwrap();
                files.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), code);
            }
        }
    }
    assert!(!files.is_empty(), "no sources in {}", root.display());
    files
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
