//! Messages -> the rows of a table.

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

/// The maximum length of the text in a row, in characters.
const EXCERPT: usize = 160;

/// Renders a table with a checkbox in each row. A user, a tag or a view links to the messages that have the same.
pub(crate) fn rows(listing: &Listing, found: &Found, names: &LevelNames) -> Markup {
    let parameters = &listing.parameters;
    let chosen = |name: &str, value: &str| parameters.with(name, value).link();
    html! {
        table role="table" {
            caption class="unseen" { "Messages" }
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" class="check" { span class="unseen" { "Selected" } }
                    (sorted(listing, OrderKey::Level, "Level"))
                    th scope="col" role="columnheader" { "Message" }
                    th scope="col" role="columnheader" { "Recipient" }
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
                                span class="unseen" { "Select the message to " (called(recipient)) ", " (message.created()) }
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

/// Renders the messages that are about to be changed.
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

/// Renders the recipient. A user id links to the user's messages.
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

/// Renders remarks on a message: whether it is bound to a session, and whether it is HTML.
pub(crate) fn remarks(message: &Message) -> Markup {
    html! {
        @if message.session.is_some() { " " span class="remark" { "session-bound" } }
        @if message.format == crate::TextFormat::SafeHtml { " " span class="remark" { "HTML" } }
    }
}

/// Renders the header of a column that can be sorted. Its link reverses the order.
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
    // A link without visible text could not be clicked.
    if excerpt.trim().is_empty() { "(blank)".to_owned() } else { excerpt }
}
