//! `m2mint history`: who changed what, before and after.

use http::Method;
use serde_json::Value;

use crate::args::document::History;
use crate::diff::{self, Line, Sign};
use crate::failure::Outcome;
use crate::output::{line, value};
use crate::resource::{OURS, segment};
use crate::session::Session;
use crate::transport::Transport;

/// The most that one request gives.
const TAKE_MAX: usize = 100;

pub(super) fn run(session: &Session, args: &History) -> Outcome {
    let entries = session.with_api(async |api| newest(api, args).await)?;
    if session.out.is_json() {
        return value(&Value::Array(entries));
    }
    for (index, entry) in entries.iter().enumerate() {
        if 0 < index {
            line("")?;
        }
        diff::print(session.out, &lines_of(entry))?;
    }
    if entries.is_empty() {
        eprintln!("Nothing was changed.");
    }
    Ok(())
}

/// The newest changes, the newest first.
async fn newest(api: &Transport, History { kind, id, take }: &History) -> Outcome<Vec<Value>> {
    let take = usize::try_from(*take).unwrap_or(usize::MAX);
    let mut filter = String::new();
    for (name, text) in [("kind", kind), ("id", id)] {
        if let Some(text) = text {
            filter = format!("{filter}&{name}={}", segment(text));
        }
    }
    let mut entries: Vec<Value> = Vec::new();
    let mut from = String::new();
    while entries.len() < take {
        let count = (take - entries.len()).min(TAKE_MAX);
        let path = format!("{OURS}history?take={count}{filter}{from}");
        let mut answer = api.send(Method::GET, &path, None).await?;
        let Some(Value::Array(found)) = answer.get_mut("history").map(Value::take) else {
            break;
        };
        entries.extend(found);
        match answer.get("next").and_then(Value::as_str) {
            Some(next) => from = format!("&from={}", segment(next)),
            None => break,
        }
    }
    Ok(entries)
}

/// When, who and what, and below it the members that changed.
fn lines_of(entry: &Value) -> Vec<Line> {
    let text = |value: &Value, member: &str| {
        let text = value.get(member).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let object = |member: &str| {
        let object = entry.get(member).and_then(Value::as_object);
        object.cloned().unwrap_or_default()
    };
    let (before, after) = (object("before"), object("after"));
    let change = text(entry, "change");
    let sign = match change.as_str() {
        "created" => Sign::Added,
        "deleted" => Sign::Removed,
        _ => Sign::Changed,
    };
    let name = after.get("name").or_else(|| before.get("name"));
    let name = name
        .and_then(Value::as_str)
        .map(|name| format!(" ({name})"));
    let actor = entry.get("actor").unwrap_or(&Value::Null);
    let head = format!(
        "{} {} {}{}, by {} {}",
        text(entry, "at"),
        change,
        [text(entry, "kind"), text(entry, "id")].join(" "),
        name.unwrap_or_default(),
        text(actor, "kind").replace('_', " "),
        text(actor, "id"),
    );
    let mut lines = vec![Line {
        depth: 0,
        sign,
        text: head,
    }];
    // What is gone needs no list of what it was: its creation has that.
    if sign != Sign::Removed {
        lines.extend(diff::lines(&before, &after, 2));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_says_when_who_and_what() {
        let lines = lines_of(&json!({
            "revision": 7, "at": "2026-01-01T00:00:00.000Z",
            "actor": {"kind": "command_line", "id": "m2mint-cli"},
            "kind": "client", "id": "abc", "change": "updated",
            "before": {"name": "Cron", "scope": ["a"]}, "after": {"name": "Cron", "scope": ["b"]},
        }));
        let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            lines,
            [
                "2026-01-01T00:00:00.000Z updated client abc (Cron), by command line m2mint-cli",
                "scope:",
                "\"a\"",
                "\"b\"",
            ]
        );
    }
}
