//! `/api/v2/logs`: the tenant's history.

use axum::extract::RawQuery;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use m2mint_authority::log_entry::{EntryView, log_id, read_log_id};
use m2mint_authority::log_search::{Dialect, LogSearch};
use m2mint_domain::log_event::LogKind;
use m2mint_store::{LogEntry, LogOrder, LogQuery};
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::object;
use crate::api::operation::{self, Operation, Parameter, get, parameter, repeated};
use crate::api::page::{FIELDS, NUMBERED, check_parameter};
use crate::api::path::Path;
use crate::api::schema::{
    ANY_OBJECT, BOOLEAN, NUMBER, Schema, TEXT, either, integer, list as list_of, object as closed,
    open_object, optional, required,
};

/// The most entries of one answer.
const TAKE_MAX: usize = 100;
/// How many come when nobody says how many.
const TAKE: usize = 50;
/// How far pages by number reach (Auth0's limit); further back goes by checkpoint.
const REACH: usize = 1_000;
/// The longest search text; the parser has its own limit, and says so.
const SEARCH_MAX: usize = 8_192;

/// One entry of the log.
const ENTRY: Schema = open_object(&[
    optional("date", TEXT.about("When it happened, in ISO 8601.")),
    optional("type", TEXT.about("Auth0's code for what happened.")),
    optional("description", TEXT.or_null()),
    optional("connection_id", TEXT),
    optional("client_id", TEXT),
    optional("client_name", TEXT),
    optional("ip", TEXT.about("Who asked.")),
    optional("client_ip", TEXT),
    optional("user_agent", TEXT),
    optional("details", ANY_OBJECT),
    optional("hostname", TEXT.about("The host name that was asked.")),
    optional("user_id", TEXT),
    optional("user_name", TEXT),
    optional("organization_id", TEXT),
    optional("organization_name", TEXT),
    optional("audience", TEXT),
    optional("scope", TEXT),
    optional("environment_name", TEXT),
    optional(
        "log_id",
        TEXT.about("Its name, which sorts as the log was written."),
    ),
    optional("tenant_name", TEXT),
    required("_id", TEXT),
    optional("isMobile", BOOLEAN),
    optional("id", TEXT),
]);
const ENTRIES: Schema = list_of(&ENTRY).at_most(TAKE_MAX);
const WITH_TOTALS: Schema = closed(&[
    required("length", NUMBER),
    required("limit", NUMBER),
    required("logs", ENTRIES),
    required("start", NUMBER),
    required("total", NUMBER),
]);
static LISTED: Schema = either(&[ENTRIES, WITH_TOTALS]);
static SHOWN: Schema = ENTRY;

/// How a list of the log is asked for.
const QUERY: &[Parameter] = &[
    parameter(
        "from",
        TEXT.about(
            "The log_id of the last entry you have: what came after it follows, oldest first.",
        ),
    ),
    parameter("take", integer(1, 100)),
    parameter(
        "q",
        TEXT.length(0, SEARCH_MAX)
            .about("A search, in the part of Lucene's query language that Auth0 takes."),
    ),
    parameter(
        "search",
        TEXT.length(0, SEARCH_MAX)
            .about("A search for beginnings, in any case."),
    ),
    parameter(
        "sort",
        TEXT.about("date:1 for the oldest first, date:-1 for the newest."),
    ),
    repeated("type", TEXT.about("Entries of these types only.")),
    parameter("client_id", TEXT.about("Entries about this client only.")),
];

pub(crate) static LIST: Operation = get("/logs", "List log entries")
    .any_of(&["read:logs", "read:logs_users"])
    .query(&[NUMBERED, FIELDS, QUERY])
    .answers(&[operation::json(200, &LISTED)]);

/// `GET /logs`: by checkpoint (`from`, `take`) from the oldest, or by page from the newest.
///
/// As at Auth0, a checkpoint looks at nothing else that was said. Pages take searches, and the filters
/// `type` (comma separated) and `client_id`.
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
        let search = query.search(start, per_page)?;
        at.store().find_logs(at.tenant(), &search).await?
    };
    let shown = query.show(&at, &entries);
    let body = if query.include_totals {
        let length = shown.len();
        json!({"length": length, "limit": per_page, "logs": shown, "start": start, "total": length})
    } else {
        Value::Array(shown)
    };
    Ok(object::json(StatusCode::OK, body))
}

pub(crate) static SHOW: Operation = get("/logs/{id}", "Read a log entry")
    .any_of(&["read:logs", "read:logs_users"])
    .answers(&[operation::json(200, &SHOWN)]);

