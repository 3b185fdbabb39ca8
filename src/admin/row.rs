//! A message in a mailbox <-> its name in a form.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};

use crate::{
    model::{Message, MessageFilter, MessageId, PageRequest, Recipient},
    store::{Mailboxes, MessageDirectory, StoreError},
    texts::{Phrase, Text, Texts},
};

/// The id and the recipient of a message, as a form names them: `1795377556064799:u:alice`.
///
/// Ids are unique only within a mailbox. The mailbox of a visitor is named by a digest of its key, because the key
/// comes from the session and must not appear on a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowName {
    id: MessageId,
    whose: Whose,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    User(Recipient),
    Visitor(String),
}

/// The ids of the chosen messages, grouped by mailbox.
pub(crate) type Chosen = BTreeMap<Recipient, BTreeSet<MessageId>>;

impl RowName {
    pub(crate) fn new(recipient: &Recipient, message: &Message) -> Self {
        let whose = match recipient.session() {
            None => Whose::User(recipient.clone()),
            Some(_) => Whose::Visitor(visitor_digest(recipient)),
        };
        Self { id: message.id, whose }
    }

    /// Returns the link to the page of the message.
    pub(crate) fn link(&self) -> String {
        let query = Serializer::new(String::new()).append_pair("row", &self.to_string()).finish();
        format!("message?{query}")
    }

    /// Groups the rows by mailbox. Rows of visitors are looked up in the store, and left out if they do not exist.
    pub(crate) async fn choose(
        rows: impl IntoIterator<Item = Self>,
        store: &dyn MessageDirectory,
    ) -> Result<Chosen, StoreError> {
        let mut chosen = Chosen::new();
        let mut of_visitors = BTreeSet::new();
        for Self { id, whose } in rows {
            match whose {
                Whose::User(recipient) => _ = chosen.entry(recipient).or_default().insert(id),
                Whose::Visitor(digest) => _ = of_visitors.insert((id, digest)),
            }
        }
        if !of_visitors.is_empty() {
            let candidates = MessageFilter::default().with_ids(of_visitors.iter().map(|(id, _)| *id));
            let found = store.list_across(&Mailboxes::All, &candidates, &PageRequest::all()).await?;
            for (recipient, message) in found {
                let is_of_visitor = recipient.session().is_some();
                if is_of_visitor && of_visitors.contains(&(message.id, visitor_digest(&recipient))) {
                    chosen.entry(recipient).or_default().insert(message.id);
                }
            }
        }
        Ok(chosen)
    }
}

impl fmt::Display for RowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.whose {
            Whose::User(recipient) => write!(f, "{}:{}", self.id, recipient.key()),
            Whose::Visitor(digest) => write!(f, "{}:v:{digest}", self.id),
        }
    }
}

impl FromStr for RowName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (id, whose) = text.split_once(':').ok_or(())?;
        let is_digest = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let whose = match whose.strip_prefix("v:") {
            Some(digest) if is_digest(digest) => Whose::Visitor(digest.to_owned()),
            Some(_) => return Err(()),
            None => Whose::User(whose.parse().map_err(drop)?),
        };
        Ok(Self { id: MessageId::new(id.parse().map_err(drop)?), whose })
    }
}

/// Returns the name of a recipient on a page: the id of a user, or the start of a visitor's digest. An id that may be
/// written from right to left, or override the direction, does not affect the text around it.
pub(crate) fn called(recipient: &Recipient, texts: &Texts) -> String {
    match recipient.user_id() {
        Some(id) if id.is_ascii() => id.to_owned(),
        // The first strong isolate, and its end.
        Some(id) => format!("\u{2068}{id}\u{2069}"),
        None => {
            let digest = &visitor_digest(recipient)[..6];
            Phrase::from(Text::AdminVisitor).with("digest", digest).in_texts(texts)
        }
    }
}

/// Returns 16 hexadecimal digits that identify a visitor's mailbox. The session can't be derived from them.
fn visitor_digest(recipient: &Recipient) -> String {
    let digest = Sha256::new().chain_update("actix-messages admin ").chain_update(recipient.key()).finalize();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Level, NewMessage, SessionId};

    fn row(recipient: &Recipient) -> RowName {
        let message = NewMessage::new(Level::INFO, "text").check().unwrap();
        RowName::new(recipient, &message.stored_as(MessageId::new(-7)))
    }

    #[test]
    fn a_name_is_read_back() {
        let session = SessionId::from_digest([0xab; 16]);
        for recipient in [Recipient::user("a:b u:\"<&").unwrap(), Recipient::visitor(session)] {
            assert_eq!(row(&recipient).to_string().parse(), Ok(row(&recipient)));
        }
    }

    #[test]
    fn no_name_of_a_visitor_has_the_session_in_it() {
        let session = SessionId::from_digest([0xab; 16]);
        let visitor = Recipient::visitor(session);
        assert!(!row(&visitor).to_string().contains("ababab"));
        assert!(!called(&visitor, &Texts::default()).contains("ababab"));
    }

    #[test]
    fn what_names_no_row_is_refused() {
        for text in ["", "7", "7:", "7:alice", "x:u:alice", "7:u:", "7:v:", "7:v:abababababababababababababababab"] {
            assert_eq!(text.parse::<RowName>(), Err(()), "{text}");
        }
    }
}
