//! Deliveries: log entries as the bodies of HTTP requests.

use std::fmt;

use m2mint_domain::id::TenantId;
use m2mint_store::LogEntry;
use serde_json::{Value, json};

use crate::log_entry::{EntryView, log_id};
use crate::registry::log_streams::Sink;

/// One HTTP request: a POST.
#[derive(Clone, Eq, PartialEq)]
pub struct Delivery {
    /// Where to.
    pub endpoint: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// What.
    pub body: String,
}

/// Headers and addresses may be secret.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({} bytes)", self.body.len())
    }
}

/// The deliveries of some entries, each with the number of the last entry in it.
pub(super) fn of<'a>(
    tenant: &'a TenantId,
    sink: &'a Sink,
    entries: &'a [LogEntry],
) -> impl Iterator<Item = (u64, Delivery)> + 'a {
    let text = |member: &str| sink.get(member).and_then(Value::as_str);
    let format = text("httpContentFormat").unwrap_or("JSONLINES");
    let size = if format == "JSONOBJECT" {
        1
    } else {
        entries.len().max(1)
    };
    let endpoint = text("httpEndpoint").unwrap_or_default().to_owned();
    let headers = headers(sink);
    let array = format == "JSONARRAY";
    entries.chunks(size).map(move |chunk| {
        let records: Vec<String> = chunk.iter().map(|entry| record(tenant, entry)).collect();
        let body = if array {
            format!("[{}]", records.join(","))
        } else {
            records.join("\n")
        };
        let last = chunk.last().map_or(0, |entry| entry.sequence);
        let delivery = Delivery {
            endpoint: endpoint.clone(),
            headers: headers.clone(),
            body,
        };
        (last, delivery)
    })
}

fn record(tenant: &TenantId, entry: &LogEntry) -> String {
    let id = log_id(entry.event.at, entry.sequence);
    json!({"log_id": id, "data": EntryView::of(tenant, entry)}).to_string()
}

fn headers(sink: &Sink) -> Vec<(String, String)> {
    let text = |member: &str| sink.get(member).and_then(Value::as_str);
    let content = text("httpContentType").unwrap_or("application/json");
    let mut headers = vec![("content-type".to_owned(), content.to_owned())];
    if let Some(authorization) = text("httpAuthorization") {
        headers.push(("authorization".to_owned(), authorization.to_owned()));
    }
    let custom = sink.get("httpCustomHeaders").and_then(Value::as_array);
    for one in custom.into_iter().flatten() {
        let text = |member: &str| one.get(member).and_then(Value::as_str);
        if let (Some(name), Some(value)) = (text("header"), text("value")) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers
}
