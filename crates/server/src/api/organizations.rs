//! `/api/v2/organizations`: customers on whose behalf clients act, and the grants usable for each.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_domain::client_grant::ClientGrant;
use m2mint_domain::organization::{Organization, OrganizationName};
use serde_json::json;

use crate::api::access::Permitted;
use crate::api::client_grants::show_grant;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, keep_extra, required};
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, empty, get, patch, post};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED};
use crate::api::page::{PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{ANY, ANY_OBJECT};

/// Members for features of user login: kept and shown, without effect here.
const EXTRA: &[&str] = &[
    "branding",
    "enabled_connections",
    "is_app_entitlement_active",
    "third_party_client_access",
];

/// What a body says of an organization.
struct OrganizationBody {
    name: Field<OrganizationName>,
    display_name: Field<String>,
    metadata: Field<BTreeMap<String, Option<String>>>,
    extra: Vec<(&'static str, Option<String>)>,
}

impl OrganizationBody {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        fields.unsupported("token_quota")?;
        let body = Self {
            name: fields.string("name")?.try_map(|name| {
                name.parse().map_err(
                    |error: m2mint_domain::organization::InvalidOrganizationName| {
                        invalid(&error.to_string(), &name, "name")
                    },
                )
            })?,
            display_name: fields.string("display_name")?,
            metadata: fields.pairs("metadata")?,
            extra: fields.extra(EXTRA),
        };
        fields.end()?;
        Ok(body)
    }

    fn apply(&self, organization: &mut Organization) {
        if let Field::Value(name) = &self.name {
            organization.name.clone_from(name);
        }
        self.display_name
            .when_said(|name| organization.display_name = name);
        // Metadata is replaced whole: an empty object clears it.
        self.metadata.when_said(|pairs| {
            let pairs = pairs.unwrap_or_default().into_iter();
            organization.metadata = pairs
                .filter_map(|(key, value)| Some((key, value?)))
                .collect();
        });
        keep_extra(&mut organization.extra, &self.extra);
    }
}

pub(crate) static LIST: Operation = get("/organizations", "List organizations")
    .any_of(&["read:organizations", "read:organizations_summary"])
    .query(&[NUMBERED, CHECKPOINTS, FIELDS])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /organizations`
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let mut organizations: Vec<&Arc<Organization>> = current.state().organizations().collect();
    organizations.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(query.answer(
        "organizations",
        Totals::After,
        &organizations,
        |organization| organization.id.as_str(),
        |organization| show_organization(organization),
    ))
}

pub(crate) static CREATE: Operation = post("/organizations", "Create organizations")
    .any_of(&["create:organizations"])
    .body(&ANY_OBJECT)
    .answers(&[operation::json(201, &ANY)]);

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
    .any_of(&["read:organizations"])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /organizations/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let organization = current
        .state()
        .organization(&id)
        .ok_or_else(no_such_organization)?;
    Ok(object::json(
        StatusCode::OK,
        show_organization(organization),
    ))
}

pub(crate) static SHOW_NAMED: Operation =
    get("/organizations/name/{name}", "Show named organizations")
        .any_of(&["read:organizations"])
        .answers(&[operation::json(200, &ANY)]);

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
    .body(&ANY_OBJECT)
    .answers(&[operation::json(200, &ANY)]);

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

pub(crate) static GRANTS: Operation =
    get("/organizations/{id}/client-grants", "Grants organizations")
        .any_of(&["read:organization_client_grants"])
        .query(&[NUMBERED, CHECKPOINTS, FIELDS])
        .answers(&[operation::json(200, &ANY)]);

/// `GET /organizations/{id}/client-grants`: filters `audience`, `client_id`.
pub(crate) async fn grants(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let organization = state.organization(&id).ok_or_else(no_such_organization)?;
    let of = |filter: &str, value: &str| query.filter(filter).is_none_or(|wanted| wanted == value);
    let grants: Vec<&Arc<ClientGrant>> = organization
        .client_grants
        .iter()
        .filter_map(|grant| state.client_grant(grant.as_str()))
        .filter(|grant| {
            of("audience", grant.audience.as_str()) && of("client_id", grant.client_id.as_str())
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
    "Add grant organizations",
)
.any_of(&["create:organization_client_grants"])
.body(&ANY_OBJECT)
.answers(&[operation::json(201, &ANY)]);

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
        .ok_or_else(|| ApiError::not_found("The grant does not exist.", None))?;
    let shown = Object::new()
        .with("grant_id", grant.id.as_str())
        .followed_by(show_grant(grant))
        .select(&["id", "subject_type"], false);
    Ok(object::json(StatusCode::CREATED, shown))
}

pub(crate) static REMOVE_GRANT: Operation = operation::delete(
    "/organizations/{id}/client-grants/{grant}",
    "Remove grant organizations",
)
.any_of(&["delete:organization_client_grants"])
.answers(&[empty(204)]);

/// `DELETE /organizations/{id}/client-grants/{grant}`: 204.
pub(crate) async fn remove_grant(
    at: Permitted,
    Path((id, grant)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    at.registry()
        .dissociate_client_grant(at.tenant(), at.actor(), &id, &grant)
        .await
        .map_err(in_these_words)?;
    Ok(StatusCode::NO_CONTENT)
}

/// An organization in Auth0's order of members.
pub(crate) fn show_organization(organization: &Organization) -> Object {
    let metadata = (!organization.metadata.is_empty()).then(|| json!(organization.metadata));
    Object::new()
        .with("id", organization.id.as_str())
        .with_some("display_name", organization.display_name.as_deref())
        .with("name", organization.name.as_str())
        .with_some("metadata", metadata)
        .with_extra(&organization.extra)
        .with_default("third_party_client_access", "block")
        .with_default("is_app_entitlement_active", false)
}

fn no_such_organization() -> ApiError {
    ApiError::not_found("No organization found by that id or name", None)
}

/// This endpoint's own texts for what is not there.
fn in_these_words(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::NoSuchOrganization) = error {
        return ApiError::not_found("No organization found by that id", None);
    }
    if let RegistryError::Refused(Refused::NoSuchClientGrant) = error {
        return ApiError::not_found("The grant does not exist.", None);
    }
    error.into()
}
