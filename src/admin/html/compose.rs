//! A draft -> the form for a new message.

use maud::{Markup, html};

use super::{described_by, page, problem, tags_hint};
use crate::{
    admin::{
        access::StaffRequest,
        compose::{ACTIONS, Draft, MAX_USERS},
    },
    model::NewMessage,
    texts::{Phrase, Text},
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
    let up_to = |text: Text, limit: usize| desk.phrase(&Phrase::from(text).with("limit", limit));
    let content = html! {
        nav class="trail" aria-label=(desk.text(Text::AdminBreadcrumb)) {
            a href="list" { (desk.text(Text::AdminMessages)) } " › " (desk.text(Text::AdminNew))
        }
        h1 { (desk.text(Text::AdminWrite)) }
        form class="card compose" method="post" action="new" {
            @if !draft.problems.is_empty() {
                p class="wrong" role="alert" { (desk.text(Text::AdminNotSent)) }
            }
            (area(desk, draft, &draft.users, "users", Text::AdminRecipients, 3, &up_to(Text::AdminRecipientsHint, MAX_USERS)))
            div class="field" {
                label for="level" { (desk.text(Text::AdminLevel)) }
                select id="level" name="level" aria-invalid=[level_problem.map(|_| "true")]
                    aria-describedby=[described_by("level", level_problem, None)] autofocus[is_first(draft, "level")] {
                    @if is_other { option selected { (draft.level) } }
                    @for (level, name) in &offered {
                        option value=(level) selected[*level == draft.level] { (name) " (" (level) ")" }
                    }
                }
                (problem(desk, "level", level_problem))
            }
            (area(desk, draft, &draft.text, "message", Text::AdminMessage, 4,
                &up_to(Text::AdminTextHint, NewMessage::MAX_TEXT_CHARS)))
            (area(desk, draft, &draft.tags, "extra_tags", Text::AdminTags, 2, &tags_hint(desk, Text::AdminNewTagsHint)))
            (line(desk, draft, &draft.view, "view", Text::AdminView, Some(&up_to(Text::AdminViewHint, NewMessage::MAX_VIEW_CHARS))))
            (line(desk, draft, &draft.title, "title", Text::AdminMessageTitle,
                Some(&up_to(Text::AdminTitleHint, NewMessage::MAX_TITLE_CHARS))))
            @for (([label_name, href_name], [label, href]), number) in ACTIONS.into_iter().zip(&draft.actions).zip(1..) {
                fieldset {
                    legend { (desk.phrase(&Phrase::from(Text::AdminAction).with("number", number))) }
                    div class="fields" {
                        (line(desk, draft, label, label_name, Text::AdminActionLabel, None))
                        (line(desk, draft, href, href_name, Text::AdminActionLink, Some(desk.text(Text::AdminActionHint))))
                    }
                }
            }
            (line(desk, draft, &draft.key, "key", Text::AdminKey, Some(&up_to(Text::AdminKeyHint, NewMessage::MAX_KEY_CHARS))))
            div class="fields" {
                (line(desk, draft, &draft.visible_from, "visible_from", Text::AdminVisibleFrom,
                    Some(desk.text(Text::AdminVisibleFromHint))))
                (line(desk, draft, &draft.expires_at, "expires_at", Text::AdminExpiresAt,
                    Some(desk.text(Text::AdminExpiresAtHint))))
            }
            (area(desk, draft, &draft.data, "data", Text::AdminData, 2, &up_to(Text::AdminDataHint, NewMessage::MAX_DATA_BYTES)))
            div class="buttons" {
                button class="primary" { (desk.text(Text::AdminSend)) }
                a class="button" href="list" { (desk.text(Text::AdminCancel)) }
            }
        }
    };
    page(desk, desk.text(Text::AdminWrite), None, &content)
}

fn area(desk: &StaffRequest, draft: &Draft, entered: &str, name: &str, label: Text, lines: u32, hint: &str) -> Markup {
    let wrong = draft.problem(name);
    html! {
        div class="field" {
            label for=(name) { (desk.text(label)) }
            // Browsers ignore a line break at the start of a text area.
            textarea id=(name) name=(name) rows=(lines) dir="auto" aria-invalid=[wrong.map(|_| "true")]
                aria-describedby=[described_by(name, wrong, Some(hint))] autofocus[is_first(draft, name)] { "\n" (entered) }
            (problem(desk, name, wrong))
            p class="hint" id={ (name) "-hint" } { (hint) }
        }
    }
}

fn line(desk: &StaffRequest, draft: &Draft, entered: &str, name: &str, label: Text, hint: Option<&str>) -> Markup {
    let wrong = draft.problem(name);
    html! {
        div class="field" {
            label for=(name) { (desk.text(label)) }
            input id=(name) name=(name) value=(entered) dir="auto" autocomplete="off" spellcheck="false"
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described_by(name, wrong, hint)]
                autofocus[is_first(draft, name)];
            (problem(desk, name, wrong))
            @if let Some(hint) = hint { p class="hint" id={ (name) "-hint" } { (hint) } }
        }
    }
}

/// Returns whether the field is the first one with an error. It gets the focus.
fn is_first(draft: &Draft, field: &str) -> bool {
    draft.problems.first().is_some_and(|(first, _)| *first == field)
}
