//! The expected responses of the REST surface, computed from the model.

use actix_messages::settings::UnreadDeletion;
use serde_json::{Value, json};

use super::{
    model::{Kept, Model, Who},
    moves::{AskedPage, Narrow, Scope, Verb, id_at, level_tag, moment},
    site::{MAX_PAGE_SIZE, PAGE_SIZE},
};

/// A status and a body. An empty body is null.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// A position in a list ordered by creation, which stands for a cursor in links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) ascends: bool,
    pub(super) is_forward: bool,
    /// The message next to the position: the page begins after it.
    pub(super) beside: i64,
}

impl Cursor {
    pub(super) fn words(self) -> String {
        let [order, way] = [(self.ascends, ["up", "down"]), (self.is_forward, ["forth", "back"])]
            .map(|(is, words)| words[usize::from(!is)]);
        format!("{order}.{way}.{}", self.beside)
    }

    pub(super) fn read(words: &str) -> Self {
        let parts = words.split('.').collect::<Vec<_>>();
        Self { ascends: parts[0] == "up", is_forward: parts[1] == "forth", beside: parts[2].parse().unwrap() }
    }
}

/// A request, and the ids and the cursor that it refers to.
pub(super) struct Asked<'a> {
    pub(super) scope: Scope,
    pub(super) verb: &'a Verb,
    pub(super) narrow: &'a [Narrow],
    /// All ids that were ever assigned.
    pub(super) known: &'a [i64],
    /// The cursor in the request, if it has one.
    pub(super) cursor: Option<Cursor>,
    /// The query parameters.
    pub(super) parameters: &'a [(String, String)],
    pub(super) origin: &'a str,
}

impl Model {
    /// Applies the request to the model, and returns the expected response.
    pub(super) fn answer(&mut self, who: &Who, asked: &Asked<'_>) -> Answer {
        let is_of_list = matches!(asked.verb, Verb::List { .. } | Verb::Show { .. } | Verb::Delete(_));
        let meant = |kept: &Kept| {
            let means = |narrow: &Narrow| (is_of_list && narrow.is_of_selections()) || narrow.admits(kept, asked.known);
            asked.narrow.iter().all(means)
        };
        let one = |model: &Self, place: usize| {
            let id = id_at(asked.known, place);
            model.seen(who).into_iter().find(|kept| kept.id == id && meant(kept))
        };
        match asked.verb {
            Verb::List { asked: page, is_head } => {
                let meant = self.seen(who).into_iter().filter(meant).collect();
                let (answer, shown) = list(asked, page, meant);
                if *is_head {
                    return Answer { body: Value::Null, ..answer };
                }
                self.settle(who, &shown);
                answer
            }
            Verb::Peek { is_grouped } => ok(peek(&self.seen(who), *is_grouped)),
            Verb::Show { place, is_head } => match one(self, *place) {
                None if *is_head => Answer { status: 404, body: Value::Null },
                None => no_such_message(),
                Some(_) if *is_head => ok(Value::Null),
                Some(kept) => {
                    self.settle(who, &[kept.id]);
                    ok(body(&kept))
                }
            },
            Verb::Delete(place) => match one(self, *place) {
                None => no_such_message(),
                Some(kept) if kept.is_unread() && !self.deletes_unread() => {
                    detail(403, "You do not have the permission to delete unread messages")
                }
                Some(kept) => {
                    self.remove(who, &[kept.id]);
                    Answer { status: 204, body: Value::Null }
                }
            },
            Verb::MarkRead(place) | Verb::MarkUnread(place) => match one(self, *place) {
                None => no_such_message(),
                Some(kept) => {
                    let reads = matches!(asked.verb, Verb::MarkRead(_));
                    // A message counts even if it no longer matches after the mark.
                    let count = u8::from(kept.is_unread() == reads);
                    if reads {
                        self.mark_read(who, &[kept.id]);
                    } else {
                        self.change(who, &[kept.id], |kept| kept.read_at = None);
                    }
                    ok(json!({ "count": count }))
                }
            },
            Verb::MarkSelectionRead | Verb::MarkSelectionUnread | Verb::DeleteSelection => {
                let deletes_unread = self.deletes_unread();
                let changes = |kept: &Kept| match asked.verb {
                    Verb::MarkSelectionRead => kept.is_unread(),
                    Verb::MarkSelectionUnread => !kept.is_unread(),
                    _ => deletes_unread || !kept.is_unread(),
                };
                let changed = self.seen(who).into_iter().filter(|kept| meant(kept) && changes(kept));
                let changed = changed.map(|kept| kept.id).collect::<Vec<_>>();
                match asked.verb {
                    Verb::MarkSelectionRead => self.mark_read(who, &changed),
                    Verb::MarkSelectionUnread => self.change(who, &changed, |kept| kept.read_at = None),
                    _ => self.remove(who, &changed),
                }
                ok(json!({ "count": changed.len() }))
            }
        }
    }

