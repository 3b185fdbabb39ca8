//! Rooms, the layers of a crate: no source file imports from a room above its own.

use std::collections::BTreeMap;

use super::{imports::imports, rust_files};

/// The rooms from bottom to top, the bottom in the first line. A room is one or several modules with their submodules,
/// except for submodules that are in another room. A room may import from itself and from the lines before its own.
/// Rooms with a bar between them may not import from each other. The root of the crate may import everything.
const CORE: &str = "
    texts
    model
    live
    store
    error
    mailbox announcements retention ticker testing
    service::settings
    service::question
    service::answer
    service::handler
    service::endpoints
    service::routes
    service::openapi
    service
    admin
";

const DIESEL: &str = "
    error address table_name migrations store
    threads database table options
    sql
    sqlite | postgres
    open
";

#[test]
fn no_file_of_the_core_imports_from_a_room_above_it() {
    assert_none_climbs("src", CORE);
}

#[test]
fn no_file_of_the_diesel_store_imports_from_a_room_above_it() {
    assert_none_climbs("storage-diesel/src", DIESEL);
}

#[track_caller]
fn assert_none_climbs(folder: &str, rooms: &str) {
    let modules = rust_files(folder).into_iter();
    let modules = modules.map(|(path, code)| (path.strip_suffix(".rs").unwrap().replace('/', "::"), code));
    let climbing = climbing_imports(rooms, &modules.collect());
    assert!(climbing.is_empty(), "imports that climb in {folder}:\n{}", climbing.join("\n"));
}

#[test]
fn an_import_that_climbs_is_found() {
    let found = |module: &str, code: &str| {
        let root = "mod low; mod left; mod right; mod top; pub use top::{One, inner::Two as Other}; pub use low::Low;";
        let files = [
            ("lib", root),
            ("low", ""),
            ("low::own", ""),
            ("left", ""),
            ("right", ""),
            ("top", "macro_rules! a_macro { () => {} }"),
        ];
        let files = files.into_iter().chain([(module, code)]);
        climbing_imports(
            "low\nleft | right\ntop",
            &files.map(|(name, code)| (name.to_owned(), code.to_owned())).collect(),
        )
    };
    for (code, imported) in [
        ("use crate::{Low, One};", "top::One"),
        ("mod inner { use super::super::left::*; }", "left"),
        ("fn it(_: &crate::Other) {}", "top::inner::Two"),
        ("macro_rules! it { ($x:expr) => { $crate::One::new($x) } }", "top::One::new"),
    ] {
        assert_eq!(found("low", code), [format!("low imports {imported}")], "{code}");
    }
    let uncle = "use super::super::{right::{self as that}, Low};";
    assert_eq!(found("low::own", uncle), ["low::own imports right"]);
    assert_eq!(found("left", "use crate::a_macro;"), ["left imports top"]);
    assert_eq!(found("left", "fn it() { crate::right::it(); }"), ["left imports right::it"]);
    let down = "use crate::{Low, left::It, right}; use super::low::*; fn it() { crate::a_macro!(crate::low::It); }";
    assert_eq!(found("top", down), [""; 0]);
    let own = "use std::fmt; pub(in crate::top) use super::It; #[cfg(test)] mod tests { use crate::top::It; }";
    assert_eq!(found("low::own", own), [""; 0]);
    assert_eq!(found("attic", "use crate::Low;"), ["attic is in no room"]);
    assert_eq!(found("top", "use crate::Gone;"), ["top imports Gone, which is in no room"]);
}

/// The imports from a room above or beside the module's own, the files in no room, and the rooms without a file.
fn climbing_imports(rooms: &str, modules: &BTreeMap<String, String>) -> Vec<String> {
    let rooms = rooms.trim().lines().enumerate().flat_map(|(height, line)| {
        let rooms = line.split('|').enumerate();
        rooms.flat_map(move |(side, room)| room.split_whitespace().map(move |module| (module, (height, side))))
    });
    let rooms = rooms.collect::<Vec<_>>();
    let is_within = |module: &str, outer: &str| format!("{module}::").starts_with(&format!("{outer}::"));
    let room_of = |module: &str| {
        let around = rooms.iter().filter(|(room, _)| is_within(module, room));
        around.max_by_key(|(room, _)| room.len()).map(|(_, place)| *place)
    };
    let empty = rooms.iter().filter(|(room, _)| !modules.keys().any(|module| is_within(module, room)));
    let mut found = empty.map(|(room, _)| format!("no file is in {room}")).collect::<Vec<_>>();
    let root = imports("lib", &modules["lib"]).into_iter().collect::<BTreeMap<_, _>>();
    let macros = modules.iter().flat_map(|(module, code)| {
        let names = code.split("macro_rules! ").skip(1).filter_map(|rest| rest.split_once(" {"));
        names.map(move |(name, _)| (name, module))
    });
    let macros = macros.collect::<BTreeMap<_, _>>();
    for (module, code) in modules.iter().filter(|(module, _)| *module != "lib") {
        let Some((height, side)) = room_of(module) else {
            found.push(format!("{module} is in no room"));
            continue;
        };
        for (_, path) in imports(module, code) {
            // A name that the root re-exports belongs to the room that defines it, and so does a macro.
            let (first, rest) = path.split_at(path.find("::").unwrap_or(path.len()));
            let origin = root.get(first).or_else(|| macros.get(first).copied());
            let path = origin.map_or_else(|| path.clone(), |origin| format!("{origin}{rest}"));
            match room_of(&path) {
                None => found.push(format!("{module} imports {path}, which is in no room")),
                Some(room) if room.0 < height || room == (height, side) => {}
                Some(_) => found.push(format!("{module} imports {path}")),
            }
        }
    }
    found
}
