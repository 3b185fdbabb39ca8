//! One stream of a tab, from its request to its end.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    super::{
        browser::Identity,
        events::{Block, EventParser},
        game::{Game, count},
        ledger::parse,
        random::Random,
        shown::{Fetch, short},
        site::Place,
        wire::{Filled, Request, Wire},
    },
    Progress, Tab,
};

/// How long a stream may stay open after the end of its session.
const LONGEST_END: Duration = Duration::from_secs(10);

/// How long the server may take to answer with the head of a stream.
const LONGEST_START: Duration = Duration::from_secs(40);

/// A stream is cut after at most this many bytes, if it is cut.
const LONGEST_UNTIL_CUT: u64 = 200_000;

/// An open stream.
pub(super) struct Connection<'a> {
    tab: &'a Tab,
    game: &'a Game,
    identity: Identity,
    place: Place,
    wire: Wire,
    parser: EventParser,
    /// When the head of the response was there.
    opened: Instant,
    /// The id in the last position.
    position: i64,
    has_summary: bool,
    has_resync: bool,
    is_resumed: bool,
    last_pause: Instant,
    must_end_by: Option<Instant>,
}

/// How a stream has ended, for the tab.
pub(super) enum Outcome {
    /// The tab connects again with its last event id.
    Ended,
    /// The tab has missed something, and fetches the inbox first.
    MustReload,
}

/// Why a stream ends.
enum Stop {
    Closed,
    Reload,
}

impl<'a> Connection<'a> {
    /// Opens a stream. Returns `None` if the server refuses it.
    pub(super) fn open(
        tab: &'a Tab,
        game: &'a Game,
        identity: &Identity,
        place: Place,
        after: Option<String>,
        progress: &Progress,
        random: &mut Random,
    ) -> Option<Self> {
        let after = after.map(|at| format!("after={at}")).unwrap_or_default();
        let target = format!("/api/messages/stream/?{after}&{}", tab.filter);
        let mut request = Request::new("GET", &target, identity.cookie.as_deref());
        request.last_event_id = progress.last_event_id.as_deref();
        tab.step(game, &format!("connects: {after} Last-Event-ID {:?}", progress.last_event_id));
        let cut_after = (game.is_playing() && random.chance(800)).then(|| random.magnitude(LONGEST_UNTIL_CUT));
        let open = if random.chance(300) { Wire::narrow } else { Wire::open };
        let mut wire = open(place.address, &request.bytes(place.address), cut_after).ok()?;
        let deadline = Instant::now() + LONGEST_START;
        let head = loop {
            match wire.head().ok()? {
                Some(head) => break head,
                None => match wire.fill().ok()? {
                    Filled::Bytes => {}
                    Filled::Idle if Instant::now() < deadline => {}
                    Filled::Idle => {
                        game.fail(
                            identity.who.label(),
                            Some(tab),
                            "the server does not answer the request for a stream",
                        );
                        return None;
                    }
                    Filled::Cut => {
                        count(&game.counts.cuts);
                        return None;
                    }
                    Filled::Closed => return None,
                },
            }
        };
        match (head.status, identity.cookie.is_some()) {
            (200, true) => {}
            (204, false) | (503, _) => return None,
            (status, has_cookie) => {
                let what = format!("a stream is answered with {status} (has a cookie: {has_cookie})");
                game.fail(identity.who.label(), Some(tab), &what);
                return None;
            }
        }
        count(&game.counts.streams);
        let (identity, parser, opened) = (identity.clone(), EventParser::default(), Instant::now());
        let is_resumed = progress.last_event_id.as_ref().is_some_and(|id| id.contains('-'));
        let (position, has_summary, has_resync, must_end_by) = (0, false, false, None);
        let last_pause = opened;
        Some(Self {
            tab,
            game,
            identity,
            place,
            wire,
            parser,
            opened,
            position,
            has_summary,
            has_resync,
            is_resumed,
            last_pause,
            must_end_by,
        })
    }

    /// Reads the stream until it ends.
    pub(super) fn run(mut self, progress: &mut Progress, random: &mut Random) -> Outcome {
        let stop = self.read(progress, random);
        if self.is_resumed && self.has_summary && !self.has_resync {
            count(&self.game.counts.seamless);
        }
        progress.retry = self.parser.retry.unwrap_or(1000);
        match stop {
            Stop::Closed => Outcome::Ended,
            Stop::Reload => Outcome::MustReload,
        }
    }

    fn read(&mut self, progress: &mut Progress, random: &mut Random) -> Stop {
        let mut bytes = Vec::new();
        while !self.game.is_over() {
            bytes.clear();
            let is_complete = match self.wire.body(&mut bytes) {
                Ok(is_complete) => is_complete,
                Err(error) => {
                    self.fail(&format!("the stream is malformed: {error}"));
                    return Stop::Closed;
                }
            };
            for block in self.parser.feed(&bytes) {
                progress.last_event_id = Some(block.id.clone());
                if let Err(stop) = self.handle(&block, progress, random) {
                    return stop;
                }
            }
            if is_complete {
                self.tab.step(self.game, "the stream ends");
                return Stop::Closed;
            }
            if !self.game.is_playing() {
                self.wire.keep();
            } else if random.chance(5) {
                count(&self.game.counts.pauses);
                thread::sleep(Duration::from_millis(random.magnitude(2000)));
                self.last_pause = Instant::now();
            }
            match self.wire.fill() {
                Ok(Filled::Bytes) => {}
                Ok(Filled::Idle) => {
                    if self.must_close() {
                        return Stop::Closed;
                    }
                }
                Ok(Filled::Cut) => {
                    count(&self.game.counts.cuts);
                    self.tab.step(self.game, "cuts the stream");
                    return Stop::Closed;
                }
                Ok(Filled::Closed) | Err(_) => {
                    self.tab.step(self.game, "the connection is closed");
                    return Stop::Closed;
                }
            }
        }
        Stop::Closed
    }

