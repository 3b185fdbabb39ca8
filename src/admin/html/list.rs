//! The list -> a page with filters, counts, rows and actions.

use std::iter;

use maud::{Markup, html};

use super::{described_by, level_label, page, problem, table::rows};
use crate::{
    admin::{
        access::StaffRequest,
        changes::{Action, Done, MAX_MESSAGES_AT_ONCE},
        links::{Parameters, label},
        listing::{Found, Listing, PAGE_SIZES},
        period::Period,
    },
    model::{Level, LevelRange, Timestamp},
    texts::{Phrase, Text},
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
    let now = desk.config.delivery.clock.now();
    let content = html! {
        div class="head" {
            h1 { (desk.text(Text::AdminMessages)) }
            a class="button primary" href={ "new?" (Parameters::default().with("user", listing.parameters.get("user")).query()) } {
                (desk.text(Text::AdminWrite))
            }
        }
        (filters(desk, listing))
        (periods(desk, listing, now))
        (active(desk, listing))
        @if let Some(found) = found {
            (levels(desk, listing, found))
            @if found.rows.is_empty() {
                div class="card empty" {
                    p { (desk.text(if found.total > 0 { Text::AdminBeyondLast } else { Text::AdminNothingFound })) }
                    p { a href="list" { (desk.text(Text::AdminAllMessages)) } }
                }
            } @else {
                @if found.rows.iter().any(|(_, message)| message.id.is_ahead_of(now)) {
                    div class="card" { p { (desk.text(Text::AdminSomeAhead)) } }
                }
                form class="card selection" method="post" action="change" {
                    input type="hidden" name="back" value=(listing.parameters.query());
                    input type="hidden" name="until" value=(listing.end(found, now).as_micros());
                    (rows(desk, listing, found))
                    (actions(desk, found))
                }
            }
            (pages(desk, listing, found))
        }
    };
    page(desk, desk.text(Text::AdminMessages), done, &content)
}

fn filters(desk: &StaffRequest, listing: &Listing) -> Markup {
    let parameters = &listing.parameters;
    let hidden_ones = &CONTROLS[ALWAYS_SEEN..];
    let is_open = hidden_ones.iter().any(|name| *name != "limit" && !parameters.get(name).is_empty())
        || listing.problems.iter().any(|(name, _)| !CONTROLS[..ALWAYS_SEEN].contains(&name.as_str()));
    let option = |(value, text): (&str, Text)| (value.to_owned(), desk.text(text).to_owned());
    let states = [("", Text::AdminAnyState), ("true", Text::AdminStateUnread), ("false", Text::AdminStateRead)];
    let mailboxes = [
        ("", Text::AdminAllMailboxes),
        ("users", Text::AdminUserMailboxes),
        ("visitors", Text::AdminVisitorMailboxes),
        ("archives", Text::AdminArchives),
        ("later", Text::AdminLater),
    ];
    let levels = desk.config.delivery.level_names.named().into_iter().map(|(level, name)| {
        let or_above = Phrase::from(Text::AdminLevelOrAbove).with("name", name).with("level", level);
        (level.to_string(), desk.phrase(&or_above))
    });
    let any_level = (String::new(), desk.text(Text::AdminAnyLevel).to_owned());
    let sizes =
        PAGE_SIZES.map(|size| (size.to_string(), desk.phrase(&Phrase::from(Text::AdminPageSize).with("number", size))));
    html! {
        @if !listing.problems.is_empty() {
            div class="wrong" role="alert" {
                p { strong { (desk.text(Text::AdminNotLoaded)) } }
                ul {
                    @for (name, problem) in &listing.problems {
                        li { (labelled(desk, &field_label(desk, name), &desk.phrase(problem))) }
                    }
                }
            }
        }
        form class="card filters" method="get" action="list" role="search" aria-label=(desk.text(Text::AdminMessages)) {
            @for (name, value) in parameters.beside(&CONTROLS) {
                input type="hidden" name=(name) value=(value);
            }
            div class="fields" {
                (text_field(desk, listing, "search", desk.text(Text::AdminSearchTexts), "search"))
                (text_field(desk, listing, "user", desk.text(Text::AdminUser), "text"))
                (choice(desk, listing, "unread", Text::AdminState, states.map(option)))
                button class="primary" { (desk.text(Text::AdminFilter)) }
            }
            details open[is_open] {
                summary { (desk.text(Text::AdminMoreFilters)) }
                div class="fields" {
                    (choice(desk, listing, "level__gte", Text::AdminLevel, iter::once(any_level).chain(levels)))
                    @for name in ["extra_tags__icontains", "view__icontains"] {
                        (text_field(desk, listing, name, &field_label(desk, name), "text"))
                    }
                    (choice(desk, listing, "mailboxes", Text::AdminMailboxes, mailboxes.map(option)))
                    (choice(desk, listing, "limit", Text::AdminPerPage, sizes))
                    (time_range(desk, listing, "created", Text::AdminCreatedInUtc))
                    (time_range(desk, listing, "read", Text::AdminFirstReadInUtc))
                }
            }
        }
    }
}

