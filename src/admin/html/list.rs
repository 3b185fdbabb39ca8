//! The list -> a page with filters, counts, rows and actions.

use maud::{Markup, html};

use super::{described_by, level_label, page, problem, table::rows};
use crate::{
    admin::{
        access::StaffRequest,
        changes::{Action, Done, MAX_MESSAGES_AT_ONCE},
        document::with_separators,
        links::{Parameters, label},
        listing::{Found, Listing, PAGE_SIZES},
        period::Period,
    },
    model::{Level, LevelNames, Timestamp},
};

/// The parameters that have a control. The first [`ALWAYS_SEEN`] controls are always visible.
const CONTROLS: [&str; 12] = [
    "search",
    "user",
    "unread",
    "level__gte",
    "extra_tags__icontains",
    "view__icontains",
    "mailboxes",
    "created_after",
    "created_before",
    "read_after",
    "read_before",
    "limit",
];
const ALWAYS_SEEN: usize = 3;

/// The maximum number of levels for which the page shows a count, the highest first. Levels are free numbers, so every
/// message could have a different one.
const MAX_LEVELS: usize = 100;

/// Renders the page. `found` is `None` if the filters are invalid.
pub(crate) fn list_page(desk: &StaffRequest, listing: &Listing, found: Option<&Found>, done: Option<Done>) -> String {
    let names = &desk.config.delivery.level_names;
    let now = desk.config.delivery.clock.now();
    let content = html! {
        div class="head" {
            h1 { "Messages" }
            a class="button primary" href={ "new?" (Parameters::default().with("user", listing.parameters.get("user")).query()) } {
                "Write a message"
            }
        }
        (filters(listing, names))
        (periods(listing, now))
        (active(listing, names))
        @if let Some(found) = found {
            (levels(listing, found, names))
            @if found.rows.is_empty() {
                div class="card empty" {
                    p { @if found.total > 0 { "This page is beyond the last message." } @else { "No messages found." } }
                    p { a href="list" { "All messages" } }
                }
            } @else {
                @if found.rows.iter().any(|(_, message)| message.id.is_ahead_of(now)) {
                    div class="card" {
                        p {
                            "Some of these messages are dated more than a day in the future, because a clock was wrong when they were "
                            "written. Open such a message to repair its mailbox. Until then, \"all listed messages\" does not include them."
                        }
                    }
                }
                form class="card selection" method="post" action="change" {
                    input type="hidden" name="back" value=(listing.parameters.query());
                    input type="hidden" name="until" value=(listing.end(found, now).as_micros());
                    (rows(listing, found, names))
                    (actions(found))
                }
            }
            (pages(listing, found))
        }
    };
    page(desk, "Messages", done, &content)
}

fn filters(listing: &Listing, names: &LevelNames) -> Markup {
    let parameters = &listing.parameters;
    let hidden_ones = &CONTROLS[ALWAYS_SEEN..];
    let is_open = hidden_ones.iter().any(|name| *name != "limit" && !parameters.get(name).is_empty())
        || listing.problems.iter().any(|(name, _)| !CONTROLS[..ALWAYS_SEEN].contains(&name.as_str()));
    let mailboxes = [("", "all"), ("users", "users"), ("visitors", "visitors (not signed in)")];
    let level_names = names.named();
    let levels = level_names.iter().map(|(level, name)| (level.to_string(), format!("{name} ({level}) or above")));
    let levels = [(String::new(), "any".to_owned())].into_iter().chain(levels).collect::<Vec<_>>();
    let sizes = PAGE_SIZES.map(|size| (size.to_string(), format!("{size} messages")));
    html! {
        @if !listing.problems.is_empty() {
            div class="wrong" role="alert" {
                p { strong { "The list was not loaded:" } }
                ul {
                    @for (name, problem) in &listing.problems {
                        li { (field_label(name)) ": " (problem) }
                    }
                }
            }
        }
        form class="card filters" method="get" action="list" role="search" aria-label="Messages" {
            @for (name, value) in parameters.beside(&CONTROLS) {
                input type="hidden" name=(name) value=(value);
            }
            div class="fields" {
                (text_field(listing, "search", "Search the texts", "search"))
                (text_field(listing, "user", "User", "text"))
                (choice(listing, "unread", "State", [("", "read and unread"), ("true", "unread"), ("false", "read")]))
                button class="primary" { "Filter" }
            }
            details open[is_open] {
                summary { "More filters" }
                div class="fields" {
                    (choice(listing, "level__gte", "Level", levels.iter().map(|(value, name)| (value.as_str(), name.as_str()))))
                    (text_field(listing, "extra_tags__icontains", "Tag contains", "text"))
                    (text_field(listing, "view__icontains", "View contains", "text"))
                    (choice(listing, "mailboxes", "Mailboxes", mailboxes))
                    (choice(listing, "limit", "Per page", sizes.iter().map(|(value, name)| (value.as_str(), name.as_str()))))
                    (time_range(listing, "created", "Created, in UTC"))
                    (time_range(listing, "read", "First read, in UTC"))
                }
            }
        }
    }
}

