//! Checks how endpoints and settings appear in the OpenAPI document.

use std::collections::BTreeSet;

use actix_messages::{
    Endpoint, Endpoints, LevelNames, OrderKey,
    settings::{Access, CursorKey, Filter, ListFilters, Lookup, PageSize, Pagination, Versioning},
};
use serde_json::{Value, json};

use super::{all, config, operations, query, resolved};

#[test]
fn its_paths_are_those_of_the_endpoints() {
    let of = |endpoints: Endpoints| operations(&endpoints.openapi(&config(), "/messages/"));
    assert_eq!(
        of(Endpoints::default().with(Endpoint::OpenApi)),
        ["delete /messages/{id}/", "get /messages/", "get /messages/peek/", "get /messages/{id}/"]
    );
    assert_eq!(of(Endpoints::default().without(Endpoint::Message).without(Endpoint::List)), ["get /messages/peek/"]);
    assert_eq!(
        of(all()),
        [
            "delete /messages/",
            "delete /messages/{id}/",
            "get /messages/",
            "get /messages/peek/",
            "get /messages/{id}/",
            "post /messages/read/",
            "post /messages/snooze/",
            "post /messages/unread/",
            "post /messages/{id}/read/",
            "post /messages/{id}/snooze/",
            "post /messages/{id}/unread/",
        ]
    );
}

#[test]
fn every_operation_has_an_id_of_its_own_a_summary_and_a_tag() {
    let document = all().openapi(&config(), "/messages");
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let operations = operations.collect::<Vec<_>>();
    let ids = operations.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect::<BTreeSet<_>>();
    assert_eq!(ids.len(), 11);
    for operation in operations {
        assert!(operation["summary"].is_string() && operation["description"].is_string());
        assert_eq!(operation["tags"], json!(["messages"]));
    }
}

#[test]
fn nothing_is_named_that_is_not_there_and_nothing_is_there_that_is_not_named() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    for endpoints in [all(), Endpoints::default(), Endpoints::default().without(Endpoint::List)] {
        let document = endpoints.openapi(&config(), "/messages");
        let mut named = BTreeSet::new();
        references(&document, &mut named);
        let there = document["components"].as_object().unwrap().iter().flat_map(|(kind, components)| {
            components.as_object().unwrap().keys().map(move |name| format!("#/components/{kind}/{name}"))
        });
        assert_eq!(there.collect::<BTreeSet<_>>(), named.into_iter().map(str::to_owned).collect());
    }
}

#[test]
fn a_list_has_the_filters_that_are_admitted() {
    let filters = ListFilters::default()
        .without(Filter::Search)
        .without(Filter::ExtraTags)
        .without(Filter::Read)
        .only_lookups(Filter::Level, [Lookup::Exact, Lookup::Gte])
        .only_lookups(Filter::View, [Lookup::In])
        .ordered_by([OrderKey::Created]);
    let document = all().openapi(&config().filters(filters), "/messages");
    let filters = ["unread", "level_tag", "level", "level__gte", "view__in", "created_after", "created_before"];
    let more = |others: &[&str]| filters.iter().chain(others).map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(query(&document, "/messages/", "get"), more(&["ordering", "limit", "offset"]));
    assert_eq!(query(&document, "/messages/{id}/", "get"), filters);
    assert_eq!(query(&document, "/messages/{id}/", "delete"), filters);
    assert_eq!(query(&document, "/messages/peek/", "get"), ["group"]);
    for (path, method) in [("/messages/read/", "post"), ("/messages/", "delete"), ("/messages/{id}/unread/", "post")] {
        assert_eq!(sorted(query(&document, path, method)), sorted(more(&["ids", "up_to"])));
    }
    for path in ["/messages/snooze/", "/messages/{id}/snooze/"] {
        assert_eq!(sorted(query(&document, path, "post")), sorted(more(&["ids", "up_to", "until"])));
    }
    assert_eq!(document["components"]["parameters"]["until"]["required"], json!(true));
    let ordering = &document["components"]["parameters"]["ordering"];
    assert_eq!(ordering["schema"]["items"]["enum"], json!(["created", "-created"]));
}

