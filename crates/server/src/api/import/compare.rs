//! Compares what a document says of an object with what there is.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::api::operation::Operation;
use crate::api::schema::Shape;

/// Members whose values never stand in a plan.
const SECRETS: [&str; 4] = ["client_secret", "secrets", "signing_secret", "sink"];
const MASKED: &str = "[masked]";
/// What tells the items of a list apart, where their order says nothing.
const ITEM_KEYS: [&str; 5] = ["name", "module_name", "value", "id", "domain"];

/// The members that an operation takes. What it only answers is left out; what nobody knows stays
/// in, to be refused by name.
pub(super) fn settable(wanted: &Map<String, Value>, operation: &Operation) -> Map<String, Value> {
    let named = |shape: &Shape, name: &str| match shape {
        Shape::Object { members, .. } => members.iter().any(|member| member.name == name),
        Shape::Any
        | Shape::Boolean
        | Shape::Integer { .. }
        | Shape::Number
        | Shape::Text { .. }
        | Shape::Choice(_)
        | Shape::List { .. }
        | Shape::Map { .. }
        | Shape::Either(_) => false,
    };
    let taken = |name: &str| operation.body.is_some_and(|body| named(&body.shape, name));
    let answered = |name: &str| {
        operation
            .answers
            .iter()
            .filter_map(|answer| answer.body)
            .any(|body| named(&body.shape, name))
    };
    wanted
        .iter()
        .filter(|(name, _)| taken(name) || !answered(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The members of `wanted` that are not as `there` has them. Those in `whole` are replaced whole, so
/// that they must say the same; of others, `there` may say more.
pub(super) fn difference(
    there: &Value,
    wanted: &Map<String, Value>,
    whole: &[&str],
) -> Map<String, Value> {
    let same = |name: &str, value: &Value| {
        let there = there.get(name).unwrap_or(&Value::Null);
        if whole.contains(&name) {
            let none = there.is_null() && covers(there, value);
            none || there == value || (listed(there, value) && listed(value, there))
        } else {
            covers(there, value)
        }
    };
    wanted
        .iter()
        .filter(|(name, value)| !same(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether `there` says all that `wanted` does. An object may say more.
pub(super) fn covers(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, value)| covers(there.get(name.as_str()).unwrap_or(&Value::Null), value)),
        (Value::Array(items), Value::Array(others)) => {
            let in_order = || {
                items
                    .iter()
                    .zip(others)
                    .all(|(there, one)| covers(there, one))
            };
            items.len() == others.len() && (in_order() || listed(there, wanted))
        }
        // Nothing and a list of nothing are the same.
        (Value::Null, Value::Array(wanted)) => wanted.is_empty(),
        // A number has several spellings.
        (Value::Number(there), Value::Number(wanted)) => there.as_f64() == wanted.as_f64(),
        _ => there == wanted,
    }
}

/// Whether two lists have the same items in any order, by what tells these apart.
fn listed(there: &Value, wanted: &Value) -> bool {
    let (Value::Array(there), Value::Array(wanted)) = (there, wanted) else {
        return false;
    };
    let Some(key) = ITEM_KEYS.into_iter().find(|key| {
        let has = |item: &Value| item.get(key).is_some_and(Value::is_string);
        wanted.iter().chain(there).all(has)
    }) else {
        return false;
    };
    let by_key: HashMap<Option<&str>, &Value> = there
        .iter()
        .map(|item| (item[key].as_str(), item))
        .collect();
    there.len() == wanted.len()
        && by_key.len() == there.len()
        && wanted.iter().all(|item| {
            let there = by_key.get(&item[key].as_str());
            there.is_some_and(|there| covers(there, item))
        })
}

/// Whether a text stands for a secret that the document does not have.
fn is_placeholder(text: &str) -> bool {
    let between = |sign: &str| {
        let inner = text
            .strip_prefix(sign)
            .and_then(|text| text.strip_suffix(sign));
        inner.is_some_and(|name| {
            let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            !name.is_empty() && name.chars().all(part)
        })
    };
    matches!(text, "_VALUE_NOT_SHOWN_" | "********") || between("##") || between("@@")
}

/// Leaves out what only has a placeholder, so that what is there stays.
pub(super) fn without_placeholders(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.as_str().is_some_and(is_placeholder));
            members.values_mut().for_each(without_placeholders);
        }
        Value::Array(items) => items.iter_mut().for_each(without_placeholders),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(super) fn masked(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        for secret in SECRETS {
            if let Some(value) = members.get_mut(secret) {
                *value = json!(MASKED);
            }
        }
    }
    value
}

/// Adds to the change of a log stream what it would forget otherwise: the secrets of its sink that
/// the document does not have, and what it says of people.
pub(super) fn complete_stream(
    there: &Value,
    wanted: &Map<String, Value>,
    change: &mut Map<String, Value>,
) {
    const SECRETS: [&str; 4] = [
        "httpAuthorization",
        "splunkToken",
        "datadogApiKey",
        "segmentWriteKey",
    ];
    if change.is_empty() {
        return;
    }
    let known = there.get("sink").and_then(Value::as_object);
    if let (Some(known), Some(Value::Object(sink))) = (known, change.get_mut("sink")) {
        for secret in SECRETS {
            if let Some(value) = known.get(secret) {
                sink.entry(secret).or_insert_with(|| value.clone());
            }
        }
    }
    let people = "pii_config";
    if let Some(value) = wanted.get(people).or_else(|| there.get(people)) {
        change.entry(people).or_insert_with(|| value.clone());
    }
}
