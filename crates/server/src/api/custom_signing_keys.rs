//! `/api/v2/keys/custom-signing`: public keys of somebody else in the tenant's JWKS.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::custom_signing_key::{CustomSigningKeys, ID, KEYS_MAX};
use m2mint_authority::documents;
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, required as must};
use crate::api::object;
use crate::api::operation::{self, Operation, empty, get, put};
use crate::api::schema::{Schema, TEXT, choice, list, object as shape, optional, required};

const NUMBER: Schema = TEXT.length(1, 2_048);
static VERIFY: Schema = choice(&["verify"]);
static CERTIFICATE: Schema = TEXT.length(1, 8_192);

static KEY: Schema = shape(&[
    required("kty", choice(&["EC", "RSA"])),
    optional("kid", TEXT.length(1, 255)),
    optional("use", choice(&["sig"])),
    optional("key_ops", list(&VERIFY).at_least(1).at_most(1)),
    optional(
        "alg",
        choice(&[
            "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
        ]),
    ),
    optional("n", NUMBER),
    optional("e", NUMBER),
    optional("crv", choice(&["P-256", "P-384", "P-521"])),
    optional("x", NUMBER),
    optional("y", NUMBER),
    optional("x5u", TEXT.length(1, 2_048)),
    optional("x5c", list(&CERTIFICATE).at_least(1).at_most(10)),
    optional("x5t", TEXT.length(1, 255)),
    optional("x5t#S256", TEXT.length(1, 255)),
]);

static KEYS: Schema = shape(&[required("keys", list(&KEY).at_least(1).at_most(KEYS_MAX))]);

pub(crate) static SHOW: Operation = get("/keys/custom-signing", "Read custom signing keys")
    .any_of(&["read:custom_signing_keys"])
    .answers(&[operation::json(200, &KEYS)]);

/// `GET /keys/custom-signing`
pub(crate) async fn show(at: Permitted) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let keys = documents::find::<CustomSigningKeys>(current.state(), ID).map_err(ApiError::from)?;
    Ok(object::json(
        StatusCode::OK,
        json!({"keys": keys.object.keys}),
    ))
}

pub(crate) static REPLACE: Operation = put("/keys/custom-signing", "Replace custom signing keys")
    .all_of(&["create:custom_signing_keys", "update:custom_signing_keys"])
    .body(&KEYS)
    .answers(&[operation::json(200, &KEYS)]);

/// `PUT /keys/custom-signing`: 200. They stand in the JWKS in front of the tenant's own.
pub(crate) async fn replace(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let keys = must(fields.list("keys")?, "keys")?
        .into_iter()
        .filter_map(|key| match key {
            Value::Object(members) => Some(members),
            Value::Array(_)
            | Value::Bool(_)
            | Value::Null
            | Value::Number(_)
            | Value::String(_) => None,
        })
        .collect();
    let keys = CustomSigningKeys { keys };
    at.registry()
        .put_custom_signing_keys(at.tenant(), at.actor(), &keys)
        .await?;
    Ok(object::json(StatusCode::OK, json!({"keys": keys.keys})))
}

pub(crate) static DELETE: Operation =
    operation::delete("/keys/custom-signing", "Delete custom signing keys")
        .any_of(&["delete:custom_signing_keys"])
        .answers(&[empty(204)]);

/// `DELETE /keys/custom-signing`: 204, also when there are none.
pub(crate) async fn delete(at: Permitted) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_custom_signing_keys(at.tenant(), at.actor())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
