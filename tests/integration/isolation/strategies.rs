//! Random games, in which users often refer to the same messages.

use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
};

use super::moves::{AskedPage, Deed, LEVELS, Move, Narrow, Narrowed, Place, Said, Scope, Verb, What};

pub(super) const BROWSERS: usize = 5;

pub(super) const USERS: [&str; 3] = ["alice", "bob", "ALICE"];
const TEXTS: [&str; 5] = ["Order placed", "order 2 failed", "Welcome", "welcome back", "100%_done"];
const PARTS: [&str; 5] = ["order", "WELCOME", "placed", "%", "nothing"];
const TAGS: [&str; 4] = ["billing", "Billing", "order", "x y"];

pub(super) fn game() -> impl Strategy<Value = Vec<Move>> {
    let one = (0..BROWSERS, 0..4_u64, what()).prop_map(|(browser, later, what)| Move { browser, later, what });
    vec(one, 1..60)
}

fn what() -> impl Strategy<Value = What> {
    let narrow = prop_oneof![3 => Just(Vec::new()), 3 => vec(narrow(), 1..2), 1 => vec(narrow(), 2..4)];
    prop_oneof![
        1 => Just(What::Forget),
        1 => Just(What::Copy),
        1 => Just(What::Replay),
        14 => deed().prop_map(What::Do),
        14 => (scope(), verb(), narrow).prop_map(|(scope, verb, narrow)| What::Rest { scope, verb, narrow }),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    select(vec![Scope::Offsets, Scope::Numbers, Scope::Cursors])
}

fn verb() -> impl Strategy<Value = Verb> {
    let place = any::<Place>;
    let is_head = || prop_oneof![4 => Just(false), 1 => Just(true)];
    prop_oneof![
        6 => (page(), is_head()).prop_map(|(asked, is_head)| Verb::List { asked, is_head }),
        1 => any::<bool>().prop_map(|is_grouped| Verb::Peek { is_grouped }),
        2 => (place(), is_head()).prop_map(|(place, is_head)| Verb::Show { place, is_head }),
        2 => place().prop_map(Verb::Delete),
        1 => place().prop_map(Verb::MarkRead),
        1 => place().prop_map(Verb::MarkUnread),
        1 => Just(Verb::MarkSelectionRead),
        1 => Just(Verb::MarkSelectionUnread),
        1 => Just(Verb::DeleteSelection),
    ]
}

fn page() -> impl Strategy<Value = AskedPage> {
    let by_creation = select(vec!["", "created", "-created"]);
    let any_order = select(vec!["level", "-level", "read_at", "-read_at,created", "level,-read_at"]);
    let ordering = prop_oneof![3 => by_creation, 1 => any_order];
    let at = prop_oneof![2 => Just(None), 2 => (0..4_usize).prop_map(Some), 1 => any::<u16>().prop_map(|at| Some(at.into()))];
    (ordering, option::of(1..8_u32), at).prop_map(|(ordering, size, at)| AskedPage { ordering, size, at })
}

fn narrow() -> impl Strategy<Value = Narrow> {
    let place = any::<Place>;
    let end = || select(vec!["after", "before"]);
    let text_lookup =
        || select(vec!["", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"]);
    prop_oneof![
        2 => any::<bool>().prop_map(Narrow::Unread),
        2 => (select(vec!["", "gt", "gte", "lt", "lte"]), level()).prop_map(|(lookup, level)| Narrow::Level(lookup, vec![level])),
        1 => vec(level(), 1..3).prop_map(|levels| Narrow::Level("in", levels)),
        1 => level().prop_map(Narrow::LevelTag),
        1 => (text_lookup(), select(&TAGS[..])).prop_map(|(lookup, tag)| Narrow::Tag(lookup, vec![tag])),
        1 => vec(select(&TAGS[..]), 1..3).prop_map(|tags| Narrow::Tag("in", tags)),
        1 => (text_lookup(), select(vec!["do", "d", "DO", "shop"])).prop_map(|(lookup, view)| Narrow::View(lookup, view)),
        1 => (end(), place()).prop_map(|(end, place)| Narrow::Created(end, place)),
        1 => (end(), place()).prop_map(|(end, place)| Narrow::Read(end, place)),
        2 => vec(select(&PARTS[..]), 1..3).prop_map(Narrow::Search),
        2 => vec(place(), 1..5).prop_map(Narrow::Ids),
        1 => place().prop_map(Narrow::UpTo),
    ]
}

fn level() -> impl Strategy<Value = i32> {
    select(LEVELS.map(|(level, _)| level).to_vec())
}

fn user() -> impl Strategy<Value = String> {
    select(&USERS[..]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn said() -> impl Strategy<Value = Said> {
    let tags = vec(select(&TAGS[..]).prop_map(str::to_owned), 0..3);
    let view = option::weighted(0.3, select(vec!["shop".to_owned(), "doors".to_owned()]));
    (level(), text(), tags, view).prop_map(|(level, text, tags, view)| Said { level, text, tags, view })
}

fn narrowed() -> impl Strategy<Value = Narrowed> {
    let tagged = option::weighted(0.2, select(&TAGS[..]).prop_map(str::to_owned));
    let containing = option::weighted(0.2, select(&PARTS[..]).prop_map(str::to_owned));
    let parts = (option::weighted(0.3, any::<bool>()), option::weighted(0.3, level()), tagged, containing);
    parts.prop_map(|(unread, at_least, tagged, containing)| Narrowed { unread, at_least, tagged, containing })
}

fn deed() -> impl Strategy<Value = Deed> {
    let place = any::<Place>;
    let unread = || narrowed().prop_map(|narrowed| Narrowed { unread: None, ..narrowed });
    prop_oneof![
        4 => (user(), any::<bool>()).prop_map(|(user, claims)| Deed::SignIn { user, claims }),
        1 => Just(Deed::SignOut),
        1 => Just(Deed::Leave),
        1 => Just(Deed::Renew),
        1 => Just(Deed::Claim),
        8 => vec(said(), 1..4).prop_map(Deed::Say),
        1 => (user(), text()).prop_map(|(user, text)| Deed::Tell { user, text }),
        1 => (vec(user(), 0..4), text()).prop_map(|(users, text)| Deed::Broadcast { users, text }),
        1 => narrowed().prop_map(Deed::List),
        1 => narrowed().prop_map(Deed::Summarize),
        1 => text().prop_map(Deed::Contains),
        1 => (unread(), 0..3_u32, 0..5_u32).prop_map(|(narrowed, start, end)| Deed::Take(narrowed, start, end)),
        1 => (unread(), 0..4_u32).prop_map(|(narrowed, count)| Deed::TakeUpTo(narrowed, count)),
        1 => (0..3_u32).prop_map(Deed::TakeOneByOne),
        1 => (vec(place(), 1..4), any::<bool>()).prop_map(|(places, read)| Deed::Mark { places, read }),
        1 => vec(place(), 1..4).prop_map(Deed::Delete),
        1 => (place(), select(&TAGS[..]), any::<bool>())
            .prop_map(|(place, tag, replaces)| Deed::Tag { place, tag: tag.to_owned(), replaces }),
        1 => Just(Deed::Erase),
    ]
}
