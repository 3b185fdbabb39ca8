//! Splits the `search` parameter into the words and phrases that a text must contain.

use crate::{
    model::fold_case,
    texts::{Phrase, Text},
};

/// The maximum length of a search, in characters.
pub(crate) const MAX_SEARCH_CHARS: usize = 4096;
/// The maximum number of terms in a search.
pub(crate) const MAX_TERMS: usize = 32;

/// Splits a search at white space and commas, but not within quotes, as Django REST framework does. A quote that is
/// not closed is treated like any other character.
///
/// Source: `search_smart_split` of Django REST framework (`rest_framework/filters.py`) on `smart_split` of Django
/// (`django/utils/text.py`).
pub(super) fn terms(search: &str) -> Result<Vec<String>, Phrase> {
    if search.contains('\0') {
        return Err(Text::NullCharacters.into());
    }
    let chars = search.chars().count();
    if chars > MAX_SEARCH_CHARS {
        return Err(Phrase::of_limit(Text::SearchTooLong, MAX_SEARCH_CHARS, chars));
    }
    let mut terms = Vec::new();
    for token in tokens(search) {
        let token = token.trim_matches(',');
        match quoted(token) {
            Some(phrase) => terms.push(phrase),
            None => terms.extend(token.split(',').map(|word| super::trim(word).to_owned())),
        }
    }
    terms.retain(|term| !term.is_empty());
    match terms.len() {
        0..=MAX_TERMS => Ok(terms),
        given => Err(Phrase::of_limit(Text::TooManyTerms, MAX_TERMS, given)),
    }
}

/// Removes each term that another term contains, ignoring case. A text that contains the longer term contains the
/// shorter one too. This saves time, because each term costs a scan of each text.
pub(super) fn remove_redundant_terms(terms: Vec<String>) -> Vec<String> {
    let mut necessary = Vec::<(String, String)>::new();
    for term in terms {
        let folded = fold_case(&term);
        if necessary.iter().any(|(_, other)| other.contains(&folded)) {
            continue;
        }
        necessary.retain(|(_, other)| !folded.contains(other.as_str()));
        necessary.push((term, folded));
    }
    necessary.into_iter().map(|(term, _)| term).collect()
}

/// Splits a search at white space. White space within a closed pair of quotes does not split it.
fn tokens(search: &str) -> impl Iterator<Item = &str> {
    let (mut start, mut quotes) = (0, Quotes::default());
    std::iter::from_fn(move || {
        start = search.len() - search[start..].trim_start_matches(is_space).len();
        if start == search.len() {
            return None;
        }
        let end = token_end(search, start, &mut quotes);
        Some(&search[std::mem::replace(&mut start, end)..end])
    })
}

/// Returns the end of the token that begins at `start`. The token is a run of plain characters and closed quotes. If it
/// has no closed quote, it ends at the next white space.
fn token_end(text: &str, start: usize, quotes: &mut Quotes) -> usize {
    let find = |from: usize, is_end: fn(char) -> bool| text[from..].find(is_end).map_or(text.len(), |at| from + at);
    let plain = |from| find(from, |char| is_space(char) || matches!(char, '"' | '\''));
    let mut end = plain(start);
    let mut has_quote = false;
    while let Some(closed) = quotes.end(text, end) {
        has_quote = true;
        end = plain(closed);
    }
    if has_quote { end } else { find(start, is_space) }
}

/// The position at which the last search for a closing quote stopped, for each kind of quote. A quote of the same kind
/// before this position is not closed either. So each part of a text is scanned at most once for each kind.
#[derive(Default)]
struct Quotes {
    open_up_to: [usize; 2],
}

impl Quotes {
    /// Returns the end of the closed quote that begins at `start`. A backslash escapes the next character. If a
    /// backslash precedes a line break or the end of the text, the quote is not closed.
    fn end(&mut self, text: &str, start: usize) -> Option<usize> {
        let mut chars = text[start..].char_indices();
        let (_, quote) = chars.next().filter(|(_, char)| matches!(char, '"' | '\''))?;
        let open_up_to = &mut self.open_up_to[usize::from(quote == '"')];
        if start < *open_up_to {
            return None;
        }
        while let Some((at, char)) = chars.next() {
            if char == quote {
                return Some(start + at + quote.len_utf8());
            }
            if char == '\\' && chars.next().is_none_or(|(_, taken)| taken == '\n') {
                *open_up_to = start + at;
                return None;
            }
        }
        *open_up_to = text.len();
        None
    }
}

