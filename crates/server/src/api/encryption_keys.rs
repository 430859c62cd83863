//! `/api/v2/keys/encryption`: what encrypts at rest. Here it is one key, the server's master key,
//! and no customer can bring another.

use std::fmt::Write as _;

use axum::response::Response;
use http::StatusCode;
use m2mint_domain::{State, Timestamp};
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::object::{self, Object, date};
use crate::api::operation::{Operation, get, json, post};
use crate::api::page::{NUMBERED_FROM_ONE, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{
    DATE_TIME, Schema, TEXT, choice, either, integer, list, object as shape, required,
};

static KEY: Schema = shape(&[
    required("kid", TEXT),
    required(
        "type",
        choice(&[
            "customer-provided-root-key",
            "environment-root-key",
            "tenant-master-key",
            "tenant-encryption-key",
        ]),
    ),
    required(
        "state",
        choice(&["pre-activation", "active", "deactivated", "destroyed"]),
    ),
    required("created_at", TEXT.format(DATE_TIME)),
    required("updated_at", TEXT.format(DATE_TIME)),
    required("parent_kid", TEXT.or_null()),
    required("public_key", TEXT.or_null()),
]);

static PAGE: Schema = either(&[
    list(&KEY),
    shape(&[
        required("keys", list(&KEY)),
        required("start", integer(0, i64::MAX)),
        required("limit", integer(0, i64::MAX)),
        required("total", integer(0, i64::MAX)),
    ]),
]);

pub(crate) static LIST: Operation = get("/keys/encryption", "List encryption keys")
    .any_of(&["read:encryption_keys"])
    .query(&[NUMBERED_FROM_ONE])
    .answers(&[json(200, &PAGE)]);

/// `GET /keys/encryption`
pub(crate) async fn list_all(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let keys = [root_key_id(&at)];
    Ok(
        query.answer("keys", Totals::After, &keys, String::as_str, |kid| {
            show_root(kid, current.state())
        }),
    )
}

pub(crate) static SHOW: Operation = get("/keys/encryption/{kid}", "Read an encryption key")
    .any_of(&["read:encryption_keys"])
    .answers(&[json(200, &KEY)]);

/// `GET /keys/encryption/{kid}`
pub(crate) async fn show(at: Permitted, Path(kid): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    if kid != root_key_id(&at) {
        return Err(ApiError::not_found("The key does not exist", None));
    }
    Ok(object::json(
        StatusCode::OK,
        show_root(&kid, current.state()),
    ))
}

pub(crate) static REKEY: Operation = post("/keys/encryption/rekey", "Not on this server")
    .all_of(&["create:encryption_keys", "update:encryption_keys"]);

/// `POST /keys/encryption/rekey`: the master key is the operator's, and is not changed from here.
pub(crate) async fn rekey(_: Permitted) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "The master key of this server is kept by its operator and cannot be changed through the API.",
        Some("operation_not_supported"),
    )
}

/// A UUID that stands for the master key and says nothing about it.
fn root_key_id(at: &Permitted) -> String {
    let digest = m2mint_jose::sha256(at.registry().master_key_fingerprint().as_bytes());
    let mut hex = String::with_capacity(36);
    for (place, byte) in digest.iter().take(16).enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            hex.push('-');
        }
        let byte = match place {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        // Writing to a text never fails.
        let _written = write!(hex, "{byte:02x}");
    }
    hex
}

fn show_root(kid: &str, state: &State) -> Object {
    let since = state.signing_keys().iter().map(|key| key.created_at).min();
    let since = date(since.unwrap_or(Timestamp::default()));
    Object::new()
        .with("kid", kid)
        .with("type", "environment-root-key")
        .with("state", "active")
        .with("created_at", since.as_str())
        .with("updated_at", since.as_str())
        .with("parent_kid", Value::Null)
        .with("public_key", Value::Null)
}
