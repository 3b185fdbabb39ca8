//! Filters: which messages of a mailbox are meant, as a value with one meaning.

use std::{borrow::Cow, cell::LazyCell, collections::BTreeSet, slice};

use unicase::UniCase;

use super::{Level, Message, MessageId, SessionId, Timestamp};

/// Which messages of a mailbox are meant: those that fulfil every field. The default means all of them, and each
/// method narrows what was meant before.
///
/// [`matches`](Self::matches) is the definition. A store translates it, and the conformance suite compares
/// the translation with the definition. A translation takes the filter apart without `..`, so that a field that
/// is added later can't be forgotten.
///
/// ```
/// use actix_messages::{Level, MessageFilter, NewMessage, MessageId};
///
/// let urgent = MessageFilter::default().unread().at_least(Level::WARNING).tagged("billing");
/// let message = NewMessage::new(Level::ERROR, "Your card was declined.").tag("billing").check()?;
/// assert!(urgent.matches(&message.stored_as(MessageId::new(1))));
/// # Ok::<(), actix_messages::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// Its id is one of these.
    pub ids: Option<BTreeSet<MessageId>>,
    /// It is unread, or it is not.
    pub unread: Option<bool>,
    /// Its level is in this range.
    pub level: LevelRange,
    /// Each of these lookups is fulfilled by one of its tags.
    pub tags: Vec<TextLookup>,
    /// Each of these lookups is fulfilled by its view.
    pub view: Vec<TextLookup>,
    /// It was created in this range.
    pub created: TimeRange,
    /// It was first read in this range; an unread message is in no range that has an end.
    pub read: TimeRange,
    /// Each of these lookups is fulfilled by its text. A search for terms is one lookup for each.
    pub text: Vec<TextLookup>,
    /// It is bound to this session, or to none.
    pub session: Option<SessionId>,
}

impl MessageFilter {
    /// Whether the filter means this message.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        let Self { ids, unread, level, tags, view, created, read, text, session } = self;
        ids.as_ref().is_none_or(|ids| ids.contains(&message.id))
            && unread.is_none_or(|unread| unread == message.is_unread())
            && level.contains(message.level)
            && tags.iter().all(|lookup| message.tags.iter().any(|tag| lookup.matches(tag)))
            && view.iter().all(|lookup| lookup.matches(&message.view))
            && created.contains(Some(message.created()))
            && read.contains(message.read_at)
            && matches_all(text, &message.text)
            && session.as_ref().is_none_or(|session| message.session.as_ref().is_none_or(|bound| bound == session))
    }

    /// Only this message.
    #[must_use]
    pub fn with_id(self, id: MessageId) -> Self {
        self.with_ids([id])
    }

    /// Only these messages.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IntoIterator<Item = MessageId>) -> Self {
        let ids = ids.into_iter().collect::<BTreeSet<_>>();
        self.ids = Some(match self.ids {
            Some(present) => present.intersection(&ids).copied().collect(),
            None => ids,
        });
        self
    }

    /// Only unread messages.
    #[must_use]
    pub fn unread(self) -> Self {
        self.with_unread(true)
    }

    /// Only messages that were read.
    #[must_use]
    pub fn read(self) -> Self {
        self.with_unread(false)
    }

    /// Narrows, as the others do: no message is both unread and read.
    fn with_unread(mut self, unread: bool) -> Self {
        if self.unread == Some(!unread) {
            return self.with_ids([]);
        }
        self.unread = Some(unread);
        self
    }

    /// Only messages of this level or above.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.level = self.level.at_least(level);
        self
    }

    /// Only messages that have this tag, in exactly this spelling.
    #[must_use]
    pub fn tagged(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(TextLookup::exact(tag));
        self
    }

    /// Only messages made in this view.
    #[must_use]
    pub fn from_view(mut self, view: impl Into<String>) -> Self {
        self.view.push(TextLookup::exact(view));
        self
    }

    /// Only messages created at this moment or later.
    #[must_use]
    pub fn created_after(mut self, moment: Timestamp) -> Self {
        self.created.after = self.created.after.max(Some(moment));
        self
    }

    /// Only messages created at this moment or earlier.
    #[must_use]
    pub fn created_before(mut self, moment: Timestamp) -> Self {
        self.created.before = Some(self.created.before.map_or(moment, |before| before.min(moment)));
        self
    }

    /// Only messages with exactly this text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text.push(TextLookup::exact(text));
        self
    }

    /// Only messages whose text contains this term, whatever the case of either.
    #[must_use]
    pub fn containing(mut self, term: impl Into<String>) -> Self {
        self.text.push(TextLookup::search(term));
        self
    }

    /// Only messages of exactly this level.
    #[must_use]
    pub fn of_level(mut self, level: Level) -> Self {
        self.level = self.level.only([level]);
        self
    }

    /// Only messages bound to this session or to none.
    #[must_use]
    pub fn within_session(mut self, session: SessionId) -> Self {
        // What is bound to one of two sessions is not bound to the other.
        let is_another = self.session.as_ref().is_some_and(|before| *before != session);
        self.session = Some(if is_another { SessionId::none() } else { session });
        self
    }
}

