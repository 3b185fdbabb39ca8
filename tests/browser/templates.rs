//! Messages on stdin, one JSON object each -> one JSON object with the page that each template engine of
//! `docs/templates.md` renders, for `hostile.mjs`, which opens the pages in a browser.

use std::{collections::BTreeMap, error::Error, io, sync::Arc};

use actix_messages::{Level, Mailbox, MemoryStore, MessageList, MessageView, NewMessage, Recipient};
use askama::Template;
use maud::{PreEscaped, html};
use minijinja::{Environment, context, value::Serde};
use serde_json::Value;
use tera::{Context, Tera};

#[derive(Template)]
#[template(
    ext = "html",
    source = "{% for message in messages %}<li class=\"{{ message.classes }}\">{{ message.html|safe }}</li>{% endfor %}"
)]
struct Askama<'a> {
    messages: Vec<MessageView<'a>>,
}

const MINIJINJA: &str =
    r#"{% for message in messages %}<li class="{{ message.tags }}">{{ message.message }}</li>{% endfor %}"#;
const TERA: &str =
    r#"{% for message in messages %}<li class="{{ message.tags }}">{{ message.html | safe }}</li>{% endfor %}"#;

fn pages(messages: &MessageList) -> Result<BTreeMap<&'static str, String>, Box<dyn Error>> {
    let mut minijinja = Environment::new();
    minijinja.add_template("page.html", MINIJINJA)?;
    let mut tera = Tera::default();
    tera.add_raw_template("page.html", TERA)?;
    let mut of_tera = Context::new();
    of_tera.insert("messages", messages);
    Ok(BTreeMap::from([
        ("askama", Askama { messages: messages.views().collect() }.render()?),
        (
            "maud",
            html! { @for it in messages.views() { li class=(it.classes) { (PreEscaped(&it.html)) } } }.into_string(),
        ),
        ("minijinja", minijinja.get_template("page.html")?.render(context! { messages => Serde(messages) })?),
        ("tera", tera.render("page.html", &of_tera)?),
    ]))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mailbox = Mailbox::new(Recipient::user("hostile")?, Arc::new(MemoryStore::new()));
    actix_web::rt::System::new().block_on(async {
        for message in serde_json::Deserializer::from_reader(io::stdin()).into_iter::<Value>() {
            let message = message?;
            let text = message["message"].as_str().ok_or("a message without a text")?;
            let tags = message["extra_tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
            mailbox.add(NewMessage::new(Level::INFO, text).tags(tags)).await?;
        }
        serde_json::to_writer(io::stdout(), &pages(&mailbox.unread().take().await?)?)?;
        Ok(())
    })
}
