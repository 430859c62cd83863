//! `/api/v2/client-grants`: which client may ask for what.

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use m2mint_domain::client_grant::{ClientGrant, GrantHolder, GrantedScope, SubjectType};
use m2mint_domain::organization::Organization;

pub(crate) use self::body::show_grant;
use self::body::{GrantBody, read_holder};
pub(crate) use self::wire::{ASSOCIATED, GRANT, GRANTS};
use self::wire::{CREATE_BODY, HOLDERS, SUBJECT_TYPES, UPDATE_BODY};
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Fields, invalid, required};
use crate::api::history::OwnGrant;
use crate::api::object;
use crate::api::operation::{self, Operation, Parameter, empty, get, parameter, patch, post};
use crate::api::organizations::{ORGANIZATION_PAGES, show_organization};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED_FROM_ONE, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{BOOLEAN, TEXT};

mod body;
mod wire;

const FILTERS: &[Parameter] = &[
    parameter("audience", TEXT),
    parameter("client_id", TEXT),
    parameter("allow_any_organization", BOOLEAN),
    parameter("subject_type", SUBJECT_TYPES),
    parameter("default_for", HOLDERS),
];

pub(crate) static LIST: Operation = get("/client-grants", "List client grants")
    .any_of(&["read:client_grants"])
    .query(&[NUMBERED_FROM_ONE, CHECKPOINTS, FIELDS, FILTERS])
    .answers(&[operation::json(200, &GRANTS)]);

/// `GET /client-grants`
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let subject_type = query.filter("subject_type");
    let any_organization = query.flag("allow_any_organization");
    let mut grants: Vec<&Arc<ClientGrant>> = current
        .state()
        .client_grants()
        .filter(|grant| {
            let of = |filter: &str, value: &str| {
                query.filter(filter).is_none_or(|wanted| wanted == value)
            };
            of("audience", grant.audience.as_str())
                && holds(&query, grant)
                && subject_type.is_none_or(|wanted| wanted == grant.subject_type.as_str())
                && any_organization
                    .is_none_or(|wanted| wanted == (grant.allow_any_organization == Some(true)))
        })
        .collect();
    grants.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(query.answer(
        "client_grants",
        Totals::Before,
        &grants,
        |grant| grant.id.as_str(),
        |grant| show_grant(grant),
    ))
}

pub(crate) static CREATE: Operation = post("/client-grants", "Create client grants")
    .any_of(&["create:client_grants"])
    .body(&CREATE_BODY)
    .answers(&[operation::json(201, &GRANT)]);

/// `POST /client-grants`: 201.
pub(crate) async fn create(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    let holder = read_holder(&mut fields)?;
    let audience = required(fields.string("audience")?, "audience")?;
    let subject_type = fields.choice("subject_type", SubjectType::parse)?.value();
    let body = GrantBody::read(fields)?;
    let mut draft = ClientGrant {
        // Replaced by a fresh one.
        id: "cgr_new"
            .parse()
            .map_err(|_| invalid("Invalid id", "", "id"))?,
        holder,
        audience: audience
            .parse()
            .map_err(|_| invalid("Invalid identifier", &audience, "audience"))?,
        scope: GrantedScope::default(),
        subject_type: subject_type.unwrap_or_default(),
        organization_usage: None,
        allow_any_organization: None,
        authorization_details_types: None,
    };
    body.apply(&mut draft);
    let grant = at
        .registry()
        .create_client_grant(at.tenant(), at.actor(), draft)
        .await?;
    let answer = object::json(StatusCode::CREATED, show_grant(&grant));
    Ok(marked(&at, &grant, answer))
}

pub(crate) static SHOW: Operation = get("/client-grants/{id}", "Read client grants")
    .any_of(&["read:client_grants"])
    .answers(&[operation::json(200, &GRANT)]);

/// `GET /client-grants/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let grant = current
        .state()
        .client_grant(&id)
        .ok_or_else(no_such_grant)?;
    Ok(object::json(StatusCode::OK, show_grant(grant)))
}

pub(crate) static UPDATE: Operation = patch("/client-grants/{id}", "Change client grants")
    .any_of(&["update:client_grants"])
    .body(&UPDATE_BODY)
    .answers(&[operation::json(200, &GRANT)]);

/// `PATCH /client-grants/{id}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let body = GrantBody::read(fields)?;
    let grant = at
        .registry()
        .update_client_grant(at.tenant(), at.actor(), &id, |grant| body.apply(grant))
        .await?;
    let answer = object::json(StatusCode::OK, show_grant(&grant));
    Ok(marked(&at, &grant, answer))
}

pub(crate) static DELETE: Operation =
    operation::delete("/client-grants/{id}", "Delete client grants")
        .any_of(&["delete:client_grants"])
        .answers(&[empty(204)]);

/// `DELETE /client-grants/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let deleted = at
        .registry()
        .delete_client_grant(at.tenant(), at.actor(), &id)
        .await?;
    let answer = StatusCode::NO_CONTENT.into_response();
    Ok(match deleted {
        Some(grant) => marked(&at, &grant, answer),
        None => answer,
    })
}

/// Tells the log when a grant is the caller's own.
pub(crate) fn marked(at: &Permitted, grant: &ClientGrant, mut answer: Response) -> Response {
    let caller = &*at.actor().id;
    let own = match &grant.holder {
        GrantHolder::Client(id) => id.as_str() == caller,
        GrantHolder::ThirdPartyClients => at
            .who()
            .site
            .tenant
            .state()
            .client(caller)
            .is_some_and(|entry| !entry.client().is_first_party),
    };
    if own {
        answer.extensions_mut().insert(OwnGrant);
    }
    answer
}

fn no_such_grant() -> ApiError {
    ApiError::not_found("The grant does not exist.", Some("inexistent_client_grant"))
}

/// Whether a grant's holder is the one that `client_id` and `default_for` ask for.
pub(crate) fn holds(query: &PageQuery, grant: &ClientGrant) -> bool {
    let client = query.filter("client_id");
    let default = query.filter("default_for").is_some();
    match &grant.holder {
        GrantHolder::Client(id) => client.is_none_or(|wanted| wanted == id.as_str()) && !default,
        GrantHolder::ThirdPartyClients => client.is_none(),
    }
}

pub(crate) static ORGANIZATIONS: Operation = get(
    "/client-grants/{id}/organizations",
    "List the organizations of a client grant",
)
.any_of(&["read:organization_client_grants"])
.query(&[NUMBERED_FROM_ONE, CHECKPOINTS])
.answers(&[operation::json(200, &ORGANIZATION_PAGES)]);

/// `GET /client-grants/{id}/organizations`: the organizations a grant is associated with.
pub(crate) async fn organizations(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let grant = state.client_grant(&id).ok_or_else(no_such_grant)?;
    let mut organizations: Vec<&Arc<Organization>> = state
        .organizations()
        .filter(|organization| organization.client_grants.contains(&grant.id))
        .collect();
    organizations.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(query.checkpointed().answer(
        "organizations",
        Totals::After,
        &organizations,
        |organization| organization.id.as_str(),
        |organization| show_organization(organization),
    ))
}
