//! A random game: users sign in and out, claim, write, read, mark and delete messages on one site. Each response and
//! the whole store match the model.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use actix_messages::{
    MemoryStore, Recipient, SessionId, Timestamp,
    settings::{AfterReading, SessionScoping, UnreadDeletion},
    store::MessageDirectory,
};
use actix_messages_diesel::{DieselStore, Durability, SqliteOptions, postgres};
use diesel::{Connection, PgConnection};
use proptest::{
    prop_assert_eq,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Value, json};

use super::{
    answers::{Answer, Asked, Cursor},
    model::{Kept, Model, Owner, Rules, Session, Who},
    moves::{Deed, Move, Narrow, Scope, Verb, What, id_at},
    site::Site,
    strategies::{BROWSERS, game},
};
use crate::support::{Client, another_postgres, with_query};

#[test]
fn every_answer_is_that_of_a_naive_model_in_memory() {
    play(48, || Arc::new(MemoryStore::new()));
}

#[test]
fn every_answer_is_that_of_a_naive_model_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    play(16, || {
        number += 1;
        let options = SqliteOptions::default().durability(Durability::Normal);
        Arc::new(options.open(folder.path().join(format!("{number}.sqlite"))).unwrap())
    });
}

#[test]
fn every_answer_is_that_of_a_naive_model_on_postgresql() {
    if let Some(url) = another_postgres("isolation") {
        // The clock of each site starts at the same time again, so the tables must be new.
        play(4, || {
            postgres::revert(&mut PgConnection::establish(&url).unwrap()).unwrap();
            Arc::new(DieselStore::open(&url).unwrap())
        });
    }
}

/// Plays `cases` games with each set of rules. `PROPTEST_CASES` overrides the number.
fn play(cases: u32, mut store: impl FnMut() -> Arc<dyn MessageDirectory>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    for (scoping, after_reading, unread_deletion) in [
        (SessionScoping::Shared, AfterReading::Mark, UnreadDeletion::Forbid),
        (SessionScoping::Separate, AfterReading::Mark, UnreadDeletion::Allow),
        (SessionScoping::Separate, AfterReading::Delete, UnreadDeletion::Forbid),
        (SessionScoping::Shared, AfterReading::Nothing, UnreadDeletion::Allow),
    ] {
        let rules = Rules { scoping, after_reading, unread_deletion };
        let site = Site::new(store(), rules);
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&game(), |moves| {
            let mut game = Game::start(&site, rules);
            moves.into_iter().try_for_each(|one| game.play(one))
        });
        outcome.unwrap_or_else(|failure| panic!("{rules:?}: {failure}"));
    }
}

/// The site under test, and its expected state.
struct Game<'a> {
    site: &'a Site,
    model: Model,
    browsers: Vec<(Client, Who)>,
    copy: Option<(Client, Who)>,
    /// All ids that were ever assigned, in any mailbox.
    known: Vec<i64>,
    /// All cursors that any client ever got, with their meaning.
    cursors: Vec<(String, Cursor)>,
    /// The store's id of each session.
    sessions: BTreeMap<Session, SessionId>,
}

impl<'a> Game<'a> {
    fn start(site: &'a Site, rules: Rules) -> Self {
        site.clear();
        let browsers = (0..BROWSERS).map(|_| (site.server.client(), Who::default())).collect();
        Self {
            site,
            model: Model::new(rules, site.clock.now().as_micros()),
            browsers,
            copy: None,
            known: Vec::new(),
            cursors: Vec::new(),
            sessions: BTreeMap::new(),
        }
    }

    fn play(&mut self, Move { browser, later, what }: Move) -> Result<(), TestCaseError> {
        self.site.clock.advance(Duration::from_micros(later));
        self.model.now = self.site.clock.now().as_micros();
        match what {
            What::Forget => self.browsers[browser] = (self.site.server.client(), Who::default()),
            What::Copy => {
                let (client, who) = &self.browsers[browser];
                self.copy = Some((client.at(client.address()), who.clone()));
            }
            What::Replay => {
                if let Some((client, who)) = &self.copy {
                    self.browsers[browser] = (client.at(client.address()), who.clone());
                }
            }
            What::Do(deed) => self.act(browser, deed.with_ids(&self.known))?,
            What::Rest { scope, verb, narrow } => self.ask(browser, scope, &verb, narrow)?,
        }
        self.compare_everything()
    }

