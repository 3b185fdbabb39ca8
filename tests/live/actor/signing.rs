//! Signs in, signs out, and begins the session of a visitor.

use std::time::Instant;

use serde_json::json;

use super::{
    super::{
        browser::{Ending, Identity, Who},
        game::count,
        site::Place,
        wire::{Answer, Request},
    },
    Actor,
};

impl Actor<'_> {
    /// Returns the name for the texts of new messages. A browser without a session becomes a new visitor.
    pub(super) fn label(&self, identity: &Identity) -> String {
        match &identity.who {
            Who::Nobody => format!("visitor-{}-{}", self.browser, identity.epoch),
            known => known.label().to_owned(),
        }
    }

    /// Keeps the cookie of a message's response, with which the session of a visitor may begin.
    pub(super) fn keep_visitor(&self, identity: &Identity, label: &str, answer: &Answer, place: Place) {
        let browser = &self.game.browsers[self.browser];
        if identity.who == Who::Nobody {
            let now = Instant::now();
            let ending = Ending { asked: now, answered: now, generation: place.generation, is_logout: false };
            browser.become_other(Who::Visitor(label.to_owned()), answer, ending);
        } else {
            browser.keep_cookie(answer);
        }
    }

    pub(super) fn sign(&mut self, identity: &Identity) -> Option<()> {
        match &identity.who {
            Who::User(user) if self.random.chance(700) => {
                self.leaves = self.random.chance(200);
                self.sign_out(identity, user)
            }
            // A visitor stays one for a while.
            Who::Visitor(_) if self.random.chance(500) => Some(()),
            who => {
                let user = self.user();
                if let Who::Visitor(visitor) = who {
                    self.game.ledger.admit(&user, visitor);
                    count(&self.game.counts.claims);
                }
                self.sign_in(identity, &user)
            }
        }
    }

    pub(crate) fn sign_in(&self, identity: &Identity, user: &str) -> Option<()> {
        let browser = &self.game.browsers[self.browser];
        let body = json!({ "user": user });
        let request = Request::new("POST", "/demo/login", identity.cookie.as_deref());
        let asked = Instant::now();
        let (answer, place) = self.request(user, Request { body: Some(&body), ..request })?;
        let answered = Instant::now();
        if identity.who.user() == Some(user) {
            browser.keep_cookie(&answer);
        } else {
            let ending = Ending { asked, answered, generation: place.generation, is_logout: false };
            browser.become_other(Who::User(user.to_owned()), &answer, ending);
        }
        Some(())
    }

    /// Signs out. The messages that are bound to the session are deleted.
    fn sign_out(&self, identity: &Identity, user: &str) -> Option<()> {
        let (game, mine) = (self.game, Some(self.browser));
        count(&game.counts.logouts);
        game.ledger.forget_everywhere(|expected| expected.browser == mine);
        let body = json!({});
        let request = Request::new("POST", "/demo/logout", identity.cookie.as_deref());
        let asked = Instant::now();
        let answer = self.request(user, Request { body: Some(&body), ..request });
        game.ledger.forget_everywhere(|expected| expected.browser == mine);
        let answered = Instant::now();
        // A browser that leaves during a logout is closed, and loses its cookie. It is unknown whether the session
        // has ended, so no process has to end its streams.
        let left = || {
            let nowhere = Place { generation: u64::MAX, ..game.site.place() };
            self.leaves.then(|| (Answer { cookie: Some(String::new()), ..Answer::default() }, nowhere))
        };
        let (answer, place) = answer.or_else(left)?;
        let ending = Ending { asked, answered, generation: place.generation, is_logout: true };
        game.browsers[self.browser].become_other(Who::Nobody, &answer, ending);
        Some(())
    }
}
