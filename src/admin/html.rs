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
use crate::model::{Level, LevelNames};

/// Renders a page for staff, with a notice of the last result if `done` has one.
fn page(desk: &StaffRequest, title: &str, done: Option<Done>, content: &Markup) -> String {
    document::page(&desk.staff, title, done.map(Done::sentence).as_deref(), content)
}

/// Returns the name of a level, or `level 27` if it has no name.
fn level_label(level: Level, names: &LevelNames) -> String {
    match names.name_of(level) {
        "" => format!("level {level}"),
        name => name.to_owned(),
    }
}

/// Renders the name of a level in its colour.
fn level_badge(level: Level, names: &LevelNames) -> Markup {
    html! { span class="level" data-level=(names.name_of(level)) { (level_label(level, names)) } }
}

/// Renders the error of a field. The field refers to it with `aria-describedby`.
fn problem(field: &str, problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p class="problem" id={ (field) "-problem" } { (problem) }
        }
    }
}

/// Returns the value of `aria-describedby` for a field: the ids of its error and its hint. `None` if it has neither.
fn described_by(field: &str, problem: Option<&str>, hint: Option<&str>) -> Option<String> {
    let ids = [problem.map(|_| format!("{field}-problem")), hint.map(|_| format!("{field}-hint"))];
    let ids = ids.into_iter().flatten().collect::<Vec<_>>();
    (!ids.is_empty()).then(|| ids.join(" "))
}
