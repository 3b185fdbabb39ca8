//! The actions of a message: labels with links.

use serde::{Deserialize, Serialize};

use super::{
    InvalidMessage, NewMessage,
    limits::{Field, Problem, check_text},
};

/// An action that a message offers: a label and a link. It is exhaustive, like [`Message`](crate::Message).
///
/// ```
/// use actix_messages::{Level, NewMessage};
///
/// let message = NewMessage::new(Level::INFO, "3 comments on your post.").action("Open", "/posts/17").check()?;
/// assert_eq!((&*message.actions[0].label, &*message.actions[0].href), ("Open", "/posts/17"));
///
/// let refused = NewMessage::new(Level::INFO, "Hello.").action("Open", "javascript:alert(1)").check();
/// assert_eq!(refused.unwrap_err().field(), "actions.href");
/// # Ok::<(), actix_messages::error::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(description = "A label and a link."))]
pub struct MessageAction {
    /// The label: 1 to 80 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80))]
    pub label: String,
    /// The link: a path that begins with one slash, or an `http`, `https` or `mailto` URL. It has at most 2048
    /// characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2048))]
    pub href: String,
}

impl MessageAction {
    pub(crate) fn check(&self) -> Result<(), InvalidMessage> {
        let Self { label, href } = self;
        check_text(Field::ActionLabel, label, 1..=NewMessage::MAX_LABEL_CHARS)?;
        check_text(Field::ActionHref, href, 1..=NewMessage::MAX_HREF_CHARS)?;
        if !self.has_safe_href() {
            return Err(InvalidMessage { field: Field::ActionHref, problem: Problem::InvalidLink });
        }
        Ok(())
    }

    /// Returns whether a browser that follows the link stays on the site, goes to an `http` or `https` URL, or writes a
    /// mail. Every link of a [checked message](crate::store::CheckedMessage) does. For links of messages that another
    /// program has written into the store, a page can ask here.
    ///
    /// Browsers ignore tabs and line breaks in a URL, and white space and control characters before it. They also read
    /// a backslash as a slash. So a link with one of these characters is not safe, and neither is a URL that names a
    /// user before its host (`https://example.com@evil.test`).
    #[must_use]
    pub fn has_safe_href(&self) -> bool {
        let href = &*self.href;
        if href.chars().any(|char| char.is_control() || char.is_whitespace() || char == '\\') {
            return false;
        }
        if let Some(path) = href.strip_prefix('/') {
            return !path.starts_with('/');
        }
        let Some((scheme, rest)) = href.split_once(':') else { return false };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => rest.strip_prefix("//").is_some_and(|rest| {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
                !authority.is_empty() && !authority.starts_with(':') && !authority.contains('@')
            }),
            "mailto" => !rest.is_empty() && !rest.starts_with('/'),
            _ => false,
        }
    }
}

pub(super) fn check_actions(actions: &[MessageAction]) -> Result<(), InvalidMessage> {
    if actions.len() > NewMessage::MAX_ACTIONS {
        let problem = Problem::TooMany { limit: NewMessage::MAX_ACTIONS, given: actions.len() };
        return Err(InvalidMessage { field: Field::Actions, problem });
    }
    actions.iter().try_for_each(MessageAction::check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn check(label: &str, href: &str) -> Result<(), Problem> {
        NewMessage::new(Level::INFO, "A text").action(label, href).check().map(|_| ()).map_err(|error| error.problem)
    }

    #[test]
    fn links_to_other_schemes_and_disguised_links_are_refused() {
        let refused = [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "javascript://example.com/%0aalert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "java\r\nscript:alert(1)",
            "javascript\u{0}:alert(1)",
            "javascript&colon;alert(1)",
            "&#106;avascript:alert(1)",
            "javascript%3Aalert(1)",
            "\u{feff}javascript:alert(1)",
            "jav\u{ad}ascript:alert(1)",
            "ｊavascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "blob:https://example.com/1",
            "file:///etc/passwd",
            "ftp://example.com/",
            "ws://example.com/",
            "about:blank",
            "view-source:https://example.com/",
            "intent://example.com#Intent;end",
            "tel:+123",
            "urn:x",
            "//evil.test",
            "///evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "\\/evil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            "\t//evil.test",
            " /posts/17",
            "/posts/17 ",
            "/posts/1 7",
            "/posts\u{2028}17",
            "/posts\u{7f}",
            "/posts\u{85}",
            "posts/17",
            "./posts",
            "../posts",
            "?page=2",
            "#top",
            "example.com",
            "example.com:80/",
            ":",
            "://example.com",
            "http:",
            "http:/example.com",
            "https:example.com",
            "https://",
            "https:///example.com",
            "https://?query",
            "https://:80/",
            "https:\\\\example.com",
            "https://example.com\\@evil.test",
            "https://example.com@evil.test",
            "https://user:password@example.com/",
            "https ://example.com",
            "mailto:",
            "mailto://alice@example.com",
            "mailto:alice@example.com\nBcc: bob@example.com",
        ];
        for href in refused {
            let problem = check("Open", href);
            let is_refused = problem == Err(Problem::InvalidLink) || problem == Err(Problem::Nul);
            assert!(is_refused, "{href:?} should be refused: {problem:?}");
        }
    }

    #[test]
    fn paths_and_links_to_the_web_and_to_mail_are_accepted() {
        let accepted = [
            "/",
            "/posts/17",
            "/posts/17?page=2&sort=-created#comment-3",
            "/a//b/../c",
            "/users/@alice",
            "/search?q=javascript:alert(1)&url=https://example.com",
            "/übersicht/日本",
            "/%2F%2Fevil.test",
            "/javascript:alert(1)",
            "http://example.com",
            "https://example.com/a?b=c#d",
            "HTTPS://EXAMPLE.COM/",
            "hTtP://example.com",
            "https://localhost:8080/",
            "https://[::1]/",
            "https://münchen.example/@alice",
            "https://example.com?to=alice@example.com",
            "mailto:alice@example.com",
            "MAILTO:alice@example.com?subject=Hello%20there",
        ];
        for href in accepted {
            assert_eq!(check("Open", href), Ok(()), "{href:?} should be accepted");
        }
    }

    #[test]
    fn labels_links_and_their_number_have_limits() {
        assert_eq!(check("", "/"), Err(Problem::Empty));
        assert_eq!(check("Open\0", "/"), Err(Problem::Nul));
        assert_eq!(check("Open", ""), Err(Problem::Empty));
        assert_eq!(check(&"ß".repeat(80), &format!("/{}", "ß".repeat(2047))), Ok(()));
        assert_eq!(check(&"ß".repeat(81), "/"), Err(Problem::TooLong { limit: 80, given: 81 }));
        let long = check("Open", &format!("/{}", "a".repeat(2048)));
        assert_eq!(long, Err(Problem::TooLong { limit: 2048, given: 2049 }));

        let with_actions = |number| {
            let message = NewMessage::new(Level::INFO, "A text");
            (0..number).fold(message, |message, _| message.action("Open", "/")).check()
        };
        assert_eq!(with_actions(3).unwrap().actions.len(), 3);
        let refused = with_actions(4).unwrap_err();
        assert_eq!(refused.to_string(), "actions: Ensure this list has at most 3 actions (it has 4).");
    }
}
