//! Layers: each source file imports only what stands above it, and only some know a framework or a database.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The modules of the core, from the vocabulary down to the HTTP surface. A module that is not named stands where
/// the module around it stands.
const CORE_ORDER: [&str; 62] = [
    "timestamp",
    "level",
    "recipient",
    "message",
    "filter",
    "page",
    "summary",
    "expiry",
    "store",
    "store::directory",
    "store::memory",
    "store::conformance",
    "error",
    "retention",
    "view",
    "mailbox",
    "service::cursor",
    "service::policy",
    "service::filters",
    "service::identify",
    "service::access",
    "service::body",
    "service::represent",
    "service::negotiate",
    "service::version",
    "service::trusted",
    "service::live_sessions",
    "service::unsent",
    "service::config",
    "service::origin",
    "service::sender",
    "service::links",
    "service::path",
    "service::query",
    "service::error",
    "service::conditional",
    "service::problem",
    "service::pages",
    "service::sent",
    "service::private",
    "service::session",
    "service::extract",
    "service::quiet",
    "service::success",
    "service::admit",
    "service::openapi",
    "service::endpoints",
    "admin::settings",
    "admin::parameters",
    "admin::period",
    "admin::row",
    "admin::document",
    "admin::trouble",
    "admin::door",
    "admin::form",
    "admin::listing",
    "admin::compose",
    "admin::changes",
    "admin::pages",
    "admin::endpoints",
    "admin",
    "testing",
];

/// The modules of the Diesel store. A database's own module has those below it, most of which each database includes, and
/// gives them what is different from database to database; so these may import from it, and it from all.
const DIESEL_ORDER: [&str; 30] = [
    "error",
    "address",
    "name",
    "migrations",
    "schema",
    "threads",
    "turns",
    "store",
    "sqlite::catching",
    "sqlite::file",
    "sqlite::pragmas",
    "sqlite::rows",
    "sqlite::fragment",
    "sqlite::filter",
    "sqlite::count",
    "sqlite::page",
    "sqlite::update",
    "sqlite::locks",
    "sqlite::statements",
    "sqlite::directory",
    "sqlite::pooled",
    "sqlite::writer",
    "sqlite::inspect",
    "sqlite::migrate",
    "sqlite::options",
    "sqlite::panics",
    "sqlite",
    "postgres::writers",
    "postgres",
    "open",
];

/// The files of the Diesel store that may name a database: `address.rs` to tell its address from a path, `open.rs` to choose
/// one, and `lib.rs` to re-export what is in the others.
const NAMING_A_DATABASE: [&str; 8] = [
    "lib.rs",
    "address.rs",
    "open.rs",
    "sqlite.rs",
    "sqlite/file.rs",
    "sqlite/options.rs",
    "sqlite/pragmas.rs",
    "postgres.rs",
];

/// What is to be read, not only to be run.
const FOLDERS: [&str; 3] = ["src", "storage-diesel/src", "examples/stores/src"];

const MEANINGLESS_NAMES: [&str; 6] = ["mod", "utils", "helpers", "common", "misc", "prelude"];

const LONGEST_FILE: usize = 450;

#[test]
fn a_core_module_imports_only_what_stands_above_it() {
    let core = Sources::of("src");
    let service_and_root = ["service", ""];
    for Source { module, .. } in core.files.iter().filter(|file| !service_and_root.contains(&&*file.module)) {
        assert!(place(&CORE_ORDER, module).is_some(), "`{module}` has no place in the order");
    }
    // The routes, and the names for users, come last.
    let place_of = |module: &String| place(&CORE_ORDER, module).unwrap_or(CORE_ORDER.len());
    let upwards = core.imports().into_iter().filter(|(module, imported)| place_of(imported) > place_of(module));
    assert_eq!(upwards.collect::<Vec<_>>(), [], "these import what stands below them");
}

#[test]
fn a_module_of_the_diesel_store_imports_only_what_stands_above_it() {
    let diesel = Sources::of("storage-diesel/src");
    for Source { module, .. } in diesel.files.iter().filter(|file| !file.module.is_empty()) {
        assert!(place(&DIESEL_ORDER, module).is_some(), "`{module}` has no place in the order");
    }
    let imports = diesel.imports().into_iter().filter(|(module, imported)| !is_within(module, imported));
    let upwards = imports.filter(|(module, imported)| place(&DIESEL_ORDER, imported) > place(&DIESEL_ORDER, module));
    assert_eq!(upwards.collect::<Vec<_>>(), [], "these import what stands below them");
}

#[test]
fn only_the_service_and_the_admin_know_the_framework() {
    let [core, diesel] = ["src", "storage-diesel/src"].map(Sources::of);
    let knows_it = |file: &Source| is_within(&file.module, "service") || is_within(&file.module, "admin");
    let outside = core.files.iter().filter(|file| !knows_it(file)).chain(&diesel.files);
    for Source { path, tokens, .. } in outside {
        let named = tokens.iter().find(|token| token.starts_with("actix_") && *token != "actix_messages");
        assert_eq!(named, None, "in {}", path.display());
    }
}

