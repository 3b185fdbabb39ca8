//! A query string -> its parameters, and links that differ in one of them.

use form_urlencoded::Serializer;

use crate::service::question::query::MAX_PARAMETERS;

/// The parameters that choose messages, and what a page calls them. Those of `level`, `extra_tags` and `view` have
/// lookups too, as in the REST API.
const FILTERS: [(&str, &str); 13] = [
    ("search", "Search"),
    ("user", "User"),
    ("mailboxes", "Mailboxes"),
    ("period", "Created in"),
    ("unread", "Unread"),
    ("level_tag", "Level from"),
    ("level", "Level"),
    ("extra_tags", "Tag"),
    ("view", "View"),
    ("created_after", "Created from"),
    ("created_before", "Created until"),
    ("read_after", "Read from"),
    ("read_before", "Read until"),
];
const WITH_LOOKUPS: [&str; 3] = ["level", "extra_tags", "view"];
/// The parameters that arrange what is chosen.
const ARRANGEMENT: [&str; 3] = ["ordering", "limit", "offset"];

/// The known parameters that say something, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn read(query: &str) -> Self {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(MAX_PARAMETERS) {
            let name = in_underscores(&name);
            if label(&name).is_some() || ARRANGEMENT.contains(&&*name) {
                parameters.0.retain(|(known, _)| *known != name);
                if !value.is_empty() {
                    parameters.0.push((name, value.into_owned()));
                }
            }
        }
        parameters
    }

    /// The value; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The same parameters, but this one with this value, and from the first page on.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut others = self.without(name);
        others.0.push((name.to_owned(), value.to_owned()));
        others
    }

    /// The same parameters without this one and its lookups, and from the first page on.
    pub(crate) fn without(&self, name: &str) -> Self {
        let stays = |known: &str| known != "offset" && known != name && base(known) != name;
        Self(self.0.iter().filter(|(known, _)| stays(known)).cloned().collect())
    }

    /// The parameters that choose messages, with what a page calls them.
    pub(crate) fn filters(&self) -> impl Iterator<Item = (&str, String, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), label(name)?, value.as_str())))
    }

    /// Those that none of these controls has.
    pub(crate) fn beside(&self, controls: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let beside = self.0.iter().filter(|(name, _)| name != "offset" && !controls.contains(&&**name));
        beside.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// A link to the list with these parameters.
    pub(crate) fn link(&self) -> String {
        let query = self.query();
        if query.is_empty() { "list".to_owned() } else { format!("list?{query}") }
    }
}

/// What a page calls a parameter that chooses messages.
pub(crate) fn label(name: &str) -> Option<String> {
    let (_, label) = FILTERS.iter().find(|(known, _)| *known == base(name))?;
    match name.split_once("__") {
        None => Some((*label).to_owned()),
        Some((base, lookup)) if WITH_LOOKUPS.contains(&base) => Some(match lookup {
            "gte" => format!("{label} from"),
            "lte" => format!("{label} up to"),
            "contains" | "icontains" => format!("{label} contains"),
            lookup => format!("{label} {lookup}"),
        }),
        Some(_) => None,
    }
}

/// `level[gte]` as `level__gte`.
fn in_underscores(name: &str) -> String {
    match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((base, lookup)) => format!("{base}__{lookup}"),
        None => name.to_owned(),
    }
}

fn base(name: &str) -> &str {
    name.split_once("__").map_or(name, |(base, _)| base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_what_they_do_not_change() {
        let parameters =
            Parameters::read("?nothing=1&search=a+b&level[gte]=30&level=40&offset=50&user=&done=deleted-3");
        assert_eq!(parameters.query(), "search=a+b&level__gte=30&level=40&offset=50");
        assert_eq!(parameters.with("level", "20").query(), "search=a+b&level=20");
        assert_eq!(parameters.without("level__gte").query(), "search=a+b&level=40");
        assert_eq!(parameters.get("user"), "");
    }
}
