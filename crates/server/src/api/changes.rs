//! `/m2mint/v1/history`: what was changed, when and by whom, with the objects before and after.

use axum::response::Response;
use http::StatusCode;
use m2mint_store::{HistoryEntry, HistoryQuery, Place, Revision, is_kind, masked};
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::object::{self, Object, date};
use crate::api::operation::{self, Operation, Parameter, get, parameter};
use crate::api::page::{CHECKPOINTS, PageQuery, checkpoint};
use crate::api::schema::{
    ANY_OBJECT, Format, Schema, TEXT, choice, integer, list as list_of, object as closed, optional,
    required,
};

/// The longest id that is looked for.
const ID_MAX: usize = 2_048;

const KIND: Format = Format {
    name: "kind",
    holds: is_kind,
    pattern: None,
};
const OF: &[Parameter] = &[
    parameter(
        "kind",
        TEXT.format(KIND)
            .about("Of objects of this kind only: client, client_grant, resource_server, …"),
    ),
    parameter(
        "id",
        TEXT.length(1, ID_MAX)
            .about("Of this object only; goes with kind."),
    ),
];
const ACTOR: Schema = closed(&[
    required("kind", choice(&["client", "command_line", "system"])),
    required("id", TEXT),
]);
const ENTRY: Schema = closed(&[
    required(
        "revision",
        integer(1, i64::MAX).about("The version of the tenant's register that the change made."),
    ),
    required("at", TEXT),
    required(
        "actor",
        ACTOR.about("Who changed it, and through which door."),
    ),
    required("kind", TEXT),
    required("id", TEXT),
    required("change", choice(&["created", "updated", "deleted"])),
    optional(
        "before",
        ANY_OBJECT.about("What is kept of the object, with [masked] where its secrets are."),
    ),
    optional("after", ANY_OBJECT),
]);
static LISTED: Schema = closed(&[required("history", list_of(&ENTRY)), optional("next", TEXT)]);

pub(crate) static LIST: Operation = get("/history", "List what was changed")
    .any_of(&["read:logs"])
    .query(&[CHECKPOINTS, OF])
    .answers(&[operation::json(200, &LISTED)]);

/// `GET /history`: the newest first, of everything, of one kind of object, or of one object.
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let (from, take) = query.after();
    if query.filter("id").is_some() && query.filter("kind").is_none() {
        return Err(ApiError::invalid_query(
            "Query validation error: 'An id goes with a kind' on property id.",
        ));
    }
    let asked = HistoryQuery {
        kind: query.filter("kind").map(Into::into),
        id: query.filter("id").map(Into::into),
        before: from.map(read_place).transpose()?,
        // One more tells whether there is more.
        take: take + 1,
    };
    let mut found = at.store().history(at.tenant(), &asked).await?;
    let more = take < found.len();
    found.truncate(take);
    let next = found.last().filter(|_| more).map(|last| {
        let Place { revision, ordinal } = last.place;
        checkpoint(&format!("{revision}.{ordinal}"))
    });
    let history = found
        .iter()
        .map(|entry| show(entry).map(Value::from))
        .collect::<Result<Value, ApiError>>()?;
    let body = Object::new()
        .with("history", history)
        .with_some("next", next);
    Ok(object::json(StatusCode::OK, body))
}

fn show(entry: &HistoryEntry) -> Result<Object, ApiError> {
    let HistoryEntry {
        place,
        at,
        actor,
        change,
        before,
    } = entry;
    let (kind, id) = change.subject();
    let before = match before {
        Some(before) => masked(before)?,
        None => None,
    };
    let after = masked(change)?;
    let what = match (&before, &after) {
        (_, None) => "deleted",
        (None, Some(_)) => "created",
        (Some(_), Some(_)) => "updated",
    };
    let actor = Object::new()
        .with("kind", actor.kind.as_str())
        .with("id", &*actor.id);
    Ok(Object::new()
        .with("revision", place.revision.number())
        .with("at", date(*at))
        .with("actor", Value::from(actor))
        .with("kind", kind)
        .with("id", id)
        .with("change", what)
        .with_some("before", before)
        .with_some("after", after))
}

fn read_place(text: &str) -> Result<Place, ApiError> {
    let place = text.split_once('.').and_then(|(revision, ordinal)| {
        Some(Place {
            revision: Revision::new(revision.parse().ok()?),
            ordinal: ordinal.parse().ok()?,
        })
    });
    place.ok_or_else(|| {
        ApiError::invalid_query("Query validation error: 'Invalid checkpoint' on property from.")
    })
}
