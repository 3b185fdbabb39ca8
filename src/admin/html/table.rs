//! Messages of anybody -> the rows of a table.

use maud::{Markup, html};

use super::{date::moment, level_badge};
use crate::{
    admin::{
        links::Parameters,
        listing::{Found, Listing},
        row::{RowName, called},
    },
    model::{Direction, LevelNames, Message, OrderKey, Recipient},
    service::settings::query_parameters::{ORDERING, name_of_key},
};

/// How much of a text a row shows, in characters.
const EXCERPT: usize = 160;

/// A table with a box to check in each row. What is in a cell leads to what is alike.
pub(crate) fn rows(listing: &Listing, found: &Found, names: &LevelNames) -> Markup {
    let parameters = &listing.parameters;
    let chosen = |name: &str, value: &str| parameters.with(name, value).link();
    html! {
        table role="table" {
            caption class="unseen" { "Messages" }
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" class="check" { span class="unseen" { "Checked" } }
                    (sorted(listing, OrderKey::Level, "Level"))
                    th scope="col" role="columnheader" { "Message" }
                    th scope="col" role="columnheader" { "Whose" }
                    th scope="col" role="columnheader" { "Tags" }
                    th scope="col" role="columnheader" { "View" }
                    (sorted(listing, OrderKey::Created, "Created, UTC"))
                    (sorted(listing, OrderKey::ReadAt, "First read, UTC"))
                }
            }
            tbody role="rowgroup" {
                @for (recipient, message) in &found.rows {
                    tr role="row" class=[message.is_unread().then_some("unread")] {
                        td role="cell" class="check" {
                            label {
                                input type="checkbox" name="row" value=(RowName::new(recipient, message));
                                span class="unseen" { "Check the message of " (called(recipient)) ", " (message.created()) }
                            }
                        }
                        td role="cell" class="of-level" { (level_badge(message.level, names)) }
                        td role="cell" class="text" {
                            a href=(RowName::new(recipient, message).link()) { (excerpt(&message.text)) }
                            (remarks(message))
                        }
                        td role="cell" class="whose" { (whose(parameters, recipient)) }
                        td role="cell" class="tags" { (tags(message, |tag| chosen("extra_tags", tag))) }
                        td role="cell" class="view" {
                            @if !message.view.is_empty() { a href=(chosen("view", &message.view)) { (message.view) } }
                        }
                        td role="cell" class="created" { span class="what" aria-hidden="true" { "created " } (moment(message.created())) }
                        td role="cell" class="read" {
                            @match message.read_at() {
                                Some(read_at) => { span class="what" aria-hidden="true" { "read " } (moment(read_at)) }
                                None => span class="new" { "unread" },
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The messages that something is about to be done to.
pub(crate) fn short_list(messages: &[(Recipient, Message)], names: &LevelNames) -> Markup {
    html! {
        ul class="short" {
            @for (recipient, message) in messages {
                li {
                    (level_badge(message.level, names)) " "
                    a href=(RowName::new(recipient, message).link()) { (excerpt(&message.text)) } " "
                    span class="meta" {
                        (called(recipient)) " · " (moment(message.created())) " · "
                        @if message.is_unread() { "unread" } @else { "read" }
                    }
                }
            }
        }
    }
}

/// Whose it is. A user's name leads to what else they have.
pub(crate) fn whose(parameters: &Parameters, recipient: &Recipient) -> Markup {
    html! {
        @match recipient.user_id() {
            Some(user) => a href=(parameters.with("user", user).link()) { (user) },
            None => span class="visitor" { (called(recipient)) },
        }
    }
}

pub(crate) fn tags(message: &Message, link: impl Fn(&str) -> String) -> Markup {
    html! {
        @if !message.tags.is_empty() {
            ul { @for tag in &message.tags { li { a href=(link(tag)) { (tag) } } } }
        }
    }
}

/// What else there is to say of a message; of its session only that there is one.
pub(crate) fn remarks(message: &Message) -> Markup {
    html! {
        @if message.session.is_some() { " " span class="remark" { "session-bound" } }
        @if message.format == crate::TextFormat::SafeHtml { " " span class="remark" { "HTML" } }
    }
}

/// A column whose head turns the order round.
fn sorted(listing: &Listing, key: OrderKey, title: &str) -> Markup {
    let name = name_of_key(key);
    let (state, next, arrow) = match listing.direction(key) {
        Some(Direction::Descending) => (Some("descending"), name.to_owned(), " ↓"),
        Some(Direction::Ascending) => (Some("ascending"), format!("-{name}"), " ↑"),
        None => (None, format!("-{name}"), ""),
    };
    html! {
        th scope="col" role="columnheader" aria-sort=[state] {
            a href=(listing.parameters.with(ORDERING, &next).link()) { (title) span aria-hidden="true" { (arrow) } }
        }
    }
}

fn excerpt(text: &str) -> String {
    let end = text.char_indices().nth(EXCERPT).map(|(end, _)| end);
    let excerpt = end.map_or_else(|| text.to_owned(), |end| format!("{}…", &text[..end]));
    // A link without anything to see could not be followed.
    if excerpt.trim().is_empty() { "(blank)".to_owned() } else { excerpt }
}