    fn act(&mut self, browser: usize, deed: Deed) -> Result<(), TestCaseError> {
        let (client, who) = &mut self.browsers[browser];
        let mut answer = client.post("/do", &json!(deed)).expect(200).json();
        let says = matches!(deed, Deed::Say(_));
        let expected = self.model.act(who, deed.clone());
        if says {
            if let (Some(name), Some(session)) = (answer["session"].as_str(), who.session) {
                let name = name.parse::<SessionId>().unwrap();
                let known = self.sessions.entry(session).or_insert_with(|| name.clone());
                prop_assert_eq!(&*known, &name);
                let different = self.sessions.values().collect::<BTreeSet<_>>();
                prop_assert_eq!(different.len(), self.sessions.len(), "two sessions are one in the store");
            }
            answer = answer["ids"].take();
        }
        prop_assert_eq!(answer, expected, "{:?}", deed);
        Ok(())
    }

    fn ask(&mut self, browser: usize, scope: Scope, verb: &Verb, narrow: Vec<Narrow>) -> Result<(), TestCaseError> {
        let origin = format!("http://{}", self.site.server.address());
        let (mut parameters, cursor) = self.parameters(scope, verb);
        let (narrow, filters) = self.narrowed(narrow);
        parameters.extend(filters);
        let (client, who) = &self.browsers[browser];
        let seen_by = format!("{who:?}");
        let asked = Asked {
            scope,
            verb,
            narrow: &narrow,
            known: &self.known,
            cursor,
            parameters: &parameters,
            origin: &origin,
        };
        let expected = self.model.answer(who, &asked);

        let (method, path) = self.address(scope, verb);
        let texts = parameters.iter().map(|(name, value)| {
            let words = |value: &String| if name == "cursor" { self.text_of(value) } else { value.clone() };
            (name.clone(), words(value))
        });
        let texts = texts.collect::<Vec<_>>();
        let texts = texts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>();
        let target = if texts.is_empty() { path } else { with_query(&path, &texts) };
        let response = client.request(method, &target).send();
        let mut body = if response.body.is_empty() { Value::Null } else { response.json() };
        if scope == Scope::Cursors {
            self.learn_cursors(&mut body, &expected.body);
        }
        prop_assert_eq!(Answer { status: response.status, body }, expected, "{} {} by {}", method, target, seen_by);
        Ok(())
    }

    /// The parameters that select the page, and the cursor if there is one.
    fn parameters(&self, scope: Scope, verb: &Verb) -> (Vec<(String, String)>, Option<Cursor>) {
        let mut parameters = Vec::new();
        let mut add = |name: &str, value: String| parameters.push((name.to_owned(), value));
        let mut cursor = None;
        match verb {
            Verb::List { asked, .. } => {
                if !asked.ordering.is_empty() {
                    add("ordering", asked.ordering.to_owned());
                }
                let (size, at) = match scope {
                    Scope::Offsets => ("limit", "offset"),
                    Scope::Numbers => ("page_size", "page"),
                    Scope::Cursors => ("page_size", "cursor"),
                };
                asked.size.into_iter().for_each(|asked| add(size, asked.to_string()));
                if scope == Scope::Cursors {
                    cursor = asked.at.and_then(|at| at.checked_rem(self.cursors.len())).map(|at| self.cursors[at].1);
                    cursor.into_iter().for_each(|cursor| add(at, cursor.words()));
                } else {
                    asked.at.into_iter().for_each(|asked| add(at, asked.to_string()));
                }
            }
            Verb::Peek { is_grouped: true } => add("group", "level".into()),
            _ => {}
        }
        (parameters, cursor)
    }

