//! The handlers of the admin: a request -> a page, or a change and a redirect.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
    },
    web::Bytes,
};

use super::{
    access::StaffRequest,
    changes::{self, Action, Done, choose_all_listed, log},
    compose::Draft,
    document::answer,
    error::AdminError,
    form::{Form, parse_tags},
    html::{EXAMPLES, compose_page, confirm_page, list_page, message_page},
    links::Parameters,
    listing::Listing,
    row::{Chosen, RowName},
};
use crate::{
    error::Error,
    model::{Message, MessageFilter, PageRequest, Recipient, Timestamp},
    service::{
        question::{origin::prefix, query_string::QueryString},
        settings::config::{config_of, texts_of},
    },
    texts::Text,
};

/// The request body, or the error of reading it.
type Body = Result<Bytes, actix_web::Error>;

/// Redirects from the root of the admin to the list. If the application trusts the headers of its proxy, the redirect
/// has the prefix that the proxy has removed.
///
/// The list has its own path beside the other pages, so all links between pages are plain names. They work under any
/// prefix, with and without a trailing slash at the root.
pub(crate) async fn redirect_to_list(request: HttpRequest) -> Result<HttpResponse, AdminError> {
    let prefix = config_of(&request).map_or("", |config| prefix(&request, config));
    let list = format!("{prefix}{}/list", request.path().trim_end_matches('/'));
    if list.len() > MAX_ADDRESS_BYTES {
        return Err(AdminError::NoSuchPage);
    }
    let query = request.query_string();
    let address = if query.is_empty() { list.clone() } else { format!("{list}?{query}") };
    Ok(see_other(&address, &list))
}

/// Renders the list, or the errors of its filters.
pub(crate) async fn list(request: HttpRequest, desk: StaffRequest) -> Result<HttpResponse, AdminError> {
    let listing = Listing::read(request.query_string(), &desk.config.delivery.level_names);
    if !listing.problems.is_empty() {
        return Ok(answer(StatusCode::BAD_REQUEST).body(list_page(&desk, &listing, None, None)));
    }
    let found = listing.find(&*desk.directory).await?;
    let done = Done::read(request.query_string());
    Ok(answer(StatusCode::OK).body(list_page(&desk, &listing, Some(&found), done)))
}

/// Renders the page of one message.
pub(crate) async fn show(request: HttpRequest, desk: StaffRequest) -> Result<HttpResponse, AdminError> {
    let query = Form::read(Ok(Bytes::copy_from_slice(request.query_string().as_bytes())))?;
    let (recipient, message) = load_single(&desk, &query).await?;
    let done = Done::read(request.query_string());
    Ok(answer(StatusCode::OK).body(message_page(&desk, &recipient, &message, None, done)))
}

/// Replaces the tags of one message.
pub(crate) async fn replace_tags(desk: StaffRequest, body: Body) -> Result<HttpResponse, AdminError> {
    let form = Form::read(body)?;
    let (recipient, message) = load_single(&desk, &form).await?;
    let entered = form.one("extra_tags");
    match desk.config.mailbox(recipient.clone()).replace_tags(message.id, parse_tags(entered, &message.tags)).await {
        Ok(true) => {}
        Ok(false) => return Err(AdminError::NoSuchMessage),
        Err(Error::Invalid(invalid)) => {
            let problem = invalid.problem();
            let page = message_page(&desk, &recipient, &message, Some((entered, &problem)), None);
            return Ok(answer(StatusCode::BAD_REQUEST).body(page));
        }
        Err(error) => return Err(error.into()),
    }
    log(&desk, "replace-tags", 1, 1);
    Ok(back_to_message(&RowName::new(&recipient, &message), Done::tagged(1)))
}

/// Repairs the mailbox of a message that a wrong clock dated.
pub(crate) async fn redate(desk: StaffRequest, body: Body) -> Result<HttpResponse, AdminError> {
    let (recipient, _) = load_single(&desk, &Form::read(body)?).await?;
    let redated = desk.config.mailbox(recipient.clone()).redate().await?;
    log(&desk, "redate", redated, 1);
    let list = recipient.user_id().map(|user| Parameters::default().with("user", user)).unwrap_or_default();
    Ok(back_to_list(&list, Done::redated(redated)))
}

/// Marks, moves or deletes the selected messages, or all listed messages.
///
/// A deletion, and any action on all listed messages, requires a confirmation first.
pub(crate) async fn change(desk: StaffRequest, body: Body) -> Result<HttpResponse, AdminError> {
    let form = Form::read(body)?;
    let action = Action::named(form.one("action")).ok_or(AdminError::InvalidForm(Text::AdminUnknownAction))?;
    let is_confirmed = form.one("confirmed") == "yes";
    let back = Parameters::read(&QueryString::read(form.one("back")));

    if form.one("which") == "all" {
        let until = form.one("until").parse().map(Timestamp::from_micros);
        let until = until.map_err(|_| AdminError::InvalidForm(Text::AdminInvalidTimestamp))?;
        let listing = Listing::read(&back.query(), &desk.config.delivery.level_names).until(until);
        if !listing.problems.is_empty() {
            return Err(AdminError::InvalidForm(Text::AdminInvalidFilter));
        }
        let chosen = choose_all_listed(&desk, &listing, action).await?;
        if !is_confirmed {
            let examples = load_existing(&desk, &chosen, EXAMPLES).await?;
            let page = confirm_page(&desk, action, &back, &chosen, Some(until), &examples);
            return Ok(answer(StatusCode::OK).body(page));
        }
        let done = changes::change(&desk, action, chosen, &listing.filter).await?;
        return Ok(back_to_list(&back, done));
    }

    let rows = form.rows()?;
    if rows.is_empty() {
        return Ok(back_to_list(&back, Done::NOTHING));
    }
    let chosen = RowName::choose(rows.clone(), &*desk.directory).await?;
    if action == Action::Delete && !is_confirmed {
        let present = load_existing(&desk, &chosen, usize::MAX).await?;
        let page = confirm_page(&desk, action, &back, &chosen, None, &present);
        return Ok(answer(StatusCode::OK).body(page));
    }
    let done = changes::change(&desk, action, chosen, &MessageFilter::default()).await?;
    Ok(match rows.first() {
        Some(row) if form.one("from") == "message" && !action.takes_away() => back_to_message(row, done),
        _ => back_to_list(&back, done),
    })
}