/// Returns the label of a parameter or of a range.
fn field_label(desk: &StaffRequest, name: &str) -> String {
    match name {
        "created" => desk.text(Text::AdminCreated).to_owned(),
        "read" => desk.text(Text::AdminFirstRead).to_owned(),
        "query" => desk.text(Text::AdminQuery).to_owned(),
        name => label(name, &desk.texts).unwrap_or_else(|| name.to_owned()),
    }
}

fn labelled(desk: &StaffRequest, label: &str, value: &str) -> String {
    desk.phrase(&Phrase::from(Text::AdminLabelled).with("label", label).with("value", value))
}

fn text_field(desk: &StaffRequest, listing: &Listing, name: &str, label: &str, kind: &str) -> Markup {
    let wrong = listing.problem(name);
    html! {
        div class="field" {
            label for=(name) { (label) }
            input id=(name) name=(name) type=(kind) value=(listing.parameters.get(name)) dir="auto" autocomplete="off"
                autocapitalize="none" spellcheck="false" aria-invalid=[wrong.map(|_| "true")]
                aria-describedby=[described_by(name, wrong, None)];
            (problem(desk, name, wrong))
        }
    }
}

fn choice(
    desk: &StaffRequest,
    listing: &Listing,
    name: &str,
    label: Text,
    options: impl IntoIterator<Item = (String, String)>,
) -> Markup {
    let chosen = listing.parameters.get(name);
    let options = options.into_iter().collect::<Vec<_>>();
    // The URL has a value that is not one of the options. It stays selected, so that it is visible and not lost.
    let is_other = !chosen.is_empty() && options.iter().all(|(value, _)| *value != chosen);
    let wrong = listing.problem(name);
    html! {
        div class="field" {
            label for=(name) { (desk.text(label)) }
            select id=(name) name=(name) aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described_by(name, wrong, None)] {
                @if is_other { option selected { (chosen) } }
                @for (value, name) in options {
                    option value=(value) selected[value == chosen] { (name) }
                }
            }
            (problem(desk, name, wrong))
        }
    }
}