/// The text with its case folded: the Unicode default full case folding, in which `ß` is `ss` and `Σ`, `σ` and
/// `ς` are one. Two texts that fold alike count as equal in searches and in lookups that ignore case, on every
/// store. For text in ASCII it is `lower()` of every database.
///
/// Source: [The Unicode Standard, section 3.13](https://www.unicode.org/versions/latest/core-spec/chapter-3/),
/// definition D144 (toCasefold).
///
/// ```
/// assert_eq!(actix_messages::fold_case("Straße ΟΔΟΣ"), "strasse οδοσ");
/// ```
#[must_use]
pub fn fold_case(text: &str) -> String {
    UniCase::new(text).to_folded_case()
}

/// A range of levels: the ends belong to it, and a missing end is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LevelRange {
    /// The lowest level.
    pub min: Option<Level>,
    /// The highest level.
    pub max: Option<Level>,
    /// The only levels, where not all of the range are meant.
    pub only: Option<BTreeSet<Level>>,
}

impl LevelRange {
    /// Whether a level is in the range.
    #[must_use]
    pub fn contains(&self, level: Level) -> bool {
        let Self { min, max, only } = self;
        min.is_none_or(|min| level >= min)
            && max.is_none_or(|max| level <= max)
            && only.as_ref().is_none_or(|only| only.contains(&level))
    }

    /// The part of the range from `level` on.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.min = self.min.max(Some(level));
        self
    }

    /// The part of the range up to `level`.
    #[must_use]
    pub fn at_most(mut self, level: Level) -> Self {
        self.max = Some(self.max.map_or(level, |max| max.min(level)));
        self
    }

    /// The part of the range that is among `levels`.
    #[must_use]
    pub fn only(mut self, levels: impl IntoIterator<Item = Level>) -> Self {
        let levels = levels.into_iter().collect::<BTreeSet<_>>();
        self.only = Some(match self.only {
            Some(only) => only.intersection(&levels).copied().collect(),
            None => levels,
        });
        self
    }
}

/// A range of time: the ends belong to it, and a missing end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// The first moment.
    pub after: Option<Timestamp>,
    /// The last moment.
    pub before: Option<Timestamp>,
}

impl TimeRange {
    /// Whether a moment is in the range. What never happened is only in the range that is open at both ends.
    #[must_use]
    pub fn contains(&self, moment: Option<Timestamp>) -> bool {
        let Self { after, before } = self;
        after.is_none_or(|after| moment.is_some_and(|moment| moment >= after))
            && before.is_none_or(|before| moment.is_some_and(|moment| moment <= before))
    }
}

/// A test of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLookup {
    /// What is tested.
    pub test: TextTest,
    /// Whether case matters.
    pub case: Case,
}

/// What a [`TextLookup`] tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// The text is one of these.
    AnyOf(Vec<String>),
    /// This occurs in the text.
    Contains(String),
    /// The text starts with this.
    StartsWith(String),
    /// The text ends with this.
    EndsWith(String),
}

