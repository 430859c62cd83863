//! `m2mint import`: brings the tenant to what a document of the Deploy CLI says.

use http::Method;
use serde_json::{Map, Value, json};

use crate::args::document::Import;
use crate::config;
use crate::deploy::keyword::Keywords;
use crate::deploy::read::{Document, document};
use crate::deploy::root::read_to_string;
use crate::diff::{self, Line, Sign};
use crate::failure::{Explain as _, Failure, Outcome};
use crate::output::{Column, line, value};
use crate::session::Session;
use crate::terminal::Busy;

const PATH: &str = "/m2mint/v1/import";
/// Where the Deploy CLI has its mappings: a member of its configuration, or a variable.
const MAPPINGS: &str = "AUTH0_KEYWORD_REPLACE_MAPPINGS";
const SECRETS: &[Column] = &[
    ("CLIENT ID", "id"),
    ("NAME", "name"),
    ("CLIENT SECRET", "client_secret"),
];

pub(super) fn run(session: &Session, args: &Import) -> Outcome {
    let env = |name: &str| config::env(name);
    let keywords = Keywords::new(mappings(args)?, &env);
    let Document {
        members,
        unknown,
        masked,
    } = document(&args.path, &keywords)?;
    if args.delete && !args.dry_run {
        session.confirm(&format!(
            "Delete what {} does not have, of the kinds it speaks of?",
            args.path.display()
        ))?;
    }
    let count: usize = members
        .values()
        .map(|kind| kind.as_array().map_or(1, Vec::len))
        .sum();
    let body = json!({
        "document": members,
        "dry_run": args.dry_run,
        "delete": args.delete,
    });
    let plan = session.with_api(async |api| {
        let _busy = Busy::show(format!("comparing {count} objects with the tenant"));
        Ok(api.send_patiently(Method::POST, PATH, Some(body)).await?)
    })?;
    for place in &masked {
        eprintln!("kept as it is: {place} (the document has a placeholder)");
    }
    for folder in &unknown {
        eprintln!("skipped: {folder}/ (there is no such thing on this server)");
    }
    if session.out.is_json() {
        return value(&plan);
    }
    show(session, args, &plan)
}

fn mappings(args: &Import) -> Outcome<Map<String, Value>> {
    let mut all = Map::new();
    let no_object = |place: &str| Failure::usage(format!("{place} is no JSON object"));
    if let Some(text) = config::env(MAPPINGS) {
        let value = serde_json::from_str(&text).map_err(|_| no_object(MAPPINGS))?;
        all = value;
    }
    if let Some(path) = &args.mappings {
        let place = path.display().to_string();
        let text = read_to_string(path)?;
        let mut file: Map<String, Value> =
            serde_json::from_str(&text).because(|| format!("{place} is no JSON object"))?;
        // The whole configuration of the Deploy CLI will do.
        if let Some(Value::Object(inner)) = file.remove(MAPPINGS) {
            file = inner;
        }
        all.extend(file);
    }
    Ok(all)
}

/// Prints the plan, and the secrets that were made.
fn show(session: &Session, args: &Import, plan: &Value) -> Outcome {
    let list = |member: &str| plan.get(member).and_then(Value::as_array);
    let changes = list("changes").map_or(&[][..], Vec::as_slice);
    for change in changes {
        diff::print(session.out, &lines_of(change))?;
    }
    for skipped in list("skipped").into_iter().flatten() {
        let skipped = skipped.as_str().unwrap_or_default();
        eprintln!("skipped: {skipped} (there is no such thing on this server)");
    }
    line(&summary(changes, args.dry_run))?;
    let made: Vec<Value> = changes
        .iter()
        .filter(|change| change.get("client_secret").is_some())
        .cloned()
        .collect();
    if made.is_empty() {
        return Ok(());
    }
    line("")?;
    session.out.list(SECRETS, &made)?;
    eprintln!("This is the only time these secrets are shown. Keep them in a safe place.");
    Ok(())
}

fn lines_of(change: &Value) -> Vec<Line> {
    let text = |member: &str| change.get(member).and_then(Value::as_str);
    let members = |member: &str| {
        let members = change.get(member).and_then(Value::as_object);
        members.cloned().unwrap_or_default()
    };
    let sign = match text("change") {
        Some("create") => Sign::Added,
        Some("delete") => Sign::Removed,
        Some(_) | None => Sign::Changed,
    };
    let kind = text("kind").unwrap_or_default();
    let name = text("name").unwrap_or_default();
    let mut lines = vec![Line {
        depth: 0,
        sign,
        text: format!("{kind} {name}"),
    }];
    lines.extend(diff::lines(&members("before"), &members("after"), 2));
    lines
}

fn summary(changes: &[Value], dry_run: bool) -> String {
    let count = |kind: &str| {
        changes
            .iter()
            .filter(|change| change.get("change").and_then(Value::as_str) == Some(kind))
            .count()
    };
    let counts = format!(
        "{} created, {} updated, {} deleted",
        count("create"),
        count("update"),
        count("delete")
    );
    match (changes.is_empty(), dry_run) {
        (true, _) => "The tenant is as the document says.".to_owned(),
        (false, true) => format!("It would be: {counts}. Nothing was changed."),
        (false, false) => format!("Done: {counts}."),
    }
}
