//! A change -> a page that asks for confirmation.

use maud::html;

use super::{page, table::short_list};
use crate::{
    admin::{
        access::StaffRequest,
        changes::{Action, MAX_MESSAGES_AT_ONCE},
        links::Parameters,
        row::{Chosen, RowName},
    },
    model::{Message, Recipient, Timestamp},
    texts::{Phrase, Text},
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
    let mailboxes = chosen.len() as u64;
    let (title, questions, verbs) = words(action);
    let [one, in_one, in_many] = questions;
    let question = match (meant, mailboxes) {
        (1, _) => one,
        (_, 1) => in_one,
        _ => in_many,
    };
    let [verb_one, verb_many] = verbs;
    let verb = if meant == 1 { verb_one } else { verb_many };
    let counted = |text: Text| {
        let phrase = Phrase::from(text).with("number", desk.number(meant)).with("mailboxes", desk.number(mailboxes));
        desk.phrase(&phrase)
    };
    let title = desk.text(title);
    let content = html! {
        h1 { (title) }
        form class="card confirm" method="post" action="change" {
            @if meant == 0 {
                p { (desk.text(Text::AdminNothingLeft)) }
            } @else {
                p class="question" { (counted(question)) }
                @if meant == u64::from(MAX_MESSAGES_AT_ONCE) {
                    p { (desk.text(Text::AdminMaximum)) }
                }
                @if (shown.len() as u64) < meant { p { (desk.text(Text::AdminAmongThem)) } }
                (short_list(desk, shown))
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
                    button class=(if action == Action::Delete { "danger solid" } else { "primary" }) { (counted(verb)) }
                }
                a class="button" href=(back.link()) { (desk.text(Text::AdminCancel)) }
            }
        }
    };
    page(desk, title, None, &content)
}

/// Returns the title, the questions (one message; many in one mailbox; many in many mailboxes), and the labels of the
/// button (one message; many).
const fn words(action: Action) -> (Text, [Text; 3], [Text; 2]) {
    const MARK: [Text; 2] = [Text::AdminConfirmMarkOne, Text::AdminConfirmMarkMany];
    match action {
        Action::Delete => (
            Text::AdminDeleteTitle,
            [Text::AdminDeleteOne, Text::AdminDeleteInOne, Text::AdminDeleteInMany],
            [Text::AdminConfirmDeleteOne, Text::AdminConfirmDeleteMany],
        ),
        Action::MarkRead => (
            Text::AdminMarkReadTitle,
            [Text::AdminMarkReadOne, Text::AdminMarkReadInOne, Text::AdminMarkReadInMany],
            MARK,
        ),
        Action::MarkUnread => (
            Text::AdminMarkUnreadTitle,
            [Text::AdminMarkUnreadOne, Text::AdminMarkUnreadInOne, Text::AdminMarkUnreadInMany],
            MARK,
        ),
        Action::Archive => (
            Text::AdminArchiveTitle,
            [Text::AdminArchiveOne, Text::AdminArchiveInOne, Text::AdminArchiveInMany],
            [Text::AdminConfirmArchiveOne, Text::AdminConfirmArchiveMany],
        ),
        Action::Restore => (
            Text::AdminRestoreTitle,
            [Text::AdminRestoreOne, Text::AdminRestoreInOne, Text::AdminRestoreInMany],
            [Text::AdminConfirmRestoreOne, Text::AdminConfirmRestoreMany],
        ),
    }
}
