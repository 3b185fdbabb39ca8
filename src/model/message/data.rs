//! The data of a message: a JSON object that the application defines.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser::Error as _};
use serde_json::{Map, Value};

use super::{
    InvalidMessage, NewMessage,
    limits::{Field, Problem},
};

/// The data of a message: a JSON object that the application defines, for example the id of what the message is about.
///
/// It is kept as compact JSON with sorted names, so two objects with the same members are equal. Its serde form is the
/// object.
///
/// ```
/// use actix_messages::{Level, NewMessage};
/// use serde::Deserialize;
/// use serde_json::json;
///
/// #[derive(Debug, PartialEq, Deserialize)]
/// struct Comment {
///     post: u64,
/// }
///
/// let message = NewMessage::new(Level::INFO, "A comment on your post.").data(json!({ "post": 17 })).check()?;
/// let data = message.data.as_ref().unwrap();
/// assert_eq!(data.as_str(), r#"{"post":17}"#);
/// assert_eq!(data.to_map()["post"], 17);
/// assert_eq!(data.parse::<Comment>()?, Comment { post: 17 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageData(Box<str>);

impl MessageData {
    /// Serialises a value, and checks the limits: the result is an object of at most 4096 bytes as compact JSON, its
    /// objects and arrays are nested at most 32 levels deep, and it contains no NUL.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if the value can't be serialised as an object, or if it breaks a limit.
    pub fn new(value: &(impl Serialize + ?Sized)) -> Result<Self, InvalidMessage> {
        Self::check(value).map_err(|problem| InvalidMessage { field: Field::Data, problem })
    }

    pub(super) fn check(value: &(impl Serialize + ?Sized)) -> Result<Self, Problem> {
        let Ok(Value::Object(object)) = serde_json::to_value(value) else { return Err(Problem::NotAnObject) };
        let object = Value::Object(object);
        let depth = depth(&object);
        if depth > NewMessage::MAX_DATA_DEPTH {
            return Err(Problem::TooDeep { limit: NewMessage::MAX_DATA_DEPTH, given: depth });
        }
        if contains_nul(&object) {
            return Err(Problem::Nul);
        }
        let Self(json) = Self::of(object);
        if json.len() > NewMessage::MAX_DATA_BYTES {
            return Err(Problem::TooManyBytes { limit: NewMessage::MAX_DATA_BYTES, given: json.len() });
        }
        Ok(Self(json))
    }

    fn of(object: Value) -> Self {
        Self(with_sorted_names(object).to_string().into())
    }

    /// Returns the object as compact JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the members of the object.
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        // It was created from an object.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Deserialises the object.
    ///
    /// # Errors
    ///
    /// The error of `serde_json` if the object has another form.
    pub fn parse<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }
}

impl fmt::Display for MessageData {
    /// Writes the object as compact JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for MessageData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parse::<Map<String, Value>>().map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for MessageData {
    /// Reads an object that a store has kept. It may be longer than the data of a new message.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|object| Self::of(Value::Object(object)))
    }
}

/// Returns the levels of objects and arrays in the value.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(contains_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || contains_nul(value)),
        _ => false,
    }
}

/// Sorts the members of all objects. The feature `preserve_order` of `serde_json`, which any crate of a program may
/// turn on, keeps them in the order given.
fn with_sorted_names(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(with_sorted_names).collect(),
        Value::Object(members) => {
            let mut members = members.into_iter().collect::<Vec<_>>();
            members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().map(|(name, value)| (name, with_sorted_names(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn problem(value: impl Serialize) -> Problem {
        MessageData::new(&value).unwrap_err().problem
    }

    fn nested(levels: usize) -> Value {
        (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }))
    }

    #[test]
    fn only_objects_within_the_limits_are_data() {
        for value in [json!(null), json!([]), json!("{}"), json!(1), json!(true)] {
            assert_eq!(problem(value), Problem::NotAnObject);
        }
        assert_eq!(problem(BTreeMap::from([((1, 2), 3)])), Problem::NotAnObject, "the names are not texts");
        assert_eq!(problem(json!({ "a": ["b", { "c": "\0" }] })), Problem::Nul);
        assert_eq!(problem(json!({ "\0": 1 })), Problem::Nul);
        assert_eq!(MessageData::new(&json!({ "a": "\\u0000" })).unwrap().as_str(), r#"{"a":"\\u0000"}"#);

        assert!(MessageData::new(&nested(32)).is_ok());
        assert_eq!(problem(nested(33)), Problem::TooDeep { limit: 32, given: 33 });
        assert_eq!(problem(json!({ "a": [[nested(31)]] })), Problem::TooDeep { limit: 32, given: 34 });

        let of_bytes = |bytes: usize| json!({ "a": "x".repeat(bytes - 8) });
        assert_eq!(MessageData::new(&of_bytes(4096)).unwrap().as_str().len(), 4096);
        assert_eq!(problem(of_bytes(4097)), Problem::TooManyBytes { limit: 4096, given: 4097 });
        assert_eq!(problem(json!({ "a": "ß".repeat(2045) })), Problem::TooManyBytes { limit: 4096, given: 4098 });
    }

    #[test]
    fn equal_objects_are_equal_in_any_order() {
        let one = serde_json::from_str::<MessageData>(r#"{ "b": { "d": 1, "c": [2] }, "a": null }"#).unwrap();
        let other = serde_json::from_str::<MessageData>(r#"{"a":null,"b":{"c":[2],"d":1}}"#).unwrap();
        assert_eq!((one.as_str(), &one), (r#"{"a":null,"b":{"c":[2],"d":1}}"#, &other));
        assert_eq!(MessageData::new(&one).unwrap(), other);
        assert!(serde_json::from_str::<MessageData>("[]").is_err());
    }

    #[test]
    fn numbers_stay_the_same() {
        let numbers = json!({ "n": [u64::MAX, i64::MIN, 0.1 + 0.2, 1.0, -0.0, f64::MIN_POSITIVE, f64::MAX,
            9_007_199_254_740_993_u64, 51.248_178_172_212_72, 2.004_016_008e-308, 1.797_693_134_862_315_4e308] });
        let mut data = MessageData::new(&numbers).unwrap();
        let first = data.clone();
        for _ in 0..4 {
            data = serde_json::from_str(&serde_json::to_string(&data).unwrap()).unwrap();
            data = serde_json::from_value(serde_json::to_value(&data).unwrap()).unwrap();
        }
        assert_eq!(data, first);
        assert_eq!(Value::Object(data.to_map()), numbers);
    }
}