#[test]
fn only_its_own_module_names_a_database() {
    let diesel = Sources::of("storage-diesel/src");
    let is_database = |token: &&String| {
        let lower = token.to_lowercase();
        token.starts_with("Pg")
            || lower == "pg"
            || ["sqlite", "postgres", "mysql"].iter().any(|database| lower.contains(database))
    };
    for Source { path, tokens, .. } in diesel.files.iter().filter(|file| !file.is_one_of(&NAMING_A_DATABASE)) {
        assert_eq!(tokens.iter().find(is_database), None, "in {}", path.display());
    }
}

#[test]
fn files_are_named_for_what_they_are() {
    for Source { path, .. } in FOLDERS.map(Sources::of).iter().flat_map(|sources| &sources.files) {
        let names = path.components().filter_map(|component| Path::new(component.as_os_str()).file_stem()?.to_str());
        for name in names {
            assert!(!MEANINGLESS_NAMES.contains(&name), "{}", path.display());
        }
    }
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    for Source { path, lines, .. } in FOLDERS.map(Sources::of).iter().flat_map(|sources| &sources.files) {
        assert!(*lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let file = |module: &str, text: &str| Source {
        path: "file.rs".into(),
        module: module.into(),
        tokens: tokens(text),
        lines: 1,
    };
    let root = "mod a; mod b; mod c; pub use a::{One, b as _}; pub use b::{Two, inner::{Three, self}};";
    let code = r##"
        use crate::{One, b::{self, Two}, Three as Four}; // use crate::Comment;
        mod inner;
        fn it<'a>(_: &'a str) -> char {
            super::a::call::<u8>("crate::a::Text", r#"crate::"Raw""#);
            inner::call();
            crate::run!();
            '"'
        }
        #[cfg(test)]
        mod tests { use crate::Test; }
    "##;
    let files = vec![file("", root), file("a", ""), file("b", ""), file("b::inner", ""), file("c", code)];
    let mut files = Sources { files };
    files.files.push(file("c::inner", "use super::super::b; use self::own; pub(super) fn own() {}"));
    let found = files.imports_of(&files.files[4]);
    assert_eq!(found, ["a", "b", "b", "b::inner", "a", "c::inner"]);
    assert_eq!(files.imports_of(&files.files[5]), ["b", "c::inner"]);
}

/// The modules of one crate.
struct Sources {
    files: Vec<Source>,
}

/// A source file, without its comments, literals and unit tests.
#[derive(Debug)]
struct Source {
    /// Below the folder of the sources.
    path: PathBuf,
    /// `store::memory`; empty for the root.
    module: String,
    tokens: Vec<String>,
    lines: usize,
}

impl Sources {
    /// Of a folder of the project.
    fn of(folder: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(folder);
        let mut files = Vec::new();
        read_folder(&folder, &folder, &mut files);
        assert!(files.len() > 1, "no sources in {}", folder.display());
        let mut sources = Self { files };
        sources.adopt_included();
        sources
    }

    /// A file that the root does not declare is included by `sqlite`, and by each other database's module.
    fn adopt_included(&mut self) {
        let Some(declared) = self.files.iter().find(|file| file.module.is_empty()).map(Source::declared) else {
            return;
        };
        for file in &mut self.files {
            let first = file.module.split("::").next().unwrap_or_default();
            if !file.module.is_empty() && !declared.iter().any(|declared| declared == first) {
                file.module = format!("sqlite::{}", file.module);
            }
        }
    }

    /// Which module imports which; the root may import all.
    fn imports(&self) -> Vec<(String, String)> {
        let modules = self.files.iter().filter(|file| !file.module.is_empty());
        let pairs = modules.flat_map(|file| {
            let others = self.imports_of(file).into_iter().filter(|imported| *imported != file.module);
            others.map(|imported| (file.module.clone(), imported))
        });
        let pairs = pairs.collect::<Vec<_>>();
        assert!(!pairs.is_empty());
        pairs
    }

    fn imports_of(&self, file: &Source) -> Vec<String> {
        let re_exported = self.re_exported();
        let module_of = |path: &Vec<String>| {
            self.module_of(path).or_else(|| re_exported.get(path.first()?).cloned()).unwrap_or_else(|| {
                panic!("{}: nothing says in which module `{}` is", file.path.display(), path.join("::"))
            })
        };
        file.paths().iter().map(module_of).collect()
    }

    /// The innermost module that the path goes through.
    fn module_of(&self, path: &[String]) -> Option<String> {
        let prefixes = (1..=path.len()).rev().map(|length| path[..length].join("::"));
        prefixes.into_iter().find(|prefix| self.files.iter().any(|file| file.module == *prefix))
    }

    /// The names at the root, and the modules that they come from.
    fn re_exported(&self) -> BTreeMap<String, String> {
        let root = self.files.iter().find(|file| file.module.is_empty()).unwrap();
        let paths = root.paths().into_iter();
        paths.filter_map(|path| Some((path.last()?.clone(), self.module_of(&path)?))).collect()
    }
}

impl Source {
    fn is_one_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.path == Path::new(name))
    }

    /// The modules that the file declares.
    fn declared(&self) -> Vec<String> {
        let declarations = self.tokens.windows(3).filter(|tokens| tokens[0] == "mod" && tokens[2] == ";");
        declarations.map(|tokens| tokens[1].clone()).collect()
    }

    /// The paths into the crate that the file names, from the root of the crate.
    fn paths(&self) -> Vec<Vec<String>> {
        let own = self.module.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let children = self.declared();
        let mut paths = Vec::new();
        for at in 0..self.tokens.len() {
            let is_start = at == 0 || self.tokens[at - 1] != "::";
            if !is_start || self.tokens.get(at + 1).is_none_or(|next| next != "::") {
                continue;
            }
            let (mut base, mut rest) = match &*self.tokens[at] {
                "crate" => (Vec::new(), &self.tokens[at + 2..]),
                "self" => (own.clone(), &self.tokens[at + 2..]),
                "super" => (own[..own.len() - 1].to_vec(), &self.tokens[at + 2..]),
                name if children.iter().any(|child| child == name) => (own.clone(), &self.tokens[at..]),
                _ => continue,
            };
            while let [first, second, further @ ..] = rest
                && first == "super"
                && second == "::"
            {
                base.pop();
                rest = further;
            }
            let after = read_tree(&base, rest, &mut paths);
            if after.first().is_some_and(|next| next == "!") {
                // A macro: all of them are at the root, wherever they are written.
                paths.pop();
            }
        }
        paths
    }
}

