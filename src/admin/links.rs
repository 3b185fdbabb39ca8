//! A query string -> its parameters, and links that change one of them.

use std::borrow::Cow;

use form_urlencoded::Serializer;

use crate::{
    service::{
        question::query_string::QueryString,
        settings::{
            lookup::Lookup,
            query_parameters::{FILTERS, LIMIT, OFFSET, ORDERING, find},
        },
    },
    texts::{Phrase, Text, Texts},
};

/// The filters that only the admin has, with their labels.
const OWN: [(&str, Text); 3] =
    [("user", Text::AdminUser), ("mailboxes", Text::AdminMailboxes), ("period", Text::AdminCreatedIn)];
/// The parameters of ordering and pagination.
const ARRANGEMENT: [&str; 3] = [ORDERING, LIMIT, OFFSET];

/// The known parameters with a value, each once. Lookups are spelled with underscores: `level__gte`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn read(query: &QueryString<'_>) -> Self {
        let mut parameters = Self::default();
        for (name, value) in query.first() {
            let Some(name) = known(name) else { continue };
            parameters.0.retain(|(known, _)| **known != *name);
            // All mailboxes are the default, so this does not filter.
            if !value.is_empty() && (&*name, value) != ("mailboxes", "all") {
                parameters.0.push((name.into_owned(), value.to_owned()));
            }
        }
        parameters
    }

    /// Returns the value, or an empty string if the parameter is missing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Returns a copy with this parameter set to this value, for the first page.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut others = self.without(name);
        others.0.push((name.to_owned(), value.to_owned()));
        others
    }

    /// Returns a copy without this parameter and its lookups, for the first page.
    pub(crate) fn without(&self, name: &str) -> Self {
        let stays = |known: &str| known != OFFSET && known != name && base(known) != name;
        Self(self.0.iter().filter(|(known, _)| stays(known)).cloned().collect())
    }

    /// Returns the name, the label and the value of each filter.
    pub(crate) fn filters(&self, texts: &Texts) -> impl Iterator<Item = (&str, String, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), label(name, texts)?, value.as_str())))
    }

    /// Returns the parameters that have none of these controls, without the offset.
    pub(crate) fn beside(&self, controls: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let beside = self.0.iter().filter(|(name, _)| name != OFFSET && !controls.contains(&&**name));
        beside.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Returns a link to the list with these parameters.
    pub(crate) fn link(&self) -> String {
        let query = self.query();
        if query.is_empty() { "list".to_owned() } else { format!("list?{query}") }
    }
}

/// Returns the canonical spelling of a parameter, or `None` if it is unknown.
fn known(name: &str) -> Option<Cow<'_, str>> {
    if ARRANGEMENT.contains(&name) || OWN.iter().any(|(own, _)| *own == name) {
        return Some(name.into());
    }
    find(name, FILTERS).map(|(filter, lookup)| filter.spelled(lookup))
}

/// Returns the label of a filter, or `None` if the parameter is not a filter.
pub(crate) fn label(name: &str, texts: &Texts) -> Option<String> {
    if let Some((_, label)) = OWN.iter().find(|(own, _)| *own == name) {
        return Some(texts.get(*label).to_owned());
    }
    let (filter, lookup) = find(name, FILTERS)?;
    let label = texts.get(filter.label?);
    let with_lookup = match lookup {
        Lookup::Exact => return Some(label.to_owned()),
        Lookup::Gte | Lookup::After => Text::AdminFilterFrom,
        Lookup::Lte => Text::AdminFilterUpTo,
        Lookup::Before => Text::AdminFilterUntil,
        Lookup::Contains | Lookup::Icontains => Text::AdminFilterContains,
        _ => Text::AdminFilterLookup,
    };
    Some(Phrase::from(with_lookup).with("label", label).with("lookup", lookup.name()).in_texts(texts))
}

fn base(name: &str) -> &str {
    name.split_once("__").map_or(name, |(base, _)| base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_what_they_do_not_change() {
        let query = "?nothing=1&search=a+b&level[gte]=30&level__gt[]=7&level[exact]=40&offset=50&user=&done=deleted-3";
        let parameters = Parameters::read(&QueryString::read(query));
        assert_eq!(parameters.query(), "search=a+b&level__gte=30&level=40&offset=50");
        assert_eq!(parameters.with("level", "20").query(), "search=a+b&level=20");
        assert_eq!(parameters.without("level__gte").query(), "search=a+b&level=40");
        assert_eq!(parameters.get("user"), "");
    }
}
