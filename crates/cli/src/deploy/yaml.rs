//! YAML as JSON: the core schema of YAML 1.2, with merge keys, and nothing that could name a type of
//! ours or reach for another file.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use serde_json::{Map, Number, Value};

/// Deeper is no configuration of anybody.
const DEPTH_MAX: usize = 64;
/// How many values anchors and aliases may copy: a page of aliases of aliases is a bomb.
const COPIES_MAX: usize = 1_000_000;

/// Why a text is no document.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidYaml {
    /// It breaks the rules of YAML.
    #[error("{0}")]
    Syntax(#[from] ScanError),
    /// It keeps the rules, and asks for more than a document needs.
    #[error("line {line}: {what}")]
    Unacceptable {
        /// Where, counted from 1.
        line: usize,
        /// What it asks for.
        what: &'static str,
    },
}

/// Parses one document; none at all is `null`.
///
/// # Errors
///
/// [`InvalidYaml`].
pub(crate) fn parse(text: &str) -> Result<Value, InvalidYaml> {
    let mut building = Building::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event?;
        let line = span.start.line();
        building
            .take(event)
            .map_err(|what| InvalidYaml::Unacceptable { line, what })?;
    }
    Ok(building.whole.unwrap_or_default())
}

/// A document under construction.
#[derive(Default)]
struct Building {
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    copies: usize,
    whole: Option<Value>,
    documents: usize,
}

/// A collection whose end has not come yet, and the anchor it gets then (0 for none).
enum Open {
    List(usize, Vec<Value>),
    Map {
        anchor: usize,
        members: Map<String, Value>,
        /// What `<<` brings: it never goes over a member that is written out.
        merged: Vec<Value>,
        key: Option<Key>,
    },
}

enum Key {
    Name(String),
    Merge,
}

type Taken = Result<(), &'static str>;

impl Building {
    fn take(&mut self, event: Event<'_>) -> Taken {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if 1 < self.documents {
                    return Err("a second document begins");
                }
                Ok(())
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                // An anchor of a collection is set at its end, so nothing contains itself.
                let value = value.ok_or("an alias stands within what it names")?;
                self.copied(&value)?;
                self.put(value, false)
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let value = scalar(&text, plain, tag.as_deref())?;
                self.anchored(anchor, &value)?;
                self.put(value, plain && text == "<<")
            }
            Event::SequenceStart(anchor, tag) => {
                collection(tag.as_deref(), "seq")?;
                self.begin(Open::List(anchor, Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                collection(tag.as_deref(), "map")?;
                self.begin(Open::Map {
                    anchor,
                    members: Map::new(),
                    merged: Vec::new(),
                    key: None,
                })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (anchor, value) = match self.open.pop() {
                    Some(Open::List(anchor, items)) => (anchor, Value::Array(items)),
                    Some(Open::Map {
                        anchor,
                        members,
                        merged,
                        ..
                    }) => (anchor, Value::Object(with_merged(members, merged)?)),
                    None => return Err("a collection ends that did not begin"),
                };
                self.anchored(anchor, &value)?;
                self.put(value, false)
            }
        }
    }

    fn begin(&mut self, open: Open) -> Taken {
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            return Err("the name of a member is a collection");
        }
        if self.open.len() == DEPTH_MAX {
            return Err("it is nested too deeply");
        }
        self.open.push(open);
        Ok(())
    }

    /// Puts a finished value where it belongs: into the innermost collection, as a name or as a value.
    fn put(&mut self, value: Value, merge: bool) -> Taken {
        match self.open.last_mut() {
            None => self.whole = Some(value),
            Some(Open::List(_, items)) => items.push(value),
            Some(Open::Map {
                members,
                merged,
                key,
                ..
            }) => match key.take() {
                None if merge => *key = Some(Key::Merge),
                None => *key = Some(Key::Name(name(value)?)),
                Some(Key::Merge) => merged.push(value),
                Some(Key::Name(name)) => {
                    if members.insert(name, value).is_some() {
                        return Err("a member stands there twice");
                    }
                }
            },
        }
        Ok(())
    }

    fn anchored(&mut self, anchor: usize, value: &Value) -> Taken {
        if anchor == 0 {
            return Ok(());
        }
        self.copied(value)?;
        self.anchors.insert(anchor, value.clone());
        Ok(())
    }

    fn copied(&mut self, value: &Value) -> Taken {
        self.copies = self.copies.saturating_add(size(value));
        if COPIES_MAX < self.copies {
            return Err("its aliases copy too much");
        }
        Ok(())
    }
}

