//! The inbox: a list that marks nothing, with the summary and the position of the live stream.

use actix_web::{HttpRequest, HttpResponse};

use super::{check_access, open_permitted_mailbox, respond};
use crate::{
    mailbox::InboxPage,
    model::MessageJson,
    service::{
        answer::{
            conditional::Json,
            error::Refusal,
            page_json::{InboxBody, SummaryBody, mailbox_key},
            repeated::repeated,
        },
        question::{
            query::{ListQuery, whole_number},
            query_string::QueryString,
        },
        settings::{
            access::Action,
            config::MessagesConfig,
            policy::UnreadDeletion,
            query_parameters::{LIMIT, OF_INBOX},
        },
    },
};

/// Returns whether the scope has the endpoint that marks messages as seen. If so, summaries have the number of unseen
/// messages.
pub(super) fn counts_unseen(request: &HttpRequest) -> bool {
    mounted_actions(request).contains(&Action::MarkSeen)
}

fn mounted_actions(request: &HttpRequest) -> &[Action] {
    request.app_data::<MountedActions>().map_or(&[][..], |MountedActions(actions)| actions)
}

/// The actions of the scope that a client may ask for. [`Endpoints`](crate::Endpoints) puts them into the data of the
/// scope.
#[derive(Debug, Clone)]
pub(crate) struct MountedActions(pub(crate) Vec<Action>);

/// `GET /inbox/`: returns the newest messages, the summary of the unread ones, and the position from which the stream
/// continues. Marks nothing.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn inbox(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(&request, Action::Inbox)?;
    if let Some(unchanged) = repeated(&request, config, &mailbox) {
        return Ok(unchanged);
    }
    let sent = QueryString::read(request.query_string());
    let query = ListQuery::of(&sent, &config.filters, OF_INBOX)?;
    let names = &config.delivery.level_names;
    let filter = query.only_filters().filter(names)?;
    let page = query.filter(names)?;
    let InboxPage { messages, has_more, unread, unseen, position } =
        mailbox.inbox_page(filter, page, page_size(&query, config), counts_unseen(&request)).await?;
    let results = messages.iter().map(|message| MessageJson::new(message, names));
    let body = InboxBody {
        mailbox: mailbox_key(mailbox.recipient()),
        results: results.map(|message| config.represent.one(&request, message)).collect(),
        more: has_more,
        summary: SummaryBody::new(&unread, unseen, names),
        can: permitted_actions(&request, config),
    };
    let body = Json::with_position(&body, position)?;
    respond(&request, config, &mailbox, body)
}

/// Returns how many messages are asked for. It may be 0, for the summary alone.
pub(super) fn page_size(query: &ListQuery<'_>, config: &MessagesConfig) -> u32 {
    let asked = query.value(LIMIT).and_then(whole_number).filter(|size| *size >= 0);
    let asked = asked.map(|size| u32::try_from(size).unwrap_or(u32::MAX));
    asked.map_or_else(|| config.page_size.limited_to(config.max_page_size), |size| size.min(config.max_page_size))
}

/// Returns the names of the actions that this request's user may perform.
fn permitted_actions(request: &HttpRequest, config: &MessagesConfig) -> Vec<&'static str> {
    let permitted =
        mounted_actions(request).iter().filter(|action| check_access(config, request, **action, None).is_ok());
    let mut names = permitted.filter_map(|action| action.name_in_inbox()).collect::<Vec<_>>();
    if config.unread_deletion == UnreadDeletion::Allow && names.iter().any(|name| name.starts_with("delete")) {
        names.push("delete-unread");
    }
    names
}
