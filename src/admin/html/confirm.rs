//! What is about to be done -> a page that asks whether it should be.

use maud::html;

use super::{page, table::short_list};
use crate::{
    admin::{
        changes::{Action, MOST_AT_ONCE},
        document::grouped,
        door::Desk,
        links::Parameters,
        row::{Chosen, RowName},
    },
    model::{Message, Recipient, Timestamp},
};

/// How many of all that are listed are shown.
pub(crate) const EXAMPLES: usize = 20;

/// The page. With a moment, all that are listed are meant and `shown` are examples; without, those that are shown.
pub(crate) fn confirm_page(
    desk: &Desk,
    action: Action,
    back: &Parameters,
    chosen: &Chosen,
    until: Option<Timestamp>,
    shown: &[(Recipient, Message)],
) -> String {
    let meant = match until {
        Some(_) => chosen.values().map(|ids| ids.len() as u64).sum(),
        None => shown.len() as u64,
    };
    let (title, question, verb) = match action {
        Action::Delete => ("Delete messages", "deleted for good", "Delete"),
        Action::MarkRead => ("Mark messages as read", "marked as read", "Mark"),
        Action::MarkUnread => ("Mark messages as unread", "marked as unread; when they were read is lost", "Mark"),
    };
    let messages = |count: u64| match count {
        1 => "1 message".to_owned(),
        count => format!("{} messages", grouped(count)),
    };
    let content = html! {
        h1 { (title) }
        form class="card confirm" method="post" action="change" {
            @if meant == 0 {
                p { "There is nothing left to change." }
            } @else {
                p class="question" {
                    strong { (messages(meant)) }
                    " of " strong { (if chosen.len() == 1 { "1 mailbox".to_owned() } else { format!("{} mailboxes", grouped(chosen.len() as u64)) }) }
                    @if meant == 1 { " is " } @else { " are " } "going to be " (question) "."
                }
                @if meant == u64::from(MOST_AT_ONCE) {
                    p { "That is as many as are changed at once, the newest first. Should more be listed, do it again." }
                }
                @if (shown.len() as u64) < meant { p { "Among them:" } }
                (short_list(shown, &desk.config.delivery.level_names))
            }
            input type="hidden" name="action" value=(action.name());
            input type="hidden" name="confirmed" value="yes";
            input type="hidden" name="back" value=(back.query());
            @match until {
                Some(until) => {
                    input type="hidden" name="which" value="all";
                    input type="hidden" name="until" value=(until.as_micros());
                }
                None => @for (recipient, message) in shown {
                    input type="hidden" name="row" value=(RowName::new(recipient, message));
                }
            }
            div class="buttons" {
                @if meant > 0 {
                    button class=(if action == Action::Delete { "danger solid" } else { "primary" }) { (verb) " " (messages(meant)) }
                }
                a class="button" href=(back.link()) { "Back, change nothing" }
            }
        }
    };
    page(desk, title, None, &content)
}
