//! An organization on disk.

use std::borrow::Cow;
use std::collections::BTreeMap;

use m2mint_domain::Timestamp;
use m2mint_domain::organization::Organization;
use serde::{Deserialize, Serialize};

use super::quota::QuotaRecord;
use super::{ExtraRecord, InvalidRecord, parse};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganizationRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    display_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    client_grants: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_quota: Option<QuotaRecord>,
    #[serde(default)]
    created_at: i64,
    #[serde(borrow, default, skip_serializing_if = "ExtraRecord::is_empty")]
    extra: ExtraRecord<'a>,
}

impl<'a> From<&'a Organization> for OrganizationRecord<'a> {
    fn from(organization: &'a Organization) -> Self {
        let Organization {
            id,
            name,
            display_name,
            metadata,
            client_grants,
            token_quota,
            created_at,
            extra,
        } = organization;
        Self {
            id: id.as_str().into(),
            name: name.as_str().into(),
            display_name: display_name.as_deref().map(Cow::from),
            metadata: metadata
                .iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            client_grants: client_grants.iter().map(|id| id.as_str().into()).collect(),
            token_quota: token_quota.map(Into::into),
            created_at: created_at.as_millis(),
            extra: extra.into(),
        }
    }
}

impl TryFrom<OrganizationRecord<'_>> for Organization {
    type Error = InvalidRecord;

    fn try_from(record: OrganizationRecord<'_>) -> Result<Self, InvalidRecord> {
        let OrganizationRecord {
            id,
            name,
            display_name,
            metadata,
            client_grants,
            token_quota,
            created_at,
            extra,
        } = record;
        Ok(Self {
            id: parse("organization id", &id)?,
            name: parse("organization name", &name)?,
            display_name: display_name.map(Cow::into_owned),
            metadata: metadata
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            client_grants: client_grants
                .iter()
                .map(|id| parse("client grant id", id))
                .collect::<Result<_, _>>()?,
            token_quota: token_quota.map(Into::into),
            created_at: Timestamp::from_millis(created_at),
            extra: extra.into(),
        })
    }
}
