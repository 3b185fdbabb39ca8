//! Parses the value of a parameter, or returns the error text for the client.

use super::moment as iso_8601;
use crate::{
    model::Timestamp,
    service::settings::lookup::Lookup::{self, Gt, Gte, In, Lt, Lte, Range},
    texts::{Phrase, Text},
};

/// The maximum number of values in a list of alternatives (`level__in`, `extra_tags__in`, ..).
pub(crate) const MAX_ALTERNATIVES: usize = 100;

/// The numbers that a parameter admits. They may exceed the range of the type that they are compared with.
#[derive(Debug)]
pub(super) enum Numbers {
    /// The numbers between these two, inclusive. `None` leaves that end open.
    Between(Option<i128>, Option<i128>),
    /// Only these numbers.
    OneOf(Vec<i128>),
}

pub(super) fn parse_flag(text: &str) -> Result<Option<bool>, Phrase> {
    match text {
        _ if text.eq_ignore_ascii_case("unknown") => Ok(None),
        _ if text == "1" || text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        _ if text == "0" || text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        _ => Err(invalid_choice(text)),
    }
}

pub(super) fn invalid_choice(text: &str) -> Phrase {
    Phrase::from(Text::InvalidChoice).with("value", text)
}

/// Returns the numbers that pass the lookup, or `None` if the value is an empty list.
pub(super) fn numbers(text: &str, lookup: Lookup) -> Result<Option<Numbers>, Phrase> {
    let (min, max) = match lookup {
        In => return Ok(integers(text)?.map(Numbers::OneOf)),
        Range => match integers(text)?.as_deref() {
            None => return Ok(None),
            Some([min, max]) => (Some(*min), Some(*max)),
            Some(_) => return Err(Text::InvalidRange.into()),
        },
        Gt => (Some(integer(text)?.saturating_add(1)), None),
        Gte => (Some(integer(text)?), None),
        Lt => (None, Some(integer(text)?.saturating_sub(1))),
        Lte => (None, Some(integer(text)?)),
        _ => {
            let number = integer(text)?;
            (Some(number), Some(number))
        }
    };
    Ok(Some(Numbers::Between(min, max)))
}

pub(super) fn integer(text: &str) -> Result<i128, Phrase> {
    whole_number(text).ok_or_else(|| Text::InvalidNumber.into())
}

pub(super) fn integers(text: &str) -> Result<Option<Vec<i128>>, Phrase> {
    plain_texts(text)?.map(|texts| texts.iter().map(|text| integer(text)).collect()).transpose()
}

/// Parses an integer of ASCII digits with an optional sign; white space around it is ignored. A number outside the
/// range of `i128` saturates, and so stays outside the range of every type that it is compared with.
pub(crate) fn whole_number(text: &str) -> Option<i128> {
    let text = trim(text);
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude =
        digits.iter().fold(0_i128, |number, digit| number.saturating_mul(10).saturating_add(i128::from(digit - b'0')));
    Some(if negative { -magnitude } else { magnitude })
}

/// Returns the text without white space around it, or `None` if nothing is left.
pub(super) fn plain_text(text: &str) -> Result<Option<&str>, Phrase> {
    let text = trim(text);
    if text.contains('\0') {
        return Err(Text::NullCharacters.into());
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

pub(super) fn plain_texts(text: &str) -> Result<Option<Vec<String>>, Phrase> {
    let Some(text) = plain_text(text)? else { return Ok(None) };
    let texts = text.split(',').map(trim).filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    match texts.len() {
        0 => Ok(None),
        1..=MAX_ALTERNATIVES => Ok(Some(texts)),
        given => Err(Phrase::of_limit(Text::TooManyValues, MAX_ALTERNATIVES, given)),
    }
}

pub(crate) fn moment(text: &str) -> Result<Timestamp, Phrase> {
    iso_8601::parse(trim(text)).ok_or_else(|| Text::InvalidTime.into())
}

/// Removes white space at both ends, as Python's `str.strip` does: the characters with the Unicode property, and the
/// four separators of ASCII.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|char: char| char.is_whitespace() || ('\x1c'..='\x1f').contains(&char))
}
