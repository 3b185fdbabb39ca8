//! Isolation: no user can read, count, mark or delete messages of another.
//!
//! `PROPTEST_CASES=2000` plays 2000 random games on each store.

mod answers;
mod deeds;
mod game;
mod model;
mod moves;
pub(crate) mod routes;
mod site;
mod strangers;
mod strategies;

#[test]
fn the_tests_that_the_guide_to_security_names_are_there() {
    let mut sources = String::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("integration")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                sources += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    let guide = include_str!("../../docs/security.md");
    let names = guide.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() > 2);
    let names = names.filter(|name| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')));
    let names = names.collect::<std::collections::BTreeSet<_>>();
    assert!(names.len() > 20);
    let missing = names.into_iter().filter(|name| !sources.contains(&format!("fn {name}(")));
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
}
