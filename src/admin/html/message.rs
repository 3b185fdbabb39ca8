//! One message -> its page, with its actions.

use maud::{Markup, html};

use super::{date::moment, described_by, level_badge, page, problem, table, tags_hint};
use crate::{
    admin::{
        access::StaffRequest,
        changes::{Action, Done},
        links::Parameters,
        row::{RowName, called},
    },
    model::{Message, Recipient, TextFormat},
    texts::{Phrase, Text},
};

/// Renders the page. `refused` has the submitted tags and their error, if they were invalid.
pub(crate) fn message_page(
    desk: &StaffRequest,
    recipient: &Recipient,
    message: &Message,
    refused: Option<(&str, &Phrase)>,
    done: Option<Done>,
) -> String {
    let all = Parameters::default();
    let row = RowName::new(recipient, message).to_string();
    let wrong = refused.map(|(_, problem)| problem);
    let entered = refused.map_or_else(|| message.tags.join("\n"), |(entered, _)| entered.to_owned());
    let has_line_breaks = message.tags.iter().any(|tag| tag.contains(['\n', '\r']));
    let (mark, words) = match message.is_unread() {
        true => (Action::MarkRead, Text::AdminMarkRead),
        false => (Action::MarkUnread, Text::AdminMarkUnread),
    };
    let called = called(recipient, &desk.texts);
    let title = desk.phrase(&Phrase::from(Text::AdminMessageTo).with("recipient", called));
    let content = html! {
        nav class="trail" aria-label=(desk.text(Text::AdminBreadcrumb)) {
            a href="list" { (desk.text(Text::AdminMessages)) } " › " (table::whose(desk, &all, recipient))
        }
        h1 { (title) }
        div class="sides" {
            article class="card one" {
                (level_badge(desk, message.level))
                @if let Some(title) = &message.title { h2 dir="auto" { (title) } }
                p class="text" dir="auto" { (message.text) }
                @if message.format == TextFormat::SafeHtml {
                    p class="hint" { (desk.text(Text::AdminShownAsHtml)) }
                }
                (actions(desk, message))
                dl {
                    dt { (desk.text(Text::AdminRecipient)) } dd { (table::whose(desk, &all, recipient)) (table::place(desk, recipient)) }
                    dt { (desk.text(Text::AdminLevel)) } dd { (message.level) }
                    dt { (desk.text(Text::AdminTags)) }
                    dd class="tags" {
                        @if message.tags.is_empty() { (desk.text(Text::AdminNone)) }
                        (table::tags(message, |tag| all.with("extra_tags", tag).link()))
                    }
                    dt { (desk.text(Text::AdminView)) }
                    dd { @if message.view.is_empty() { (desk.text(Text::AdminNone)) } @else { bdi { (message.view) } } }
                    dt { (desk.text(Text::AdminCreated)) } dd { (moment(message.created())) " " (desk.text(Text::AdminUtc)) }
                    dt { (desk.text(Text::AdminFirstRead)) }
                    dd {
                        @match message.read_at() {
                            Some(read_at) => { (moment(read_at)) " " (desk.text(Text::AdminUtc)) }
                            None => (desk.text(Text::AdminNotYet)),
                        }
                    }
                    @if let Some(key) = &message.key {
                        dt { (desk.text(Text::AdminKey)) } dd { bdi { (key) } }
                    }
                    @if let Some(times) = message.state.times() {
                        dt { (desk.text(Text::AdminStandsFor)) }
                        dd { (desk.phrase(&Phrase::from(Text::AdminStandsForMany).with("number", times))) }
                    }
                    @if let Some(data) = &message.data {
                        dt { (desk.text(Text::AdminData)) } dd { code dir="ltr" { (data) } }
                    }
                    dt { (desk.text(Text::AdminSession)) }
                    dd {
                        @if message.session.is_some() { (desk.text(Text::AdminBoundToSession)) } @else { (desk.text(Text::AdminNone)) }
                    }
                    dt { (desk.text(Text::AdminId)) } dd { (message.id) }
                }
                @if message.id.is_ahead_of(desk.config.delivery.clock.now()) {
                    form method="post" action="redate" {
                        p { (desk.text(Text::AdminWrongClock)) }
                        input type="hidden" name="row" value=(row);
                        button { (desk.text(Text::AdminRepair)) }
                    }
                }
                form class="buttons" method="post" action="change" {
                    input type="hidden" name="row" value=(row);
                    input type="hidden" name="from" value="message";
                    button name="action" value=(mark.name()) { (desk.text(words)) }
                    @for (action, label) in [(Action::Archive, Text::AdminArchive), (Action::Restore, Text::AdminRestore)] {
                        @if action.applies_at(recipient.place()) {
                            button name="action" value=(action.name()) { (desk.text(label)) }
                        }
                    }
                    button class="danger" name="action" value=(Action::Delete.name()) { (desk.text(Text::AdminDelete)) }
                }
            }
            form class="card retag" method="post" action="tags" {
                h2 { (desk.text(Text::AdminTags)) }
                @if has_line_breaks {
                    p { (desk.text(Text::AdminTagsNotEditable)) }
                } @else {
                    input type="hidden" name="row" value=(row);
                    div class="field" {
                        label for="extra_tags" { (desk.text(Text::AdminTagPerLine)) }
                        // Browsers ignore a line break at the start of a text area.
                        textarea id="extra_tags" name="extra_tags" rows="5" dir="auto" spellcheck="false" autofocus[wrong.is_some()]
                            aria-invalid=[wrong.map(|_| "true")]
                            aria-describedby=[described_by("extra_tags", wrong, Some("hint"))] { "\n" (entered) }
                        (problem(desk, "extra_tags", wrong))
                        p class="hint" id="extra_tags-hint" { (tags_hint(desk, Text::AdminTagsHint)) }
                    }
                    button class="primary" { (desk.text(Text::AdminSaveTags)) }
                }
            }
        }
    };
    page(desk, &title, done, &content)
}

/// Renders the actions with their links. A link that is not safe, which another program has written, can't be followed.
fn actions(desk: &StaffRequest, message: &Message) -> Markup {
    html! {
        @if !message.actions.is_empty() {
            section aria-label=(desk.text(Text::AdminActions)) {
                ul class="links" {
                    @for action in &message.actions {
                        li {
                            @if action.has_safe_href() {
                                a href=(action.href) rel="noopener noreferrer" dir="auto" { (action.label) }
                            } @else {
                                span dir="auto" { (action.label) }
                            }
                            " " span class="meta" dir="auto" { (action.href) }
                        }
                    }
                }
            }
        }
    }
}
