//! The HTML that puts the bell on a page.

use std::fmt;

use super::VERSION;
use crate::model::escape;

/// The HTML that puts the bell on a page: the script, and the element with a link for browsers without JavaScript.
///
/// [`Endpoint::Bell`](crate::Endpoint::Bell) serves the script. Its address has the version, so browsers keep it for a
/// year, and load it again once it has changed.
///
/// ```
/// use actix_messages::BellTag;
///
/// let bell = BellTag::new("/messages", "/inbox", "Messages").count(3);
/// let html = bell.to_string();
/// assert!(html.starts_with(r#"<script type="module" src="/messages/bell.js?v="#));
/// assert!(html.ends_with(r#"<messages-bell count="3"><a href="/inbox">Messages</a></messages-bell>"#));
/// ```
///
/// The output is HTML, and all values in it are escaped. A template engine must not escape it again: `{{ bell|safe }}`
/// in Askama, Tera and MiniJinja, `PreEscaped(bell.to_string())` in Maud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BellTag {
    scope: String,
    href: String,
    label: String,
    count: Option<u64>,
    nonce: Option<String>,
}

impl BellTag {
    /// Creates the HTML for the scope at this path. The link leads to a page of the application with the messages. The
    /// panel of the bell ends with it.
    pub fn new(scope: impl Into<String>, href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { scope: scope.into(), href: href.into(), label: label.into(), count: None, nonce: None }
    }

    /// Sets the number that the bell shows at once, before its first request: usually that of
    /// [`Selection::count_unseen`](crate::Selection::count_unseen). A handler that only counts messages lets the page
    /// stay in the back/forward cache of the browser.
    #[must_use]
    pub const fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// Sets the nonce of the script, for a content security policy that requires one.
    #[must_use]
    pub fn nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }
}

impl fmt::Display for BellTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = escape(self.scope.trim_end_matches('/'));
        write!(f, "<script type=\"module\" src=\"{scope}/bell.js?v={}\"", VERSION.as_str())?;
        if let Some(nonce) = &self.nonce {
            write!(f, " nonce=\"{}\"", escape(nonce))?;
        }
        f.write_str("></script>\n<messages-bell")?;
        if let Some(count) = self.count {
            write!(f, " count=\"{count}\"")?;
        }
        write!(f, "><a href=\"{}\">{}</a></messages-bell>", escape(&self.href), escape(&self.label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_values_are_escaped() {
        let tag = BellTag::new("/a\"b/", "/c'd?e&f", "<g>").nonce("h\"");
        let expected = format!(
            "<script type=\"module\" src=\"/a&quot;b/bell.js?v={}\" nonce=\"h&quot;\"></script>\n\
             <messages-bell><a href=\"/c&#x27;d?e&amp;f\">&lt;g&gt;</a></messages-bell>",
            VERSION.as_str()
        );
        assert_eq!(tag.to_string(), expected);
    }
}
