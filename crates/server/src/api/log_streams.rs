//! `/api/v2/log-streams`: where log events are sent.

mod sink;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::documents::{self, Dated};
use m2mint_authority::log_stream::{CATEGORIES, LogStream, PiiConfig, SinkKind, StreamStatus};
use m2mint_authority::registry::{Refused, RegistryError};
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, required as must};
use crate::api::history::SecretsShown;
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, delete as deletes, get, patch, post};
use crate::api::path::Path;
use crate::api::schema::{
    BOOLEAN, DATE_TIME, Schema, TEXT, choice, list as list_of, object as closed, open_object,
    optional, required,
};
use sink::{NEVER_SHOWN, SHORT, SINK, SINK_CHANGE, order, read_sink, schema, schema_of_change};

/// What Auth0 shows of a secret that it does not show.
const HIDDEN: &str = "********";
const KIND: Schema = choice(&[
    "http",
    "eventbridge",
    "eventgrid",
    "datadog",
    "splunk",
    "sumo",
    "segment",
    "mixpanel",
]);
const STATUS: Schema = choice(&["active", "paused", "suspended"]);
const FILTER: Schema = open_object(&[
    optional("type", choice(&["category"])),
    required("name", choice(&CATEGORIES)),
]);
const FILTERS: Schema = list_of(&FILTER)
    .at_most(CATEGORIES.len())
    .about("The categories of events it carries; none for all of them.");
const PII: Schema = closed(&[
    required(
        "log_fields",
        list_of(&PII_FIELD).at_least(1).at_most(6).unique(),
    ),
    optional("method", choice(&["mask", "hash"])),
    optional("algorithm", choice(&["xxhash"])),
])
.about("Kept and shown: events about machines have no members about people.");
const PII_FIELD: Schema = choice(&[
    "first_name",
    "last_name",
    "username",
    "email",
    "phone",
    "address",
]);
const NAME: Schema = SHORT.about("What people call it.");
const PRIORITY: Schema = BOOLEAN.about("It carries what concerns security, and nothing else.");

static NEW: Schema = closed(&[
    optional("name", NAME),
    required(
        "type",
        KIND.about("Only http is delivered to; the others are kept."),
    ),
    optional("isPriority", PRIORITY),
    optional("filters", FILTERS),
    optional("pii_config", PII),
    required("sink", SINK),
    optional(
        "startFrom",
        TEXT.format(DATE_TIME)
            .about("From when on; from now on when it is not said."),
    ),
]);
static CHANGE: Schema = closed(&[
    optional("name", NAME),
    optional("status", STATUS),
    optional("isPriority", PRIORITY),
    optional("filters", FILTERS),
    optional("pii_config", PII.or_null()),
    optional("sink", SINK_CHANGE),
]);
const STREAM: Schema = closed(&[
    required("id", TEXT),
    required("name", TEXT),
    required("type", KIND),
    required("status", STATUS),
    required("sink", SINK),
    optional("filters", FILTERS),
    required("isPriority", BOOLEAN),
    optional("pii_config", PII),
]);
static SHOWN: Schema = STREAM;
static LISTED: Schema = list_of(&STREAM);

pub(crate) static LIST: Operation = get("/log-streams", "List log streams")
    .any_of(&["read:log_streams"])
    .answers(&[operation::json(200, &LISTED)]);

/// `GET /log-streams`
pub(crate) async fn list(at: Permitted) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let streams = documents::all::<LogStream>(current.state())?;
    let shown: Value = streams
        .iter()
        .map(|stream| show_stream(&at, stream).map(Value::from))
        .collect::<Result<_, _>>()?;
    let secret = streams.iter().any(|stream| shows_secret(&stream.object));
    Ok(marked(&at, object::json(StatusCode::OK, shown), secret))
}

pub(crate) static CREATE: Operation = post("/log-streams", "Create a log stream")
    .any_of(&["create:log_streams"])
    .body(&NEW)
    .answers(&[operation::json(200, &SHOWN)]);

/// `POST /log-streams`: answers 200, as Auth0 does.
pub(crate) async fn create(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let kind = must(fields.choice("type", SinkKind::parse)?, "type")?;
    let sink = must(fields.object("sink")?, "sink")?;
    let sink = read_sink(&at, kind, sink, schema(kind))?;
    let said = Said::read(&mut fields)?;
    let start_from = read_start(fields.string("startFrom")?);
    fields.end()?;
    let created = at
        .registry()
        .create_log_stream(at.tenant(), at.actor(), kind, sink, |stream| {
            said.write(stream);
            stream.start_from = start_from;
        })
        .await
        .map_err(too_many)?;
    Ok(object::json(StatusCode::OK, show_stream(&at, &created)?))
}

pub(crate) static SHOW: Operation = get("/log-streams/{id}", "Read a log stream")
    .any_of(&["read:log_streams"])
    .answers(&[operation::json(200, &SHOWN)]);

/// `GET /log-streams/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let stream = at.registry().log_stream(at.tenant(), &id).await?;
    let response = object::json(StatusCode::OK, show_stream(&at, &stream)?);
    Ok(marked(&at, response, shows_secret(&stream.object)))
}

pub(crate) static UPDATE: Operation = patch("/log-streams/{id}", "Update a log stream")
    .any_of(&["update:log_streams"])
    .body(&CHANGE)
    .answers(&[operation::json(200, &SHOWN)]);

