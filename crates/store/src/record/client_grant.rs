//! A client grant on disk.

use std::borrow::Cow;

use m2mint_domain::client_grant::{
    ClientGrant, GrantHolder, GrantedScope, OrganizationUsage, SubjectType,
};
use m2mint_domain::scope::ScopeList;
use serde::{Deserialize, Serialize};

use super::{InvalidRecord, choose, parse};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientGrantRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    /// Absent: every third-party client.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    client_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    audience: Cow<'a, str>,
    /// Separated by spaces.
    #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
    scope: Cow<'a, str>,
    /// `true`: all scopes. `false`: said aloud not to be all. Absent: the scopes of `scope`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    all_scopes: Option<bool>,
    #[serde(borrow)]
    subject_type: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    organization_usage: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    allow_any_organization: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authorization_details_types: Option<Cow<'a, [String]>>,
}

impl<'a> From<&'a ClientGrant> for ClientGrantRecord<'a> {
    fn from(grant: &'a ClientGrant) -> Self {
        let ClientGrant {
            id,
            holder,
            audience,
            scope,
            subject_type,
            organization_usage,
            allow_any_organization,
            authorization_details_types,
        } = grant;
        let (scope, all_scopes) = match scope {
            GrantedScope::All => ("", Some(true)),
            GrantedScope::Only { list, all_refused } => {
                (list.as_str(), all_refused.then_some(false))
            }
        };
        Self {
            id: id.as_str().into(),
            client_id: holder.client_id().map(|id| id.as_str().into()),
            audience: audience.as_str().into(),
            scope: scope.into(),
            all_scopes,
            subject_type: subject_type.as_str().into(),
            organization_usage: organization_usage.map(|usage| usage.as_str().into()),
            allow_any_organization: *allow_any_organization,
            authorization_details_types: authorization_details_types.as_deref().map(Cow::from),
        }
    }
}

impl TryFrom<ClientGrantRecord<'_>> for ClientGrant {
    type Error = InvalidRecord;

    fn try_from(record: ClientGrantRecord<'_>) -> Result<Self, InvalidRecord> {
        let ClientGrantRecord {
            id,
            client_id,
            audience,
            scope,
            all_scopes,
            subject_type,
            organization_usage,
            allow_any_organization,
            authorization_details_types,
        } = record;
        let list: ScopeList = parse("scope", &scope)?;
        Ok(Self {
            id: parse("client grant id", &id)?,
            holder: match client_id {
                Some(id) => GrantHolder::Client(parse("client id", &id)?),
                None => GrantHolder::ThirdPartyClients,
            },
            audience: parse("audience", &audience)?,
            scope: match all_scopes {
                Some(true) => GrantedScope::All,
                Some(false) | None => GrantedScope::Only {
                    list,
                    all_refused: all_scopes.is_some(),
                },
            },
            subject_type: choose("subject type", &subject_type, SubjectType::parse)?,
            organization_usage: organization_usage
                .map(|text| choose("organization usage", &text, OrganizationUsage::parse))
                .transpose()?,
            allow_any_organization,
            authorization_details_types: authorization_details_types.map(Cow::into_owned),
        })
    }
}
