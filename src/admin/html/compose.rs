//! A draft -> the form for a new message.

use maud::{Markup, html};

use super::{described_by, page, problem};
use crate::{
    admin::{
        compose::{Draft, MOST_USERS},
        door::Desk,
    },
    model::NewMessage,
};

/// The form, with what was entered and what is wrong with it.
pub(crate) fn compose_page(desk: &Desk, draft: &Draft) -> String {
    let config = &desk.config;
    let offered =
        config.delivery.level_names.named().into_iter().filter(|(level, _)| *level >= config.delivery.minimum_level);
    let offered = offered.map(|(level, name)| (level.to_string(), name)).collect::<Vec<_>>();
    // Another level came with the form. It stays chosen, so that what is said of it can be understood.
    let is_other = offered.iter().all(|(level, _)| *level != draft.level);
    let level_problem = draft.problem("level");
    let content = html! {
        nav class="trail" aria-label="Where you are" { a href="list" { "Messages" } " › New" }
        h1 { "Write a message" }
        form class="card compose" method="post" action="new" {
            @if !draft.problems.is_empty() {
                p class="wrong" role="alert" { strong { "Nothing was sent:" } " see what is said beside the fields." }
            }
            (area(draft, &draft.users, "users", "For whom", 3,
                &format!("One user's id in each line, at most {MOST_USERS} of them. Any id will do: messages know no list of users.")))
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
                &format!("Optional. One in each line, at most {} tags of at most {} characters each, {} together.",
                    NewMessage::MAX_TAGS, NewMessage::MAX_TAG_CHARS, NewMessage::MAX_CHARS_OF_ALL_TAGS)))
            @let wrong = draft.problem("view");
            div class="field" {
                label for="view" { "View" }
                input id="view" name="view" value=(draft.view) autocomplete="off" spellcheck="false"
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described_by("view", wrong, Some("hint"))]
                    autofocus[is_first(draft, "view")];
                (problem("view", wrong))
                p class="hint" id="view-hint" {
                    "Optional. Where it is made, at most " (NewMessage::MAX_VIEW_CHARS) " characters."
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
            // The first line break of a text area is not a part of it.
            textarea id=(name) name=(name) rows=(lines) aria-invalid=[wrong.map(|_| "true")]
                aria-describedby=[described_by(name, wrong, Some(hint))] autofocus[is_first(draft, name)] { "\n" (entered) }
            (problem(name, wrong))
            p class="hint" id={ (name) "-hint" } { (hint) }
        }
    }
}

/// Whether the field is the first that something is wrong with: there one goes on.
fn is_first(draft: &Draft, field: &str) -> bool {
    draft.problems.first().is_some_and(|(first, _)| *first == field)
}
