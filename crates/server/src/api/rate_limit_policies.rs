//! `/api/v2/rate-limit-policies`: how many requests a second a client may make.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::documents::{self, Dated};
use m2mint_authority::rate_limit_policy::{Configuration, RateLimitPolicy};
use m2mint_authority::registry::{Refused, RegistryError};
use serde_json::json;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, required as must};
use crate::api::object::{self, Object, date};
use crate::api::operation::{self, Operation, Parameter, empty, get, parameter, patch, post};
use crate::api::page::{CHECKPOINTS, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{
    DATE_TIME, Schema, TEXT, choice, either, integer, list, object, optional, required,
};

const LIMIT: Schema = integer(0, u32::MAX as i64);
const RESOURCE: Schema = choice(&["oauth_authentication_api"]);
const CONSUMER: Schema = choice(&["client"]);

static CONFIGURATIONS: [Schema; 3] = [
    object(&[required("action", choice(&["allow"]))]),
    object(&[
        required("action", choice(&["block", "log"])),
        required("limit", LIMIT),
    ]),
    object(&[
        required("action", choice(&["redirect"])),
        required("limit", LIMIT),
        required("redirect_uri", TEXT.length(1, 2_000)),
    ]),
];

static NEW: Schema = object(&[
    required("resource", RESOURCE),
    required("consumer", CONSUMER),
    required("consumer_selector", TEXT.length(1, 300)),
    required("configuration", either(&CONFIGURATIONS)),
]);

static CHANGES: Schema = object(&[required("configuration", either(&CONFIGURATIONS))]);

static POLICY: Schema = object(&[
    required("id", TEXT),
    required("resource", RESOURCE),
    required("consumer", CONSUMER),
    required("consumer_selector", TEXT),
    required("configuration", either(&CONFIGURATIONS)),
    required("created_at", TEXT.format(DATE_TIME)),
    required("updated_at", TEXT.format(DATE_TIME)),
]);

static PAGE: Schema = object(&[
    required("rate_limit_policies", list(&POLICY)),
    optional("next", TEXT),
]);

const FILTERS: &[Parameter] = &[
    parameter("resource", RESOURCE),
    parameter("consumer", CONSUMER),
    parameter("consumer_selector", TEXT),
];

pub(crate) static LIST: Operation = get("/rate-limit-policies", "List rate limit policies")
    .any_of(&["read:rate_limit_policies"])
    .query(&[CHECKPOINTS, FILTERS])
    .answers(&[operation::json(200, &PAGE)]);

/// `GET /rate-limit-policies`
pub(crate) async fn list_all(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let mut policies =
        documents::all::<RateLimitPolicy>(current.state()).map_err(ApiError::from)?;
    let fits = |filter: &str, value: &str| query.filter(filter).is_none_or(|asked| asked == value);
    policies.retain(|Dated { object: policy, .. }| {
        fits("resource", &policy.resource)
            && fits("consumer", &policy.consumer)
            && fits("consumer_selector", &policy.consumer_selector)
    });
    policies.sort_by(|a, b| a.object.id.cmp(&b.object.id));
    Ok(query.checkpointed().answer(
        "rate_limit_policies",
        Totals::After,
        &policies,
        |policy| &policy.object.id,
        show_policy,
    ))
}

pub(crate) static CREATE: Operation = post("/rate-limit-policies", "Create a rate limit policy")
    .any_of(&["create:rate_limit_policies"])
    .body(&NEW)
    .answers(&[operation::json(201, &POLICY)]);

/// `POST /rate-limit-policies`: 201.
pub(crate) async fn create(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let draft = RateLimitPolicy {
        id: String::new(),
        resource: must(fields.string("resource")?, "resource")?,
        consumer: must(fields.string("consumer")?, "consumer")?,
        consumer_selector: must(fields.string("consumer_selector")?, "consumer_selector")?,
        configuration: read_configuration(&mut fields)?,
    };
    let policy = at
        .registry()
        .create_rate_limit_policy(at.tenant(), at.actor(), draft)
        .await
        .map_err(|error| {
            if let RegistryError::Refused(Refused::DocumentExists(_)) = error {
                let message = "A rate limit policy for this consumer_selector already exists.";
                return ApiError::new(StatusCode::CONFLICT, message, None);
            }
            error.into()
        })?;
    Ok(object::json(StatusCode::CREATED, show_policy(&policy)))
}

pub(crate) static SHOW: Operation = get("/rate-limit-policies/{id}", "Read a rate limit policy")
    .any_of(&["read:rate_limit_policies"])
    .answers(&[operation::json(200, &POLICY)]);

/// `GET /rate-limit-policies/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let policy = documents::find(current.state(), &id).map_err(ApiError::from)?;
    Ok(object::json(StatusCode::OK, show_policy(&policy)))
}

pub(crate) static UPDATE: Operation =
    patch("/rate-limit-policies/{id}", "Change a rate limit policy")
        .any_of(&["update:rate_limit_policies"])
        .body(&CHANGES)
        .answers(&[operation::json(200, &POLICY)]);

/// `PATCH /rate-limit-policies/{id}`: 200. `configuration` is replaced whole.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let configuration = read_configuration(&mut fields)?;
    let policy = at
        .registry()
        .update_rate_limit_policy(at.tenant(), at.actor(), &id, &configuration)
        .await?;
    Ok(object::json(StatusCode::OK, show_policy(&policy)))
}

pub(crate) static DELETE: Operation =
    operation::delete("/rate-limit-policies/{id}", "Delete a rate limit policy")
        .any_of(&["delete:rate_limit_policies"])
        .answers(&[empty(204)]);

/// `DELETE /rate-limit-policies/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_rate_limit_policy(at.tenant(), at.actor(), &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read_configuration(fields: &mut Fields) -> Result<Configuration, ApiError> {
    let members = must(fields.object("configuration")?, "configuration")?.into_members();
    serde_json::from_value(members.into())
        .map_err(|_| ApiError::invalid_body("Payload validation error: 'not a configuration'."))
}

fn show_policy(policy: &Dated<RateLimitPolicy>) -> Object {
    let RateLimitPolicy {
        id,
        resource,
        consumer,
        consumer_selector,
        configuration,
    } = &policy.object;
    Object::new()
        .with("id", id.as_str())
        .with("resource", resource.as_str())
        .with("consumer", consumer.as_str())
        .with("consumer_selector", consumer_selector.as_str())
        .with("configuration", json!(configuration))
        .with("created_at", date(policy.created_at))
        .with("updated_at", date(policy.updated_at))
}
