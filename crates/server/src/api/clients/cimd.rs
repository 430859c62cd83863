//! `/api/v2/clients/cimd`: clients that describe themselves in a document on the web.
//!
//! This server fetches nothing on behalf of a caller. So it answers as Auth0 does when a document
//! cannot be retrieved: a preview says so in `errors`, a registration is refused.

use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, required as must};
use crate::api::object;
use crate::api::operation::{Operation, json, post};
use crate::api::schema::{
    Format, Schema, TEXT, list, object as object_of, open_object, optional, required,
};

const HTTPS_URL: Format = Format {
    name: "absolute-https-uri-or-empty",
    holds: |text| {
        text.is_empty() || text.starts_with("https://") && !text.contains(char::is_whitespace)
    },
    pattern: None,
};

static ASKED: Schema = object_of(&[required(
    "external_client_id",
    TEXT.length(1, 120).format(HTTPS_URL),
)]);

static PREVIEW_ANSWER: Schema = object_of(&[required("errors", list(&TEXT))]);

/// Never given, but for the description.
static REGISTERED: Schema = open_object(&[optional("client_id", TEXT)]);

pub(crate) static PREVIEW: Operation = post(
    "/clients/cimd/preview",
    "See what a client metadata document would make",
)
.any_of(&["read:clients"])
.body(&ASKED)
.answers(&[json(200, &PREVIEW_ANSWER)]);

/// `POST /clients/cimd/preview`: 200 with `errors`.
pub(crate) async fn preview(_at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    let message = not_retrieved(fields)?;
    Ok(object::json(StatusCode::OK, json!({"errors": [message]})))
}

pub(crate) static REGISTER: Operation = post(
    "/clients/cimd/register",
    "Register a client by its metadata document",
)
.any_of(&["create:clients", "update:clients"])
.body(&ASKED)
.answers(&[json(201, &REGISTERED)]);

/// `POST /clients/cimd/register`: 400.
pub(crate) async fn register(_at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    Err(ApiError::invalid_body(not_retrieved(fields)?))
}

fn not_retrieved(mut fields: Fields) -> Result<String, ApiError> {
    let url = must(fields.string("external_client_id")?, "external_client_id")?;
    Ok(format!(
        "The Client Metadata at {url} could not be retrieved: this server fetches no documents."
    ))
}
