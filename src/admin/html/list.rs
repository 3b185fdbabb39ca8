//! The list: what was looked for and what was found -> a page with filters, counts, rows and what can be done to them.

use maud::{Markup, html};

use super::{described_by, level_called, page, problem, table::rows};
use crate::{
    admin::{
        changes::{Action, Done, MOST_AT_ONCE},
        document::grouped,
        door::Desk,
        links::{Parameters, label},
        listing::{Found, Listing, PAGE_SIZES},
        period::Period,
    },
    model::{Level, LevelNames, Timestamp},
};

/// The parameters that have a control, those that are always seen first.
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

/// The most levels that the page counts one by one, the highest first. Whoever chooses the level of a message could make one
/// for each message.
const MOST_LEVELS: usize = 100;

/// The page, with what was found where the filters were valid.
pub(crate) fn list_page(desk: &Desk, listing: &Listing, found: Option<&Found>, done: Option<Done>) -> String {
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
                    p { @if found.total > 0 { "This page is beyond the last message." } @else { "No message is like that." } }
                    p { a href="list" { "All messages" } }
                }
            } @else {
                @if found.rows.iter().any(|(_, message)| message.id.is_ahead_of(now)) {
                    div class="card" {
                        p {
                            "Some of these messages are dated more than a day ahead: a clock was wrong when they were written. The page "
                            "of such a message repairs its mailbox. Until then, \"all that are listed\" does not mean them."
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
    let mailboxes = [("", "everybody"), ("users", "users"), ("visitors", "visitors, not signed in")];
    let level_names = names.named();
    let levels = level_names.iter().map(|(level, name)| (level.to_string(), format!("{name} ({level}) or above")));
    let levels = [(String::new(), "any".to_owned())].into_iter().chain(levels).collect::<Vec<_>>();
    let sizes = PAGE_SIZES.map(|size| (size.to_string(), format!("{size} messages")));
    html! {
        @if !listing.problems.is_empty() {
            div class="wrong" role="alert" {
                p { strong { "Nothing was looked for:" } }
                ul {
                    @for (name, problem) in &listing.problems {
                        li { (field_called(name)) ": " (problem) }
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
                    (choice(listing, "mailboxes", "Whose", mailboxes))
                    (choice(listing, "limit", "On a page", sizes.iter().map(|(value, name)| (value.as_str(), name.as_str()))))
                    (time_range(listing, "created", "Created, in UTC"))
                    (time_range(listing, "read", "First read, in UTC"))
                }
            }
        }
    }
}

/// What a page calls a parameter, or both ends of a range.
fn field_called(name: &str) -> String {
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
    // What is none of the options came with the address. It stays chosen, so that it can be seen and is not lost.
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

/// Both ends of a range. What is wrong with either is said of both, as in the REST API.
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

/// The kind of control that can show this moment. One that is spelled otherwise than browsers do stays a text, so that
/// it can be seen and is not lost.
fn local_time(text: &str) -> (&'static str, String) {
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { '0' } else { char::from(byte) });
    match shape.collect::<String>().as_str() {
        "" | "0000-00-00T00:00" | "0000-00-00T00:00:00" => ("datetime-local", text.to_owned()),
        "0000-00-00" => ("datetime-local", format!("{text}T00:00")),
        _ => ("text", text.to_owned()),
    }
}

/// The calendar: into a year, a month, a day, and out again.
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

/// How many there are of each level, each a link to those alone.
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
                        "All levels " span class="count" { (grouped(found.by_level.count())) }
                    }
                }
                @for (level, count) in found.by_level.by_level.iter().rev().take(MOST_LEVELS) {
                    li {
                        a href=(whatever_level.with("level", &level.to_string()).link()) data-level=(names.name_of(*level))
                            aria-current=[is_only(*level).then_some("true")] {
                            (level_called(*level, names)) " " span class="count" { (grouped(*count)) }
                        }
                    }
                }
            }
        }
    }
}

/// The filters in force, each with a link that takes it away.
fn active(listing: &Listing, names: &LevelNames) -> Markup {
    let parameters = &listing.parameters;
    let shown = |name: &str, value: &str| match value.parse().map(Level::new) {
        Ok(level) if name.starts_with("level__") || name == "level" => level_called(level, names),
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

/// What can be done to the checked rows, or to all that are listed.
fn actions(found: &Found) -> Markup {
    let all = match found.total {
        total if total > u64::from(MOST_AT_ONCE) => {
            format!("all {} that are listed, {} at a time", grouped(total), grouped(MOST_AT_ONCE.into()))
        }
        total => format!("all {} that are listed", grouped(total)),
    };
    html! {
        div class="actions" {
            fieldset {
                legend { "What to change" }
                label { input type="radio" name="which" value="rows" checked; "the checked messages" }
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
                p { (grouped(offset + 1)) " to " (grouped(last)) " of " (grouped(found.total)) }
            }
            @if last < found.total { a class="button" rel="next" href=(at(offset.saturating_add(limit))) { "Next page" } }
        }
    }
}