/// Returns the label of a parameter or of a range.
fn field_label(name: &str) -> String {
    match name {
        "created" => "Created".to_owned(),
        "read" => "First read".to_owned(),
        name => label(name).unwrap_or_else(|| name.to_owned()),
    }
}

fn text_field(listing: &Listing, name: &str, label: &str, kind: &str) -> Markup {
    let wrong = listing.problem(name);
    html! {
        div class="field" {
            label for=(name) { (label) }
            input id=(name) name=(name) type=(kind) value=(listing.parameters.get(name)) autocomplete="off"
                autocapitalize="none" spellcheck="false" aria-invalid=[wrong.map(|_| "true")]
                aria-describedby=[described_by(name, wrong, None)];
            (problem(name, wrong))
        }
    }
}

fn choice<'a>(
    listing: &Listing,
    name: &str,
    label: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Markup {
    let chosen = listing.parameters.get(name);
    let options = options.into_iter().collect::<Vec<_>>();
    // The URL has a value that is not one of the options. It stays selected, so that it is visible and not lost.
    let is_other = !chosen.is_empty() && options.iter().all(|(value, _)| *value != chosen);
    let wrong = listing.problem(name);
    html! {
        div class="field" {
            label for=(name) { (label) }
            select id=(name) name=(name) aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described_by(name, wrong, None)] {
                @if is_other { option selected { (chosen) } }
                @for (value, name) in options {
                    option value=(value) selected[value == chosen] { (name) }
                }
            }
            (problem(name, wrong))
        }
    }
}

/// Renders the controls for both ends of a range. As in the REST API, an error of either end belongs to the range.
fn time_range(listing: &Listing, range: &str, legend: &str) -> Markup {
    let wrong = listing.problem(range);
    html! {
        fieldset class="range" {
            legend { (legend) }
            div class="fields" {
                @for (end, label) in [("after", "from"), ("before", "until")] {
                    @let name = format!("{range}_{end}");
                    @let (kind, value) = local_time(listing.parameters.get(&name));
                    div class="field" {
                        label for=(name) { (label) }
                        input id=(name) name=(name) type=(kind) step="1" value=(value)
                            aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described_by(range, wrong, None)];
                    }
                }
            }
            (problem(range, wrong))
        }
    }
}

/// Returns the type and the value of the control for this moment. A date control can show only the spellings that
/// browsers use. Any other text gets a text control, so that it is visible and not lost.
fn local_time(text: &str) -> (&'static str, String) {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { '0' } else { char::from(byte) });
    match shape.collect::<String>().as_str() {
        "" | "0000-00-00T00:00" | "0000-00-00T00:00:00" => ("datetime-local", text.to_owned()),
        "0000-00-00" => ("datetime-local", format!("{text}T00:00")),
        _ => ("text", text.to_owned()),
    }
}

