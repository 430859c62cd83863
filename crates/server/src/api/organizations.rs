//! `/api/v2/organizations`: customers on whose behalf clients act, and the grants usable for each.

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use m2mint_authority::registry::organization_clients;
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_domain::client_grant::ClientGrant;
use m2mint_domain::organization::Organization;

pub(crate) use self::body::show_organization;
use self::body::{OrganizationBody, sort_key, summary};
pub(crate) use self::wire::ORGANIZATION_PAGES;
use self::wire::{CREATE_BODY, ORGANIZATION, SORT, UPDATE_BODY};
use crate::api::access::Permitted;
use crate::api::client_grants::{ASSOCIATED, GRANTS as GRANT_PAGES, holds, marked, show_grant};
use crate::api::error::ApiError;
use crate::api::field::{Fields, required};
use crate::api::object::{self, Object};
use crate::api::operation::{
    self, Operation, Parameter, empty, get, parameter, patch, post, repeated,
};
use crate::api::page::{
    CHECKPOINTS, FIELDS, NUMBERED_FROM_ONE, NUMBERED_TO_1000, PageQuery, Totals,
};
use crate::api::path::Path;
use crate::api::schema::{Schema, TEXT, object as object_of, required as must};

mod body;
pub(crate) mod clients;
pub(crate) mod discovery_domains;
pub(crate) mod members;
mod wire;

const FILTERS: &[Parameter] = &[
    parameter("sort", SORT),
    parameter("include_client_association_for", TEXT.length(1, 255)),
];
const GRANT_FILTERS: &[Parameter] = &[
    parameter("audience", TEXT.length(0, 600)),
    parameter("client_id", TEXT),
    repeated("grant_ids", TEXT),
];

static GRANT_BODY: Schema = object_of(&[must("grant_id", TEXT.length(1, 64))]);

pub(crate) static LIST: Operation = get("/organizations", "List organizations")
    .any_of(&["read:organizations", "read:organizations_summary"])
    .query(&[NUMBERED_TO_1000, CHECKPOINTS, FIELDS, FILTERS])
    .answers(&[operation::json(200, &ORGANIZATION_PAGES)]);

/// `GET /organizations`: `sort`, and whether each uses the client of
/// `include_client_association_for`.
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let sort = query.filter("sort");
    let mut organizations: Vec<(String, &Arc<Organization>)> = state
        .organizations()
        .map(|organization| (sort_key(organization, sort), organization))
        .collect();
    organizations.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let client = query.filter("include_client_association_for");
    let whole = at.holds("read:organizations");
    Ok(query.answer(
        "organizations",
        Totals::After,
        &organizations,
        |(key, _)| key,
        |(_, organization)| {
            let used = client.and_then(|client| {
                organization_clients::find(state, organization.id.as_str(), client).ok()
            });
            let used = used.map(|one| {
                Object::new().with("use_for_member_access", one.object.use_for_member_access)
            });
            let shown = show_organization(organization).with_some("client", used);
            if whole { shown } else { summary(shown) }
        },
    ))
}

pub(crate) static CREATE: Operation = post("/organizations", "Create organizations")
    .any_of(&["create:organizations"])
    .body(&CREATE_BODY)
    .answers(&[operation::json(201, &ORGANIZATION)]);

/// `POST /organizations`: 201.
pub(crate) async fn create(at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    let body = OrganizationBody::read(fields)?;
    let name = required(body.name.clone(), "name")?;
    let organization = at
        .registry()
        .create_organization(at.tenant(), at.actor(), name, |organization| {
            body.apply(organization);
        })
        .await?;
    Ok(object::json(
        StatusCode::CREATED,
        show_organization(&organization),
    ))
}

pub(crate) static SHOW: Operation = get("/organizations/{id}", "Read organizations")
    .any_of(&["read:organizations", "read:organizations_summary"])
    .answers(&[operation::json(200, &ORGANIZATION)]);

/// `GET /organizations/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let organization = current
        .state()
        .organization(&id)
        .ok_or_else(no_such_organization)?;
    let shown = show_organization(organization);
    let whole = at.holds("read:organizations");
    let shown = if whole { shown } else { summary(shown) };
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static SHOW_NAMED: Operation = get(
    "/organizations/name/{name}",
    "Read an organization by its name",
)
.any_of(&["read:organizations"])
.answers(&[operation::json(200, &ORGANIZATION)]);

/// `GET /organizations/name/{name}`
pub(crate) async fn show_named(
    at: Permitted,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let organization = current
        .state()
        .organization_named(&name)
        .ok_or_else(no_such_organization)?;
    Ok(object::json(
        StatusCode::OK,
        show_organization(organization),
    ))
}

pub(crate) static UPDATE: Operation = patch("/organizations/{id}", "Change organizations")
    .any_of(&["update:organizations"])
    .body(&UPDATE_BODY)
    .answers(&[operation::json(200, &ORGANIZATION)]);

