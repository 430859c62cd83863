//! A client grant, read from a body and written into an answer.

use m2mint_domain::client_grant::{ClientGrant, GrantHolder, GrantedScope, OrganizationUsage};
use m2mint_domain::id::ClientId;
use m2mint_domain::scope::ScopeList;
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid};
use crate::api::object::Object;

/// What a body says of a grant, apart from whose it is.
pub(super) struct GrantBody {
    scope: Field<ScopeList>,
    allow_all_scopes: Field<bool>,
    organization_usage: Field<OrganizationUsage>,
    allow_any_organization: Field<bool>,
    authorization_details_types: Field<Vec<String>>,
}

impl GrantBody {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
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

    pub(super) fn apply(&self, grant: &mut ClientGrant) {
        match (&self.allow_all_scopes, &self.scope) {
            (Field::Value(true), _) => grant.scope = GrantedScope::All,
            (Field::Value(false) | Field::Null, scope) => {
                let list = scope
                    .clone()
                    .value()
                    .unwrap_or_else(|| listed(&grant.scope));
                grant.scope = GrantedScope::Only {
                    list,
                    all_refused: self.allow_all_scopes == Field::Value(false),
                };
            }
            (Field::Absent, Field::Value(list)) => {
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
            (Field::Absent, Field::Null) => grant.scope = GrantedScope::default(),
            (Field::Absent, Field::Absent) => {}
        }
        self.organization_usage
            .when_said(|usage| grant.organization_usage = usage);
        self.allow_any_organization
            .when_said(|any| grant.allow_any_organization = any);
        self.authorization_details_types
            .when_said(|types| grant.authorization_details_types = types);
    }
}

/// Who holds the grant of a body: exactly one of `client_id` and `default_for` says so.
pub(super) fn read_holder(fields: &mut Fields) -> Result<GrantHolder, ApiError> {
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
