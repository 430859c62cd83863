//! `/api/v2/token-exchange-profiles`: which action looks at which kind of subject token.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::documents::{self, Dated};
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_authority::token_exchange_profile::TokenExchangeProfile;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, required as must};
use crate::api::object::{self, Object, date};
use crate::api::operation::{self, Operation, empty, get, patch, post};
use crate::api::page::{CHECKPOINTS, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{
    DATE_TIME, Format, Schema, TEXT, choice, list, object, optional, required,
};

/// A URI with a scheme (RFC 3986 §3): `https://…` or `urn:…`.
const URL: Format = Format {
    name: "url",
    holds: |text| {
        text.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
                && !rest.is_empty()
                && rest.bytes().all(|byte| byte.is_ascii_graphic())
        })
    },
    pattern: None,
};
const NAME: Schema = TEXT.length(3, 50);
const TOKEN_TYPE: Schema = TEXT.length(8, 100).format(URL);
const KIND: Schema = choice(&["custom_authentication"]);

static NEW: Schema = object(&[
    required("name", NAME),
    required("subject_token_type", TOKEN_TYPE),
    required("action_id", TEXT.length(1, 36)),
    required("type", KIND),
]);

static CHANGES: Schema = object(&[
    optional("name", NAME),
    optional("subject_token_type", TOKEN_TYPE),
]);

static PROFILE: Schema = object(&[
    required("id", TEXT),
    required("name", NAME),
    required("type", KIND),
    required("subject_token_type", TOKEN_TYPE),
    required("action_id", TEXT),
    required("created_at", TEXT.format(DATE_TIME)),
    required("updated_at", TEXT.format(DATE_TIME)),
]);

static PAGE: Schema = object(&[
    required("token_exchange_profiles", list(&PROFILE)),
    optional("next", TEXT),
]);

pub(crate) static LIST: Operation = get("/token-exchange-profiles", "List token exchange profiles")
    .any_of(&["read:token_exchange_profiles"])
    .query(&[CHECKPOINTS])
    .answers(&[operation::json(200, &PAGE)]);

/// `GET /token-exchange-profiles`
pub(crate) async fn list_all(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let mut profiles =
        documents::all::<TokenExchangeProfile>(current.state()).map_err(ApiError::from)?;
    profiles.sort_by(|a, b| a.object.id.cmp(&b.object.id));
    Ok(query.checkpointed().answer(
        "token_exchange_profiles",
        Totals::After,
        &profiles,
        |profile| &profile.object.id,
        show_profile,
    ))
}

pub(crate) static CREATE: Operation = post(
    "/token-exchange-profiles",
    "Create a token exchange profile",
)
.any_of(&["create:token_exchange_profiles"])
.body(&NEW)
.answers(&[operation::json(201, &PROFILE)]);

/// `POST /token-exchange-profiles`: 201.
pub(crate) async fn create(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let draft = TokenExchangeProfile {
        id: String::new(),
        name: must(fields.string("name")?, "name")?,
        subject_token_type: must(fields.string("subject_token_type")?, "subject_token_type")?,
        action_id: must(fields.string("action_id")?, "action_id")?,
        kind: must(fields.string("type")?, "type")?,
    };
    let profile = at
        .registry()
        .create_token_exchange_profile(at.tenant(), at.actor(), draft)
        .await
        .map_err(taken(StatusCode::CONFLICT))?;
    Ok(object::json(StatusCode::CREATED, show_profile(&profile)))
}

pub(crate) static SHOW: Operation = get(
    "/token-exchange-profiles/{id}",
    "Read a token exchange profile",
)
.any_of(&["read:token_exchange_profiles"])
.answers(&[operation::json(200, &PROFILE)]);

/// `GET /token-exchange-profiles/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let profile = documents::find(current.state(), &id).map_err(ApiError::from)?;
    Ok(object::json(StatusCode::OK, show_profile(&profile)))
}

pub(crate) static UPDATE: Operation = patch(
    "/token-exchange-profiles/{id}",
    "Change a token exchange profile",
)
.any_of(&["update:token_exchange_profiles"])
.body(&CHANGES)
.answers(&[operation::json(200, &PROFILE)]);

/// `PATCH /token-exchange-profiles/{id}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let name = fields.string("name")?.value();
    let token_type = fields.string("subject_token_type")?.value();
    let profile = at
        .registry()
        .update_token_exchange_profile(
            at.tenant(),
            at.actor(),
            &id,
            name.as_deref(),
            token_type.as_deref(),
        )
        .await
        .map_err(taken(StatusCode::BAD_REQUEST))?;
    Ok(object::json(StatusCode::OK, show_profile(&profile)))
}

pub(crate) static DELETE: Operation = operation::delete(
    "/token-exchange-profiles/{id}",
    "Delete a token exchange profile",
)
.any_of(&["delete:token_exchange_profiles"])
.answers(&[empty(204)]);

/// `DELETE /token-exchange-profiles/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_token_exchange_profile(at.tenant(), at.actor(), &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Auth0 answers a taken type with 409 when a profile is made and with 400 when one is changed.
fn taken(status: StatusCode) -> impl Fn(RegistryError) -> ApiError {
    move |error| {
        if let RegistryError::Refused(Refused::DocumentExists(_)) = error {
            return ApiError::new(status, "subject_token_type already exists for tenant", None);
        }
        if let RegistryError::Refused(Refused::Invalid { reason, .. }) = error {
            return ApiError::invalid_body(reason);
        }
        error.into()
    }
}

fn show_profile(profile: &Dated<TokenExchangeProfile>) -> Object {
    let TokenExchangeProfile {
        id,
        name,
        subject_token_type,
        action_id,
        kind,
    } = &profile.object;
    Object::new()
        .with("id", id.as_str())
        .with("name", name.as_str())
        .with("type", kind.as_str())
        .with("subject_token_type", subject_token_type.as_str())
        .with("action_id", action_id.as_str())
        .with("created_at", date(profile.created_at))
        .with("updated_at", date(profile.updated_at))
}
