//! One message -> its page, with its actions.

use maud::html;

use super::{date::moment, described_by, level_badge, page, problem, table};
use crate::{
    admin::{
        access::StaffRequest,
        changes::{Action, Done},
        links::Parameters,
        row::{RowName, called},
    },
    model::{Message, NewMessage, Recipient, TextFormat},
};

/// Renders the page. `refused` has the submitted tags and their error, if they were invalid.
pub(crate) fn message_page(
    desk: &StaffRequest,
    recipient: &Recipient,
    message: &Message,
    refused: Option<(&str, &str)>,
    done: Option<Done>,
) -> String {
    let names = &desk.config.delivery.level_names;
    let all = Parameters::default();
    let row = RowName::new(recipient, message).to_string();
    let wrong = refused.map(|(_, problem)| problem);
    let entered = refused.map_or_else(|| message.tags.join("\n"), |(entered, _)| entered.to_owned());
    let has_line_breaks = message.tags.iter().any(|tag| tag.contains(['\n', '\r']));
    let (mark, words) = match message.is_unread() {
        true => (Action::MarkRead, "Mark as read"),
        false => (Action::MarkUnread, "Mark as unread"),
    };
    let content = html! {
        nav class="trail" aria-label="Breadcrumb" {
            a href="list" { "Messages" } " › " (table::whose(&all, recipient))
        }
        h1 { "Message to " (called(recipient)) }
        div class="sides" {
            article class="card one" {
                (level_badge(message.level, names))
                p class="text" { (message.text) }
                @if message.format == TextFormat::SafeHtml {
                    p class="hint" { "The application shows this text as HTML. This page shows its source." }
                }
                dl {
                    dt { "Recipient" } dd { (table::whose(&all, recipient)) }
                    dt { "Level" } dd { (message.level) }
                    dt { "Tags" }
                    dd class="tags" {
                        @if message.tags.is_empty() { "none" }
                        (table::tags(message, |tag| all.with("extra_tags", tag).link()))
                    }
                    dt { "View" } dd { @if message.view.is_empty() { "none" } @else { (message.view) } }
                    dt { "Created" } dd { (moment(message.created())) " UTC" }
                    dt { "First read" }
                    dd { @match message.read_at() { Some(read_at) => { (moment(read_at)) " UTC" } None => "not yet" } }
                    dt { "Session" }
                    dd { @if message.session.is_some() { "bound to a session" } @else { "none" } }
                    dt { "Id" } dd { (message.id) }
                }
                @if message.id.is_ahead_of(desk.config.delivery.clock.now()) {
                    form method="post" action="redate" {
                        p {
                            "A clock was wrong when this message was written. Until the mailbox is repaired, each new message in it gets a "
                            "date after this one. The repair gives these messages new dates and keeps their order."
                        }
                        input type="hidden" name="row" value=(row);
                        button { "Repair the mailbox" }
                    }
                }
                form class="buttons" method="post" action="change" {
                    input type="hidden" name="row" value=(row);
                    input type="hidden" name="from" value="message";
                    button name="action" value=(mark.name()) { (words) }
                    button class="danger" name="action" value=(Action::Delete.name()) { "Delete…" }
                }
            }
            form class="card retag" method="post" action="tags" {
                h2 { "Tags" }
                @if has_line_breaks {
                    p { "Some of these tags contain line breaks, so they can't be edited here." }
                } @else {
                    input type="hidden" name="row" value=(row);
                    div class="field" {
                        label for="extra_tags" { "One tag per line" }
                        // Browsers ignore a line break at the start of a text area.
                        textarea id="extra_tags" name="extra_tags" rows="5" spellcheck="false" autofocus[wrong.is_some()]
                            aria-invalid=[wrong.map(|_| "true")]
                            aria-describedby=[described_by("extra_tags", wrong, Some("hint"))] { "\n" (entered) }
                        (problem("extra_tags", wrong))
                        p class="hint" id="extra_tags-hint" {
                            "At most " (NewMessage::MAX_TAGS) " tags of at most " (NewMessage::MAX_TAG_CHARS)
                            " characters each, and " (NewMessage::MAX_CHARS_OF_ALL_TAGS) " characters in total. They replace the current tags."
                        }
                    }
                    button class="primary" { "Save the tags" }
                }
            }
        }
    };
    page(desk, &format!("Message to {}", called(recipient)), done, &content)
}
