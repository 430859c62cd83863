//! A log event as Auth0 writes it: what the API shows, what searches look at, and what log streams
//! deliver.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp as Instant};
use m2mint_domain::Timestamp;
use m2mint_domain::id::{Id, TenantId};
use m2mint_domain::log_event::LogEvent;
use m2mint_store::LogEntry;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// How an entry without a `User-Agent` is shown.
const NO_USER_AGENT: &str = "Other 0.0.0 / Other 0.0.0";

/// The members of an entry, in Auth0's order. Machines have no user and no connection.
#[derive(Debug, Serialize)]
pub struct EntryView<'a> {
    date: String,
    #[serde(rename = "type")]
    kind: &'static str,
    description: &'a str,
    connection_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    client_name: &'a str,
    ip: Cow<'a, str>,
    client_ip: Cow<'a, str>,
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    hostname: &'a str,
    user_id: &'static str,
    user_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(rename = "$event_schema")]
    schema: Value,
    environment_name: &'static str,
    log_id: String,
    tenant_name: &'a str,
    #[serde(rename = "_id")]
    underscore_id: String,
    #[serde(rename = "isMobile")]
    is_mobile: bool,
    id: String,
}

impl<'a> EntryView<'a> {
    /// An entry of `tenant`'s log.
    #[must_use]
    pub fn of(tenant: &'a TenantId, entry: &'a LogEntry) -> Self {
        let LogEvent {
            at,
            kind,
            description,
            client_id,
            client_name,
            credential_id,
            ip,
            hostname,
            user_agent,
            audience,
            scope,
            organization,
            token_id,
            details,
        } = &entry.event;
        let id = log_id(*at, entry.sequence);
        let ip = ip.map_or(Cow::Borrowed(""), |ip| ip.to_string().into());
        let about_token = kind.code().ends_with("ccft");
        let mut details = read_details(details.as_deref());
        if let Some(token) = token_id {
            details.insert("access_token_jti".into(), token.as_str().into());
            // A token always says which actions had a hand in it.
            details
                .entry("actions")
                .or_insert_with(|| json!({"executions": []}));
        }
        if let Some(credential) = credential_id {
            details.insert("credential_id".into(), credential.as_str().into());
        }
        Self {
            date: date(*at),
            kind: kind.code(),
            description,
            connection_id: "",
            client_id: client_id.as_ref().map(Id::as_str),
            client_name: client_name.as_deref().unwrap_or_default(),
            client_ip: ip.clone(),
            ip,
            user_agent: user_agent.as_deref().unwrap_or(NO_USER_AGENT),
            details: (!details.is_empty()).then_some(Value::Object(details)),
            hostname,
            user_id: "",
            user_name: "",
            organization_id: organization.as_ref().map(|(id, _)| id.as_str()),
            organization_name: organization.as_ref().map(|(_, name)| &**name),
            audience: audience.as_deref().or(about_token.then_some("")),
            scope: scope.as_deref(),
            schema: json!({"version": "1.0.0"}),
            environment_name: "m2mint",
            log_id: id.clone(),
            tenant_name: tenant.as_str(),
            underscore_id: id.clone(),
            is_mobile: false,
            id,
        }
    }
}

fn read_details(kept: Option<&str>) -> Map<String, Value> {
    match kept.map(serde_json::from_str) {
        Some(Ok(Value::Object(members))) => members,
        Some(_) | None => Map::new(),
    }
}

/// `2026-01-01T00:00:00.000Z`.
#[must_use]
pub fn date(at: Timestamp) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

/// `900`, the time with microseconds (20 digits), and the entry's number (33 digits): Auth0's 56
/// digits, which sort as the entries were written.
#[must_use]
pub fn log_id(at: Timestamp, sequence: u64) -> String {
    format!("900{}{sequence:033}", format(at, "%Y%m%d%H%M%S%6f"))
}

/// The number in a log id.
#[must_use]
pub fn read_log_id(id: &str) -> Option<u64> {
    let digits = id.len() == 56 && id.bytes().all(|byte| byte.is_ascii_digit());
    id.strip_prefix("900")
        .filter(|_| digits)?
        .get(20..)?
        .parse()
        .ok()
}

fn format(at: Timestamp, how: &str) -> String {
    Instant::from_duration(SignedDuration::from_millis(at.as_millis()))
        .map(|instant| instant.strftime(how).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use m2mint_domain::log_event::LogKind;

    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_767_225_600_007);

    #[test]
    fn a_log_id_has_56_digits_and_reads_back() {
        let id = log_id(AT, 42);
        assert_eq!(
            id,
            "90020260101000000007000000000000000000000000000000000042"
        );
        assert_eq!(read_log_id(&id), Some(42));
        for wrong in ["", "42", &id[1..], &format!("{id}0"), &id.replace('7', "x")] {
            assert_eq!(read_log_id(wrong), None);
        }
    }

    #[test]
    fn an_event_of_nobody_has_the_members_that_readers_rely_on() {
        let tenant = "acme".parse().unwrap();
        let event = LogEvent::new(AT, LogKind::TokenRefused, "no".into(), "h".into());
        let entry = LogEntry { sequence: 1, event };
        let shown = serde_json::to_value(EntryView::of(&tenant, &entry)).unwrap();
        for (member, value) in [
            ("audience", ""),
            ("client_name", ""),
            ("description", "no"),
            ("environment_name", "m2mint"),
            ("hostname", "h"),
            ("ip", ""),
            ("tenant_name", "acme"),
            ("type", "feccft"),
        ] {
            assert_eq!(shown[member], value, "{member}");
        }
        assert_eq!(shown.get("details"), None);
    }
}
