//! Adds and removes the tags that users may set.

use actix_web::{HttpRequest, HttpResponse};

use super::{check_access, filter_for_path_id, open_permitted_mailbox};
use crate::service::{
    answer::{error::Refusal, page_json::CountBody},
    question::{
        query::{ListQuery, TagQuery},
        query_string::QueryString,
    },
    settings::access::Action,
};

/// `POST /{id}/tags/?add=pinned`, `?remove=pinned`: adds tags to a message and removes tags from it, and returns
/// `{"count": 1}`. Only the tags of [`MessagesConfig::user_tags`](crate::MessagesConfig::user_tags) are allowed.
///
/// # Errors
///
/// Returns a [`Refusal`], as the [HTTP API](crate::guide::http_api) describes.
pub async fn change_tags(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (config, mailbox) = open_permitted_mailbox(&request, Action::ChangeTags)?;
    let sent = QueryString::read(request.query_string());
    let TagQuery { add, remove } = TagQuery::read(&sent, &config.user_tags)?;
    let one = filter_for_path_id(&request, &ListQuery::default(), config)?;
    let message = mailbox.select(one.clone()).first().await?.ok_or(Refusal::NoSuchMessage)?;
    check_access(config, &request, Action::ChangeTags, Some(&message))?;
    let has = |tag: &&str| message.tags.iter().any(|known| known == tag);
    let removed = remove.iter().copied().filter(|tag| has(tag) && !add.contains(tag)).collect::<Vec<_>>();
    // A tag that the message has already would be added a second time.
    let added = add.iter().copied().filter(|tag| !has(tag)).collect::<Vec<_>>();
    if !removed.is_empty() && mailbox.select(one.clone()).remove_tags(removed).await?.is_empty() {
        return Err(Refusal::NoSuchMessage);
    }
    if !added.is_empty() && mailbox.select(one).add_tags(added).await?.is_empty() {
        return Err(Refusal::NoSuchMessage);
    }
    Ok(HttpResponse::Ok().json(CountBody { count: 1 }))
}