/// How many values there are in one; long texts count for several.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(size).sum::<usize>() + 1,
        Value::Object(members) => {
            let inner = members
                .iter()
                .map(|(name, value)| 1 + name.len() / 64 + size(value));
            inner.sum::<usize>() + 1
        }
        Value::String(text) => 1 + text.len() / 64,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// The name of a member; as JSON has texts only, other scalars become one.
fn name(value: Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Array(_) | Value::Object(_) => Err("the name of a member is a collection"),
    }
}

fn with_merged(
    mut members: Map<String, Value>,
    merged: Vec<Value>,
) -> Result<Map<String, Value>, &'static str> {
    for value in merged {
        let sources = match value {
            Value::Array(sources) => sources,
            one @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_)) => vec![one],
        };
        for source in sources {
            let Value::Object(source) = source else {
                return Err("what `<<` merges is no mapping");
            };
            for (name, value) in source {
                members.entry(name).or_insert(value);
            }
        }
    }
    Ok(members)
}

fn collection(tag: Option<&Tag>, kind: &str) -> Taken {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == kind) => Err(TAGGED),
        Some(_) | None => Ok(()),
    }
}

const TAGGED: &str = "it has a tag that is not of YAML's core schema";

fn scalar(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value, &'static str> {
    let Some(tag) = tag else {
        return Ok(if plain { resolved(text) } else { text.into() });
    };
    if !tag.is_yaml_core_schema() {
        return Err(TAGGED);
    }
    let value = resolved(text);
    match (tag.suffix.as_str(), &value) {
        ("str", _) => Ok(text.into()),
        ("null", Value::Null) | ("bool", Value::Bool(_)) | ("int" | "float", Value::Number(_)) => {
            Ok(value)
        }
        ("null" | "bool" | "int" | "float", _) => Err("a value is not what its tag says"),
        _ => Err(TAGGED),
    }
}

/// What a plain scalar means (YAML 1.2.2 §10.3.2).
fn resolved(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| text.into(), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return hand_written(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return hand_written(digits, 8);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !unsigned.contains(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = digits.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = digits.parse::<u64>() {
        return Some(number.into());
    }
    let decimal = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if !digits.chars().all(decimal) {
        return None;
    }
    Number::from_f64(digits.parse().ok()?)
}

fn hand_written(digits: &str, radix: u32) -> Option<Number> {
    let first = digits.chars().next()?;
    if !first.is_digit(radix) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(Number::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn scalars_mean_what_the_core_schema_says() {
        let text = "a: 1\nb: -2.5\nc: true\nd: ~\ne:\nf: yes\ng: '1'\nh: \"x\\ny\"\ni: 0x1F\nj: 0o17\nk: 1e3\nl: 2026-01-01\nm: 1.2.3\nn: .inf\no: !!str 1\n1: x\n";
        assert_eq!(
            parse(text).unwrap(),
            json!({
                "a": 1, "b": -2.5, "c": true, "d": null, "e": null, "f": "yes", "g": "1",
                "h": "x\ny", "i": 31, "j": 15, "k": 1000.0, "l": "2026-01-01", "m": "1.2.3",
                "n": ".inf", "o": "1", "1": "x",
            })
        );
        assert_eq!(parse("").unwrap(), Value::Null);
    }

    #[test]
    fn anchors_are_copied_and_merged() {
        let text = "base: &b {a: 1, c: 2}\nlist: [*b, x]\nmine:\n  <<: *b\n  c: 3\n";
        assert_eq!(
            parse(text).unwrap(),
            json!({"base": {"a": 1, "c": 2}, "list": [{"a": 1, "c": 2}, "x"], "mine": {"a": 1, "c": 3}})
        );
        assert_eq!(
            refused("a: {<<: 1}"),
            "line 1: what `<<` merges is no mapping"
        );
    }

    #[test]
    fn a_bomb_of_aliases_does_not_go_off() {
        let mut bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = level - 1;
            let aliases = vec![format!("*l{before}"); 10].join(", ");
            bomb = format!("{bomb}l{level}: &l{level} [{aliases}]\n");
        }
        assert!(refused(&bomb).ends_with("its aliases copy too much"));
    }

    #[test]
    fn what_no_document_needs_is_refused() {
        assert!(refused(&"[".repeat(100)).contains("nested too deeply"));
        assert!(refused("a: 1\na: 2\n").contains("stands there twice"));
        assert!(refused("a: !include secrets.yaml").contains("a tag"));
        assert!(refused("--- 1\n--- 2\n").contains("second document"));
        assert!(refused("? [a]\n: 1\n").contains("collection"));
        assert!(refused("&a [*a]").contains("within what it names"));
        assert!(refused("a: *nobody").contains("nobody") || !refused("a: *nobody").is_empty());
        assert!(refused("a: [1, 2").len() > 5);
    }
}