    /// The filters, with each parameter once, because only the last of several values counts.
    fn narrowed(&self, narrow: Vec<Narrow>) -> (Vec<Narrow>, Vec<(String, String)>) {
        let by_name = narrow.into_iter().map(|narrow| {
            let (name, value) = narrow.parameter(&self.known);
            (name, (narrow, value))
        });
        let by_name = by_name.collect::<BTreeMap<_, _>>();
        by_name.into_iter().map(|(name, (narrow, value))| (narrow, (name, value))).unzip()
    }

    fn address(&self, scope: Scope, verb: &Verb) -> (&'static str, String) {
        let one = |place: &usize| format!("{}/", id_at(&self.known, *place));
        let (method, path) = match verb {
            Verb::List { is_head: false, .. } => ("GET", String::new()),
            Verb::List { is_head: true, .. } => ("HEAD", String::new()),
            Verb::Peek { .. } => ("GET", "peek/".into()),
            Verb::Show { place, is_head: false } => ("GET", one(place)),
            Verb::Show { place, is_head: true } => ("HEAD", one(place)),
            Verb::Delete(place) => ("DELETE", one(place)),
            Verb::MarkRead(place) => ("POST", one(place) + "read/"),
            Verb::MarkUnread(place) => ("POST", one(place) + "unread/"),
            Verb::MarkSelectionRead => ("POST", "read/".into()),
            Verb::MarkSelectionUnread => ("POST", "unread/".into()),
            Verb::DeleteSelection => ("DELETE", String::new()),
        };
        (method, format!("{}/{path}", scope.path()))
    }

    /// The cursor with this meaning.
    fn text_of(&self, words: &str) -> String {
        self.cursors.iter().find(|(_, cursor)| cursor.words() == words).unwrap().0.clone()
    }

    /// Replaces the cursors in the links with their meaning, as in the model, and remembers the cursors.
    fn learn_cursors(&mut self, body: &mut Value, expected: &Value) {
        for relation in ["next", "previous"] {
            let cursor_of = |page: &Value| {
                let (_, query) = page[relation].as_str()?.split_once('?')?;
                let cursor = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "cursor")?.1;
                Some(cursor.into_owned())
            };
            if let (Some(text), Some(words)) = (cursor_of(body), cursor_of(expected)) {
                body[relation] = json!(body[relation].as_str().unwrap().replace(&text, &words));
                self.cursors.push((text, Cursor::read(&words)));
            }
        }
    }

    /// Compares all mailboxes, also of clients that have sent no request.
    fn compare_everything(&mut self) -> Result<(), TestCaseError> {
        let mut found = BTreeMap::<Recipient, Vec<Kept>>::new();
        let session_of =
            |id: &SessionId| self.sessions.iter().find(|(_, name)| *name == id).map(|(session, _)| *session);
        for (recipient, message) in self.site.content() {
            self.known.push(message.id.value());
            let read_at = message.read_at().map(Timestamp::as_micros);
            found.entry(recipient).or_default().push(Kept {
                id: message.id.value(),
                level: message.level.value(),
                text: message.content.text,
                tags: message.content.tags,
                view: message.content.view,
                session: message.session.as_ref().map(|id| session_of(id).unwrap()),
                read_at,
            });
        }
        found.values_mut().for_each(|mailbox| mailbox.sort_by_key(|kept| kept.id));
        self.known.sort_unstable();
        self.known.dedup();
        let recipient = |owner: &Owner| match owner {
            Owner::User(name) => Recipient::user(name).unwrap(),
            Owner::Visitor(session) => Recipient::visitor(self.sessions[session].clone()),
        };
        let filled = self.model.mailboxes.iter().filter(|(_, mailbox)| !mailbox.is_empty());
        let expected = filled.map(|(owner, mailbox)| (recipient(owner), mailbox.clone())).collect();
        prop_assert_eq!(found, expected);
        Ok(())
    }
}
