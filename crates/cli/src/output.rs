//! What a command prints: tables for people, JSON for programs.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{Attribute, Cell, ContentArrangement, Table};
use serde_json::Value;

use crate::config;
use crate::failure::Outcome;
use crate::text::Level;

/// The longest list that a cell shows whole.
const ITEMS_SHOWN: usize = 8;

/// Where results go: standard output, and nothing but results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    colour: bool,
}

/// A column: its title, and the member of the object that stands in it.
pub(crate) type Column = (&'static str, &'static str);

impl Output {
    /// For programs when `json`; in colour on a terminal, unless `NO_COLOR` is set.
    pub(crate) fn new(json: bool) -> Self {
        let colour = io::stdout().is_terminal() && config::env("NO_COLOR").is_none();
        Self { json, colour }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Several objects: a row each, or the JSON array.
    pub(crate) fn list(self, columns: &[Column], objects: &[Value]) -> Outcome {
        if self.json {
            return value(&Value::Array(objects.to_vec()));
        }
        let mut table = self.table();
        table.set_header(columns.iter().map(|(title, _)| self.strong(title)));
        for object in objects {
            table.add_row(columns.iter().map(|(_, member)| cell(object, member)));
        }
        line(&table.trim_fmt())
    }

    /// One object: a row for each member that has a value, or the JSON.
    pub(crate) fn object(self, object: &Value, columns: &[Column]) -> Outcome {
        if self.json {
            return value(object);
        }
        let mut table = self.table();
        // Values stay in one piece, so that they can be selected and copied.
        table.set_content_arrangement(ContentArrangement::Disabled);
        for (title, member) in columns {
            let text = cell(object, member);
            if !text.is_empty() {
                table.add_row([self.strong(title), Cell::new(text)]);
            }
        }
        line(&table.trim_fmt())
    }

    /// A sentence for people. Programs see the exit code.
    pub(crate) fn done(self, sentence: &str) -> Outcome {
        if self.json { Ok(()) } else { line(sentence) }
    }

    /// A word in the colour of how things are.
    pub(crate) fn coloured(self, level: Level, word: &str) -> String {
        let code = match level {
            Level::Ok => 32,
            Level::Warn => 33,
            Level::Fail => 31,
        };
        self.painted(Some(code), word)
    }

    /// A text in a colour, by the colour's number; as it is where there are no colours.
    pub(crate) fn painted(self, code: Option<u8>, text: &str) -> String {
        match code {
            Some(code) if self.colour => format!("\x1b[{code}m{text}\x1b[0m"),
            Some(_) | None => text.to_owned(),
        }
    }

    fn table(self) -> Table {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        if !self.colour {
            // Also when standard output is a terminal: NO_COLOR means the bold titles too.
            table.style_text_only();
        }
        table
    }

    fn strong(self, title: &str) -> Cell {
        let cell = Cell::new(title);
        if self.colour {
            cell.add_attribute(Attribute::Bold)
        } else {
            cell
        }
    }
}

/// Prints one line of a result. Unlike `println!`, it can fail: the reader may go away.
///
/// # Errors
///
/// Standard output is closed, or the disk behind it is full.
pub(crate) fn line(text: &str) -> Outcome {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Prints a JSON value, indented.
///
/// # Errors
///
/// See [`line()`].
pub(crate) fn value(value: &Value) -> Outcome {
    line(&serde_json::to_string_pretty(value)?)
}

/// What stands in a cell for the member at `path`, which may be a path such as `client.policy`.
fn cell(object: &Value, path: &str) -> String {
    let mut value = object;
    for name in path.split('.') {
        let Some(inner) = value.get(name) else {
            return String::new();
        };
        value = inner;
    }
    plain(value)
}

/// A value without JSON's quotes and brackets.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => printable(text),
        Value::Array(items) => {
            let mut texts: Vec<String> = items.iter().take(ITEMS_SHOWN).map(plain_item).collect();
            if ITEMS_SHOWN < items.len() {
                texts.push(format!("… ({})", items.len()));
            }
            texts.join(" ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A scope object is shown by its value.
fn plain_item(item: &Value) -> String {
    plain(item.get("value").unwrap_or(item))
}

/// Names come from elsewhere: nothing in them may steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_hold_plain_text() {
        let object = json!({
            "name": "Import \u{1b}[31mJob",
            "scopes": [{ "value": "a:b", "description": "x" }, { "value": "c:d" }],
            "inner": { "policy": "deny_all" },
            "lifetime": 60,
            "nothing": null,
        });
        assert_eq!(cell(&object, "name"), "Import \u{fffd}[31mJob");
        assert_eq!(cell(&object, "scopes"), "a:b c:d");
        assert_eq!(cell(&object, "inner.policy"), "deny_all");
        assert_eq!(cell(&object, "lifetime"), "60");
        assert_eq!(cell(&object, "nothing"), "");
        assert_eq!(cell(&object, "absent"), "");
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<Value> = (0..20).map(Value::from).collect();
        assert_eq!(plain(&Value::Array(many)), "0 1 2 3 4 5 6 7 … (20)");
    }
}
