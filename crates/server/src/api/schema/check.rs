//! Holds a JSON value against a [`Schema`], in the words of Auth0's refusals.

use std::fmt;

use serde_json::{Map, Value};

use super::{Member, Schema, Shape, name_of_type};

/// The deepest nesting that is looked at. The JSON parser allows 128.
const DEPTH_MAX: usize = 64;
/// The most characters of a value that a message repeats.
const SHOWN_MAX: usize = 100;

/// What is wrong, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Violation {
    message: String,
    place: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.message)?;
        if !self.place.is_empty() {
            write!(f, " on property {}", self.place)?;
        }
        Ok(())
    }
}

/// Finds the first thing in `value` that breaks `schema`.
pub(crate) fn check(schema: &Schema, value: &Value) -> Result<(), Violation> {
    Checker {
        place: String::new(),
        depth: 0,
    }
    .check(schema, value)
}

struct Checker {
    place: String,
    depth: usize,
}

impl Checker {
    fn check(&mut self, schema: &Schema, value: &Value) -> Result<(), Violation> {
        if schema.nullable && value.is_null() {
            return Ok(());
        }
        if DEPTH_MAX < self.depth {
            return Err(self.violation("The value is nested too deeply".into()));
        }
        match (&schema.shape, value) {
            (Shape::Any, _)
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Number, Value::Number(_)) => Ok(()),
            (Shape::Integer { min, max }, Value::Number(number)) => {
                let Some(integer) = whole(number) else {
                    return Err(self.wrong_type("integer", value));
                };
                if integer < i128::from(*min) {
                    let message = format!("Value {integer} is less than minimum {min}");
                    return Err(self.violation(message));
                }
                if i128::from(*max) < integer {
                    let message = format!("Value {integer} is greater than maximum {max}");
                    return Err(self.violation(message));
                }
                Ok(())
            }
            (Shape::Text { min, max, format }, Value::String(text)) => {
                self.length("String", "chars", text.chars().count(), *min, *max)?;
                match format {
                    Some(rule) if !(rule.holds)(text) => {
                        let message = match rule.pattern {
                            Some(pattern) => {
                                format!("String does not match pattern {pattern}: {}", shown(text))
                            }
                            None => format!(
                                "Object didn't pass validation for format {}: {}",
                                rule.name,
                                shown(text)
                            ),
                        };
                        Err(self.violation(message))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            (Shape::Choice(texts), Value::String(text)) => {
                if texts.contains(&text.as_str()) {
                    return Ok(());
                }
                Err(self.violation(format!("No enum match for: {}", shown(text))))
            }
            (
                Shape::List {
                    items,
                    min,
                    max,
                    unique,
                },
                Value::Array(list),
            ) => {
                self.length("Array", "", list.len(), *min, *max)?;
                if *unique {
                    self.unique(list)?;
                }
                for (index, item) in list.iter().enumerate() {
                    self.inside(&format!("[{index}]"), items, item)?;
                }
                Ok(())
            }
            (Shape::Object { members, open, min }, Value::Object(found)) => {
                self.object(members, *open, *min, found)
            }
            (Shape::Map { values, max }, Value::Object(found)) => {
                if *max < found.len() {
                    let message = format!(
                        "Too many properties defined ({}), maximum {max}",
                        found.len()
                    );
                    return Err(self.violation(message));
                }
                for (key, value) in found {
                    self.inside(&format!(".{}", shown(key)), values, value)?;
                }
                Ok(())
            }
            (Shape::Either(schemas), _) => self.either(schemas, value),
            (Shape::Choice(_) | Shape::Text { .. }, _) => Err(self.wrong_type("string", value)),
            (Shape::Boolean, _) => Err(self.wrong_type("boolean", value)),
            (Shape::Integer { .. }, _) => Err(self.wrong_type("integer", value)),
            (Shape::Number, _) => Err(self.wrong_type("number", value)),
            (Shape::List { .. }, _) => Err(self.wrong_type("array", value)),
            (Shape::Object { .. } | Shape::Map { .. }, _) => Err(self.wrong_type("object", value)),
        }
    }

    fn object(
        &mut self,
        members: &[Member],
        open: bool,
        min: usize,
        found: &Map<String, Value>,
    ) -> Result<(), Violation> {
        if !open {
            let unknown: Vec<String> = found
                .keys()
                .filter(|key| members.iter().all(|member| member.name != key.as_str()))
                .take(20)
                .map(|key| shown(key))
                .collect();
            if !unknown.is_empty() {
                let unknown = unknown.join(", ");
                let message = format!("Additional properties not allowed: {unknown}");
                return Err(self.violation(message));
            }
        }
        if found.len() < min {
            let message = format!(
                "Too few properties defined ({}), minimum {min}",
                found.len()
            );
            return Err(self.violation(message));
        }
        for member in members {
            match found.get(member.name) {
                Some(value) => {
                    self.inside(&format!(".{}", member.name), &member.schema, value)?;
                }
                None if member.required => {
                    let message = format!("Missing required property: {}", member.name);
                    return Err(self.violation(message));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The complaint of the one alternative that has the right type, if there is just one.
    fn either(&mut self, schemas: &[Schema], value: &Value) -> Result<(), Violation> {
        let mut complaints = Vec::new();
        for schema in schemas {
            match self.check(schema, value) {
                Ok(()) => return Ok(()),
                Err(violation) if !violation.message.starts_with("Expected type") => {
                    complaints.push(violation);
                }
                Err(_) => {}
            }
        }
        match (complaints.pop(), complaints.is_empty()) {
            (Some(only), true) => Err(only),
            (None | Some(_), _) => {
                Err(self.violation("Data does not match any schemas from 'anyOf'".into()))
            }
        }
    }

    fn unique(&self, list: &[Value]) -> Result<(), Violation> {
        let mut seen = std::collections::HashMap::new();
        for (index, item) in list.iter().enumerate() {
            if let Some(first) = seen.insert(item.to_string(), index) {
                return Err(self.violation(format!(
                    "Array items are not unique (indexes {first} and {index})"
                )));
            }
        }
        Ok(())
    }

    fn length(
        &self,
        what: &str,
        unit: &str,
        length: usize,
        min: usize,
        max: usize,
    ) -> Result<(), Violation> {
        let space = if unit.is_empty() { "" } else { " " };
        let complaint = if length < min {
            format!("{what} is too short ({length}{space}{unit}), minimum {min}")
        } else if max < length {
            format!("{what} is too long ({length}{space}{unit}), maximum {max}")
        } else {
            return Ok(());
        };
        Err(self.violation(complaint))
    }

    fn inside(&mut self, step: &str, schema: &Schema, value: &Value) -> Result<(), Violation> {
        let length = self.place.len();
        let step = if self.place.is_empty() {
            step.trim_start_matches('.')
        } else {
            step
        };
        self.place.push_str(step);
        self.depth += 1;
        let result = self.check(schema, value);
        self.depth -= 1;
        self.place.truncate(length);
        result
    }

    fn wrong_type(&self, expected: &str, found: &Value) -> Violation {
        let found = name_of_type(found);
        self.violation(format!("Expected type {expected} but found type {found}"))
    }

    fn violation(&self, message: String) -> Violation {
        Violation {
            message,
            place: self.place.clone(),
        }
    }
}

/// A number without a fraction. `1.0` is one, as in JSON Schema.
fn whole(number: &serde_json::Number) -> Option<i128> {
    if let Some(integer) = number.as_i64() {
        return Some(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Some(integer.into());
    }
    None
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::*;
    use super::*;

    const NAME: Schema = TEXT.length(1, 5).format(NO_ANGLE_BRACKETS);
    const ITEM: Schema = object(&[required("value", NAME)]);
    const BODY: Schema = object(&[
        required("name", NAME),
        optional("size", integer(1, 10).or_null()),
        optional("kind", choice(&["a", "b"])),
        optional("items", list(&ITEM).at_most(2).unique()),
        optional("labels", map(&TEXT).at_most(1)),
        optional("either", either(&[TEXT, list(&TEXT)])),
        optional("since", TEXT.format(DATE_TIME)),
        optional("some", open_object(&[]).at_least(1)),
    ]);

    #[test]
    fn values_that_break_a_rule_are_refused_in_auth0s_words() {
        for (value, complaint) in [
            (json!([]), "'Expected type object but found type array'"),
            (json!({}), "'Missing required property: name'"),
            (
                json!({"name": "x", "scopes": 1, "y": 2}),
                "'Additional properties not allowed: scopes, y'",
            ),
            (
                json!({"name": 1}),
                "'Expected type string but found type integer' on property name",
            ),
            (
                json!({"name": ""}),
                "'String is too short (0 chars), minimum 1' on property name",
            ),
            (
                json!({"name": "abcdef"}),
                "'String is too long (6 chars), maximum 5' on property name",
            ),
            (
                json!({"name": "<b>"}),
                "'String does not match pattern ^[^<>]+$: <b>' on property name",
            ),
            (
                json!({"name": "x", "size": 0}),
                "'Value 0 is less than minimum 1' on property size",
            ),
            (
                json!({"name": "x", "size": u64::MAX}),
                "'Value 18446744073709551615 is greater than maximum 10' on property size",
            ),
            (
                json!({"name": "x", "size": 1.5}),
                "'Expected type integer but found type number' on property size",
            ),
            (
                json!({"name": "x", "kind": "c"}),
                "'No enum match for: c' on property kind",
            ),
            (
                json!({"name": "x", "items": [{"value": "v"}, {"value": 2}]}),
                "'Expected type string but found type integer' on property items[1].value",
            ),
            (
                json!({"name": "x", "items": [{"value": "v"}, {"value": "v"}]}),
                "'Array items are not unique (indexes 0 and 1)' on property items",
            ),
            (
                json!({"name": "x", "items": [1, 2, 3]}),
                "'Array is too long (3), maximum 2' on property items",
            ),
            (
                json!({"name": "x", "labels": {"a": "1", "b": "2"}}),
                "'Too many properties defined (2), maximum 1' on property labels",
            ),
            (
                json!({"name": "x", "either": 1}),
                "'Data does not match any schemas from 'anyOf'' on property either",
            ),
            (
                json!({"name": "x", "since": "yesterday"}),
                "'Object didn't pass validation for format date-time: yesterday' on property since",
            ),
            (
                json!({"name": "x", "some": {}}),
                "'Too few properties defined (0), minimum 1' on property some",
            ),
        ] {
            let found = check(&BODY, &value).unwrap_err().to_string();
            assert_eq!(found, complaint, "{value}");
        }
    }

    #[test]
    fn values_that_keep_the_rules_pass() {
        for value in [
            json!({"name": "x"}),
            json!({"name": "経費", "size": null, "kind": "a", "items": [], "labels": {"a": "b"},
                "either": ["x"], "since": "2026-01-01T00:00:00.000Z", "some": {"x": 1}}),
        ] {
            assert_eq!(check(&BODY, &value), Ok(()));
        }
    }
}
