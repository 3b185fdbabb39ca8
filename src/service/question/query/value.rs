//! Values of parameters: the text of one -> what it says, or why it says nothing.

use super::moment;
use crate::model::{Level, LevelNames, TimeRange};

/// The most values that a list of alternatives (`level__in`, `extra_tags__in`, ..) may have.
pub(crate) const MAX_ALTERNATIVES: usize = 100;

pub(super) fn unread(text: &Option<String>) -> Result<Option<bool>, String> {
    match given(text) {
        None => Ok(None),
        Some(text) if text.eq_ignore_ascii_case("unknown") => Ok(None),
        Some(text) if text == "1" || text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(text) if text == "0" || text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(text) => Err(no_choice(text)),
    }
}

pub(super) fn level_tag(text: &Option<String>, names: &LevelNames) -> Result<Option<Level>, String> {
    given(text).map(|name| names.level_named(name).ok_or_else(|| no_choice(name))).transpose()
}

pub(super) fn no_choice(text: &str) -> String {
    format!("Select a valid choice. {text} is not one of the available choices.")
}

pub(super) fn integer(text: &Option<String>) -> Result<Option<i128>, String> {
    let number = |text| whole_number(text).ok_or_else(|| "Enter a number.".to_owned());
    given(text).map(number).transpose()
}

pub(super) fn integers(text: &Option<String>) -> Result<Option<Vec<i128>>, String> {
    let number = |text: String| whole_number(&text).ok_or_else(|| "Enter a number.".to_owned());
    plain_texts(text)?.map(|texts| texts.into_iter().map(number).collect()).transpose()
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

pub(super) fn plain_text(text: &Option<String>) -> Result<Option<&str>, String> {
    match given(text).map(trim).filter(|text| !text.is_empty()) {
        Some(text) if text.contains('\0') => Err("Null characters are not allowed.".into()),
        text => Ok(text),
    }
}

pub(super) fn plain_texts(text: &Option<String>) -> Result<Option<Vec<String>>, String> {
    let Some(text) = plain_text(text)? else { return Ok(None) };
    let texts = text.split(',').map(trim).filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    match texts.len() {
        0 => Ok(None),
        1..=MAX_ALTERNATIVES => Ok(Some(texts)),
        given => Err(format!("Ensure this list has at most {MAX_ALTERNATIVES} values (it has {given}).")),
    }
}

pub(super) fn time_range(after: &Option<String>, before: &Option<String>) -> Result<TimeRange, String> {
    let moment = |text: &Option<String>| match given(text) {
        Some(text) => moment::parse(trim(text)).map(Some).ok_or_else(|| "Enter a valid date/time.".to_owned()),
        None => Ok(None),
    };
    Ok(TimeRange { after: moment(after)?, before: moment(before)? })
}

/// What a parameter says; `None` where it is absent or empty.
pub(crate) fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// The text without white space at its ends, as Python's `str.strip` sees it: the Unicode property and the four
/// separators of ASCII.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|char: char| char.is_whitespace() || ('\x1c'..='\x1f').contains(&char))
}
