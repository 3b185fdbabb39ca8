//! A draft -> the form for a new message.

use maud::{Markup, html};

use super::{described_by, page, problem};
use crate::{
    admin::{
        access::StaffRequest,
        compose::{Draft, MAX_USERS},
    },
    model::NewMessage,
};

/// Renders the form with the entered values and their errors.
pub(crate) fn compose_page(desk: &StaffRequest, draft: &Draft) -> String {
    let config = &desk.config;
    let offered =
        config.delivery.level_names.named().into_iter().filter(|(level, _)| *level >= config.delivery.minimum_level);
    let offered = offered.map(|(level, name)| (level.to_string(), name)).collect::<Vec<_>>();
    // The submitted level is not one of the options. It stays selected, so that its error makes sense.
    let is_other = offered.iter().all(|(level, _)| *level != draft.level);
    let level_problem = draft.problem("level");
    let content = html! {
        nav class="trail" aria-label="Breadcrumb" { a href="list" { "Messages" } " › New" }
        h1 { "Write a message" }
        form class="card compose" method="post" action="new" {
            @if !draft.problems.is_empty() {
                p class="wrong" role="alert" { strong { "Nothing was sent:" } " see the errors next to the fields." }
            }
            (area(draft, &draft.users, "users", "Recipients", 3,
                &format!("One user id per line, at most {MAX_USERS}. Ids are not checked against a list of users.")))
            div class="field" {
                label for="level" { "Level" }
                select id="level" name="level" aria-invalid=[level_problem.map(|_| "true")]
                    aria-describedby=[described_by("level", level_problem, None)] autofocus[is_first(draft, "level")] {
                    @if is_other { option selected { (draft.level) } }
                    @for (level, name) in &offered {
                        option value=(level) selected[*level == draft.level] { (name) " (" (level) ")" }
                    }
                }
                (problem("level", level_problem))
            }
            (area(draft, &draft.text, "message", "Message", 4,
                &format!("Plain text, at most {} characters.", NewMessage::MAX_TEXT_CHARS)))
            (area(draft, &draft.tags, "extra_tags", "Tags", 2,
                &format!("Optional. One tag per line. At most {} tags of at most {} characters each, and {} characters in total.",
                    NewMessage::MAX_TAGS, NewMessage::MAX_TAG_CHARS, NewMessage::MAX_CHARS_OF_ALL_TAGS)))
            @let wrong = draft.problem("view");
            div class="field" {
                label for="view" { "View" }
                input id="view" name="view" value=(draft.view) autocomplete="off" spellcheck="false"
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described_by("view", wrong, Some("hint"))]
                    autofocus[is_first(draft, "view")];
                (problem("view", wrong))
                p class="hint" id="view-hint" {
                    "Optional. The name of the view that creates the message, at most " (NewMessage::MAX_VIEW_CHARS) " characters."
                }
            }
            div class="buttons" {
                button class="primary" { "Send" }
                a class="button" href="list" { "Cancel" }
            }
        }
    };
    page(desk, "Write a message", None, &content)
}

fn area(draft: &Draft, entered: &str, name: &str, label: &str, lines: u32, hint: &str) -> Markup {
    let wrong = draft.problem(name);
    html! {
        div class="field" {
            label for=(name) { (label) }
            // Browsers ignore a line break at the start of a text area.
            textarea id=(name) name=(name) rows=(lines) aria-invalid=[wrong.map(|_| "true")]
                aria-describedby=[described_by(name, wrong, Some(hint))] autofocus[is_first(draft, name)] { "\n" (entered) }
            (problem(name, wrong))
            p class="hint" id={ (name) "-hint" } { (hint) }
        }
    }
}

/// Returns whether the field is the first one with an error. It gets the focus.
fn is_first(draft: &Draft, field: &str) -> bool {
    draft.problems.first().is_some_and(|(first, _)| *first == field)
}
