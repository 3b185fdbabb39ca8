//! Lookups that test a text, with or without regard to case.

use std::{borrow::Cow, cell::LazyCell, slice};

use unicase::UniCase;

/// A test of a text, with or without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLookup {
    /// The test.
    pub test: TextTest,
    /// Whether case matters.
    pub case: Case,
}

/// The test of a [`TextLookup`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// The text equals one of these.
    AnyOf(Vec<String>),
    /// The text contains this part.
    Contains(String),
    /// The text starts with this.
    StartsWith(String),
    /// The text ends with this.
    EndsWith(String),
}

/// Whether a lookup distinguishes upper and lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Upper and lower case differ.
    Sensitive,
    /// Upper and lower case are equal: the lookup compares texts after [`fold_case`].
    Folded,
}

impl TextLookup {
    /// Creates a lookup that matches exactly this text. Case matters.
    #[must_use]
    pub fn exact(text: impl Into<String>) -> Self {
        Self { test: TextTest::AnyOf(vec![text.into()]), case: Case::Sensitive }
    }

    /// Creates a lookup that matches texts that contain this term, ignoring case.
    #[must_use]
    pub fn search(term: impl Into<String>) -> Self {
        Self { test: TextTest::Contains(term.into()), case: Case::Folded }
    }

    /// Returns whether the text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        matches_all(slice::from_ref(self), text)
    }

    /// Returns the test as a store applies it.
    ///
    /// If case matters, the store applies it to the text itself. Otherwise the operands of the test are folded, and the
    /// store applies it to the folded text.
    #[must_use]
    pub fn operand(&self) -> TextTest {
        match self.case {
            Case::Sensitive => self.test.clone(),
            Case::Folded => self.test.folded(),
        }
    }
}

/// Returns whether the text matches all of the lookups. Folds the text at most once.
pub(super) fn matches_all(lookups: &[TextLookup], text: &str) -> bool {
    let folded = LazyCell::new(|| fold_case(text));
    lookups.iter().all(|TextLookup { test, case }| match case {
        Case::Sensitive => test.passes(text),
        Case::Folded => {
            // Folding leaves at least a third of the bytes of a text, so an operand of more than three times the folded
            // bytes can't match. Folding such an operand for each text would cost more than everything else.
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

    /// Returns the test without operands of more than `bytes` bytes. Returns `None` if a test other than `AnyOf` has a
    /// longer operand, because no text can match such a test.
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

/// Returns the text with its case folded by the Unicode default full case folding. For example, `ß` becomes `ss`, and
/// `Σ`, `σ` and `ς` become the same letter.
///
/// On every store, searches and lookups that ignore case treat two texts as equal if their folded forms are equal. For
/// ASCII text, the result is the same as that of `lower()` in every database.
///
/// Source: [The Unicode Standard, section 3.13](https://www.unicode.org/versions/latest/core-spec/chapter-3/),
/// definition D144 (toCasefold).
///
/// ```
/// assert_eq!(actix_messages::filter::fold_case("Straße ΟΔΟΣ"), "strasse οδοσ");
/// ```
#[must_use]
pub fn fold_case(text: &str) -> String {
    UniCase::new(text).to_folded_case()
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
    fn an_operand_much_longer_than_the_text_does_not_pass() {
        let long = "k".repeat(1000);
        for test in
            [TextTest::Contains(long.clone()), TextTest::StartsWith(long.clone()), TextTest::EndsWith(long.clone())]
        {
            assert!(!TextLookup { test, case: Case::Folded }.matches("k"));
        }
        let any = TextLookup { test: TextTest::AnyOf(vec![long, "K".into()]), case: Case::Folded };
        assert!(any.matches("k"));
        // The Kelvin sign has three bytes and folds to `k`, which has one.
        assert!(TextLookup::search("\u{212a}").matches("k"));
        assert!(TextLookup::search("").matches(""));
    }
}
