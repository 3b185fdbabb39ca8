//! Messages -> the rows of a table.

use maud::{Markup, html};

use super::{date::moment, level_badge};
use crate::{
    admin::{
        access::StaffRequest,
        links::Parameters,
        listing::{Found, Listing},
        row::{RowName, called},
    },
    model::{Direction, Message, OrderKey, Place, Recipient},
    service::settings::query_parameters::{ORDERING, name_of_key},
    texts::{Phrase, Text},
};

/// The maximum length of the text in a row, in characters.
const EXCERPT: usize = 160;

/// Renders a table with a checkbox in each row. A user, a tag or a view links to the messages that have the same.
pub(crate) fn rows(desk: &StaffRequest, listing: &Listing, found: &Found) -> Markup {
    let parameters = &listing.parameters;
    let chosen = |name: &str, value: &str| parameters.with(name, value).link();
    let select = |recipient: &Recipient, message: &Message| {
        let called = called(recipient, &desk.texts);
        desk.phrase(
            &Phrase::from(Text::AdminSelectMessage).with("recipient", called).with("created", message.created()),
        )
    };
    html! {
        table role="table" {
            caption class="unseen" { (desk.text(Text::AdminMessages)) }
            thead role="rowgroup" {
                tr role="row" {
                    th scope="col" role="columnheader" class="check" { span class="unseen" { (desk.text(Text::AdminSelected)) } }
                    (sorted(listing, OrderKey::Level, desk.text(Text::AdminLevel)))
                    th scope="col" role="columnheader" { (desk.text(Text::AdminMessage)) }
                    th scope="col" role="columnheader" { (desk.text(Text::AdminRecipient)) }
                    th scope="col" role="columnheader" { (desk.text(Text::AdminTags)) }
                    th scope="col" role="columnheader" { (desk.text(Text::AdminView)) }
                    (sorted(listing, OrderKey::Created, desk.text(Text::AdminCreatedUtc)))
                    (sorted(listing, OrderKey::ReadAt, desk.text(Text::AdminFirstReadUtc)))
                }
            }
            tbody role="rowgroup" {
                @for (recipient, message) in &found.rows {
                    tr role="row" class=[message.is_unread().then_some("unread")] {
                        td role="cell" class="check" {
                            label {
                                input type="checkbox" name="row" value=(RowName::new(recipient, message));
                                span class="unseen" { (select(recipient, message)) }
                            }
                        }
                        td role="cell" class="of-level" { (level_badge(desk, message.level)) }
                        td role="cell" class="text" {
                            a dir="auto" href=(RowName::new(recipient, message).link()) { (heading(desk, message)) }
                            (remarks(desk, recipient, message))
                        }
                        td role="cell" class="whose" { (whose(desk, parameters, recipient)) }
                        td role="cell" class="tags" { (tags(message, |tag| chosen("extra_tags", tag))) }
                        td role="cell" class="view" {
                            @if !message.view.is_empty() { a dir="auto" href=(chosen("view", &message.view)) { (message.view) } }
                        }
                        td role="cell" class="created" {
                            span class="what" aria-hidden="true" { (desk.text(Text::AdminCreatedAt)) " " } (moment(message.created()))
                        }
                        td role="cell" class="read" {
                            @match message.read_at() {
                                Some(read_at) => {
                                    span class="what" aria-hidden="true" { (desk.text(Text::AdminReadAt)) " " } (moment(read_at))
                                }
                                None => span class="new" { (desk.text(Text::AdminStateUnread)) },
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Renders the messages that are about to be changed.
pub(crate) fn short_list(desk: &StaffRequest, messages: &[(Recipient, Message)]) -> Markup {
    html! {
        ul class="short" {
            @for (recipient, message) in messages {
                li {
                    (level_badge(desk, message.level)) " "
                    a dir="auto" href=(RowName::new(recipient, message).link()) { (heading(desk, message)) } " "
                    span class="meta" {
                        (called(recipient, &desk.texts)) " · " (moment(message.created())) " · "
                        @if message.is_unread() { (desk.text(Text::AdminStateUnread)) } @else { (desk.text(Text::AdminStateRead)) }
                        (place(desk, recipient))
                    }
                }
            }
        }
    }
}

/// Renders the recipient. A user id links to the user's messages.
pub(crate) fn whose(desk: &StaffRequest, parameters: &Parameters, recipient: &Recipient) -> Markup {
    html! {
        @match recipient.user_id() {
            Some(user) => a dir="auto" href=(parameters.with("user", user).link()) { (user) },
            None => span class="visitor" { (called(recipient, &desk.texts)) },
        }
    }
}

pub(crate) fn tags(message: &Message, link: impl Fn(&str) -> String) -> Markup {
    html! {
        @if !message.tags.is_empty() {
            ul { @for tag in &message.tags { li { a dir="auto" href=(link(tag)) { (tag) } } } }
        }
    }
}

/// Renders the place of a message, unless it is the inbox.
pub(crate) fn place(desk: &StaffRequest, recipient: &Recipient) -> Markup {
    let place = match recipient.place() {
        Place::Inbox => None,
        Place::Archive => Some(Text::AdminArchived),
        Place::Later => Some(Text::AdminPostponed),
    };
    html! {
        @if let Some(place) = place { " " span class="remark" { (desk.text(place)) } }
    }
}

/// Renders remarks on a message: its place, whether it is bound to a session, and whether it is HTML.
fn remarks(desk: &StaffRequest, recipient: &Recipient, message: &Message) -> Markup {
    html! {
        (place(desk, recipient))
        @if message.session.is_some() { " " span class="remark" { (desk.text(Text::AdminSessionBound)) } }
        @if message.format == crate::TextFormat::SafeHtml { " " span class="remark" { (desk.text(Text::AdminHtml)) } }
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

/// Renders the title, if there is one, and the start of the text.
fn heading(desk: &StaffRequest, message: &Message) -> Markup {
    html! {
        @let excerpt = excerpt(desk, &message.text);
        @match &message.title {
            Some(title) => { strong { bdi { (title) } } " · " bdi { (excerpt) } }
            None => (excerpt),
        }
    }
}

fn excerpt(desk: &StaffRequest, text: &str) -> String {
    let end = text.char_indices().nth(EXCERPT).map(|(end, _)| end);
    let excerpt = end.map_or_else(|| text.to_owned(), |end| format!("{}…", &text[..end]));
    // A link without visible text could not be clicked.
    if excerpt.trim().is_empty() { desk.text(Text::AdminBlank).to_owned() } else { excerpt }
}