    fn deletes_unread(&self) -> bool {
        self.rules.unread_deletion == UnreadDeletion::Allow
    }
}

fn ok(body: Value) -> Answer {
    Answer { status: 200, body }
}

fn detail(status: u16, detail: &str) -> Answer {
    Answer { status, body: json!({ "detail": detail }) }
}

fn no_such_message() -> Answer {
    detail(404, "No Message matches the given query.")
}

fn body(kept: &Kept) -> Value {
    let Kept { id, level, text, tags, view, session: _, read_at } = kept;
    json!({
        "id": id,
        "message": text,
        "level": level,
        "level_tag": level_tag(*level),
        "extra_tags": tags,
        "view": view,
        "read_at": read_at.map(moment),
        "created": moment(*id),
    })
}

fn peek(seen: &[Kept], is_grouped: bool) -> Value {
    let mut levels = seen.iter().filter(|kept| kept.is_unread()).map(|kept| kept.level).collect::<Vec<_>>();
    levels.sort_unstable();
    let max = levels.last().copied();
    let mut peek = json!({ "count": levels.len(), "max_level": max, "max_level_tag": max.map_or("", level_tag) });
    if is_grouped {
        let count = |level: &i32| levels.iter().filter(|other| *other == level).count();
        let mut each = levels.clone();
        each.dedup();
        let groups =
            each.iter().map(|level| json!({ "level": level, "level_tag": level_tag(*level), "count": count(level) }));
        peek["levels"] = groups.collect();
    }
    peek
}

