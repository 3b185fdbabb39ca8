//! The texts that an end user may see, in one table that an application can replace.

mod english;

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
    str::FromStr,
};

pub use self::english::Text;

impl FromStr for Text {
    type Err = UnknownText;

    fn from_str(name: &str) -> Result<Self, UnknownText> {
        Self::ALL.iter().copied().find(|text| text.name() == name).ok_or(UnknownText)
    }
}

/// The name is not the name of a [`Text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown text: expected the name of a variant of `Text`, such as `NotFound`")]
pub struct UnknownText;

/// Replacements for the texts that an end user may see, for example in another language.
///
/// A text without a replacement stays English. [`MessagesConfig::texts`](crate::MessagesConfig::texts) chooses the texts of a
/// request.
///
/// A text that depends on a number has a variant for the number 1 and a variant for larger numbers, such as
/// [`Text::AdminSentOne`] and [`Text::AdminSentMany`]. Some also have a variant for 0, such as [`Text::AdminSentNone`].
///
/// ```
/// use actix_messages::{Text, Texts};
///
/// let german = Texts::default()
///     .with(Text::NotFound, "Nicht gefunden.")
///     .with(Text::TooLong, "Höchstens {limit} Zeichen (es sind {given}).");
/// assert_eq!(german.get(Text::NotFound), "Nicht gefunden.");
/// assert_eq!(german.get(Text::MailboxFull), "The mailbox is full.");
/// assert!(german.missing().any(|text| text == Text::MailboxFull));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts(BTreeMap<Text, String>);

impl Texts {
    /// Replaces a text. The replacement may use the placeholders of the English text, in any order. Other names in
    /// braces stay as they are.
    #[must_use]
    pub fn with(mut self, text: Text, replacement: impl Into<String>) -> Self {
        self.0.insert(text, replacement.into());
        self
    }

    /// Returns the text, with its placeholders.
    #[must_use]
    pub fn get(&self, text: Text) -> &str {
        self.0.get(&text).map_or_else(|| text.english(), String::as_str)
    }

    /// Returns the texts without a replacement. A test of an application can check that there are none.
    pub fn missing(&self) -> impl Iterator<Item = Text> {
        Text::ALL.iter().copied().filter(|text| !self.0.contains_key(text))
    }

    /// Returns whether all texts are English.
    #[cfg(feature = "actix")]
    pub(crate) fn is_english(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Text, String)> for Texts {
    fn from_iter<I: IntoIterator<Item = (Text, String)>>(replacements: I) -> Self {
        Self(replacements.into_iter().collect())
    }
}

/// A [`Text`] with the values of its placeholders. Its `Display` is English.
///
/// ```
/// use actix_messages::{Level, NewMessage, Text, Texts};
///
/// let refused = NewMessage::new(Level::INFO, "").check().unwrap_err();
/// assert_eq!(refused.problem().to_string(), "This field may not be blank.");
/// let german = Texts::default().with(Text::Blank, "Bitte einen Text eingeben.");
/// assert_eq!(refused.problem().in_texts(&german), "Bitte einen Text eingeben.");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    text: Text,
    values: Vec<(&'static str, String)>,
}

impl From<Text> for Phrase {
    fn from(text: Text) -> Self {
        Self { text, values: Vec::new() }
    }
}

impl Phrase {
    /// Sets the value of a placeholder.
    pub(crate) fn with(mut self, placeholder: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((placeholder, value.to_string()));
        self
    }

    /// Creates the text of a broken limit.
    pub(crate) fn of_limit(text: Text, limit: usize, given: usize) -> Self {
        Self::from(text).with("limit", limit).with("given", given)
    }

    /// Returns the text from `texts`, with the values in place of the placeholders.
    #[must_use]
    pub fn in_texts(&self, texts: &Texts) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = self.write(texts.get(self.text), &mut text);
        text
    }

    /// Writes the template with the values in place of the placeholders. Placeholders within values stay as they are.
    fn write(&self, template: &str, to: &mut impl Write) -> fmt::Result {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            to.write_str(before)?;
            let named = after.split_once('}').and_then(|(name, after)| {
                self.values.iter().find(|(placeholder, _)| *placeholder == name).map(|(_, value)| (value, after))
            });
            match named {
                Some((value, after)) => {
                    to.write_str(value)?;
                    rest = after;
                }
                None => {
                    to.write_char('{')?;
                    rest = after;
                }
            }
        }
        to.write_str(rest)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(self.text.english(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_once_and_in_any_order() {
        let phrase = Phrase::of_limit(Text::TooLong, 3, 4);
        assert_eq!(phrase.to_string(), "Ensure this value has at most 3 characters (it has 4).");
        let write = |phrase: &Phrase, template: &str| {
            let mut text = String::new();
            phrase.write(template, &mut text).unwrap();
            text
        };
        assert_eq!(write(&phrase, "{given} > {limit}, {given}!"), "4 > 3, 4!");
        assert_eq!(write(&phrase, "{other} {limit {} } {limit}"), "{other} {limit {} } 3");
        let tricky = Phrase::from(Text::InvalidChoice).with("value", "{value} {limit}");
        assert_eq!(tricky.to_string(), "Select a valid choice. {value} {limit} is not one of the available choices.");
    }

    #[test]
    fn each_text_is_found_by_its_name() {
        for text in Text::ALL {
            assert_eq!(text.name().parse(), Ok(*text));
            assert_eq!(format!("{text:?}"), text.name());
        }
        assert_eq!("Nothing".parse::<Text>(), Err(UnknownText));
    }
}