    /// Returns whether the tab closes the stream, because its browser now has another user. The server has to end it if
    /// its session has ended in the same process.
    fn must_close(&mut self) -> bool {
        let Some(ending) = self.game.browsers[self.tab.browser].ending(self.identity.epoch) else { return false };
        if ending.generation != self.place.generation || !(ending.is_logout || self.opened < ending.asked) {
            self.tab.step(self.game, "closes the stream of an old cookie");
            return true;
        }
        let must_end_by = *self.must_end_by.get_or_insert_with(|| Instant::now() + LONGEST_END);
        // Another process can't end it.
        if Instant::now() > must_end_by && self.game.site.is_running(self.place.generation) {
            self.fail("the stream stays open after the end of its session");
            return true;
        }
        false
    }

    fn handle(&mut self, block: &Block, progress: &mut Progress, random: &mut Random) -> Result<(), Stop> {
        let position = block.id.split('-').next().and_then(|id| id.parse().ok());
        let Some(position) = position.filter(|position| *position >= self.position) else {
            self.fail(&format!("the position goes back from {} to {:?}", self.position, block.id));
            return Err(Stop::Closed);
        };
        self.position = position;
        let Some((name, data)) = &block.event else { return Ok(()) };
        count(&self.game.counts.events);
        let Ok(data) = serde_json::from_str::<Value>(data) else {
            self.fail(&format!("not JSON: {data}"));
            return Err(Stop::Closed);
        };
        let shown = if name == "message" { short(&data) } else { data.clone() };
        self.tab.step(self.game, &format!("{} {name} {shown}", block.id));
        if name == "message" {
            self.check_message(&data, position, progress);
        }
        if name == "summary" && !self.has_summary {
            self.has_summary = true;
        }
        let fetch = {
            let mut view = self.tab.view();
            view.is_following = self.has_summary;
            view.shown.apply(name, &data, self.tab.filter)
        };
        match fetch {
            Some(fetch) => self.fetch(fetch, random),
            None => {
                self.fail(&format!("unknown event {name} {data}"));
                Err(Stop::Closed)
            }
        }
    }

    fn check_message(&self, message: &Value, position: i64, progress: &mut Progress) {
        let Self { tab, game, identity, .. } = self;
        count(&game.counts.deliveries);
        let id = message["id"].as_i64().unwrap_or_default();
        if id <= progress.newest_event {
            self.fail(&format!("{} comes after the message {}", short(message), progress.newest_event));
        }
        if id > position {
            self.fail(&format!("the position {position} is before its message {id}"));
        }
        progress.newest_event = id;
        tab.check_recipient(game, &identity.who, message);
        let number = message["message"].as_str().and_then(parse).map(|(_, number)| number);
        let Some(sent) = number.and_then(|number| game.ledger.sent_at(number)) else {
            self.fail(&format!("{} was never sent", short(message)));
            return;
        };
        let ending = game.browsers[tab.browser].ending(identity.epoch);
        let ending = ending.filter(|ending| ending.generation == self.place.generation);
        if ending.is_some_and(|ending| (ending.is_logout || self.opened < ending.asked) && sent > ending.answered) {
            self.fail(&format!("{} was sent after the end of the session", short(message)));
        }
        if self.opened.max(self.last_pause) < sent && self.has_summary {
            let delay = u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX);
            game.counts.delays.lock().unwrap().push(delay);
        }
    }

    fn fetch(&mut self, fetch: Fetch, random: &mut Random) -> Result<(), Stop> {
        let Self { tab, game, .. } = self;
        // A browser sends its present cookie.
        let identity = game.browsers[tab.browser].identity();
        let fetched = match fetch {
            Fetch::Nothing => return Ok(()),
            _ if identity.epoch != self.identity.epoch => return Err(Stop::Reload),
            Fetch::All => {
                count(&game.counts.resyncs);
                self.has_resync = true;
                tab.fetch_all(game, &identity, self.place, random).map(|(inbox, _)| {
                    let is_same = tab.view().shown.mailbox == inbox.mailbox;
                    tab.view().shown.replace(inbox);
                    is_same
                })
            }
            Fetch::These(ids) => tab.fetch_these(game, &identity, self.place, &ids).map(|(messages, mailbox)| {
                let mut view = tab.view();
                view.shown.replace_these(&ids, messages);
                view.shown.mailbox == mailbox
            }),
        };
        tab.step(game, &format!("fetched: {fetched:?}"));
        if fetched == Some(true) { Ok(()) } else { Err(Stop::Reload) }
    }

    fn fail(&self, what: &str) {
        let (tab, who) = (self.tab, &self.identity.who);
        self.game.fail(who.label(), Some(tab), &format!("{tab:?} of {who:?}: {what}"));
    }
}
