//! The pages: messages and errors -> HTML, which maud escapes.

mod compose;
mod confirm;
mod date;
mod list;
mod message;
mod table;

use maud::{Markup, html};

pub(crate) use self::{
    compose::compose_page,
    confirm::{EXAMPLES, confirm_page},
    list::list_page,
    message::message_page,
};
use super::{access::StaffRequest, changes::Done, document};
use crate::{
    model::{Level, NewMessage},
    texts::{Phrase, Text},
};

/// Renders a page for staff, with a notice of the last result if `done` has one.
fn page(desk: &StaffRequest, title: &str, done: Option<Done>, content: &Markup) -> String {
    document::page(&desk.texts, &desk.staff, title, done.map(|done| done.sentence(&desk.texts)).as_deref(), content)
}

/// Returns the name of a level, or `level 27` if it has no name.
fn level_label(desk: &StaffRequest, level: Level) -> String {
    match desk.config.delivery.level_names.name_of(level) {
        "" => desk.phrase(&Phrase::from(Text::AdminLevelNumber).with("level", level)),
        name => name.to_owned(),
    }
}

/// Renders the name of a level in its colour.
fn level_badge(desk: &StaffRequest, level: Level) -> Markup {
    let name = desk.config.delivery.level_names.name_of(level);
    html! { span class="level" data-level=(name) { (level_label(desk, level)) } }
}

/// Renders the error of a field. The field refers to it with `aria-describedby`.
fn problem(desk: &StaffRequest, field: &str, problem: Option<&Phrase>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p class="problem" id={ (field) "-problem" } { (desk.phrase(problem)) }
        }
    }
}

/// Returns the value of `aria-describedby` for a field: the ids of its error and its hint. `None` if it has neither.
fn described_by(field: &str, problem: Option<&Phrase>, hint: Option<&str>) -> Option<String> {
    let ids = [problem.map(|_| format!("{field}-problem")), hint.map(|_| format!("{field}-hint"))];
    let ids = ids.into_iter().flatten().collect::<Vec<_>>();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Returns a hint with the limits of tags.
fn tags_hint(desk: &StaffRequest, text: Text) -> String {
    let hint = Phrase::from(text)
        .with("tags", NewMessage::MAX_TAGS)
        .with("limit", NewMessage::MAX_TAG_CHARS)
        .with("total", NewMessage::MAX_CHARS_OF_ALL_TAGS);
    desk.phrase(&hint)
}