/// Returns the phrase within the quotes, without escapes, if the token begins and ends with the same quote.
fn quoted(token: &str) -> Option<String> {
    let quote = token.chars().next().filter(|char| matches!(char, '"' | '\'') && token.ends_with(*char))?;
    let inner = token.strip_prefix(quote)?.strip_suffix(quote).unwrap_or_default();
    Some(inner.replace(&format!("\\{quote}"), &quote.to_string()).replace("\\\\", "\\"))
}

/// Returns whether Python's regular expressions treat this character as white space.
fn is_space(char: char) -> bool {
    char.is_whitespace() || ('\x1c'..='\x1f').contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_splits_as_in_the_original() {
        // The results of `search_smart_split` of Django REST framework 3.18, without the empty terms.
        for (search, expected) in [
            ("", &[][..]),
            ("green apple", &["green", "apple"]),
            ("apple,pie", &["apple", "pie"]),
            (",apple,,pie,", &["apple", "pie"]),
            (r#""apple pie""#, &["apple pie"]),
            (r#"'apple pie', "red"#, &["apple pie", "\"red"]),
            (r#"app"le pi"e x"#, &["app\"le pi\"e", "x"]),
            (r#"a"b"c"d e"#, &["a\"b\"c", "\"d", "e"]),
            (r#""say \"hi\" now""#, &["say \"hi\" now"]),
            (r#""back\\slash""#, &["back\\slash"]),
            ("\"", &[]),
            ("\"\"", &[]),
            ("a\u{a0}b\tc\nd", &["a", "b", "c", "d"]),
            ("\"apple pie", &["\"apple", "pie"]),
        ] {
            assert_eq!(terms(search).unwrap(), expected, "{search}");
        }
    }

    /// Does the same as `tokens`, but looks for the quotes of each token again, as Django does.
    fn tokens_one_by_one(search: &str) -> Vec<&str> {
        let mut tokens = Vec::new();
        let mut rest = search.trim_start_matches(is_space);
        while !rest.is_empty() {
            let (token, after) = rest.split_at(token_end(rest, 0, &mut Quotes::default()));
            tokens.push(token);
            rest = after.trim_start_matches(is_space);
        }
        tokens
    }

    #[test]
    fn quotes_that_are_not_closed_are_looked_for_once() {
        let signs = ['a', ' ', '\'', '"', '\\', '\n'];
        for number in 0..signs.len().pow(7) {
            let digits = std::iter::successors(Some(number), |rest| Some(rest / signs.len())).take(7);
            let search = digits.map(|digits| signs[digits % signs.len()]).collect::<String>();
            assert_eq!(tokens(&search).collect::<Vec<_>>(), tokens_one_by_one(&search), "{search:?}");
        }
    }

    #[test]
    fn a_term_that_is_in_another_one_is_not_looked_for() {
        let terms = |search: &str| remove_redundant_terms(terms(search).unwrap());
        assert_eq!(terms("apple pie"), ["apple", "pie"]);
        assert_eq!(terms("app APPLE apple pie pl"), ["APPLE", "pie"]);
        assert_eq!(terms("strasse stra\u{df}e STRASSEN"), ["STRASSEN"]);
    }

    #[test]
    fn a_search_has_limits() {
        assert!(terms(&"a".repeat(4096)).is_ok());
        assert!(terms(&"a".repeat(4097)).unwrap_err().to_string().contains("4096"));
        assert!(terms(&"a ".repeat(32)).is_ok());
        assert!(terms(&"a ".repeat(33)).unwrap_err().to_string().contains("33"));
        assert_eq!(terms("a\0b").unwrap_err().to_string(), "Null characters are not allowed.");
    }
}