/// `PATCH /organizations/{id}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let body = OrganizationBody::read(fields)?;
    let organization = at
        .registry()
        .update_organization(at.tenant(), at.actor(), &id, |organization| {
            body.apply(organization);
        })
        .await?;
    Ok(object::json(
        StatusCode::OK,
        show_organization(&organization),
    ))
}

pub(crate) static DELETE: Operation =
    operation::delete("/organizations/{id}", "Delete organizations")
        .any_of(&["delete:organizations"])
        .answers(&[empty(204)]);

/// `DELETE /organizations/{id}`: 204, also when there is none.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_organization(at.tenant(), at.actor(), &id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) static GRANTS: Operation = get(
    "/organizations/{id}/client-grants",
    "List the client grants of an organization",
)
.any_of(&["read:organization_client_grants"])
.query(&[NUMBERED_FROM_ONE, CHECKPOINTS, GRANT_FILTERS])
.answers(&[operation::json(200, &GRANT_PAGES)]);

/// `GET /organizations/{id}/client-grants`: filters `audience`, `client_id`, `grant_ids`.
pub(crate) async fn grants(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let organization = state.organization(&id).ok_or_else(no_such_organization)?;
    let wanted = |id: &str| {
        query
            .filter("grant_ids")
            .is_none_or(|ids| ids.split(',').any(|one| one == id))
    };
    let audience = query.filter("audience");
    let grants: Vec<&Arc<ClientGrant>> = organization
        .client_grants
        .iter()
        .filter_map(|grant| state.client_grant(grant.as_str()))
        .filter(|grant| {
            wanted(grant.id.as_str())
                && audience.is_none_or(|audience| audience == grant.audience.as_str())
                && holds(&query, grant)
        })
        .collect();
    Ok(query.answer(
        "client_grants",
        Totals::After,
        &grants,
        |grant| grant.id.as_str(),
        |grant| show_grant(grant),
    ))
}

pub(crate) static ADD_GRANT: Operation = post(
    "/organizations/{id}/client-grants",
    "Let a client grant be used for an organization",
)
.any_of(&["create:organization_client_grants"])
.body(&GRANT_BODY)
.answers(&[operation::json(201, &ASSOCIATED)]);

/// `POST /organizations/{id}/client-grants`: `{"grant_id"}`; 201 with `grant_id` instead of `id`.
pub(crate) async fn add_grant(
    at: Permitted,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Response, ApiError> {
    let grant = required(fields.string("grant_id")?, "grant_id")?;
    fields.end()?;
    at.registry()
        .associate_client_grant(at.tenant(), at.actor(), &id, &grant)
        .await
        .map_err(in_these_words)?;
    let current = at.current().await?;
    let grant = current
        .state()
        .client_grant(&grant)
        .ok_or_else(no_such_grant)?;
    let shown = Object::new()
        .with("grant_id", grant.id.as_str())
        .followed_by(show_grant(grant))
        .select(&["id", "subject_type"], false);
    let answer = object::json(StatusCode::CREATED, shown);
    Ok(marked(&at, grant, answer))
}

pub(crate) static REMOVE_GRANT: Operation = operation::delete(
    "/organizations/{id}/client-grants/{grant}",
    "End the use of a client grant for an organization",
)
.any_of(&["delete:organization_client_grants"])
.answers(&[empty(204)]);

/// `DELETE /organizations/{id}/client-grants/{grant}`: 204.
pub(crate) async fn remove_grant(
    at: Permitted,
    Path((id, grant)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    at.registry()
        .dissociate_client_grant(at.tenant(), at.actor(), &id, &grant)
        .await
        .map_err(in_these_words)?;
    let current = at.current().await?;
    let answer = StatusCode::NO_CONTENT.into_response();
    Ok(match current.state().client_grant(&grant) {
        Some(grant) => marked(&at, grant, answer),
        None => answer,
    })
}

fn no_such_organization() -> ApiError {
    ApiError::not_found("No organization found by that id or name", None)
}

/// The words of everything below an organization when there is no such organization.
fn below_an_organization(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::NoSuchOrganization) = error {
        return ApiError::not_found("No organization found by that id", None);
    }
    error.into()
}

fn no_such_grant() -> ApiError {
    ApiError::not_found("The grant does not exist.", Some("inexistent_client_grant"))
}

/// These endpoints' own texts for what is not there.
fn in_these_words(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::NoSuchClientGrant) = error {
        return no_such_grant();
    }
    if let RegistryError::Refused(Refused::TooMany { .. }) = error {
        let text =
            "Quota exceeded; cannot add more than 100 client grants to a single organization";
        return ApiError::new(StatusCode::CONFLICT, text, None);
    }
    below_an_organization(error)
}