/// Whether the case of letters matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// It does.
    Sensitive,
    /// It does not: both sides are compared after [`fold_case`].
    Folded,
}

impl TextLookup {
    /// The text is this one.
    #[must_use]
    pub fn exact(text: impl Into<String>) -> Self {
        Self { test: TextTest::AnyOf(vec![text.into()]), case: Case::Sensitive }
    }

    /// The text contains this term, whatever the case of either.
    #[must_use]
    pub fn search(term: impl Into<String>) -> Self {
        Self { test: TextTest::Contains(term.into()), case: Case::Folded }
    }

    /// Whether the text passes.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        matches_all(slice::from_ref(self), text)
    }

    /// The test as it is put to the text as it is, or to the folded text where case does not matter.
    #[must_use]
    pub fn operand(&self) -> TextTest {
        match self.case {
            Case::Sensitive => self.test.clone(),
            Case::Folded => self.test.folded(),
        }
    }
}

/// Whether the text passes all of the lookups. It is folded once at most.
fn matches_all(lookups: &[TextLookup], text: &str) -> bool {
    let folded = LazyCell::new(|| fold_case(text));
    lookups.iter().all(|TextLookup { test, case }| match case {
        Case::Sensitive => test.passes(text),
        Case::Folded => {
            // Folding makes a text at most three times as short: so what is longer than that can't pass, and to fold it
            // for each text would cost more than all else.
            let fitting = test.up_to(folded.len().saturating_mul(3));
            fitting.is_some_and(|test| test.folded().passes(&folded))
        }
    })
}

impl TextTest {
    fn passes(&self, text: &str) -> bool {
        match self {
            Self::AnyOf(texts) => texts.iter().any(|one| one == text),
            Self::Contains(part) => text.contains(part.as_str()),
            Self::StartsWith(start) => text.starts_with(start.as_str()),
            Self::EndsWith(end) => text.ends_with(end.as_str()),
        }
    }

    /// The test without texts of more bytes than these; `None` where nothing can pass it then.
    fn up_to(&self, bytes: usize) -> Option<Cow<'_, Self>> {
        match self {
            Self::AnyOf(texts) if texts.iter().all(|text| text.len() <= bytes) => Some(Cow::Borrowed(self)),
            Self::AnyOf(texts) => {
                let fitting = texts.iter().filter(|text| text.len() <= bytes).cloned().collect();
                Some(Cow::Owned(Self::AnyOf(fitting)))
            }
            Self::Contains(part) | Self::StartsWith(part) | Self::EndsWith(part) => {
                (part.len() <= bytes).then_some(Cow::Borrowed(self))
            }
        }
    }

    fn folded(&self) -> Self {
        match self {
            Self::AnyOf(texts) => Self::AnyOf(texts.iter().map(|text| fold_case(text)).collect()),
            Self::Contains(part) => Self::Contains(fold_case(part)),
            Self::StartsWith(start) => Self::StartsWith(fold_case(start)),
            Self::EndsWith(end) => Self::EndsWith(fold_case(end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_no_text_more_than_three_times_as_long_or_as_short() {
        for char in '\0'..=char::MAX {
            let text = char.to_string();
            let (before, after) = (text.len(), fold_case(&text).len());
            assert!(after <= 3 * before && before <= 3 * after, "{char:?} has {before} bytes, and folded {after}");
        }
    }

    #[test]
    fn what_is_much_longer_than_the_text_does_not_pass() {
        let long = "k".repeat(1000);
        for test in
            [TextTest::Contains(long.clone()), TextTest::StartsWith(long.clone()), TextTest::EndsWith(long.clone())]
        {
            assert!(!TextLookup { test, case: Case::Folded }.matches("k"));
        }
        let any = TextLookup { test: TextTest::AnyOf(vec![long, "K".into()]), case: Case::Folded };
        assert!(any.matches("k"));
        // Three bytes that fold to one.
        assert!(TextLookup::search("\u{212a}").matches("k"));
        assert!(TextLookup::search("").matches(""));
    }
}
