//! The moves of a game, and their meaning.

use serde::{Deserialize, Serialize};

use super::model::Kept;

/// An action in one of the browsers, some microseconds after the previous move.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) browser: usize,
    pub(super) later: u64,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// The browser loses its cookies.
    Forget,
    /// The browser saves a copy of its cookies.
    Copy,
    /// The browser replaces its cookies with the last saved copy, from any browser.
    Replay,
    /// A request to a handler.
    Do(Deed),
    /// A request to the REST surface.
    Rest { scope: Scope, verb: Verb, narrow: Vec<Narrow> },
}

/// A mount of the REST surface. Each style of pagination has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Offsets,
    Numbers,
    Cursors,
}

impl Scope {
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Offsets => "/messages",
            Self::Numbers => "/numbers",
            Self::Cursors => "/cursors",
        }
    }
}

/// An index into the ids of all messages that were ever added, modulo their number.
pub(super) type Place = usize;

#[derive(Debug, Clone)]
pub(super) enum Verb {
    List { asked: AskedPage, is_head: bool },
    Peek { is_grouped: bool },
    Show { place: Place, is_head: bool },
    Delete(Place),
    MarkRead(Place),
    MarkUnread(Place),
    MarkSelectionRead,
    MarkSelectionUnread,
    DeleteSelection,
}

/// The requested page of a list.
#[derive(Debug, Clone)]
pub(super) struct AskedPage {
    pub(super) ordering: &'static str,
    pub(super) size: Option<u32>,
    /// The offset, the page number, or the index of a cursor that a client got earlier.
    pub(super) at: Option<usize>,
}

