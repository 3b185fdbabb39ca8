//! Values of parameters: the text of one -> what it says, or why it says nothing.

use super::moment as iso_8601;
use crate::{
    model::Timestamp,
    service::settings::lookup::Lookup::{self, Gt, Gte, In, Lt, Lte, Range},
};

/// The most values that a list of alternatives (`level__in`, `extra_tags__in`, ..) may have.
pub(crate) const MAX_ALTERNATIVES: usize = 100;

/// The numbers that a parameter admits. They may be beyond the range of the type that they are compared with.
#[derive(Debug)]
pub(super) enum Numbers {
    /// These, ends included.
    Between(Option<i128>, Option<i128>),
    /// Only these.
    OneOf(Vec<i128>),
}

pub(super) fn flag(text: &str) -> Result<Option<bool>, String> {
    match text {
        _ if text.eq_ignore_ascii_case("unknown") => Ok(None),
        _ if text == "1" || text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        _ if text == "0" || text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        _ => Err(no_choice(text)),
    }
}

pub(super) fn no_choice(text: &str) -> String {
    format!("Select a valid choice. {text} is not one of the available choices.")
}

/// The numbers that pass the lookup; `None` if the value lists none.
pub(super) fn numbers(text: &str, lookup: Lookup) -> Result<Option<Numbers>, String> {
    let (min, max) = match lookup {
        In => return Ok(integers(text)?.map(Numbers::OneOf)),
        Range => match integers(text)?.as_deref() {
            None => return Ok(None),
            Some([min, max]) => (Some(*min), Some(*max)),
            Some(_) => return Err("Range query expects two values.".into()),
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

pub(super) fn integer(text: &str) -> Result<i128, String> {
    whole_number(text).ok_or_else(|| "Enter a number.".into())
}

pub(super) fn integers(text: &str) -> Result<Option<Vec<i128>>, String> {
    plain_texts(text)?.map(|texts| texts.iter().map(|text| integer(text)).collect()).transpose()
}

/// An integer in ASCII digits with at most a sign, spaces around it allowed. One that is too large for the type is
/// the largest or smallest of the type, which is beyond whatever it is compared with.
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

/// The text without white space around it; `None` if nothing is left.
pub(super) fn plain_text(text: &str) -> Result<Option<&str>, String> {
    let text = trim(text);
    if text.contains('\0') {
        return Err("Null characters are not allowed.".into());
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

pub(super) fn plain_texts(text: &str) -> Result<Option<Vec<String>>, String> {
    let Some(text) = plain_text(text)? else { return Ok(None) };
    let texts = text.split(',').map(trim).filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    match texts.len() {
        0 => Ok(None),
        1..=MAX_ALTERNATIVES => Ok(Some(texts)),
        given => Err(format!("Ensure this list has at most {MAX_ALTERNATIVES} values (it has {given}).")),
    }
}

pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    iso_8601::parse(trim(text)).ok_or_else(|| "Enter a valid date/time.".into())
}

/// The text without white space at its ends, as Python's `str.strip` sees it: the Unicode property and the four
/// separators of ASCII.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|char: char| char.is_whitespace() || ('\x1c'..='\x1f').contains(&char))
}
