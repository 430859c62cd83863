//! `/api/v2/keys/signing`: the tenant's keys, their rotation and their end.

use axum::response::Response;
use http::StatusCode;
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SigningKey};
use m2mint_jose::certificate;
use serde_json::Value;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::object::{self, Object, date};
use crate::api::operation::{Operation, get, json, post, put};
use crate::api::path::Path;
use crate::api::schema::{
    BOOLEAN, DATE_TIME, Schema, TEXT, choice, list as list_of, object as shape, optional, required,
};

static KEY: Schema = shape(&[
    required("kid", TEXT),
    required("cert", TEXT),
    required("pkcs7", TEXT),
    required("current", BOOLEAN),
    required("next", BOOLEAN),
    required("previous", BOOLEAN),
    optional("current_since", TEXT.format(DATE_TIME)),
    optional("current_until", TEXT.format(DATE_TIME)),
    required("fingerprint", TEXT),
    required("thumbprint", TEXT),
    required("revoked", BOOLEAN),
    optional("revoked_at", TEXT.format(DATE_TIME)),
    required("family", choice(&["RSA", "P-256", "Ed25519"])),
]);
static KEYS: Schema = list_of(&KEY);

pub(crate) static LIST: Operation = get("/keys/signing", "List signing keys")
    .any_of(&["read:signing_keys"])
    .answers(&[json(200, &KEYS)]);

/// `GET /keys/signing`: an array, the current one first.
pub(crate) async fn list(at: Permitted) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let mut keys: Vec<&SigningKey> = current
        .state()
        .signing_keys()
        .iter()
        .map(AsRef::as_ref)
        .collect();
    keys.sort_by_key(|key| (key.family, order(key.place)));
    let shown: Value = keys
        .into_iter()
        .map(|key| Value::from(show_key(key)))
        .collect();
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static SHOW: Operation = get("/keys/signing/{kid}", "Read signing keys")
    .any_of(&["read:signing_keys"])
    .answers(&[json(200, &KEY)]);

/// `GET /keys/signing/{kid}`
pub(crate) async fn show(at: Permitted, Path(kid): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let keys = current.state().signing_keys();
    let key = keys
        .iter()
        .find(|key| key.id.as_str() == kid)
        .ok_or_else(|| ApiError::not_found("The signing key does not exist", None))?;
    Ok(object::json(StatusCode::OK, show_key(key)))
}

pub(crate) static ROTATE: Operation = post("/keys/signing/rotate", "Rotate signing keys")
    .all_of(&["create:signing_keys", "update:signing_keys"])
    .answers(&[json(201, &KEY)]);

/// `POST /keys/signing/rotate`: 201 with the next RSA key. Every family of keys moves on together.
pub(crate) async fn rotate(at: Permitted) -> Result<Response, ApiError> {
    let fresh = at.registry().rotate_keys(at.tenant(), at.actor()).await?;
    let next = fresh
        .iter()
        .find(|key| key.family == KeyFamily::Rsa)
        .or(fresh.first())
        .ok_or_else(|| ApiError::not_found("The tenant has no signing key", None))?;
    Ok(object::json(StatusCode::CREATED, show_key(next)))
}

pub(crate) static REVOKE: Operation = put("/keys/signing/{kid}/revoke", "Revoke signing keys")
    .any_of(&["update:signing_keys"])
    .answers(&[json(200, &KEY)]);

/// `PUT /keys/signing/{kid}/revoke`: 200. Only a previous key.
pub(crate) async fn revoke(at: Permitted, Path(kid): Path<String>) -> Result<Response, ApiError> {
    let key = at
        .registry()
        .revoke_key(at.tenant(), at.actor(), &kid)
        .await?;
    Ok(object::json(StatusCode::OK, show_key(&key)))
}

fn show_key(key: &SigningKey) -> Object {
    let place = |place: KeyPlace| key.place == place;
    Object::new()
        .with("kid", key.id.as_str())
        .with("cert", certificate::pem(&key.certificate))
        .with("pkcs7", certificate::pkcs7_pem(&key.certificate))
        .with("current", place(KeyPlace::Current))
        .with("next", place(KeyPlace::Next))
        .with("previous", place(KeyPlace::Previous))
        .with_some("current_since", key.current_since.map(date))
        .with_some("current_until", key.current_until.map(date))
        .with(
            "fingerprint",
            certificate::sha1_fingerprint(&key.certificate),
        )
        .with("thumbprint", certificate::sha1_thumbprint(&key.certificate))
        .with("revoked", place(KeyPlace::Revoked))
        .with_some("revoked_at", key.revoked_at.map(date))
        // Auth0 has RSA keys only; this tells the others apart.
        .with("family", key.family.as_str())
}

fn order(place: KeyPlace) -> u8 {
    match place {
        KeyPlace::Current => 0,
        KeyPlace::Next => 1,
        KeyPlace::Previous => 2,
        KeyPlace::Revoked => 3,
    }
}
