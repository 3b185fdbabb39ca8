//! The pages: what was found, and what is wrong -> HTML, which maud escapes.

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
use super::{changes::Done, document, door::Desk};
use crate::model::{Level, LevelNames};

/// A page for staff, with what was done before it, where something was.
fn page(desk: &Desk, title: &str, done: Option<Done>, content: &Markup) -> String {
    document::page(&desk.staff, title, done.map(Done::sentence).as_deref(), content)
}

/// What a level is called, and its number where it has no name.
fn level_called(level: Level, names: &LevelNames) -> String {
    match names.name_of(level) {
        "" => format!("level {level}"),
        name => name.to_owned(),
    }
}

/// The level as a word with a colour.
fn level_badge(level: Level, names: &LevelNames) -> Markup {
    html! { span class="level" data-level=(names.name_of(level)) { (level_called(level, names)) } }
}

/// What is wrong with a field. The field names it as its description.
fn problem(field: &str, problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p class="problem" id={ (field) "-problem" } { (problem) }
        }
    }
}

/// The id of what is said of a field, where something is.
fn described_by(field: &str, problem: Option<&str>, hint: Option<&str>) -> Option<String> {
    let ids = [problem.map(|_| format!("{field}-problem")), hint.map(|_| format!("{field}-hint"))];
    let ids = ids.into_iter().flatten().collect::<Vec<_>>();
    (!ids.is_empty()).then(|| ids.join(" "))
}