/// Reads `a::{b, c::D}` on top of a base, and returns what comes after it.
fn read_tree<'a>(base: &[String], mut rest: &'a [String], paths: &mut Vec<Vec<String>>) -> &'a [String] {
    let mut path = base.to_vec();
    loop {
        match rest {
            [open, inner @ ..] if open == "{" => {
                rest = inner;
                while let [next, ..] = rest
                    && next != "}"
                {
                    rest = read_tree(&path, rest, paths);
                    let end = rest.iter().position(|token| token == "," || token == "}").unwrap_or(rest.len());
                    rest = &rest[end..];
                    rest = rest.strip_prefix(&[",".to_owned()]).unwrap_or(rest);
                }
                return rest.get(1..).unwrap_or_default();
            }
            [name, after @ ..] if name == "self" => {
                paths.push(path);
                return after;
            }
            [name, separator, after @ ..] if separator == "::" && is_name(name) => {
                path.push(name.clone());
                rest = after;
            }
            [name, after @ ..] if is_name(name) => {
                path.push(name.clone());
                paths.push(path);
                return after;
            }
            // `*`, or the type arguments of a call.
            _ => {
                paths.push(path);
                return rest;
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|char: char| char == '_' || char.is_alphabetic())
}

/// Where a module stands: the place of the innermost module around it that is named.
fn place(order: &[&str], module: &str) -> Option<usize> {
    let around = order.iter().enumerate().filter(|(_, named)| is_within(module, named));
    around.max_by_key(|(_, named)| named.len()).map(|(at, _)| at)
}

fn is_within(module: &str, outer: &str) -> bool {
    module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn read_folder(root: &Path, folder: &Path, files: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.is_dir() {
            read_folder(root, &file, files);
        } else if file.extension().is_some_and(|extension| extension == "rs") {
            let path = file.strip_prefix(root).unwrap().to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let names =
                path.with_extension("").iter().map(|name| name.to_str().unwrap().to_owned()).collect::<Vec<_>>();
            let module = if names == ["lib"] { String::new() } else { names.join("::") };
            files.push(Source { path, module, tokens: tokens(&text), lines: text.lines().count() });
        }
    }
}

/// The names and signs of a text in Rust, without comments and literals, up to its unit tests.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::<String>::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_text(rest) {
            length
        } else if first == '"' {
            1 + end_of_literal(&rest[1..], '"')
        } else if first == '\'' && is_char_literal(rest) {
            1 + end_of_literal(&rest[1..], '\'')
        } else if is_name(rest) {
            let end = rest.find(|char: char| char != '_' && !char.is_alphanumeric()).unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            tokens.push("::".into());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.into());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    let unit_tests = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    if let Some(start) = tokens.windows(unit_tests.len()).position(|tokens| tokens == unit_tests) {
        tokens.truncate(start);
    }
    tokens
}

/// The length of the raw text that stands here, if one does.
fn raw_text(text: &str) -> Option<usize> {
    let quoted = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = quoted.len() - quoted.trim_start_matches('#').len();
    let content = quoted[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text.len() - content.len() + content.find(&end)? + end.len())
}

/// Where a literal ends, the closing quote included.
fn end_of_literal(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if char == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `'a'` or `'\n'`, and no lifetime.
fn is_char_literal(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    chars.next() == Some('\\') || chars.next() == Some('\'')
}
