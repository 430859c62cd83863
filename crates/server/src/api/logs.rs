//! `/api/v2/logs`: the tenant's history.

use axum::extract::RawQuery;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp as Instant};
use m2mint_domain::log_event::{LogEvent, LogKind};
use m2mint_store::{LogEntry, LogOrder, LogQuery};
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::object::{self, Object, date};
use crate::api::operation::{self, Operation, get};
use crate::api::path::Path;
use crate::api::schema::ANY;

/// The most entries of one answer.
const TAKE_MAX: usize = 100;
/// How many come when nobody says how many.
const TAKE: usize = 50;
/// How far pages by number reach (Auth0's limit); further back goes by checkpoint.
const REACH: usize = 1_000;
/// How an entry without a `User-Agent` is shown.
const NO_USER_AGENT: &str = "Other 0.0.0 / Other 0.0.0";

pub(crate) static LIST: Operation = get("/logs", "List logs")
    .any_of(&["read:logs", "read:logs_users"])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /logs`: by checkpoint (`from`, `take`) from the oldest, or by page from the newest.
///
/// `from` is the `log_id` of the last entry one has; the answer is what came after it. Pages take
/// the filters `type` (comma separated) and `client_id`.
pub(crate) async fn list(at: Permitted, query: RawQuery) -> Result<Response, ApiError> {
    // What was answered before is in the log before it is read.
    let _late = at.log().flush().await;
    let query = Query::read(query.0.as_deref().unwrap_or_default())?;
    if query.from.is_some() || query.take.is_some() {
        return checkpoint(&at, &query).await;
    }
    let (page, per_page) = (query.page.unwrap_or(0), query.per_page.unwrap_or(TAKE));
    let start = page.saturating_mul(per_page);
    let entries = if REACH <= start {
        Vec::new()
    } else {
        let search = LogQuery {
            order: LogOrder::NewestFirst,
            skip: start,
            take: per_page,
            kinds: query.kinds.clone(),
            client_id: query.client_id.as_deref().and_then(|id| id.parse().ok()),
            ..LogQuery::default()
        };
        at.store().find_logs(at.tenant(), &search).await?
    };
    let shown: Vec<Value> = entries
        .iter()
        .map(|entry| show_entry(&at, entry).into())
        .collect();
    let body = if query.include_totals {
        let length = shown.len();
        json!({"length": length, "limit": per_page, "logs": shown, "start": start, "total": length})
    } else {
        Value::Array(shown)
    };
    Ok(object::json(StatusCode::OK, body))
}

pub(crate) static SHOW: Operation = get("/logs/{id}", "Read logs")
    .any_of(&["read:logs", "read:logs_users"])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /logs/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let _late = at.log().flush().await;
    let not_found = || ApiError::not_found("The log event does not exist", None);
    let sequence = read_log_id(&id).ok_or_else(not_found)?;
    let search = LogQuery {
        order: LogOrder::OldestFirst,
        after: Some(sequence.saturating_sub(1)),
        take: 1,
        ..LogQuery::default()
    };
    let found = at.store().find_logs(at.tenant(), &search).await?;
    let entry = found
        .iter()
        .find(|entry| entry.sequence == sequence && log_id(entry) == id)
        .ok_or_else(not_found)?;
    Ok(object::json(StatusCode::OK, show_entry(&at, entry)))
}

/// What came after a checkpoint, oldest first, with a link to what comes next (RFC 8288).
async fn checkpoint(at: &Permitted, query: &Query) -> Result<Response, ApiError> {
    let invalid = || {
        ApiError::invalid_query("Query validation error: 'Invalid checkpoint' on property from.")
    };
    let after = match &query.from {
        Some(from) => Some(read_log_id(from).ok_or_else(invalid)?),
        None => None,
    };
    let take = query.take.unwrap_or(TAKE);
    let search = LogQuery {
        order: LogOrder::OldestFirst,
        after,
        take,
        ..LogQuery::default()
    };
    let entries = at.store().find_logs(at.tenant(), &search).await?;
    let shown: Value = entries
        .iter()
        .map(|entry| Value::from(show_entry(at, entry)))
        .collect();
    let mut response = object::json(StatusCode::OK, shown);
    let next = entries.last().map(log_id).or_else(|| query.from.clone());
    if let Some(next) = next {
        let link = format!(
            "<{}api/v2/logs?from={next}&take={take}>; rel=\"next\"",
            at.issuer()
        );
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// The query string of a list. Unknown members are ignored: tools send them.
#[derive(Default)]
struct Query {
    from: Option<String>,
    take: Option<usize>,
    page: Option<usize>,
    per_page: Option<usize>,
    include_totals: bool,
    kinds: Vec<LogKind>,
    client_id: Option<String>,
}

impl Query {
    fn read(text: &str) -> Result<Self, ApiError> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|_| {
            ApiError::invalid_query("Query validation error: 'not a valid query string'.")
        })?;
        let mut query = Self::default();
        for (member, value) in pairs {
            match member.as_str() {
                "from" => query.from = Some(value),
                "take" => query.take = Some(number("take", &value, TAKE_MAX)?),
                "page" => query.page = Some(number("page", &value, usize::MAX)?),
                "per_page" => query.per_page = Some(number("per_page", &value, TAKE_MAX)?),
                "include_totals" => query.include_totals = value == "true",
                "type" => query.kinds = value.split(',').filter_map(LogKind::parse).collect(),
                "client_id" => query.client_id = Some(value),
                _ => {}
            }
        }
        Ok(query)
    }
}

fn number(member: &str, text: &str, max: usize) -> Result<usize, ApiError> {
    text.parse::<usize>()
        .ok()
        .filter(|number| *number <= max)
        .ok_or_else(|| {
            ApiError::invalid_query(format!(
                "Query validation error: 'Expected an integer up to {max}' on property {member}."
            ))
        })
}

/// An entry as Auth0 shows it.
fn show_entry(at: &Permitted, entry: &LogEntry) -> Object {
    let id = log_id(entry);
    let LogEvent {
        at: when,
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
    let ip = ip.map(|ip| ip.to_string()).unwrap_or_default();
    Object::new()
        .with("date", date(*when))
        .with("type", kind.code())
        .with("description", &**description)
        .with("connection_id", "")
        .with_some(
            "client_id",
            client_id.as_ref().map(|id| id.as_str().to_owned()),
        )
        .with("client_name", client_name.as_deref().unwrap_or_default())
        .with("ip", ip.clone())
        .with("client_ip", ip)
        .with("user_agent", user_agent.as_deref().unwrap_or(NO_USER_AGENT))
        .with_some(
            "details",
            show_details(
                details.as_deref(),
                token_id.as_ref(),
                credential_id.as_ref(),
            ),
        )
        .with("hostname", &**hostname)
        .with("user_id", "")
        .with("user_name", "")
        .with_some(
            "organization_id",
            organization.as_ref().map(|(id, _)| id.as_str().to_owned()),
        )
        .with_some(
            "organization_name",
            organization.as_ref().map(|(_, name)| name.to_string()),
        )
        .with_some("audience", audience.as_deref())
        .with_some("scope", scope.as_deref())
        .with("$event_schema", json!({"version": "1.0.0"}))
        .with("environment_name", "m2mint")
        .with("log_id", id.clone())
        .with("tenant_name", at.tenant().as_str())
        .with("_id", id.clone())
        .with("isMobile", false)
        .with("id", id)
}

/// What an entry says beyond its members, as one object.
fn show_details(
    kept: Option<&str>,
    token: Option<&m2mint_domain::id::TokenId>,
    credential: Option<&m2mint_domain::id::CredentialId>,
) -> Option<Value> {
    let mut details = match kept.and_then(|json| serde_json::from_str(json).ok()) {
        Some(Value::Object(members)) => members,
        Some(_) | None => serde_json::Map::new(),
    };
    if let Some(token) = token {
        details.insert("access_token_jti".into(), token.as_str().into());
    }
    if let Some(credential) = credential {
        details.insert("credential_id".into(), credential.as_str().into());
    }
    (!details.is_empty()).then_some(Value::Object(details))
}

/// `900`, the time with microseconds (20 digits), and the entry's number (33 digits): Auth0's 56
/// digits, which sort as the entries were written.
fn log_id(entry: &LogEntry) -> String {
    let since = SignedDuration::from_millis(entry.event.at.as_millis());
    let time = Instant::from_duration(since)
        .map(|instant| instant.strftime("%Y%m%d%H%M%S%6f").to_string())
        .unwrap_or_default();
    format!("900{time}{:033}", entry.sequence)
}

/// The number in a log id.
fn read_log_id(id: &str) -> Option<u64> {
    let digits = id.len() == 56 && id.bytes().all(|byte| byte.is_ascii_digit());
    id.strip_prefix("900")
        .filter(|_| digits)?
        .get(20..)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use m2mint_domain::Timestamp;

    use super::*;

    #[test]
    fn a_log_id_has_56_digits_and_reads_back() {
        let at = Timestamp::from_millis(1_767_225_600_007);
        let event = LogEvent::new(at, LogKind::TokenIssued, "".into(), "".into());
        let id = log_id(&LogEntry {
            sequence: 42,
            event,
        });
        assert_eq!(
            id,
            "90020260101000000007000000000000000000000000000000000042"
        );
        assert_eq!(read_log_id(&id), Some(42));
        for wrong in ["", "42", &id[1..], &format!("{id}0"), &id.replace('7', "x")] {
            assert_eq!(read_log_id(wrong), None);
        }
    }
}
