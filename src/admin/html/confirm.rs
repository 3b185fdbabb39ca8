//! A change -> a page that asks for confirmation.

use maud::html;

use super::{page, table::short_list};
use crate::{
    admin::{
        access::StaffRequest,
        changes::{Action, MAX_MESSAGES_AT_ONCE},
        document::with_separators,
        links::Parameters,
        row::{Chosen, RowName},
    },
    model::{Message, Recipient, Timestamp},
};

/// The number of examples shown before a change of all listed messages.
pub(crate) const EXAMPLES: usize = 20;

/// Renders the page.
///
/// With `until`, the change applies to all `chosen` messages, and `shown` has examples. Without it, the change applies
/// to the messages in `shown`.
pub(crate) fn confirm_page(
    desk: &StaffRequest,
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
        Action::Delete => ("Delete messages", "deleted permanently", "Delete"),
        Action::MarkRead => ("Mark messages as read", "marked as read", "Mark"),
        Action::MarkUnread => {
            ("Mark messages as unread", "marked as unread. The time of their first reading will be lost", "Mark")
        }
    };
    let messages = |count: u64| match count {
        1 => "1 message".to_owned(),
        count => format!("{} messages", with_separators(count)),
    };
    let content = html! {
        h1 { (title) }
        form class="card confirm" method="post" action="change" {
            @if meant == 0 {
                p { "There is nothing left to change." }
            } @else {
                p class="question" {
                    strong { (messages(meant)) }
                    " in " strong { (if chosen.len() == 1 { "1 mailbox".to_owned() } else { format!("{} mailboxes", with_separators(chosen.len() as u64)) }) }
                    " will be " (question) "."
                }
                @if meant == u64::from(MAX_MESSAGES_AT_ONCE) {
                    p { "This is the maximum for one change, the newest messages first. If more messages are listed, repeat the action." }
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
                a class="button" href=(back.link()) { "Cancel" }
            }
        }
    };
    page(desk, title, None, &content)
}