/// `PATCH /log-streams/{id}`: what is said about people is forgotten when it is not said again, as at
/// Auth0. A stream that is made active goes on where it stopped.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let sink = fields.object("sink")?.value();
    let status = fields.choice("status", StreamStatus::parse)?.value();
    let said = Said::read(&mut fields)?;
    fields.end()?;
    let sink = match sink {
        Some(sink) => {
            let kind = at.registry().log_stream(at.tenant(), &id).await?;
            let kind = kind.object.kind;
            Some(read_sink(&at, kind, sink, schema_of_change(kind))?)
        }
        None => None,
    };
    let updated = at
        .registry()
        .update_log_stream(
            at.tenant(),
            at.actor(),
            &id,
            sink,
            &[NEVER_SHOWN],
            |stream| {
                stream.pii_config = None;
                said.write(stream);
                stream.status = status.unwrap_or(stream.status);
            },
        )
        .await?;
    Ok(object::json(StatusCode::OK, show_stream(&at, &updated)?))
}

pub(crate) static DELETE: Operation = deletes("/log-streams/{id}", "Delete a log stream")
    .any_of(&["delete:log_streams"])
    .answers(&[operation::empty(204)]);

/// `DELETE /log-streams/{id}`
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let (registry, tenant) = (at.registry(), at.tenant());
    if registry.delete_log_stream(tenant, at.actor(), &id).await? {
        // How far it was is nobody's business any more.
        at.store().set_log_cursor(tenant, &id, None).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What making and changing a stream have in common.
struct Said {
    name: Option<String>,
    is_priority: Option<bool>,
    filters: Option<Vec<String>>,
    pii_config: Option<PiiConfig>,
}

impl Said {
    fn read(fields: &mut Fields) -> Result<Self, ApiError> {
        let filters = fields.list("filters")?.value().map(|filters| {
            let names = filters.iter().filter_map(|one| one["name"].as_str());
            names.map(str::to_owned).collect()
        });
        let pii_config = match fields.object("pii_config")?.value() {
            Some(mut pii) => Some(PiiConfig {
                log_fields: pii.strings("log_fields")?.value().unwrap_or_default(),
                method: pii.string("method")?.value().unwrap_or("hash".into()),
                algorithm: pii.string("algorithm")?.value().unwrap_or("xxhash".into()),
            }),
            None => None,
        };
        Ok(Self {
            name: fields.string("name")?.value(),
            is_priority: fields.boolean("isPriority")?.value(),
            filters,
            pii_config,
        })
    }

    fn write(&self, stream: &mut LogStream) {
        let Self {
            name,
            is_priority,
            filters,
            pii_config,
        } = self;
        if let Some(name) = name {
            stream.name.clone_from(name);
        }
        if let Some(is_priority) = is_priority {
            stream.is_priority = *is_priority;
        }
        if let Some(filters) = filters {
            stream.filters.clone_from(filters);
        }
        stream.pii_config.clone_from(pii_config);
    }
}

fn read_start(text: Field<String>) -> Option<i64> {
    let instant: jiff::Timestamp = text.value()?.parse().ok()?;
    Some(instant.as_millisecond())
}

/// Auth0's refusal of one stream too many.
fn too_many(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::TooMany { .. }) = error {
        let message = "You have reached the maximum number of log streams for your account.";
        return ApiError::new(StatusCode::CONFLICT, message, None);
    }
    error.into()
}

fn show_stream(at: &Permitted, stream: &Dated<LogStream>) -> Result<Object, ApiError> {
    let LogStream {
        id,
        name,
        kind,
        status,
        is_priority,
        filters: _,
        pii_config,
        sink: _,
        sealed: _,
        start_from: _,
    } = &stream.object;
    let mut members = at.registry().open_sink(at.tenant(), &stream.object)?;
    if let Some(password) = members.get_mut(NEVER_SHOWN) {
        *password = HIDDEN.into();
    }
    let mut sink = Object::new();
    // In the order of the description.
    for member in order(*kind) {
        sink = sink.with_some(member, members.remove(*member));
    }
    let categories = stream.object.categories();
    let filters: Vec<Value> = categories
        .iter()
        .map(|name| json!({"type": "category", "name": name}))
        .collect();
    Ok(Object::new()
        .with("id", id.as_str())
        .with("name", name.as_str())
        .with("type", kind.as_str())
        .with("status", status.as_str())
        .with("sink", Value::from(sink))
        .with_some("filters", (!filters.is_empty()).then_some(filters))
        .with("isPriority", *is_priority)
        .with_some("pii_config", pii_config.as_ref().map(show_pii)))
}

fn show_pii(pii: &PiiConfig) -> Value {
    let PiiConfig {
        log_fields,
        method,
        algorithm,
    } = pii;
    json!({"log_fields": log_fields, "method": method, "algorithm": algorithm})
}

fn shows_secret(stream: &LogStream) -> bool {
    stream.sealed.keys().any(|member| member != NEVER_SHOWN)
}

/// Has the log say that a secret was shown.
fn marked(at: &Permitted, mut response: Response, secret: bool) -> Response {
    if secret {
        response.extensions_mut().insert(SecretsShown {
            reader: at.who(),
            members: &["sink"],
        });
    }
    response
}
