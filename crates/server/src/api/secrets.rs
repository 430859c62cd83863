//! `/m2mint/v1/clients/{id}/secrets`: rotation without an outage. Auth0 has nothing like it.
//!
//! A new secret is added beside the old ones; both work until the old one's time is over or it is
//! retired by name; when each was last used tells whether it is still needed.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::clients::Retire;
use m2mint_domain::Timestamp;
use m2mint_domain::credential::ClientSecret;
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::clients::no_such_client;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields};
use crate::api::object::{self, Object, date};
use crate::api::operation::{Operation, delete, empty, get, json, post};
use crate::api::path::Path;
use crate::api::schema::{
    BOOLEAN, DATE_TIME, Schema, TEXT, choice, either, integer, list as list_of,
    object as object_of, optional, required,
};

/// How long the old secrets go on working when nobody says: a day.
const OVERLAP_SECS: u32 = 86_400;
/// The longest overlap: a year.
const OVERLAP_MAX_SECS: i64 = 365 * 86_400;

const SECRET: Schema = object_of(&[
    required("id", TEXT),
    required("hint", TEXT),
    required("active", BOOLEAN),
    required("created_at", TEXT.format(DATE_TIME)),
    optional("expires_at", TEXT.format(DATE_TIME)),
    optional("last_used_at", TEXT.format(DATE_TIME)),
]);

static SECRETS: Schema = list_of(&SECRET);

static MADE: Schema = object_of(&[
    required("id", TEXT),
    required("hint", TEXT),
    required("active", BOOLEAN),
    required("created_at", TEXT.format(DATE_TIME)),
    required("client_id", TEXT),
    required("client_secret", TEXT),
]);

static ASKED: Schema = object_of(&[optional(
    "retire",
    either(&[choice(&["now", "never"]), AFTER]).or_null(),
)]);

const AFTER: Schema = object_of(&[optional("after_seconds", integer(0, OVERLAP_MAX_SECS))]);

pub(crate) static LIST: Operation = get("/clients/{id}/secrets", "List secrets")
    .any_of(&["read:client_keys"])
    .answers(&[json(200, &SECRETS)]);

/// `GET …/secrets`: an array of what is known of each, never a secret.
pub(crate) async fn list(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let entry = current.state().client(&id).ok_or_else(no_such_client)?;
    let uses = at.registry().secret_uses(at.tenant(), entry).await?;
    let now = at.now();
    let secrets: Value = entry
        .client()
        .secrets
        .iter()
        .map(|secret| Value::from(show(secret, uses.get(&secret.id).copied(), now)))
        .collect();
    Ok(object::json(StatusCode::OK, secrets))
}

pub(crate) static ADD: Operation = post("/clients/{id}/secrets", "Add secrets")
    .any_of(&["update:client_keys"])
    .body(&ASKED)
    .answers(&[json(201, &MADE)]);

/// `POST …/secrets`: adds a secret, and shows it. The body may say what becomes of
/// the old ones: `{"retire": "now" | "never" | {"after_seconds": N}}`; a day when it does not.
pub(crate) async fn add(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let retire = read_retire(&mut fields)?;
    fields.end()?;
    let (client, secret) = at
        .registry()
        .rotate_secret(at.tenant(), at.actor(), &id, None, retire)
        .await?;
    let made = client.secrets.last().ok_or_else(no_such_client)?;
    let shown = show(made, None, at.now())
        .with("client_id", client.id.as_str())
        .with("client_secret", secret.reveal());
    Ok(object::json(StatusCode::CREATED, shown))
}

pub(crate) static RETIRE: Operation = delete("/clients/{id}/secrets/{secret}", "Retire secrets")
    .any_of(&["update:client_keys"])
    .answers(&[empty(204)]);

/// `DELETE …/secrets/{secret}`: stops one from working, at once.
pub(crate) async fn retire(
    at: Permitted,
    Path((id, secret)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    at.registry()
        .retire_secret(at.tenant(), at.actor(), &id, &secret)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn show(secret: &ClientSecret, used_at: Option<Timestamp>, now: Timestamp) -> Object {
    Object::new()
        .with("id", secret.id.as_str())
        .with("hint", format!("…{}", secret.hint))
        .with("active", secret.is_live(now))
        .with("created_at", date(secret.created_at))
        .with_some("expires_at", secret.expires_at.map(date))
        .with_some("last_used_at", used_at.map(date))
}

fn read_retire(fields: &mut Fields) -> Result<Retire, ApiError> {
    if fields.holds_string("retire") {
        let word = |text: &str| match text {
            "now" => Some(Retire::Now),
            "never" => Some(Retire::Never),
            _ => None,
        };
        let said = fields.choice("retire", word)?.value();
        return Ok(said.unwrap_or(Retire::After { secs: OVERLAP_SECS }));
    }
    match fields.object("retire")? {
        Field::Absent | Field::Null => Ok(Retire::After { secs: OVERLAP_SECS }),
        Field::Value(mut after) => {
            let secs = after
                .integer("after_seconds")?
                .value()
                .unwrap_or(OVERLAP_SECS);
            after.end()?;
            Ok(Retire::After { secs })
        }
    }
}
