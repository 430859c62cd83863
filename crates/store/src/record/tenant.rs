//! A tenant on disk.

use std::borrow::Cow;

use m2mint_domain::quota::DefaultTokenQuota;
use m2mint_domain::tenant::{ResourceParameter, Tenant};
use serde::{Deserialize, Serialize};

use super::quota::QuotaRecord;
use super::{ExtraRecord, InvalidRecord, choose, parse, parse_maybe};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    domain: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    default_audience: Option<Cow<'a, str>>,
    allow_organization_names: bool,
    /// Absent: `audience`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    resource_parameter: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_quota: Option<QuotaRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization_quota: Option<QuotaRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remove_alg_from_jwks: Option<bool>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    friendly_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "ExtraRecord::is_empty")]
    extra: ExtraRecord<'a>,
}

impl<'a> From<&'a Tenant> for TenantRecord<'a> {
    fn from(tenant: &'a Tenant) -> Self {
        let Tenant {
            id,
            domain,
            aliases,
            default_audience,
            allow_organization_names,
            resource_parameter,
            default_token_quota,
            remove_alg_from_jwks,
            friendly_name,
            extra,
        } = tenant;
        let DefaultTokenQuota {
            clients,
            organizations,
        } = default_token_quota;
        Self {
            id: id.as_str().into(),
            domain: domain.as_str().into(),
            aliases: aliases.iter().map(|host| host.as_str().into()).collect(),
            default_audience: default_audience.as_ref().map(|one| one.as_str().into()),
            allow_organization_names: *allow_organization_names,
            resource_parameter: (*resource_parameter != ResourceParameter::default())
                .then(|| resource_parameter.as_str().into()),
            client_quota: clients.map(Into::into),
            organization_quota: organizations.map(Into::into),
            remove_alg_from_jwks: *remove_alg_from_jwks,
            friendly_name: friendly_name.as_deref().map(Cow::from),
            extra: extra.into(),
        }
    }
}

impl TryFrom<TenantRecord<'_>> for Tenant {
    type Error = InvalidRecord;

    fn try_from(record: TenantRecord<'_>) -> Result<Self, InvalidRecord> {
        let TenantRecord {
            id,
            domain,
            aliases,
            default_audience,
            allow_organization_names,
            resource_parameter,
            client_quota,
            organization_quota,
            remove_alg_from_jwks,
            friendly_name,
            extra,
        } = record;
        Ok(Self {
            id: parse("tenant name", &id)?,
            domain: parse("domain", &domain)?,
            aliases: aliases
                .iter()
                .map(|host| parse("alias", host))
                .collect::<Result<_, _>>()?,
            default_audience: parse_maybe("default audience", default_audience.as_deref())?,
            allow_organization_names,
            resource_parameter: resource_parameter
                .map(|text| choose("resource parameter", &text, ResourceParameter::parse))
                .transpose()?
                .unwrap_or_default(),
            default_token_quota: DefaultTokenQuota {
                clients: client_quota.map(Into::into),
                organizations: organization_quota.map(Into::into),
            },
            remove_alg_from_jwks,
            friendly_name: friendly_name.map(Cow::into_owned),
            extra: extra.into(),
        })
    }
}
