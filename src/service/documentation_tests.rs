//! Compares the tables of the documentation with the declarations of parameters and routes.

use super::{
    routes::{RESOURCES, allowed},
    settings::{
        lookup::Lookup,
        query_parameters::{
            FILTERS, GROUP, OF_INBOX, OF_LISTS, OF_SEEN, OF_SELECTIONS, OF_STREAMS, OF_TAGS, ORDER_KEYS, Parameter,
            UNTIL, name_of_key,
        },
    },
};

const README: &str = include_str!("../../README.md");
const HTTP_API: &str = include_str!("../../docs/http-api.md");

/// Returns the cells of each row of the first table below this heading whose first column has this name.
fn table(document: &str, heading: &str, column: &str) -> Vec<Vec<String>> {
    let (_, section) = document.split_once(&format!("\n{heading}\n")).unwrap_or_default();
    let head = format!("| {column} |");
    let rows = section.lines().skip_while(|line| !line.starts_with(&head)).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.skip(2).map(cells).collect()
}

/// Keeps only these cells of each row.
fn cells<const N: usize>(rows: &[Vec<String>], kept: [usize; N]) -> Vec<[&str; N]> {
    rows.iter().map(|row| kept.map(|cell| row[cell].as_str())).collect()
}

fn quoted(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Returns the names of a parameter, its lookups or ordering keys, and its description.
fn described(parameter: &Parameter) -> [String; 3] {
    let Parameter { name, lookups, about, .. } = *parameter;
    match lookups {
        [Lookup::Exact] => [quoted([name]), String::new(), about.to_owned()],
        [Lookup::Exact, ..] => [
            quoted([name]),
            quoted(lookups.iter().map(|lookup| lookup.name())),
            format!("{about} {}", Lookup::Exact.predicate()),
        ],
        ends => [
            quoted(ends.iter().map(|end| parameter.spelled(*end))),
            String::new(),
            format!("{about} {}", ends.iter().map(|end| end.predicate()).collect::<Vec<_>>().join(", ")),
        ],
    }
}

#[test]
fn the_http_api_has_each_parameter_as_it_is_declared() {
    let filters = table(HTTP_API, "### Filters", "parameter");
    assert_eq!(cells(&filters, [0, 1, 3]), FILTERS.iter().map(described).collect::<Vec<_>>());
    for (heading, parameters) in [
        ("### Pages", OF_LISTS),
        ("## Peek", std::slice::from_ref(&GROUP)),
        ("## Reading on purpose", OF_SELECTIONS),
        ("## Snoozing", std::slice::from_ref(&UNTIL)),
        ("## The inbox", OF_INBOX),
        ("## The stream", OF_STREAMS),
        ("## Seen", OF_SEEN),
        ("## Tags", OF_TAGS),
    ] {
        let rows = table(HTTP_API, heading, "parameter");
        let declared = parameters.iter().map(described).map(|[name, _, about]| [name, about]);
        assert_eq!(cells(&rows, [0, 2]), declared.collect::<Vec<_>>(), "{heading}");
    }
}

#[test]
fn the_http_api_has_each_lookup_as_it_is_declared() {
    let lookups = FILTERS.iter().filter(|filter| filter.lookups.contains(&Lookup::Exact));
    let mut declared = Vec::new();
    for lookup in lookups.flat_map(|filter| filter.lookups) {
        let row = [quoted([lookup.name()]), lookup.predicate().to_owned()];
        if !declared.contains(&row) {
            declared.push(row);
        }
    }
    let rows = table(HTTP_API, "### Filters", "lookup");
    assert_eq!(cells(&rows, [0, 1]), declared);
}

#[test]
fn the_http_api_has_each_key_to_order_by() {
    let (_, section) = HTTP_API.split_once("\n### Ordering\n").unwrap_or_default();
    let keys = quoted(ORDER_KEYS.map(name_of_key));
    assert!(section.starts_with(&format!("\n`ordering` names keys, separated by commas: {keys},")), "{keys}");
}

#[test]
fn the_readme_has_each_request() {
    let declared = RESOURCES.iter().flat_map(|resource| {
        let methods = resource.operations.iter().map(|operation| operation.verb.method());
        methods.map(|method| [format!("`{method} /messages{}`", resource.path)])
    });
    assert_eq!(cells(&table(README, "## Endpoints", "request"), [0]), declared.collect::<Vec<_>>());
}

#[test]
fn the_http_api_has_each_path_with_its_methods() {
    let declared = RESOURCES
        .iter()
        .map(|resource| [format!("`/messages{}`", resource.path), format!("`{}`", allowed(resource.operations))]);
    assert_eq!(cells(&table(HTTP_API, "## Paths and methods", "path"), [0, 1]), declared.collect::<Vec<_>>());
}
