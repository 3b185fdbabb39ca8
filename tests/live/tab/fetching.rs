//! Fetches the inbox, page by page, and checks whose messages it has.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    super::{
        browser::{Identity, Who},
        game::Game,
        ledger::parse,
        random::Random,
        shown::{Shown, short},
        site::Place,
        wire::Request,
    },
    Tab,
};

impl Tab {
    /// Fetches the whole inbox. Returns it with its position, or `None` if the server does not answer.
    pub(crate) fn fetch_all(
        &self,
        game: &Game,
        identity: &Identity,
        place: Place,
        random: &mut Random,
    ) -> Option<(Shown, String)> {
        let limit = *random.pick(&[1000, 1000, 50, 7]);
        let (mut shown, mut at) = (Shown::default(), None);
        let mut before = String::new();
        loop {
            let query = [format!("limit={limit}"), before.clone(), self.filter.to_owned()];
            let page = self.fetch(game, identity, place, &query)?;
            let mailbox = page["mailbox"].as_str().map(str::to_owned);
            if at.is_none() {
                shown.summary = page["summary"].clone();
                shown.mailbox = mailbox;
                at = Some(page["at"].as_str()?.to_owned());
            } else if shown.mailbox != mailbox {
                // Another user has signed in between two pages.
                return None;
            }
            let messages = self.messages_of(game, &identity.who, &page);
            if let Some((oldest, _)) = messages.first_key_value() {
                before = format!("before={oldest}");
            }
            let is_empty = messages.is_empty();
            shown.messages.extend(messages);
            if page["more"] != true || is_empty {
                return Some((shown, at?));
            }
        }
    }

    /// Fetches these messages.
    pub(super) fn fetch_these(
        &self,
        game: &Game,
        identity: &Identity,
        place: Place,
        ids: &[i64],
    ) -> Option<(BTreeMap<i64, Value>, Option<String>)> {
        let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>();
        let query = ["limit=1000".to_owned(), format!("ids={}", ids.join(",")), self.filter.to_owned()];
        let page = self.fetch(game, identity, place, &query)?;
        Some((self.messages_of(game, &identity.who, &page), page["mailbox"].as_str().map(str::to_owned)))
    }

    fn fetch(&self, game: &Game, identity: &Identity, place: Place, query: &[String]) -> Option<Value> {
        let query = query.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>();
        let target = format!("/api/messages/inbox/?{}", query.join("&"));
        let answer = Request::new("GET", &target, identity.cookie.as_deref()).send(place.address);
        match answer {
            Ok(answer) if answer.status == 200 => Some(answer.json()),
            Ok(answer) if answer.status == 503 => None,
            Ok(answer) => {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                game.fail(identity.who.label(), Some(self), &format!("{target}: {} {body}", answer.status));
                None
            }
            Err(error) => {
                if error.kind() == std::io::ErrorKind::TimedOut {
                    game.fail(identity.who.label(), Some(self), &format!("{target} hangs"));
                }
                None
            }
        }
    }

    fn messages_of(&self, game: &Game, who: &Who, page: &Value) -> BTreeMap<i64, Value> {
        let results = page["results"].as_array().into_iter().flatten();
        let messages = results.filter_map(|message| Some((message["id"].as_i64()?, message.clone())));
        let messages = messages.collect::<BTreeMap<_, _>>();
        messages.values().for_each(|message| self.check_recipient(game, who, message));
        messages
    }

    /// Fails if a message was sent to another user.
    pub(super) fn check_recipient(&self, game: &Game, who: &Who, message: &Value) {
        let recipient = message["message"].as_str().and_then(parse);
        let may_see = recipient.is_some_and(|(recipient, _)| game.ledger.may_see(who.label(), recipient));
        if !may_see {
            game.fail(who.label(), Some(self), &format!("{self:?} of {who:?} got {}", short(message)));
        }
    }
}
