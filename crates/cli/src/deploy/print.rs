//! JSON as YAML: blocks, members in the order they have, and quotes wherever a reader could take a
//! text for something else.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Words that a YAML reader of any age takes for something else.
const WORDS: [&str; 12] = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "nan", "inf",
];

/// Prints a document. It ends with a line break.
pub(crate) fn yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => map(&mut out, members, 0),
        Value::Array(items) if !items.is_empty() => list(&mut out, items, 0),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            out.push_str(&scalar(value));
            out.push('\n');
        }
    }
    out
}

fn map(out: &mut String, members: &Map<String, Value>, depth: usize) {
    for (name, value) in members {
        indent(out, depth);
        out.push_str(&text(name));
        out.push(':');
        inner(out, value, depth + 1);
    }
}

fn list(out: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push('-');
        match item {
            Value::Object(members) if !members.is_empty() => {
                // The first member stands on the line of the dash.
                let mut inner = String::new();
                map(&mut inner, members, depth + 1);
                out.push(' ');
                out.push_str(inner.trim_start());
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => inner(out, item, depth + 1),
        }
    }
}

/// What stands behind a colon or a dash, to the end of the line or below.
fn inner(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('\n');
            map(out, members, depth);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            list(out, items, depth);
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            // A string cannot be written to in vain.
            let _ = writeln!(out, " {}", scalar(value));
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(content) => text(content),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// A text, without quotes where it means itself; in those of JSON, which are YAML's, elsewhere.
fn text(content: &str) -> String {
    let word =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ' | '(' | ')');
    let first = |c: char| c.is_alphabetic() || matches!(c, '_' | '/');
    let lower = content.to_lowercase();
    let inner_colon = |c: char| word(c) || c == ':';
    let plain = content.starts_with(first)
        && content.chars().all(inner_colon)
        && !content.contains(": ")
        && !content.ends_with([' ', ':'])
        && !WORDS.contains(&lower.as_str());
    if plain {
        return content.to_owned();
    }
    let mut quoted = String::new();
    for c in Value::from(content).to_string().chars() {
        match c {
            // JSON lets these stand as they are, YAML does not (YAML 1.2.2 §5.1).
            '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::deploy::yaml::parse;

    #[test]
    fn a_document_is_printed_in_blocks() {
        let value = json!({
            "tenant": {"friendly_name": "Acme", "flags": {}},
            "clients": [{"name": "No", "grant_types": ["client_credentials"], "x": []}],
            "count": 1,
        });
        assert_eq!(
            yaml(&value),
            "tenant:\n  friendly_name: Acme\n  flags: {}\nclients:\n  - name: \"No\"\n    grant_types:\n      - client_credentials\n    x: []\ncount: 1\n"
        );
    }

    #[test]
    fn what_is_printed_is_read_again() {
        let value = json!({
            "texts": [
                "", " a", "a ", "a: b", "a #b", "#a", "- a", "1", "1.0", "true", "NULL", "~", "0x1",
                "a\nb\n", "日本語", "\"quoted\"", "'", "@@X@@", "##Y##", "!x", "&a", "*a", "{a}", "[a]",
                "https://api.example/?a=b", "read:x", "a:", "\u{7}", "2026-01-01T00:00:00Z", "<<", "=",
                "\u{2028}", "\u{85}x", "\u{7f}\u{9b}\u{feff}", "a\u{a0}b", "|", ">", "%a", "`a`", "yes", "\u{1f600}", "\\", "\t",
            ],
            "nested": [[1, [2, {}]], [], [{"a": [{"b": null}]}], {"a": {"b": [true]}}],
            "": {"": ""},
            "a: b": 1.5,
            "big": 18_446_744_073_709_551_615_u64,
        });
        assert_eq!(parse(&yaml(&value)).unwrap(), value, "{}", yaml(&value));
    }
}
