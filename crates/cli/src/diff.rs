//! What a change makes of an object, line by line, for people.

use serde_json::{Map, Value};

use crate::failure::Outcome;
use crate::output::{Output, line, printable};

/// The most lines that are shown of one text.
const TEXT_LINES_MAX: usize = 100;
/// The longest line; the rest is left out.
const LINE_MAX: usize = 400;

/// What became of something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    Added,
    Changed,
    Removed,
    /// Stands there for orientation.
    Same,
}

impl Sign {
    const fn text(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Changed => "~",
            Self::Removed => "-",
            Self::Same => " ",
        }
    }

    /// The number of its colour on a terminal.
    const fn colour(self) -> Option<u8> {
        match self {
            Self::Added => Some(32),
            Self::Changed => Some(33),
            Self::Removed => Some(31),
            Self::Same => None,
        }
    }
}

/// One line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    pub(crate) depth: usize,
    pub(crate) sign: Sign,
    pub(crate) text: String,
}

/// The lines of what makes `after` of `before`.
pub(crate) fn lines(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    depth: usize,
) -> Vec<Line> {
    let mut lines = Vec::new();
    members(&mut lines, before, after, depth);
    lines
}

/// Prints lines.
///
/// # Errors
///
/// See [`line()`].
pub(crate) fn print(out: Output, lines: &[Line]) -> Outcome {
    for Line { depth, sign, text } in lines {
        let shown: String = printable(text).chars().take(LINE_MAX).collect();
        let cut = if shown.len() < text.len() && LINE_MAX <= shown.chars().count() {
            "…"
        } else {
            ""
        };
        let whole = format!("{}{} {shown}{cut}", "  ".repeat(*depth), sign.text());
        line(&out.painted(sign.colour(), whole.trim_end()))?;
    }
    Ok(())
}

fn members(
    lines: &mut Vec<Line>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    depth: usize,
) {
    for (name, old) in before {
        match after.get(name) {
            Some(new) if new == old => {}
            new => member(lines, name, old, new.unwrap_or(&Value::Null), depth),
        }
    }
    for (name, new) in after {
        if !before.contains_key(name) {
            member(lines, name, &Value::Null, new, depth);
        }
    }
}

fn member(lines: &mut Vec<Line>, name: &str, old: &Value, new: &Value, depth: usize) {
    let mut push = |sign: Sign, text: String| lines.push(Line { depth, sign, text });
    match (old, new) {
        (Value::Null, Value::Null) => {}
        (Value::Null, Value::String(text)) if text.contains('\n') => {
            push(Sign::Added, format!("{name}:"));
            texts(lines, "", text, depth + 1);
        }
        (Value::String(text), Value::Null) if text.contains('\n') => {
            push(Sign::Removed, format!("{name}:"));
            texts(lines, text, "", depth + 1);
        }
        (Value::Null, new) => push(Sign::Added, format!("{name}: {new}")),
        (old, Value::Null) => push(Sign::Removed, format!("{name}: {old}")),
        (Value::Object(old), Value::Object(new)) => {
            push(Sign::Changed, format!("{name}:"));
            members(lines, old, new, depth + 1);
        }
        (Value::Array(old), Value::Array(new)) => list(lines, name, old, new, depth),
        (Value::String(old), Value::String(new)) if old.contains('\n') || new.contains('\n') => {
            push(Sign::Changed, format!("{name}:"));
            texts(lines, old, new, depth + 1);
        }
        (old, new) => push(Sign::Changed, format!("{name}: {old} → {new}")),
    }
}

/// Items that came and went; or both lists, when only the order is another.
fn list(lines: &mut Vec<Line>, name: &str, old: &[Value], new: &[Value], depth: usize) {
    let gone = without(old, new);
    let come = without(new, old);
    let text = if gone.is_empty() && come.is_empty() {
        let whole = |items: &[Value]| Value::Array(items.to_vec()).to_string();
        format!("{name}: {} → {}", whole(old), whole(new))
    } else {
        format!("{name}:")
    };
    lines.push(Line {
        depth,
        sign: Sign::Changed,
        text,
    });
    let items = |sign: Sign, items: Vec<&Value>| {
        let line = move |item: &Value| Line {
            depth: depth + 1,
            sign,
            text: item.to_string(),
        };
        items.into_iter().map(line).collect::<Vec<_>>()
    };
    lines.extend(items(Sign::Removed, gone));
    lines.extend(items(Sign::Added, come));
}

/// The items of `list` that `other` does not have.
fn without<'v>(list: &'v [Value], other: &[Value]) -> Vec<&'v Value> {
    // By their text, because JSON values cannot be hashed.
    let other: std::collections::HashSet<String> = other.iter().map(Value::to_string).collect();
    list.iter()
        .filter(|item| !other.contains(&item.to_string()))
        .collect()
}

/// The lines between those that both texts begin and end with.
fn texts(lines: &mut Vec<Line>, old: &str, new: &str, depth: usize) {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(&new).take_while(same).count();
    let (old, new) = (
        old.get(head..).unwrap_or(&[]),
        new.get(head..).unwrap_or(&[]),
    );
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let middle = |all: &[&str]| -> Vec<String> {
        let middle = all.iter().take(all.len() - tail);
        middle.map(|line| (*line).to_owned()).collect()
    };
    let mut push = |sign: Sign, text: String| lines.push(Line { depth, sign, text });
    if 0 < head {
        push(Sign::Same, format!("… {head} lines as before"));
    }
    for (sign, middle) in [(Sign::Removed, middle(old)), (Sign::Added, middle(new))] {
        let more = middle.len().saturating_sub(TEXT_LINES_MAX);
        for line in middle.into_iter().take(TEXT_LINES_MAX) {
            push(sign, line);
        }
        if 0 < more {
            push(sign, format!("… {more} more lines"));
        }
    }
    if 0 < tail {
        push(Sign::Same, format!("… {tail} lines as before"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(before: &Value, after: &Value) -> Vec<String> {
        let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
        lines(&members(before), &members(after), 0)
            .iter()
            .map(|line| {
                format!(
                    "{}{} {}",
                    "  ".repeat(line.depth),
                    line.sign.text(),
                    line.text
                )
            })
            .collect()
    }

    #[test]
    fn each_member_that_changed_has_its_line() {
        assert_eq!(
            shown(
                &json!({"a": 1, "same": [1], "gone": true, "o": {"x": 1, "y": 2}}),
                &json!({"a": 2, "same": [1], "o": {"x": 1, "y": 3}, "new": "n"}),
            ),
            [
                "~ a: 1 → 2",
                "- gone: true",
                "~ o:",
                "  ~ y: 2 → 3",
                "+ new: \"n\""
            ]
        );
    }

    #[test]
    fn of_a_list_the_items_are_shown() {
        assert_eq!(
            shown(
                &json!({"s": ["a", "b", "c"]}),
                &json!({"s": ["a", "c", "d"]})
            ),
            ["~ s:", "  - \"b\"", "  + \"d\""]
        );
        assert_eq!(
            shown(&json!({"s": ["a", "b"]}), &json!({"s": ["b", "a"]})),
            ["~ s: [\"a\",\"b\"] → [\"b\",\"a\"]"]
        );
    }

    #[test]
    fn of_a_script_the_lines_between_are_shown() {
        assert_eq!(
            shown(
                &json!({"code": "a\nb\nc\n"}),
                &json!({"code": "a\nx\ny\nc\n"})
            ),
            [
                "~ code:",
                "    … 1 lines as before",
                "  - b",
                "  + x",
                "  + y",
                "    … 1 lines as before"
            ]
        );
    }
}
