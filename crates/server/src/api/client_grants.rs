//! `/api/v2/client-grants`: which client may ask for what.

use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use m2mint_domain::client_grant::{
    ClientGrant, GrantHolder, GrantedScope, OrganizationUsage, SubjectType,
};
use m2mint_domain::id::ClientId;
use m2mint_domain::organization::Organization;
use m2mint_domain::scope::ScopeList;
use serde_json::{Value, json};

pub(crate) use self::wire::{ASSOCIATED, GRANT, GRANTS};
use self::wire::{CREATE_BODY, HOLDERS, SUBJECT_TYPES, UPDATE_BODY};
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, required};
use crate::api::history::OwnGrant;
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, Parameter, empty, get, parameter, patch, post};
use crate::api::organizations::{ORGANIZATION_PAGES, show_organization};
use crate::api::page::{CHECKPOINTS, FIELDS, NUMBERED, PageQuery, Totals};
use crate::api::path::Path;
use crate::api::schema::{BOOLEAN, TEXT};

mod wire;

const FILTERS: &[Parameter] = &[
    parameter("audience", TEXT),
    parameter("client_id", TEXT),
    parameter("allow_any_organization", BOOLEAN),
    parameter("subject_type", SUBJECT_TYPES),
    parameter("default_for", HOLDERS),
];

/// What a body says of a grant, apart from whose it is.
struct GrantBody {
    scope: Field<ScopeList>,
    allow_all_scopes: Field<bool>,
    organization_usage: Field<OrganizationUsage>,
    allow_any_organization: Field<bool>,
    authorization_details_types: Field<Vec<String>>,
}

impl GrantBody {
    fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let body = Self {
            scope: fields.strings("scope")?.try_map(|scopes| {
                ScopeList::of(scopes.iter().map(String::as_str))
                    .map_err(|error| invalid(&error.to_string(), &scopes.join(" "), "scope"))
            })?,
            allow_all_scopes: fields.boolean("allow_all_scopes")?,
            organization_usage: fields.choice("organization_usage", OrganizationUsage::parse)?,
            allow_any_organization: fields.boolean("allow_any_organization")?,
            authorization_details_types: fields.strings("authorization_details_types")?,
        };
        fields.end()?;
        Ok(body)
    }

    fn apply(&self, grant: &mut ClientGrant) {
        match (&self.allow_all_scopes, &self.scope) {
            (Field::Value(true), _) => grant.scope = GrantedScope::All,
            (Field::Value(false), scope) => {
                let list = scope
                    .clone()
                    .value()
                    .unwrap_or_else(|| listed(&grant.scope));
                grant.scope = GrantedScope::Only {
                    list,
                    all_refused: true,
                };
            }
            (Field::Absent | Field::Null, Field::Value(list)) => {
                let all_refused = matches!(
                    grant.scope,
                    GrantedScope::Only {
                        all_refused: true,
                        ..
                    }
                );
                grant.scope = GrantedScope::Only {
                    list: list.clone(),
                    all_refused,
                };
            }
            (Field::Absent | Field::Null, Field::Null) => grant.scope = GrantedScope::default(),
            (Field::Absent | Field::Null, Field::Absent) => {}
        }
        self.organization_usage
            .when_said(|usage| grant.organization_usage = usage);
        self.allow_any_organization
            .when_said(|any| grant.allow_any_organization = any);
        self.authorization_details_types
            .when_said(|types| grant.authorization_details_types = types);
    }
}

pub(crate) static LIST: Operation = get("/client-grants", "List client grants")
    .any_of(&["read:client_grants"])
    .query(&[NUMBERED, CHECKPOINTS, FIELDS, FILTERS])
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

/// Who holds the grant of a body: exactly one of `client_id` and `default_for` says so.
fn read_holder(fields: &mut Fields) -> Result<GrantHolder, ApiError> {
    let client_id = fields.string("client_id")?.value();
    let default_for = fields.string("default_for")?.value();
    match (client_id, default_for) {
        (Some(id), None) => Ok(GrantHolder::Client(
            id.parse()
                .map_err(|_| crate::api::clients::no_such_client())?,
        )),
        (None, Some(_)) => Ok(GrantHolder::ThirdPartyClients),
        (Some(_), Some(_)) => Err(ApiError::invalid_body(
            "Payload validation error: 'client_id and default_for exclude each other'.",
        )),
        (None, None) => Err(ApiError::invalid_body(
            "Payload validation error: 'Missing required property: client_id'.",
        )),
    }
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
.query(&[NUMBERED, CHECKPOINTS])
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

/// A grant in Auth0's order of members: unset ones are left out, and so is `scope` under
/// `allow_all_scopes`.
pub(crate) fn show_grant(grant: &ClientGrant) -> Object {
    let (scope, all): (Option<Value>, Option<bool>) = match &grant.scope {
        GrantedScope::All => (None, Some(true)),
        GrantedScope::Only { list, all_refused } => (
            Some(json!(list.iter().collect::<Vec<_>>())),
            all_refused.then_some(false),
        ),
    };
    let default_for = match grant.holder {
        GrantHolder::Client(_) => None,
        GrantHolder::ThirdPartyClients => Some(GrantHolder::THIRD_PARTY_CLIENTS),
    };
    Object::new()
        .with("id", grant.id.as_str())
        .with_some("client_id", grant.holder.client_id().map(ClientId::as_str))
        .with("audience", grant.audience.as_str())
        .with_some("scope", scope)
        .with_some(
            "organization_usage",
            grant.organization_usage.map(OrganizationUsage::as_str),
        )
        .with_some("allow_any_organization", grant.allow_any_organization)
        .with("subject_type", grant.subject_type.as_str())
        .with_some(
            "authorization_details_types",
            grant.authorization_details_types.clone(),
        )
        .with_some("default_for", default_for)
        .with_some("allow_all_scopes", all)
}

fn listed(scope: &GrantedScope) -> ScopeList {
    match scope {
        GrantedScope::All => ScopeList::default(),
        GrantedScope::Only { list, .. } => list.clone(),
    }
}