#[test]
fn a_lookup_is_documented_in_both_spellings() {
    let document = all().openapi(&config(), "/messages");
    let parameter = &document["components"]["parameters"]["level__gte"];
    assert_eq!(parameter["name"], "level__gte");
    assert!(parameter["description"].as_str().unwrap().contains("`level[gte]`"));
}

#[test]
fn pagination_decides_the_parameters_and_what_is_around_the_messages() {
    let of = |pagination, size| {
        let document = all().openapi(&config().pagination(pagination).page_size(size), "/messages");
        let pages = ["limit", "offset", "page", "page_size", "cursor"];
        let mut names = query(&document, "/messages/", "get");
        names.retain(|name| pages.contains(&&**name));
        let list = &document["paths"]["/messages/"]["get"]["responses"];
        let schema = &list["200"]["content"]["application/json"]["schema"];
        let kind =
            if schema["oneOf"].is_array() { json!("either") } else { resolved(&document, schema)["type"].clone() };
        let counted = document["components"]["schemas"]["MessagePage"]["properties"].get("count").is_some();
        (names.join(" "), kind.as_str().unwrap().to_owned(), counted, list.get("404").is_some())
    };
    let is = |names: &str, kind: &str, counted, refuses| (names.to_owned(), kind.to_owned(), counted, refuses);
    let limited = PageSize::Limited(10);
    let cursor = || Pagination::Cursor(CursorKey::from_secret(&[7; 32]));
    assert_eq!(of(Pagination::LimitOffset, limited), is("limit offset", "object", true, false));
    assert_eq!(of(Pagination::LimitOffset, PageSize::Unlimited), is("limit offset", "either", true, false));
    assert_eq!(of(Pagination::PageNumber, limited), is("page_size page", "object", true, true));
    assert_eq!(of(cursor(), limited), is("page_size cursor", "object", false, true));
    assert_eq!(of(Pagination::Off, limited), is("", "array", false, false));
}

#[test]
fn who_may_come_in_decides_whether_reading_is_refused() {
    let refused = |access| {
        let document = all().openapi(&config().access(access), "/messages");
        let is_refused = |path: &str, method: &str| document["paths"][path][method]["responses"].get("403").is_some();
        (is_refused("/messages/", "get"), is_refused("/messages/", "delete"))
    };
    assert_eq!(refused(Access::Anyone), (false, true));
    assert_eq!(refused(Access::SignedIn), (true, true));
    assert_eq!(refused(Access::check(|_| true)), (true, true));
}

#[test]
fn levels_are_those_of_the_application() {
    let document = all().openapi(&config().level_names(LevelNames::default().with(50, "critical")), "/messages");
    let names = &document["components"]["parameters"]["level_tag"]["schema"]["enum"];
    assert_eq!(*names, json!(["debug", "info", "success", "warning", "error", "critical"]));
}

#[test]
fn messages_in_a_json_of_the_application_can_be_anything() {
    let document = all().openapi(&config().represent(|_, message| json!(message.id)), "/messages");
    let message = document["components"]["schemas"]["Message"].as_object().unwrap();
    assert!(!message.contains_key("type") && !message.contains_key("properties"));
}

#[test]
fn a_version_in_the_path_is_a_parameter() {
    let config = config().versioning(Versioning::path(["v1", "v2"]));
    let document = Endpoints::default().openapi(&config, "/{version:v[0-9]+}/messages");
    let peek = &document["paths"]["/{version}/messages/peek/"]["get"];
    let version = resolved(&document, &peek["parameters"][0]);
    assert_eq!(
        (&version["name"], &version["in"], &version["required"]),
        (&json!("version"), &json!("path"), &json!(true))
    );
    assert!(peek["responses"].get("404").is_some());
}
