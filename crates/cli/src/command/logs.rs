//! `m2mint logs`: what happened.

use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::apps::rows;
use crate::args::process::{Logs, LogsList, LogsTail};
use crate::failure::Outcome;
use crate::output::{Column, line, plain};
use crate::resource::segment;
use crate::session::Session;
use crate::transport::Transport;

const PATH: &str = "/api/v2/logs";
const COLUMNS: &[Column] = &[
    ("DATE", "date"),
    ("TYPE", "type"),
    ("CLIENT", "client_name"),
    ("AUDIENCE", "audience"),
    ("DESCRIPTION", "description"),
];
/// The most events that one request gives.
const PER_PAGE: u32 = 100;
/// How often a tail asks for more.
const POLL: Duration = Duration::from_secs(1);

pub(super) fn run(session: &Session, verb: Logs) -> Outcome {
    match verb {
        Logs::List(LogsList { limit, types, app }) => {
            let mut filter = String::new();
            if !types.is_empty() {
                filter.push_str("&type=");
                filter.push_str(&segment(&types.join(",")));
            }
            if let Some(app) = app {
                filter.push_str("&client_id=");
                filter.push_str(&segment(&app));
            }
            let events = session.with_api(async |api| newest(api, limit, &filter).await)?;
            session.out.list(COLUMNS, &events)
        }
        Logs::Tail(LogsTail { lines }) => session.with_api(async |api| {
            tokio::select! {
                ended = tail(session, api, lines) => ended,
                _ = tokio::signal::ctrl_c() => Ok(()),
            }
        }),
    }
}

/// The newest events, the newest first.
async fn newest(api: &Transport, limit: u32, filter: &str) -> Outcome<Vec<Value>> {
    let mut events = Vec::new();
    for page in 0..limit.div_ceil(PER_PAGE) {
        let per_page = PER_PAGE.min(limit);
        let path = format!("{PATH}?page={page}&per_page={per_page}&sort=date%3A-1{filter}");
        let answer = api.send(Method::GET, &path, None).await?;
        let found = rows(&answer);
        events.extend_from_slice(found);
        if u32::try_from(found.len()).unwrap_or(u32::MAX) < per_page {
            break;
        }
    }
    events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(events)
}

/// Prints events as they come, until the program is ended.
async fn tail(session: &Session, api: &Transport, lines: u32) -> Outcome {
    let mut earlier = newest(api, lines.max(1), "").await?;
    let mut last = earlier.first().and_then(log_id);
    earlier.truncate(usize::try_from(lines).unwrap_or(usize::MAX));
    for event in earlier.iter().rev() {
        print(session, event)?;
    }
    loop {
        let from = last
            .as_ref()
            .map(|last| format!("&from={}", segment(last)))
            .unwrap_or_default();
        let answer = api
            .send(Method::GET, &format!("{PATH}?take={PER_PAGE}{from}"), None)
            .await?;
        let new = rows(&answer);
        for event in new {
            print(session, event)?;
        }
        match new.last().and_then(log_id) {
            Some(newer) => last = Some(newer),
            None => tokio::time::sleep(POLL).await,
        }
    }
}

/// One event a line: JSON for programs, and for people what they look for.
fn print(session: &Session, event: &Value) -> Outcome {
    if session.out.is_json() {
        return line(&event.to_string());
    }
    let texts = COLUMNS
        .iter()
        .map(|(_, member)| event.get(member).map(plain).unwrap_or_default());
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    line(&texts.join("  "))
}

fn log_id(event: &Value) -> Option<String> {
    Some(event.get("log_id")?.as_str()?.to_owned())
}
