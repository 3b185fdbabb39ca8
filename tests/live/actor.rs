//! An actor: uses one browser, and changes mailboxes at random.

mod signing;

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{
    browser::{Identity, Who},
    game::{Game, count},
    ledger::parse,
    random::Random,
    site::Place,
    wire::{Answer, Request, Wire},
};

const LEVELS: [i64; 4] = [20, 25, 30, 40];
const TAGS: [&str; 4] = ["urgent", "billing", "news", "ürgent"];

/// A mailbox with more messages than this is emptied a little.
const FULL: usize = 150;

/// An actor in one browser.
pub(crate) struct Actor<'a> {
    game: &'a Game,
    browser: usize,
    random: Random,
    /// Whether the next request is left before its response.
    leaves: bool,
}

/// A message that a tab shows.
#[derive(Debug, Clone, Copy)]
struct Known {
    id: i64,
    /// The number in its text.
    number: usize,
}

impl<'a> Actor<'a> {
    pub(crate) const fn new(game: &'a Game, browser: usize, random: Random) -> Self {
        Self { game, browser, random, leaves: false }
    }

    /// Acts until the round is over.
    pub(crate) fn act(mut self) {
        while self.game.is_playing() {
            let is_answered = self.act_once();
            if is_answered.is_none() {
                // The server has been killed, or has no room.
                count(&self.game.counts.unavailable);
                thread::sleep(Duration::from_millis(5));
            }
        }
    }

    fn identity(&self) -> Identity {
        self.game.browsers[self.browser].identity()
    }

    fn act_once(&mut self) -> Option<()> {
        let identity = self.identity();
        if let Who::User(user) = &identity.who {
            let known = self.known(user);
            // Not always, since the tab may be paused and not show what is left.
            if known.len() > FULL && self.random.chance(100 + 2 * (known.len() - FULL) as u64) {
                return self.empty(&identity, &known);
            }
        }
        let outcome = self.choose(&identity);
        self.leaves = false;
        outcome
    }

    fn choose(&mut self, identity: &Identity) -> Option<()> {
        match self.random.below(100) {
            0..30 => self.send(),
            30..36 => self.broadcast(),
            36..48 => self.add(identity),
            48..53 => self.send_with_key(),
            53..56 => self.send_and_leave(),
            56..68 => self.mark_one(identity),
            68..74 => self.mark_some(identity),
            74..76 => self.list(identity),
            76..82 => self.change_tags(),
            82..87 => self.delete(identity),
            87..90 => self.archive(),
            90..92 => self.restore(),
            92..97 => self.sign(identity),
            97 => self.rare(),
            _ => {
                thread::sleep(Duration::from_millis(self.random.below(20)));
                Some(())
            }
        }
    }

