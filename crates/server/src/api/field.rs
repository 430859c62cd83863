//! The members of a request body: each read once, with its type, and none left over.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "JSON will not get new kinds of values"
)]

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use m2mint_domain::extra::Extra;
use serde_json::{Map, Value};

use crate::api::error::ApiError;
use crate::api::json;
use crate::api::operation::Operation;
use crate::api::schema::{check, name_of_type};

/// A member that was left out, was `null`, or has a value: the three states of a PATCH.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Field<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<T> Field<T> {
    /// The value, where there is one.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Calls `set` with what was said; does nothing when nothing was.
    pub(crate) fn when_said(&self, set: impl FnOnce(Option<T>))
    where
        T: Clone,
    {
        match self {
            Self::Absent => {}
            Self::Null => set(None),
            Self::Value(value) => set(Some(value.clone())),
        }
    }

    pub(crate) fn try_map<U>(
        self,
        map: impl FnOnce(T) -> Result<U, ApiError>,
    ) -> Result<Field<U>, ApiError> {
        Ok(match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Value(value) => Field::Value(map(value)?),
        })
    }
}

/// The JSON object of a request body. Members are taken out one by one; [`Fields::end`] refuses what
/// is left.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a JSON object; an empty body is an empty object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if body.trim_ascii().is_empty() {
            return Ok(Self(Map::new()));
        }
        match json::read(body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(other) => Err(wrong_type("object", &other, "")),
            Err(_) => Err(ApiError::invalid_body(
                "Invalid request payload JSON format",
            )),
        }
    }

    /// From a value inside another body.
    pub(crate) fn of(value: Value, member: &str) -> Result<Self, ApiError> {
        match value {
            Value::Object(members) => Ok(Self(members)),
            other => Err(wrong_type("object", &other, member)),
        }
    }

    pub(crate) fn string(&mut self, member: &str) -> Result<Field<String>, ApiError> {
        self.take(member, "string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    pub(crate) fn boolean(&mut self, member: &str) -> Result<Field<bool>, ApiError> {
        self.take(member, "boolean", |value| value.as_bool().ok_or(value))
    }

    pub(crate) fn integer(&mut self, member: &str) -> Result<Field<u32>, ApiError> {
        self.take(member, "integer", |value| {
            value
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .ok_or(value)
        })
    }

    pub(crate) fn strings(&mut self, member: &str) -> Result<Field<Vec<String>>, ApiError> {
        self.list(member)?.try_map(|list| {
            list.into_iter()
                .map(|value| match value {
                    Value::String(text) => Ok(text),
                    other => Err(wrong_type("string", &other, member)),
                })
                .collect()
        })
    }

    pub(crate) fn list(&mut self, member: &str) -> Result<Field<Vec<Value>>, ApiError> {
        self.take(member, "array", |value| match value {
            Value::Array(list) => Ok(list),
            other => Err(other),
        })
    }

    pub(crate) fn object(&mut self, member: &str) -> Result<Field<Self>, ApiError> {
        self.take(member, "object", |value| match value {
            Value::Object(members) => Ok(Self(members)),
            other => Err(other),
        })
    }

    /// Pairs of texts. A `null` deletes its key: it comes back as `None`.
    pub(crate) fn pairs(
        &mut self,
        member: &str,
    ) -> Result<Field<BTreeMap<String, Option<String>>>, ApiError> {
        self.object(member)?.try_map(|fields| {
            fields
                .0
                .into_iter()
                .map(|(key, value)| match value {
                    Value::String(text) => Ok((key, Some(text))),
                    Value::Null => Ok((key, None)),
                    other => Err(wrong_type("string", &other, &format!("{member}.{key}"))),
                })
                .collect()
        })
    }

    /// A text that is one of a few, read by `parse`.
    pub(crate) fn choice<T>(
        &mut self,
        member: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Field<T>, ApiError> {
        self.string(member)?
            .try_map(|text| parse(&text).ok_or_else(|| invalid("No enum match for", &text, member)))
    }

    /// All members, for a body that is kept as it is.
    pub(crate) fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// How many members are left.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a member was said at all, be it with `null`.
    pub(crate) fn says(&self, member: &str) -> bool {
        self.0.contains_key(member)
    }

    /// Whether a member is a text, for one that may be something else too.
    pub(crate) fn holds_string(&self, member: &str) -> bool {
        self.0.get(member).is_some_and(Value::is_string)
    }

    /// Takes a member as it is, with `null` for one that says so.
    pub(crate) fn value(&mut self, member: &str) -> Option<Value> {
        self.0.remove(member)
    }

    /// Members that are kept and shown and change nothing, each as its JSON text, or `None` for
    /// `null`.
    pub(crate) fn extra(
        &mut self,
        members: &[&'static str],
    ) -> Vec<(&'static str, Option<String>)> {
        members
            .iter()
            .filter_map(|member| {
                let value = self.0.remove(*member)?;
                Some((*member, (!value.is_null()).then(|| value.to_string())))
            })
            .collect()
    }

    /// Takes a member and drops it: one that a tool echoes and that cannot be set.
    pub(crate) fn ignore(&mut self, member: &str) {
        self.0.remove(member);
    }

    /// Refuses members nobody took.
    pub(crate) fn end(self) -> Result<(), ApiError> {
        let left: Vec<&str> = self.0.keys().map(String::as_str).take(20).collect();
        if left.is_empty() {
            return Ok(());
        }
        Err(ApiError::invalid_body(format!(
            "Payload validation error: 'Additional properties not allowed: {}'.",
            left.join(", ")
        )))
    }

    fn take<T>(
        &mut self,
        member: &str,
        expected: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Result<Field<T>, ApiError> {
        match self.0.remove(member) {
            None => Ok(Field::Absent),
            Some(Value::Null) => Ok(Field::Null),
            Some(value) => match read(value) {
                Ok(value) => Ok(Field::Value(value)),
                Err(value) => Err(wrong_type(expected, &value, member)),
            },
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let operation = Operation::of(&parts)?;
        let request = Request::from_parts(parts, body);
        let body = Bytes::from_request(request, state).await?;
        let nothing =
            operation.body.is_some_and(|schema| schema.nullable) && body.trim_ascii() == b"null";
        let fields = Self::parse(if nothing { b"" } else { &body })?;
        let Self(members) = fields;
        let mut value = Value::Object(members);
        make_whole(&mut value);
        if let Some(schema) = operation.body {
            check(schema, &value).map_err(|wrong| {
                ApiError::invalid_body(format!("Payload validation error: {wrong}."))
            })?;
        }
        Self::of(value, "")
    }
}

/// The largest number that every writer of JSON has to the unit (RFC 8259 §6).
const EXACT_MAX: f64 = 9_007_199_254_740_991.0;

/// Writes whole numbers as such: to JSON, and so to many who write it, `7.0` is 7.
fn make_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|_| number.is_f64())
                .filter(|float| float.fract() == 0.0 && float.abs() <= EXACT_MAX);
            if let Some(float) = whole {
                #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
                let integer = float as i64;
                *number = integer.into();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(make_whole),
        Value::Object(members) => members.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// A value that breaks a rule of its member.
pub(crate) fn invalid(rule: &str, value: &str, member: &str) -> ApiError {
    let shown: String = value.chars().take(100).collect();
    ApiError::invalid_body(format!(
        "Payload validation error: '{rule}: {shown}' on property {member}."
    ))
}

/// A member that must be there.
pub(crate) fn required<T>(field: Field<T>, member: &str) -> Result<T, ApiError> {
    field.value().ok_or_else(|| {
        ApiError::invalid_body(format!(
            "Payload validation error: 'Missing required property: {member}'."
        ))
    })
}

/// Writes what was said of members without effect into what is kept of them.
pub(crate) fn keep_extra(kept: &mut Extra, said: &[(&'static str, Option<String>)]) {
    for (member, json) in said {
        match json {
            Some(json) => kept.insert(member, json),
            None => kept.remove(member),
        }
    }
}

fn wrong_type(expected: &str, found: &Value, member: &str) -> ApiError {
    let found = name_of_type(found);
    let place = if member.is_empty() {
        String::new()
    } else {
        format!(" on property {member}")
    };
    ApiError::invalid_body(format!(
        "Payload validation error: 'Expected type {expected} but found type {found}'{place}."
    ))
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use http_body_util::BodyExt as _;

    use super::*;

    async fn message(error: ApiError) -> String {
        let body = error
            .into_response()
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes();
        serde_json::from_slice::<Value>(&body).unwrap()["message"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[tokio::test]
    async fn wrong_types_and_leftovers_are_named() {
        let mut fields = Fields::parse(br#"{"name":1,"scopes":[]}"#).unwrap();
        assert_eq!(
            message(fields.string("name").unwrap_err()).await,
            "Payload validation error: 'Expected type string but found type integer' on property name."
        );
        assert_eq!(
            message(fields.end().unwrap_err()).await,
            "Payload validation error: 'Additional properties not allowed: scopes'."
        );
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        let mut fields = Fields::parse(br#"{"a":null,"b":"x"}"#).unwrap();
        assert_eq!(fields.string("a").unwrap(), Field::Null);
        assert_eq!(fields.string("b").unwrap(), Field::Value("x".into()));
        assert_eq!(fields.string("c").unwrap(), Field::Absent);
        assert!(fields.end().is_ok());
    }
}
