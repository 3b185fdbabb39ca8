//! A page without JavaScript: a form, a redirect, and the resulting messages, shown once.

use actix_messages::{Error, Level, MessageList, Messages, NewMessage};
use actix_web::{
    HttpResponse, get,
    http::header::{ContentType, LOCATION},
    post, web,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Note {
    text: String,
}

/// Handles the form, adds a message about the result, and redirects the browser. The next page shows the message.
#[post("/classic")]
pub(crate) async fn keep_note(form: web::Form<Note>, messages: Messages) -> Result<HttpResponse, Error> {
    let text = form.text.trim();
    if text.is_empty() {
        messages.warning("An empty note is not kept.").await?;
    } else {
        let length = text.chars().count();
        messages
            .add(NewMessage::new(Level::SUCCESS, format!("Kept a note of {length} characters.")).tag("note"))
            .await?;
    }
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, "/classic")).finish())
}

/// Shows the unread messages. They are marked as read once the page is sent, so a reload does not show them again.
#[get("/classic")]
pub(crate) async fn show_notes(messages: Messages) -> Result<HttpResponse, Error> {
    let unread = messages.unread().list().await?;
    let page = HttpResponse::Ok().content_type(ContentType::html()).body(page(&unread).into_string());
    Ok(messages.mark_once_sent(&unread, page).await?)
}

fn page(messages: &MessageList) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Notes" }
                link rel="icon" href="/assets/icon.svg";
                link rel="stylesheet" href="/assets/style.css";
            }
            body class="classic" {
                main {
                    h1 { "Notes" }
                    p { "This page has no JavaScript. Visitors who are not signed in get messages too." }
                    @if !messages.is_empty() {
                        div role="status" {
                            ul class="flashes" {
                                @for message in messages.views() {
                                    li dir="auto" class=(message.classes) data-level=(message.level_tag) { (PreEscaped(&message.html)) }
                                }
                            }
                        }
                    }
                    form method="post" action="/classic" {
                        label for="text" { "Note" }
                        input id="text" name="text" dir="auto" maxlength="200" autocomplete="off";
                        button { "Keep it" }
                    }
                    p { a href="/" { "The inbox" } }
                }
            }
        }
    }
}