/// `GET /logs/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let _late = at.log().flush().await;
    let not_found = || ApiError::not_found("Log not found", None);
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
        .find(|entry| entry.sequence == sequence && log_id(entry.event.at, sequence) == id)
        .ok_or_else(not_found)?;
    Ok(object::json(
        StatusCode::OK,
        Query::default().one(&at, entry),
    ))
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
    let shown = Query::default().show(at, &entries);
    let mut response = object::json(StatusCode::OK, Value::Array(shown));
    let last = entries.last();
    let next = last
        .map(|entry| log_id(entry.event.at, entry.sequence))
        .or_else(|| query.from.clone());
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
    oldest_first: bool,
    searches: Vec<LogSearch>,
    kinds: Option<Vec<LogKind>>,
    client_id: Option<String>,
    fields: Vec<String>,
    leave_out: bool,
}

impl Query {
    fn read(text: &str) -> Result<Self, ApiError> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|_| {
            ApiError::invalid_query("Query validation error: 'not a valid query string'.")
        })?;
        let mut query = Self::default();
        for (member, value) in pairs {
            let Some(parameter) = LIST.parameter(&member) else {
                continue;
            };
            check_parameter(parameter, &value)?;
            let number = || value.parse().ok();
            match parameter.name {
                "from" => query.from = Some(value),
                "take" => query.take = number(),
                "page" => query.page = number(),
                "per_page" => query.per_page = number(),
                "include_totals" => query.include_totals = value == "true",
                "include_fields" => query.leave_out = value == "false",
                "fields" => {
                    query.fields = value.split(',').map(|one| one.trim().to_owned()).collect();
                }
                "sort" => query.oldest_first = read_sort(&value)?,
                "q" => query
                    .searches
                    .extend(read_search("q", &value, Dialect::Lucene)?),
                "search" => {
                    let search = read_search("search", &value, Dialect::Simple)?;
                    query.searches.extend(search);
                }
                "type" => {
                    let kinds = query.kinds.get_or_insert_default();
                    kinds.extend(value.split(',').filter_map(LogKind::parse));
                }
                "client_id" => query.client_id = Some(value),
                _ => {}
            }
        }
        query.fields.retain(|field| !field.is_empty());
        Ok(query)
    }

    /// What the store is asked for a page.
    fn search(&self, skip: usize, take: usize) -> Result<LogQuery, ApiError> {
        let mut search = LogQuery {
            order: if self.oldest_first {
                LogOrder::OldestFirst
            } else {
                LogOrder::NewestFirst
            },
            skip,
            take,
            ..LogQuery::default()
        };
        if let Some(all) = self.searches.iter().cloned().reduce(LogSearch::and) {
            all.narrow(&mut search);
        }
        if let Some(id) = &self.client_id {
            let id = id.parse().map_err(|_| {
                ApiError::invalid_query(
                    "Query validation error: 'Invalid client id' on property client_id.",
                )
            })?;
            search.client_id = Some(id);
        }
        match &self.kinds {
            None => {}
            // Types that never occur here.
            Some(kinds) if kinds.is_empty() => search.take = 0,
            Some(kinds) => search.kinds.clone_from(kinds),
        }
        Ok(search)
    }

    fn show(&self, at: &Permitted, entries: &[LogEntry]) -> Vec<Value> {
        entries.iter().map(|entry| self.one(at, entry)).collect()
    }

    /// An entry with the members that were asked for, and always its `_id`.
    fn one(&self, at: &Permitted, entry: &LogEntry) -> Value {
        let mut shown = serde_json::to_value(EntryView::of(at.tenant(), entry)).unwrap_or_default();
        if let (Some(members), false) = (shown.as_object_mut(), self.fields.is_empty()) {
            members.retain(|member, _| {
                member == "_id" || self.fields.iter().any(|field| field == member) != self.leave_out
            });
        }
        shown
    }
}

/// `date:1` and `date:-1`: whether the oldest come first. Entries are not sorted by anything else.
fn read_sort(text: &str) -> Result<bool, ApiError> {
    match text {
        "date:1" | "log_id:1" => Ok(true),
        "" | "date:-1" | "log_id:-1" => Ok(false),
        _ => Err(ApiError::invalid_query(
            "Query validation error: 'Logs are sorted by date:1 or date:-1' on property sort.",
        )),
    }
}

fn read_search(member: &str, text: &str, dialect: Dialect) -> Result<Option<LogSearch>, ApiError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    LogSearch::parse(text, dialect).map(Some).map_err(|error| {
        ApiError::invalid_query(format!(
            "Query validation error: '{error}' on property {member}."
        ))
    })
}
