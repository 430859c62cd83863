//! What is not here: paths of Auth0's API for logins, users, pages and mails.
//!
//! Tools ask for them all the same: an export reads everything there may be. So reading finds
//! nothing, in the shape Auth0 has for it, and writing is refused in words, unless what is written is
//! what is there: then a tool that writes back what it read is content. All of it is one table,
//! `absent.txt`, an operation a line.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::json;
use crate::api::object::{self, Object};
use crate::api::operation::{self, Answer, Operation, Operations, Parameter, Verb};
use crate::api::page::{CHECKPOINTS, NUMBERED, PageQuery, Totals};
use crate::api::schema::{ANY, ANY_OBJECT, Schema, either, list};

/// Every operation there is nothing for.
const TABLE: &str = include_str!("absent.txt");

/// What reading finds.
#[derive(Clone, Copy)]
enum Says {
    /// An object or an array that never changes, as JSON text.
    Fixed(&'static str),
    /// An empty list that knows checkpoints only.
    List(&'static str),
    /// That there is no such thing: message and code.
    Missing(&'static str, Option<&'static str>),
    /// An empty list of Auth0's older kind.
    Page(&'static str, Totals),
    /// That it cannot be done.
    Refused,
    /// The same, but for a write that changes nothing of this JSON text.
    Settled(&'static str),
}

static EMPTY: [Schema; 2] = [list(&ANY).at_most(0), ANY_OBJECT];
static NOTHING: Schema = either(&EMPTY);
static FOUND: [Answer; 1] = [operation::json(200, &NOTHING)];
static PAGES: &[&[Parameter]] = &[NUMBERED, CHECKPOINTS];

/// An operation of the table.
struct Absence {
    operation: Operation,
    says: Says,
}

/// Read once; what the lines lend lives as long as the process.
static ABSENCES: LazyLock<Vec<Absence>> = LazyLock::new(|| {
    let mut absences: Vec<Absence> = lines().filter_map(read).collect();
    let fixed: HashMap<&str, &'static str> = absences
        .iter()
        .filter_map(|absence| match absence.says {
            Says::Fixed(json) => Some((absence.operation.path, json)),
            Says::List(_)
            | Says::Missing(..)
            | Says::Page(..)
            | Says::Refused
            | Says::Settled(_) => None,
        })
        .collect();
    for absence in &mut absences {
        let settles = matches!(absence.operation.method, Verb::Patch | Verb::Put);
        if let Some(json) = fixed.get(absence.operation.path).filter(|_| settles) {
            absence.says = Says::Settled(json);
            absence.operation.answers = &FOUND;
        }
    }
    absences
});

fn lines() -> impl Iterator<Item = &'static str> {
    let lines = TABLE.lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// `GET /rules read:rules page rules`
fn read(line: &'static str) -> Option<Absence> {
    let mut words = line.splitn(4, ' ');
    let (method, path) = (words.next()?, words.next()?);
    let scopes: Vec<&'static str> = words.next()?.split(',').collect();
    let says = Says::read(words.next()?)?;
    let (made, about): (fn(_, _) -> Operation, _) = match method {
        "DELETE" => (operation::delete, "Not on this server"),
        "GET" => (operation::get, "Nothing on this server"),
        "PATCH" => (operation::patch, "Not on this server"),
        "POST" => (operation::post, "Not on this server"),
        "PUT" => (operation::put, "Not on this server"),
        _ => return None,
    };
    let mut operation = made(path, about).any_of(scopes.leak());
    if matches!(says, Says::List(_) | Says::Page(..)) {
        operation = operation.query(PAGES);
    }
    if matches!(says, Says::Fixed(_) | Says::List(_) | Says::Page(..)) {
        operation = operation.answers(&FOUND);
    }
    Some(Absence { operation, says })
}

impl Says {
    fn read(text: &'static str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "fixed" => Some(Self::Fixed(rest)),
            "list" => Some(Self::List(rest)),
            "page" => Some(Self::Page(rest, Totals::Before)),
            "page-after" => Some(Self::Page(rest, Totals::After)),
            "missing" => {
                let (code, message) = rest.split_once(' ')?;
                Some(Self::Missing(message, (code != "-").then_some(code)))
            }
            "refused" => Some(Self::Refused),
            _ => None,
        }
    }
}

/// Routes all of the table.
pub(crate) fn routed(operations: Operations) -> Operations {
    ABSENCES.iter().fold(operations, |operations, absence| {
        operations.with(
            &absence.operation,
            async move |at: Permitted, query: PageQuery, body: Result<Bytes, BytesRejection>| {
                answer(absence, &at, query, &body?)
            },
        )
    })
}

fn answer(
    absence: &Absence,
    _: &Permitted,
    query: PageQuery,
    body: &[u8],
) -> Result<Response, ApiError> {
    let none: [(); 0] = [];
    match absence.says {
        Says::Fixed(json) => {
            let value: Value = serde_json::from_str(json).map_err(|_| ApiError::internal())?;
            Ok(object::json(StatusCode::OK, value))
        }
        Says::List(entity) => Ok(query.checkpointed().answer(
            entity,
            Totals::After,
            &none,
            |()| "",
            |()| Object::new(),
        )),
        Says::Page(entity, totals) => {
            Ok(query.answer(entity, totals, &none, |()| "", |()| Object::new()))
        }
        Says::Missing(message, code) => Err(ApiError::not_found(message, code)),
        Says::Refused => Err(refusal(absence.operation.path)),
        Says::Settled(json) => {
            let there: Value = serde_json::from_str(json).map_err(|_| ApiError::internal())?;
            let said: Value = json::read(body)
                .map_err(|_| ApiError::invalid_body("Invalid request payload JSON format"))?;
            if !says_nothing_new(&said, &there) {
                return Err(refusal(absence.operation.path));
            }
            Ok(object::json(StatusCode::OK, there))
        }
    }
}

/// Whether all that is said is there already.
fn says_nothing_new(said: &Value, there: &Value) -> bool {
    match (said, there) {
        (Value::Object(said), Value::Object(there)) => said.iter().all(|(member, value)| {
            there
                .get(member)
                .is_some_and(|known| says_nothing_new(value, known))
        }),
        (said, there) => said == there,
    }
}

fn refusal(path: &str) -> ApiError {
    let what = match path.split('/').nth(1).unwrap_or_default() {
        "keys" => "keys of its customers for encryption at rest",
        "jobs" => "jobs about users",
        "" => "this",
        first => &first.replace('-', " "),
    };
    ApiError::new(
        StatusCode::BAD_REQUEST,
        format!("This server issues tokens to machines: it does not have {what}."),
        Some("operation_not_supported"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operation::Scopes;

    #[test]
    fn every_line_of_the_table_is_read_and_says_what_it_should() {
        assert_eq!(lines().count(), ABSENCES.len());
        for absence in ABSENCES.iter() {
            let path = absence.operation.path;
            assert!(path.starts_with('/'), "{path}");
            if let Says::Fixed(json) = absence.says {
                assert!(serde_json::from_str::<Value>(json).is_ok(), "{path}");
            }
            if let Scopes::Any(scopes) = absence.operation.scopes {
                assert!(scopes.iter().all(|scope| scope.contains(':')), "{path}");
            }
        }
    }
}