/// Renders the controls for both ends of a range. As in the REST API, an error of either end belongs to the range.
fn time_range(desk: &StaffRequest, listing: &Listing, range: &str, legend: Text) -> Markup {
    let wrong = listing.problem(range);
    html! {
        fieldset class="range" {
            legend { (desk.text(legend)) }
            div class="fields" {
                @for (end, label) in [("after", Text::AdminFrom), ("before", Text::AdminUntil)] {
                    @let name = format!("{range}_{end}");
                    @let (kind, value) = local_time(listing.parameters.get(&name));
                    div class="field" {
                        label for=(name) { (desk.text(label)) }
                        input id=(name) name=(name) type=(kind) step="1" value=(value)
                            aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described_by(range, wrong, None)];
                    }
                }
            }
            (problem(desk, range, wrong))
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
fn periods(desk: &StaffRequest, listing: &Listing, now: Timestamp) -> Markup {
    let texts = &desk.texts;
    let parameters = &listing.parameters;
    let link = |period: &Period| parameters.with("period", &period.to_string()).link();
    html! {
        nav class="periods" aria-label=(desk.text(Text::AdminCreatedIn)) {
            @match listing.period {
                None => ul {
                    li { span aria-current="true" { (desk.text(Text::AdminAnyTime)) } }
                    @for period in Period::recent(now) { li { a href=(link(&period)) { (period.title(texts)) } } }
                }
                Some(period) => {
                    ul {
                        li { a href=(parameters.without("period").link()) { (desk.text(Text::AdminAnyTime)) } }
                        @for around in period.around() { li { a href=(link(&around)) { (around.title(texts)) } } }
                        li { span aria-current="true" { (period.title(texts)) } }
                    }
                    @if !period.within().is_empty() {
                        ul class="within" {
                            @for within in period.within() {
                                li { a href=(link(&within)) { (within.short_title(texts)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Renders the number of messages of each level, with a link to them.
fn levels(desk: &StaffRequest, listing: &Listing, found: &Found) -> Markup {
    let names = &desk.config.delivery.level_names;
    let whatever_level = listing.parameters.without("level").without("level_tag");
    let range = &listing.filter.level;
    let is_any = *range == LevelRange::default();
    let is_only = |level: Level| listing.parameters.get("level") == level.to_string();
    html! {
        nav class="levels" aria-label=(desk.text(Text::AdminLevels)) {
            ul {
                li {
                    a href=(whatever_level.link()) aria-current=[is_any.then_some("true")] {
                        (desk.text(Text::AdminAllLevels)) " " span class="count" { (desk.number(found.by_level.count())) }
                    }
                }
                @for (level, count) in found.by_level.by_level.iter().rev().take(MAX_LEVELS) {
                    li {
                        a href=(whatever_level.with("level", &level.to_string()).link()) data-level=(names.name_of(*level))
                            aria-current=[is_only(*level).then_some("true")] {
                            (level_label(desk, *level)) " " span class="count" { (desk.number(*count)) }
                        }
                    }
                }
            }
        }
    }
}

/// Renders the active filters, each with a link that removes it.
fn active(desk: &StaffRequest, listing: &Listing) -> Markup {
    let parameters = &listing.parameters;
    let shown = |name: &str, value: &str| match (name, value, value.parse().map(Level::new)) {
        ("unread", "true", _) => desk.text(Text::AdminTrue).to_owned(),
        ("unread", "false", _) => desk.text(Text::AdminFalse).to_owned(),
        ("mailboxes", "users", _) => desk.text(Text::AdminUserMailboxes).to_owned(),
        ("mailboxes", "visitors", _) => desk.text(Text::AdminVisitors).to_owned(),
        ("mailboxes", "archives", _) => desk.text(Text::AdminArchives).to_owned(),
        ("mailboxes", "later", _) => desk.text(Text::AdminLater).to_owned(),
        (name, _, Ok(level)) if name.starts_with("level__") || name == "level" => level_label(desk, level),
        _ => value.to_owned(),
    };
    let remove = |what: &str| desk.phrase(&Phrase::from(Text::AdminRemoveFilter).with("filter", what));
    html! {
        @if parameters.filters(&desk.texts).next().is_some() {
            div class="active" {
                h2 { (desk.text(Text::AdminFilters)) }
                ul {
                    @for (name, label, value) in parameters.filters(&desk.texts) {
                        @let what = labelled(desk, &label, &shown(name, value));
                        li {
                            span dir="auto" { (what) }
                            a href=(parameters.without(name).link()) aria-label=(remove(&what)) { span aria-hidden="true" { "×" } }
                        }
                    }
                }
                a href="list" { (desk.text(Text::AdminClearAll)) }
            }
        }
    }
}

/// Renders the actions on the selected messages, or on all listed messages.
fn actions(desk: &StaffRequest, found: &Found) -> Markup {
    let limit = u64::from(MAX_MESSAGES_AT_ONCE);
    let all = if found.total > limit { Text::AdminListedMessagesInSteps } else { Text::AdminListedMessages };
    let all = Phrase::from(all).with("number", desk.number(found.total)).with("limit", desk.number(limit));
    html! {
        div class="actions" {
            fieldset {
                legend { (desk.text(Text::AdminApplyTo)) }
                label { input type="radio" name="which" value="rows" checked; (desk.text(Text::AdminSelectedMessages)) }
                label { input type="radio" name="which" value="all"; (desk.phrase(&all)) }
            }
            div class="buttons" {
                button name="action" value=(Action::MarkRead.name()) { (desk.text(Text::AdminMarkRead)) }
                button name="action" value=(Action::MarkUnread.name()) { (desk.text(Text::AdminMarkUnread)) }
                button name="action" value=(Action::Archive.name()) { (desk.text(Text::AdminArchive)) }
                button name="action" value=(Action::Restore.name()) { (desk.text(Text::AdminRestore)) }
                button class="danger" name="action" value=(Action::Delete.name()) { (desk.text(Text::AdminDelete)) }
            }
        }
    }
}

fn pages(desk: &StaffRequest, listing: &Listing, found: &Found) -> Markup {
    let (offset, limit) = (listing.page.offset, u64::from(listing.page.limit));
    let last = offset.saturating_add(found.rows.len() as u64);
    let shown = Phrase::from(Text::AdminRange)
        .with("first", desk.number(offset.saturating_add(1)))
        .with("last", desk.number(last))
        .with("number", desk.number(found.total));
    let at = |offset: u64| match offset {
        0 => listing.parameters.without("offset").link(),
        offset => listing.parameters.with("offset", &offset.to_string()).link(),
    };
    html! {
        nav class="paging" aria-label=(desk.text(Text::AdminPages)) {
            @if offset > 0 { a class="button" rel="prev" href=(at(offset.saturating_sub(limit))) { (desk.text(Text::AdminPreviousPage)) } }
            @if !found.rows.is_empty() {
                p { (desk.phrase(&shown)) }
            }
            @if last < found.total { a class="button" rel="next" href=(at(offset.saturating_add(limit))) { (desk.text(Text::AdminNextPage)) } }
        }
    }
}