/// The response to a list request, and the ids of the messages in it.
fn list(asked: &Asked<'_>, page: &AskedPage, mut meant: Vec<Kept>) -> (Answer, Vec<i64>) {
    let keys = page.ordering.split(',').filter(|key| !key.is_empty()).collect::<Vec<_>>();
    meant.sort_by(|a, b| {
        let compare = |key: &&str| match *key {
            "level" => a.level.cmp(&b.level),
            "-level" => b.level.cmp(&a.level),
            "read_at" => a.read_at.cmp(&b.read_at),
            "-read_at" => b.read_at.cmp(&a.read_at),
            "created" => a.id.cmp(&b.id),
            _ => b.id.cmp(&a.id),
        };
        keys.iter().chain([&"-created"]).map(compare).find(|order| order.is_ne()).unwrap()
    });
    let size = page.size.unwrap_or(PAGE_SIZE).min(MAX_PAGE_SIZE) as usize;
    let (count, sizes) = (meant.len(), size.to_string());
    let link = |changes: &[(&str, Option<String>)]| link(asked, changes);
    let (shown, next, previous, count) = match asked.scope {
        Scope::Offsets => {
            let offset = page.at.unwrap_or(0);
            let to = |offset: usize| {
                let offset = (offset > 0).then(|| offset.to_string());
                link(&[("limit", Some(sizes.clone())), ("offset", offset)])
            };
            let next = (offset + size < count).then(|| to(offset + size));
            let previous = (offset > 0).then(|| to(offset.saturating_sub(size)));
            (meant.into_iter().skip(offset).take(size).collect::<Vec<_>>(), next, previous, Some(count))
        }
        Scope::Numbers => {
            let number = page.at.unwrap_or(1);
            if number == 0 || (number > 1 && (number - 1) * size >= count) {
                return (detail(404, "Invalid page."), Vec::new());
            }
            let to = |number: usize| link(&[("page", (number > 1).then(|| number.to_string()))]);
            let next = (number * size < count).then(|| to(number + 1));
            let previous = (number > 1).then(|| to(number - 1));
            (meant.into_iter().skip((number - 1) * size).take(size).collect(), next, previous, Some(count))
        }
        Scope::Cursors => {
            let ascends = match keys[..] {
                [] | ["-created"] => false,
                ["created"] => true,
                _ => {
                    let problem = json!({ "ordering": ["Cursor pagination supports only created and -created."] });
                    return (Answer { status: 400, body: problem }, Vec::new());
                }
            };
            if asked.cursor.is_some_and(|cursor| cursor.ascends != ascends) {
                return (detail(404, "Invalid cursor"), Vec::new());
            }
            let to = |is_forward: bool, beside: i64| {
                link(&[("cursor", Some(Cursor { ascends, is_forward, beside }.words()))])
            };
            let (shown, next, previous) = cut(meant, size, ascends, asked.cursor);
            (shown, next.map(|beside| to(true, beside)), previous.map(|beside| to(false, beside)), None)
        }
    };
    let ids = shown.iter().map(|kept| kept.id).collect();
    let results = shown.iter().map(body).collect::<Vec<_>>();
    let mut page = json!({ "next": next, "previous": previous, "results": results });
    if let Some(count) = count {
        page["count"] = json!(count);
    }
    (ok(page), ids)
}

/// The page at a cursor, and the messages for the cursors of the next and the previous page.
fn cut(meant: Vec<Kept>, size: usize, ascends: bool, cursor: Option<Cursor>) -> (Vec<Kept>, Option<i64>, Option<i64>) {
    // Larger means later in the list.
    let place = |id: i64| if ascends { id } else { -id };
    let Some(Cursor { is_forward, beside, .. }) = cursor else {
        let goes_on = meant.len() > size;
        let shown = meant.into_iter().take(size).collect::<Vec<_>>();
        let next = shown.last().filter(|_| goes_on).map(|kept| kept.id);
        return (shown, next, None);
    };
    let is_beyond =
        |kept: &Kept| if is_forward { place(kept.id) > place(beside) } else { place(kept.id) < place(beside) };
    let beyond = meant.into_iter().filter(is_beyond).collect::<Vec<_>>();
    let goes_on = beyond.len() > size;
    let skipped = if is_forward { 0 } else { beyond.len().saturating_sub(size) };
    let shown = beyond.into_iter().skip(skipped).take(size).collect::<Vec<_>>();
    let (first, last) = (shown.first().map(|kept| kept.id), shown.last().map(|kept| kept.id));
    // If the page is empty, the page next to it begins with the message of the cursor.
    let (before, after) = if ascends { (beside - 1, beside + 1) } else { (beside + 1, beside - 1) };
    if is_forward {
        (shown, last.filter(|_| goes_on), Some(first.unwrap_or(after)))
    } else {
        (shown, Some(last.unwrap_or(before)), first.filter(|_| goes_on))
    }
}

/// The URL of the request with changed parameters, sorted by name.
fn link(asked: &Asked<'_>, changes: &[(&str, Option<String>)]) -> String {
    let is_kept = |name: &str| changes.iter().all(|(changed, _)| *changed != name);
    let mut parameters = asked.parameters.iter().filter(|(name, _)| is_kept(name)).cloned().collect::<Vec<_>>();
    parameters.extend(changes.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))));
    parameters.sort_by(|(a, _), (b, _)| a.cmp(b));
    let path = format!("{}{}/", asked.origin, asked.scope.path());
    if parameters.is_empty() {
        return path;
    }
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish())
}
