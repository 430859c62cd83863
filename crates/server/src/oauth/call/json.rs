//! `application/json`, as Auth0 takes it beside the form.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{CallError, PARAMETERS_MAX, Parameters, REPEATED, TOO_MANY};

const MALFORMED: CallError = CallError::Malformed("The request body is not valid JSON.");
const NOT_AN_OBJECT: CallError = CallError::Malformed("The request body must be a JSON object.");
const NOT_A_STRING: CallError = CallError::Malformed("A parameter is not a string.");

/// Reads an object of strings. `scope` may be a list of strings; `null` counts as left out; members
/// without a meaning here may be anything.
pub(super) fn read(body: &[u8]) -> Result<Parameters<'_>, CallError> {
    let mut outcome = Ok(());
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parameters = Members {
        outcome: &mut outcome,
    }
    .deserialize(&mut deserializer);
    let ended = deserializer.end();
    outcome?;
    let parameters = parameters.map_err(|_| MALFORMED)?;
    ended.map_err(|_| MALFORMED)?;
    Ok(parameters)
}

/// Reads the members, and remembers the first thing that is wrong with their meaning.
struct Members<'o> {
    outcome: &'o mut Result<(), CallError>,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Parameters<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Parameters<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parameters = Parameters::default();
        let mut names: HashSet<Cow<'de, str>> = HashSet::new();
        let mut fault = None;
        while let Some(Text(name)) = map.next_key()? {
            if PARAMETERS_MAX <= names.len() {
                fault = fault.or(Some(TOO_MANY));
            }
            let is_scope = name == "scope";
            match parameters.place(&name) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(place) => match map.next_value()? {
                    Value::Text(text) => *place = (!text.is_empty()).then_some(text),
                    Value::List(list) if is_scope => *place = Some(Cow::Owned(list)),
                    Value::Null => {}
                    Value::List(_) | Value::Other if is_scope => {
                        fault = fault.or(Some(CallError::ScopeType));
                    }
                    Value::List(_) | Value::Other => fault = fault.or(Some(NOT_A_STRING)),
                },
            }
            if fault != Some(TOO_MANY) && !names.insert(name) {
                fault = fault.or(Some(REPEATED));
            }
        }
        if let Some(fault) = fault {
            *self.outcome = Err(fault);
        }
        Ok(parameters)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        *self.outcome = Err(NOT_AN_OBJECT);
        Ok(Parameters::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        *self.outcome = Err(NOT_AN_OBJECT);
        Ok(Parameters::default())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        *self.outcome = Err(NOT_AN_OBJECT);
        Ok(Parameters::default())
    }
}

/// A text, borrowed from the body where it holds no escapes.
struct Text<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// What a member may turn out to be.
enum Value<'de> {
    Text(Cow<'de, str>),
    /// A list of texts, joined by spaces.
    List(String),
    Null,
    Other,
}

impl<'de> serde::Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Value::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Value::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Value::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut joined = String::new();
                let mut texts_only = true;
                while let Some(value) = list.next_element::<Value<'de>>()? {
                    match value {
                        // A scope is one word; a text of several would smuggle some in.
                        Value::Text(text) if !text.contains(' ') => {
                            if !joined.is_empty() {
                                joined.push(' ');
                            }
                            joined.push_str(&text);
                        }
                        Value::Text(_) | Value::List(_) | Value::Null | Value::Other => {
                            texts_only = false;
                        }
                    }
                }
                Ok(if texts_only {
                    Value::List(joined)
                } else {
                    Value::Other
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}
