//! Search terms: the `search` parameter -> the words and phrases that all have to occur.

/// The longest search, in characters.
const MAX_CHARS: usize = 4096;
/// The most terms of a search.
const MAX_TERMS: usize = 32;

/// Splits a search as the original does: at white space and commas, but not within quotes. A quote that is not
/// closed is a character like any other.
///
/// Source: `search_smart_split` of Django REST framework (`rest_framework/filters.py`) on `smart_split` of Django
/// (`django/utils/text.py`).
pub(super) fn terms(search: &str) -> Result<Vec<String>, String> {
    if search.contains('\0') {
        return Err("Null characters are not allowed.".into());
    }
    let chars = search.chars().count();
    if chars > MAX_CHARS {
        return Err(format!("Ensure the search has at most {MAX_CHARS} characters (it has {chars})."));
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
        given => Err(format!("Ensure the search has at most {MAX_TERMS} terms (it has {given}).")),
    }
}

/// The pieces between white space, where white space within a closed pair of quotes does not count.
fn tokens(search: &str) -> impl Iterator<Item = &str> {
    let mut rest = search;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(is_space);
        if rest.is_empty() {
            return None;
        }
        let (token, after) = rest.split_at(token_end(rest));
        rest = after;
        Some(token)
    })
}

/// Where the token at the start of `text` ends: a run of plain characters and closed quotes, at least one of them
/// quoted; or, where there is no closed quote to be had, everything up to the next white space.
fn token_end(text: &str) -> usize {
    let plain = |from: usize| {
        let is_end = |char: char| is_space(char) || matches!(char, '"' | '\'');
        text[from..].find(is_end).map_or(text.len(), |length| from + length)
    };
    let mut end = plain(0);
    let mut has_quote = false;
    while let Some(length) = quote_length(&text[end..]) {
        has_quote = true;
        end = plain(end + length);
    }
    if has_quote { end } else { text.find(is_space).unwrap_or(text.len()) }
}

/// The length of the closed quote at the start of `text`. A backslash takes the next character, unless that ends a
/// line, out of the search for the end.
fn quote_length(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, quote) = chars.next().filter(|(_, char)| matches!(char, '"' | '\''))?;
    loop {
        match chars.next()? {
            (at, char) if char == quote => return Some(at + quote.len_utf8()),
            (_, '\\') => {
                chars.next().filter(|(_, char)| *char != '\n')?;
            }
            _ => {}
        }
    }
}

/// The phrase within the quotes, if the token begins and ends with the same one.
fn quoted(token: &str) -> Option<String> {
    let quote = token.chars().next().filter(|char| matches!(char, '"' | '\'') && token.ends_with(*char))?;
    let inner = token.strip_prefix(quote)?.strip_suffix(quote).unwrap_or_default();
    Some(inner.replace(&format!("\\{quote}"), &quote.to_string()).replace("\\\\", "\\"))
}

/// White space as Python's regular expressions see it.
fn is_space(char: char) -> bool {
    char.is_whitespace() || ('\x1c'..='\x1f').contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_splits_as_in_the_original() {
        // What `search_smart_split` of Django REST framework 3.18 answers, without its empty terms.
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

    #[test]
    fn a_search_has_limits() {
        assert!(terms(&"a".repeat(4096)).is_ok());
        assert!(terms(&"a".repeat(4097)).unwrap_err().contains("4096"));
        assert!(terms(&"a ".repeat(32)).is_ok());
        assert!(terms(&"a ".repeat(33)).unwrap_err().contains("33"));
        assert_eq!(terms("a\0b").unwrap_err(), "Null characters are not allowed.");
    }
}