/// A filter parameter.
#[derive(Debug, Clone)]
pub(super) enum Narrow {
    Unread(bool),
    Level(&'static str, Vec<i32>),
    LevelTag(i32),
    Tag(&'static str, Vec<&'static str>),
    View(&'static str, &'static str),
    Created(&'static str, Place),
    Read(&'static str, Place),
    Search(Vec<&'static str>),
    Ids(Vec<Place>),
    UpTo(Place),
}

pub(super) const LEVELS: [(i32, &str); 5] =
    [(10, "debug"), (20, "info"), (25, "success"), (30, "warning"), (40, "error")];

pub(super) fn level_tag(level: i32) -> &'static str {
    LEVELS.iter().find(|(known, _)| *known == level).map_or("", |(_, name)| name)
}

impl Narrow {
    /// Whether only selections have this parameter. Lists ignore it.
    pub(super) const fn is_of_selections(&self) -> bool {
        matches!(self, Self::Ids(_) | Self::UpTo(_))
    }

    /// The name and the value of the parameter, with ids from `known`.
    pub(super) fn parameter(&self, known: &[i64]) -> (String, String) {
        let texts = |name: &str, lookup: &str, values: Vec<String>| {
            let name = if lookup.is_empty() { name.to_owned() } else { format!("{name}__{lookup}") };
            (name, values.join(","))
        };
        let id = |place: &Place| id_at(known, *place).to_string();
        match self {
            Self::Unread(unread) => texts("unread", "", vec![unread.to_string()]),
            Self::Level(lookup, levels) => texts("level", lookup, levels.iter().map(ToString::to_string).collect()),
            Self::LevelTag(level) => texts("level_tag", "", vec![level_tag(*level).to_owned()]),
            Self::Tag(lookup, tags) => texts("extra_tags", lookup, tags.iter().map(ToString::to_string).collect()),
            Self::View(lookup, text) => texts("view", lookup, vec![(*text).to_owned()]),
            Self::Created(end, place) => (format!("created_{end}"), moment(id_at(known, *place))),
            Self::Read(end, place) => (format!("read_{end}"), moment(id_at(known, *place))),
            Self::Search(terms) => ("search".into(), terms.join(" ")),
            Self::Ids(places) => texts("ids", "", places.iter().map(id).collect()),
            Self::UpTo(place) => texts("up_to", "", vec![id(place)]),
        }
    }

    /// Whether the message matches the filter.
    pub(super) fn admits(&self, kept: &Kept, known: &[i64]) -> bool {
        let id = |place: &Place| id_at(known, *place);
        let is_within = |end: &str, moment: i64, place: &Place| match end {
            "after" => moment >= id(place),
            _ => moment <= id(place),
        };
        match self {
            Self::Unread(unread) => kept.is_unread() == *unread,
            Self::Level(lookup, levels) => match *lookup {
                "gt" => kept.level > levels[0],
                "gte" => kept.level >= levels[0],
                "lt" => kept.level < levels[0],
                "lte" => kept.level <= levels[0],
                _ => levels.contains(&kept.level),
            },
            Self::LevelTag(level) => kept.level >= *level,
            Self::Tag(lookup, wanted) => {
                kept.tags.iter().any(|tag| wanted.iter().any(|wanted| passes(lookup, tag, wanted)))
            }
            Self::View(lookup, wanted) => passes(lookup, &kept.view, wanted),
            Self::Created(end, place) => is_within(end, kept.id, place),
            Self::Read(end, place) => kept.read_at.is_some_and(|read| is_within(end, read, place)),
            Self::Search(terms) => terms.iter().all(|term| passes("icontains", &kept.text, term)),
            Self::Ids(places) => places.iter().any(|place| id(place) == kept.id),
            Self::UpTo(place) => kept.id <= id(place),
        }
    }
}

/// Whether an ASCII text matches a lookup.
fn passes(lookup: &str, text: &str, wanted: &str) -> bool {
    let (text, wanted) = if lookup.starts_with('i') && lookup != "in" {
        (text.to_lowercase(), wanted.to_lowercase())
    } else {
        (text.into(), wanted.into())
    };
    match lookup {
        "contains" | "icontains" => text.contains(&wanted),
        "startswith" | "istartswith" => text.starts_with(&wanted),
        "endswith" | "iendswith" => text.ends_with(&wanted),
        _ => text == wanted,
    }
}

/// The id at this place among all assigned ids, or an id that no message has if the list is empty.
pub(super) fn id_at(known: &[i64], place: Place) -> i64 {
    place.checked_rem(known.len()).map_or(1, |at| known[at])
}

/// A time in the format of the REST surface.
pub(super) fn moment(micros: i64) -> String {
    chrono::DateTime::from_timestamp_micros(micros).unwrap().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// An instruction to the handler. Requests have ids in place of the game's places: see [`Deed::with_ids`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Deed {
    SignIn {
        user: String,
        claims: bool,
    },
    /// Purges the session.
    SignOut,
    /// Removes the user from the session, which continues.
    Leave,
    Renew,
    Claim,
    Say(Vec<Said>),
    /// Adds a message for another user.
    Tell {
        user: String,
        text: String,
    },
    Broadcast {
        users: Vec<String>,
        text: String,
    },
    List(Narrowed),
    Summarize(Narrowed),
    Contains(String),
    /// Takes this range of the unread messages.
    Take(Narrowed, u32, u32),
    TakeUpTo(Narrowed, u32),
    TakeOneByOne(u32),
    Mark {
        places: Vec<Place>,
        read: bool,
    },
    Delete(Vec<Place>),
    Tag {
        place: Place,
        tag: String,
        replaces: bool,
    },
    Erase,
}

impl Deed {
    /// The same deed with ids instead of places.
    pub(super) fn with_ids(mut self, known: &[i64]) -> Self {
        let places = match &mut self {
            Self::Mark { places, .. } | Self::Delete(places) => &mut places[..],
            Self::Tag { place, .. } => std::slice::from_mut(place),
            _ => &mut [],
        };
        for place in places {
            *place = usize::try_from(id_at(known, *place)).unwrap();
        }
        self
    }
}

pub(super) fn ids(named: &[Place]) -> Vec<i64> {
    named.iter().map(|id| i64::try_from(*id).unwrap()).collect()
}

/// A message that a handler adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) level: i32,
    pub(super) text: String,
    pub(super) tags: Vec<String>,
    pub(super) view: Option<String>,
}

/// The filters that a handler applies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Narrowed {
    pub(super) unread: Option<bool>,
    pub(super) at_least: Option<i32>,
    pub(super) tagged: Option<String>,
    pub(super) containing: Option<String>,
}

impl Narrowed {
    pub(super) fn admits(&self, kept: &Kept) -> bool {
        self.unread.is_none_or(|unread| kept.is_unread() == unread)
            && self.at_least.is_none_or(|level| kept.level >= level)
            && self.tagged.as_ref().is_none_or(|tag| kept.tags.contains(tag))
            && self.containing.as_ref().is_none_or(|part| passes("icontains", &kept.text, part))
    }
}