/// Renders the links to a year, to its months and days, and back.
fn periods(listing: &Listing, now: Timestamp) -> Markup {
    let parameters = &listing.parameters;
    let link = |period: &Period| parameters.with("period", &period.to_string()).link();
    html! {
        nav class="periods" aria-label="Created in" {
            @match listing.period {
                None => ul {
                    li { span aria-current="true" { "Any time" } }
                    @for period in Period::recent(now) { li { a href=(link(&period)) { (period.title()) } } }
                }
                Some(period) => {
                    ul {
                        li { a href=(parameters.without("period").link()) { "Any time" } }
                        @for around in period.around() { li { a href=(link(&around)) { (around.title()) } } }
                        li { span aria-current="true" { (period.title()) } }
                    }
                    @if !period.within().is_empty() {
                        ul class="within" {
                            @for within in period.within() {
                                li { a href=(link(&within)) { (within.short_title()) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Renders the number of messages of each level, with a link to them.
fn levels(listing: &Listing, found: &Found, names: &LevelNames) -> Markup {
    let whatever_level = listing.parameters.without("level").without("level_tag");
    let range = &listing.filter.level;
    let is_any = *range == crate::model::LevelRange::default();
    let is_only = |level: Level| listing.parameters.get("level") == level.to_string();
    html! {
        nav class="levels" aria-label="Levels" {
            ul {
                li {
                    a href=(whatever_level.link()) aria-current=[is_any.then_some("true")] {
                        "All levels " span class="count" { (with_separators(found.by_level.count())) }
                    }
                }
                @for (level, count) in found.by_level.by_level.iter().rev().take(MAX_LEVELS) {
                    li {
                        a href=(whatever_level.with("level", &level.to_string()).link()) data-level=(names.name_of(*level))
                            aria-current=[is_only(*level).then_some("true")] {
                            (level_label(*level, names)) " " span class="count" { (with_separators(*count)) }
                        }
                    }
                }
            }
        }
    }
}

/// Renders the active filters, each with a link that removes it.
fn active(listing: &Listing, names: &LevelNames) -> Markup {
    let parameters = &listing.parameters;
    let shown = |name: &str, value: &str| match value.parse().map(Level::new) {
        Ok(level) if name.starts_with("level__") || name == "level" => level_label(level, names),
        _ => value.to_owned(),
    };
    html! {
        @if parameters.filters().next().is_some() {
            div class="active" {
                h2 { "Filters" }
                ul {
                    @for (name, label, value) in parameters.filters() {
                        @let what = format!("{label}: {}", shown(name, value));
                        li {
                            span { (what) }
                            a href=(parameters.without(name).link()) aria-label={ "Remove the filter " (what) } { span aria-hidden="true" { "×" } }
                        }
                    }
                }
                a href="list" { "Clear all" }
            }
        }
    }
}

/// Renders the actions on the selected messages, or on all listed messages.
fn actions(found: &Found) -> Markup {
    let all = match found.total {
        total if total > u64::from(MAX_MESSAGES_AT_ONCE) => {
            format!(
                "all {} listed messages, {} at a time",
                with_separators(total),
                with_separators(MAX_MESSAGES_AT_ONCE.into())
            )
        }
        total => format!("all {} listed messages", with_separators(total)),
    };
    html! {
        div class="actions" {
            fieldset {
                legend { "Apply to" }
                label { input type="radio" name="which" value="rows" checked; "the selected messages" }
                label { input type="radio" name="which" value="all"; (all) }
            }
            div class="buttons" {
                button name="action" value=(Action::MarkRead.name()) { "Mark as read" }
                button name="action" value=(Action::MarkUnread.name()) { "Mark as unread" }
                button class="danger" name="action" value=(Action::Delete.name()) { "Delete…" }
            }
        }
    }
}

fn pages(listing: &Listing, found: &Found) -> Markup {
    let (offset, limit) = (listing.page.offset, u64::from(listing.page.limit));
    let last = offset.saturating_add(found.rows.len() as u64);
    let at = |offset: u64| match offset {
        0 => listing.parameters.without("offset").link(),
        offset => listing.parameters.with("offset", &offset.to_string()).link(),
    };
    html! {
        nav class="paging" aria-label="Pages" {
            @if offset > 0 { a class="button" rel="prev" href=(at(offset.saturating_sub(limit))) { "Previous page" } }
            @if !found.rows.is_empty() {
                p { (with_separators(offset + 1)) " to " (with_separators(last)) " of " (with_separators(found.total)) }
            }
            @if last < found.total { a class="button" rel="next" href=(at(offset.saturating_add(limit))) { "Next page" } }
        }
    }
}