    /// Sends a request. Returns the response, or `None` if it does not arrive or does not count.
    fn request(&self, label: &str, request: Request<'_>) -> Option<(Answer, Place)> {
        let place = self.game.site.place();
        if self.leaves {
            return self.leave(label, request, place);
        }
        let Request { method, target, body, .. } = request;
        let body = body.map(|body| body.to_string().chars().take(160).collect::<String>()).unwrap_or_default();
        let what = format!("browser {}: {method} {target} {body}", self.browser);
        self.step(label, &format!("> {what}"));
        count(&self.game.counts.requests);
        match request.send(place.address) {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer.body).chars().take(120).collect::<String>();
                self.step(label, &format!("< {what}: {} {text}", answer.status));
                match answer.status {
                    200..300 | 404 => Some((answer, place)),
                    400 if target == "/game/tags" => Some((answer, place)),
                    503 => None,
                    status => {
                        self.game.fail(label, None, &format!("{what}: {status} {text}"));
                        None
                    }
                }
            }
            Err(error) => {
                self.step(label, &format!("< {what}: {error}"));
                if error.kind() == std::io::ErrorKind::TimedOut {
                    self.game.fail(label, None, &format!("{what} hangs"));
                }
                None
            }
        }
    }

    /// Notes a step. Those that change whose browser it is are also noted for the browser.
    fn step(&self, label: &str, what: &str) {
        self.game.ledger.step(label, what);
        if what.contains("/demo/") {
            self.game.ledger.step(&format!("browser {}", self.browser), what);
        }
    }

    fn post(&self, label: &str, target: &str, body: &Value) -> Option<Answer> {
        let request = Request { body: Some(body), ..Request::new("POST", target, None) };
        self.request(label, request).map(|(answer, _)| answer)
    }

    fn user(&mut self) -> String {
        let users = self.game.users();
        self.random.pick(&users).clone()
    }

    fn tags(&mut self) -> Vec<&'static str> {
        (0..self.random.below(3)).map(|_| *self.random.pick(&TAGS)).collect()
    }

    /// Sends some messages to one user at once.
    fn send(&mut self) -> Option<()> {
        let (user, level) = (self.user(), *self.random.pick(&LEVELS));
        let count = self.random.magnitude(30);
        let (numbers, texts): (Vec<_>, Vec<_>) =
            (0..count).map(|_| self.game.ledger.text(&user, &mut self.random)).unzip();
        for number in &numbers {
            self.game.ledger.expect(&user, *number, level, None);
        }
        let body = json!({ "to": [user], "level": level, "texts": texts, "tags": self.tags() });
        self.post(&user, "/game/send", &body)?;
        numbers.into_iter().for_each(|number| self.game.ledger.confirm(&user, number));
        Some(())
    }

    fn broadcast(&mut self) -> Option<()> {
        let (users, level) = (self.game.users(), *self.random.pick(&LEVELS));
        let number = self.game.ledger.number();
        let text = format!("all #{number}");
        for user in &users {
            self.game.ledger.expect(user, number, level, None);
            self.game.ledger.step(user, &format!("broadcast {number}"));
        }
        let body = json!({ "to": users, "level": level, "texts": [text], "tags": self.tags() });
        self.post("all", "/game/send", &body)?;
        users.iter().for_each(|user| self.game.ledger.confirm(user, number));
        Some(())
    }

    /// Adds a message in a handler. It is bound to the session of the browser.
    fn add(&mut self, identity: &Identity) -> Option<()> {
        let level = *self.random.pick(&LEVELS);
        let label = self.label(identity);
        let (number, text) = self.game.ledger.text(&label, &mut self.random);
        if identity.who.user().is_some() {
            self.game.ledger.expect(&label, number, level, Some(self.browser));
        }
        let body = json!({ "level": level, "message": text, "extra_tags": self.tags() });
        let request = Request::new("POST", "/demo/messages", identity.cookie.as_deref());
        let (answer, place) = self.request(&label, Request { body: Some(&body), ..request })?;
        self.keep_visitor(identity, &label, &answer, place);
        self.game.ledger.confirm(&label, number);
        Some(())
    }

    /// Sends a message that replaces another, or is ignored if there is one with its key.
    fn send_with_key(&mut self) -> Option<()> {
        let (user, level) = (self.user(), *self.random.pick(&LEVELS));
        let (_, text) = self.game.ledger.text(&user, &mut self.random);
        let key = format!("key-{}", self.random.below(4));
        let replaces = self.random.chance(700);
        let body = json!({ "to": [user], "level": level, "texts": [text], "key": key, "replaces": replaces });
        self.post(&user, "/game/send", &body).map(drop)
    }

    fn send_and_leave(&mut self) -> Option<()> {
        let user = self.user();
        let texts = (0..5).map(|_| self.game.ledger.text(&user, &mut self.random).1).collect::<Vec<_>>();
        self.leaves = true;
        self.post(&user, "/game/send", &json!({ "to": [user], "level": 20, "texts": texts })).map(drop)
    }

    /// Sends a request, perhaps not all of it, and closes the connection before the response.
    fn leave(&self, label: &str, request: Request<'_>, place: Place) -> Option<(Answer, Place)> {
        let bytes = request.bytes(place.address);
        let mut random = Random::new(bytes.len() as u64 ^ self.game.ledger.start.elapsed().as_nanos() as u64);
        let sent = if random.chance(800) { bytes.len() } else { random.below(bytes.len() as u64) as usize };
        let Request { method, target, .. } = request;
        let what =
            format!("browser {}: {method} {target}: sends {sent} of {} bytes, and leaves", self.browser, bytes.len());
        self.step(label, &what);
        let wire = Wire::open(place.address, &bytes[..sent], None).ok()?;
        thread::sleep(Duration::from_micros(random.magnitude(3000)));
        drop(wire);
        None
    }

    /// Returns the messages of a user or visitor that a tab shows.
    fn known(&self, label: &str) -> Vec<Known> {
        let of_user = self.game.tabs.iter().filter(|tab| tab.filter.is_empty());
        for tab in of_user {
            let view = tab.view();
            if view.who.label() == label && !view.shown.messages.is_empty() {
                let known = view.shown.messages.iter().filter_map(|(id, message)| {
                    let (_, number) = parse(message["message"].as_str()?)?;
                    Some(Known { id: *id, number })
                });
                return known.collect();
            }
        }
        Vec::new()
    }

    fn some(&mut self, known: &[Known]) -> Vec<Known> {
        if known.is_empty() {
            return Vec::new();
        }
        (0..self.random.magnitude(80)).map(|_| *self.random.pick(known)).collect()
    }

    fn mark_one(&mut self, identity: &Identity) -> Option<()> {
        self.leaves = self.random.chance(50);
        let known = self.known(identity.who.label());
        let Some(Known { id, .. }) = self.some(&known).first().copied() else { return Some(()) };
        let how = *self.random.pick(&["read", "read", "unread"]);
        let target = format!("/api/messages/{id}/{how}/");
        self.request(identity.who.label(), Request::new("POST", &target, identity.cookie.as_deref())).map(drop)
    }

    fn mark_some(&mut self, identity: &Identity) -> Option<()> {
        self.leaves = self.random.chance(50);
        let how = *self.random.pick(&["read", "read", "unread"]);
        let known = self.known(identity.who.label());
        let these = ids(&self.some(&known));
        let which = match self.random.below(4) {
            0 => format!("level={}", self.random.pick(&LEVELS)),
            1 => "extra_tags=urgent".to_owned(),
            _ if these.is_empty() => return Some(()),
            2 => format!("up_to={}", these.split(',').next().unwrap_or_default()),
            _ => format!("ids={these}"),
        };
        let target = format!("/api/messages/{how}/?{which}");
        self.request(identity.who.label(), Request::new("POST", &target, identity.cookie.as_deref())).map(drop)
    }

    /// Lists unread messages, which marks them as read.
    fn list(&mut self, identity: &Identity) -> Option<()> {
        let target = format!("/messages/?unread=true&limit={}", self.random.magnitude(20));
        self.request(identity.who.label(), Request::new("GET", &target, identity.cookie.as_deref())).map(drop)
    }

    fn change_tags(&mut self) -> Option<()> {
        self.leaves = self.random.chance(50);
        let user = self.user();
        let known = self.known(&user);
        let Some(Known { id, .. }) = self.some(&known).first().copied() else { return Some(()) };
        let how = *self.random.pick(&["add", "add", "remove", "replace"]);
        let body = json!({ "of": user, "id": id, "how": how, "tags": self.tags() });
        self.post(&user, "/game/tags", &body).map(drop)
    }

    fn delete(&mut self, identity: &Identity) -> Option<()> {
        let (label, ledger) = (identity.who.label(), &self.game.ledger);
        let known = self.known(label);
        let these = self.some(&known);
        let may_go = |number, _: &_| these.iter().any(|known| known.number == number);
        let cookie = identity.cookie.as_deref();
        match (self.random.below(3), these.first()) {
            (0, Some(Known { id, number })) => {
                self.leaves = self.random.chance(50);
                ledger.forget(label, |other, _| other == *number);
                self.request(label, Request::new("DELETE", &format!("/api/messages/{id}/"), cookie)).map(drop)
            }
            (1, Some(_)) => {
                self.leaves = self.random.chance(50);
                ledger.forget(label, may_go);
                let target = format!("/api/messages/?ids={}", ids(&these));
                self.request(label, Request::new("DELETE", &target, cookie)).map(drop)
            }
            _ => {
                let level = *self.random.pick(&LEVELS);
                ledger.forget(label, |_, expected| expected.level == level);
                let target = format!("/api/messages/?unread=false&level={level}");
                let answer = self.request(label, Request::new("DELETE", &target, cookie));
                ledger.forget(label, |_, expected| expected.level == level);
                answer.map(drop)
            }
        }
    }

    /// Deletes the older half of a mailbox.
    fn empty(&mut self, identity: &Identity, known: &[Known]) -> Option<()> {
        let label = identity.who.label();
        let (old, new) = known.split_at(known.len() / 2);
        let Some(Known { id, .. }) = old.last() else { return Some(()) };
        // Also those that the tab does not show yet.
        let may_go = |number, _: &_| new.iter().all(|known| known.number != number);
        self.game.ledger.forget(label, may_go);
        let target = format!("/api/messages/?up_to={id}");
        self.request(label, Request::new("DELETE", &target, identity.cookie.as_deref())).map(drop)
    }

    fn archive(&mut self) -> Option<()> {
        let user = self.user();
        let known = self.known(&user);
        let these = self.some(&known);
        self.game.ledger.forget(&user, |number, _| these.iter().any(|known| known.number == number));
        let ids = these.iter().map(|known| known.id).collect::<Vec<_>>();
        self.post(&user, "/game/archive", &json!({ "of": user, "ids": ids })).map(drop)
    }

    fn restore(&mut self) -> Option<()> {
        let user = self.user();
        let body = json!({ "of": user, "as_new": self.random.chance(500) });
        self.post(&user, "/game/restore", &body).map(drop)
    }

    fn rare(&mut self) -> Option<()> {
        let (user, ledger) = (self.user(), &self.game.ledger);
        match self.random.below(6) {
            0 => {
                ledger.forget(&user, |_, _| true);
                let answer = self.post(&user, "/game/erase", &json!({ "of": user }));
                ledger.forget(&user, |_, _| true);
                answer.map(drop)
            }
            1 | 2 => {
                let seconds = 2 + self.random.below(10);
                let is_old = |expected: &super::ledger::Expected| expected.sent.elapsed().as_secs() + 1 >= seconds;
                ledger.forget_everywhere(is_old);
                let answer = self.post("all", "/game/sweep", &json!({ "seconds": seconds }));
                ledger.forget_everywhere(is_old);
                answer.map(drop)
            }
            _ => self.post(&user, "/game/end", &json!({ "of": user })).map(drop),
        }
    }
}

fn ids(known: &[Known]) -> String {
    known.iter().map(|known| known.id.to_string()).collect::<Vec<_>>().join(",")
}