/// Renders the empty form for a new message.
pub(crate) async fn compose(request: HttpRequest, desk: StaffRequest) -> HttpResponse {
    let parameters = Parameters::read(&QueryString::read(request.query_string()));
    let draft = Draft::to(parameters.get("user"), &desk.config);
    answer(StatusCode::OK).body(compose_page(&desk, &draft))
}

/// Sends a new message to all entered users in one step.
pub(crate) async fn create(desk: StaffRequest, body: Body) -> Result<HttpResponse, AdminError> {
    let mut draft = Draft::read(&Form::read(body)?);
    let Some((recipients, message)) = draft.check(&desk.config) else {
        return Ok(answer(StatusCode::BAD_REQUEST).body(compose_page(&desk, &draft)));
    };
    let mailboxes = recipients.len();
    let list = match &recipients[..] {
        [one] => Parameters::default().with("user", one.user_id().unwrap_or_default()),
        _ => Parameters::default(),
    };
    let sent = desk.config.broadcast(recipients, message).await?;
    log(&desk, "send", sent, mailboxes);
    Ok(back_to_list(&list, Done::sent(sent)))
}

/// Returns the single message that a form or a query string names.
async fn load_single(desk: &StaffRequest, form: &Form) -> Result<(Recipient, Message), AdminError> {
    let row = form.one("row").parse::<RowName>().map_err(|()| AdminError::NoSuchMessage)?;
    let chosen = RowName::choose([row], &*desk.directory).await?;
    load_existing(desk, &chosen, 1).await?.pop().ok_or(AdminError::NoSuchMessage)
}

/// Loads at most `at_most` of the chosen messages. Messages that no longer exist are left out.
async fn load_existing(
    desk: &StaffRequest,
    chosen: &Chosen,
    at_most: usize,
) -> Result<Vec<(Recipient, Message)>, AdminError> {
    let mut present = Vec::new();
    for (recipient, ids) in chosen {
        let limit = u32::try_from(at_most - present.len()).unwrap_or(u32::MAX);
        if limit == 0 {
            break;
        }
        let those = MessageFilter::default().with_ids(ids.iter().copied());
        let page = desk.directory.list(recipient, &those, &PageRequest::first(limit)).await?;
        present.extend(page.messages.into_iter().map(|message| (recipient.clone(), message)));
    }
    Ok(present)
}

fn back_to_list(parameters: &Parameters, done: Done) -> HttpResponse {
    let link = parameters.link();
    let separator = if link.contains('?') { "&" } else { "?" };
    let done = done.parameter();
    see_other(&format!("{link}{separator}{done}"), &format!("list?{done}"))
}

fn back_to_message(row: &RowName, done: Done) -> HttpResponse {
    let done = done.parameter();
    see_other(&format!("{}&{done}", row.link()), &format!("list?{done}"))
}

/// The maximum length of a redirect's URL, in bytes.
///
/// The change is already done when the redirect is sent, so the response must pass every proxy. Some proxies limit the
/// head of a response to 4 KB.
const MAX_ADDRESS_BYTES: usize = 1024;

/// Redirects the browser to `address`, or to `short` if `address` is too long. After the redirect, a reload of the page
/// does not repeat the change.
fn see_other(address: &str, short: &str) -> HttpResponse {
    let address = if address.len() > MAX_ADDRESS_BYTES { short } else { address };
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// Answers a request whose method the page does not support. `allowed_methods` is the value of `Allow`.
pub(crate) async fn method_not_allowed(allowed_methods: &'static str) -> Result<HttpResponse, AdminError> {
    Err(AdminError::NoSuchMethod(allowed_methods))
}

/// The maximum depth below the root at which the page for an unknown path links to the root.
const MAX_DEPTH: usize = 16;

/// Answers a request for an unknown page. Its links lead to the root, unless the path is very deep.
pub(crate) async fn page_not_found(request: HttpRequest) -> HttpResponse {
    let depth = request.match_info().unprocessed().matches('/').count().saturating_sub(1);
    let root = if (1..=MAX_DEPTH).contains(&depth) { "../".repeat(depth) } else { "./".to_owned() };
    let error = AdminError::NoSuchPage;
    answer(error.status_code()).body(error.page(&texts_of(&request), &root))
}

pub(crate) async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("style.css"))
}

pub(crate) async fn icon() -> HttpResponse {
    file("image/svg+xml", include_str!("icon.svg"))
}

fn file(kind: &str, content: &'static str) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, kind)).insert_header((CACHE_CONTROL, "no-cache")).body(content)
}
