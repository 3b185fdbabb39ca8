//! The frame of every page: title and content -> an HTML document.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header::ContentType},
};
use maud::{DOCTYPE, Markup, html};

use crate::texts::{Phrase, Text, Texts};

/// Returns a response builder for an HTML page.
pub(crate) fn answer(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.content_type(ContentType::html());
    answer
}

/// Renders an error page. `root` is the relative path to the root of the admin.
pub(crate) fn error_page(texts: &Texts, title: &str, explanation: &str, root: &str) -> String {
    let content = html! {
        div class="card notice" {
            h1 { (title) }
            p { (explanation) }
        }
    };
    document(texts, title, root, None, &content)
}

/// Renders a page for staff, with a notice of the last result if `done` has one. All these pages are in one directory,
/// so their links are relative.
pub(crate) fn page(texts: &Texts, staff: &str, title: &str, done: Option<&str>, content: &Markup) -> String {
    let content = html! {
        @if let Some(done) = done { p class="done" role="status" { (done) } }
        (content)
    };
    document(texts, title, "./", Some(staff), &content)
}

fn document(texts: &Texts, title: &str, root: &str, staff: Option<&str>, content: &Markup) -> String {
    let signed_in = |name: &str| Phrase::from(Text::AdminSignedIn).with("name", name).in_texts(texts);
    let document = html! {
        (DOCTYPE)
        html lang=(texts.get(Text::AdminLanguage)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · " (texts.get(Text::AdminTitle)) }
                link rel="icon" href={ (root) "icon.svg" } type="image/svg+xml";
                link rel="stylesheet" href={ (root) "style.css" };
            }
            body {
                a class="skip" href="#content" { (texts.get(Text::AdminSkip)) }
                header class="top" {
                    div class="bar" {
                        a class="home" href={ (root) "list" } { span class="mark" aria-hidden="true" {} (texts.get(Text::AdminTitle)) }
                        @if let Some(staff) = staff {
                            p class="who" { (signed_in(staff)) }
                        }
                    }
                }
                main id="content" tabindex="-1" { (content) }
            }
        }
    };
    document.into_string()
}

/// Formats a number with thousands separators: `1,234`.
pub(crate) fn with_separators(number: u64, texts: &Texts) -> String {
    let separator = texts.get(Text::AdminThousandsSeparator);
    let digits = number.to_string();
    let from_the_end = |at: usize| digits.len() - at;
    let parts = digits.char_indices().map(|(at, digit)| match at {
        0 => digit.to_string(),
        _ if from_the_end(at) % 3 == 0 => format!("{separator}{digit}"),
        _ => digit.to_string(),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        let english = Texts::default();
        let numbers = [0, 7, 999, 1000, 12_345, 123_456, 1_234_567].map(|number| with_separators(number, &english));
        assert_eq!(numbers, ["0", "7", "999", "1,000", "12,345", "123,456", "1,234,567"]);
        let german = Texts::default().with(Text::AdminThousandsSeparator, ".");
        assert_eq!(with_separators(1_234_567, &german), "1.234.567");
    }
}
