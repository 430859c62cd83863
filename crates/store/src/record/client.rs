//! A client on disk.

use std::borrow::Cow;
use std::collections::BTreeMap;

use m2mint_domain::Timestamp;
use m2mint_domain::client::{Client, ComplianceLevel, SecurityMode};
use m2mint_domain::credential::{AuthMethod, ClientSecret};
use m2mint_domain::signing_key::SealedBytes;
use serde::{Deserialize, Serialize};

use super::client_credential::{BindingRecord, CredentialRecord, MethodsRecord};
use super::quota::QuotaRecord;
use super::{ExtraRecord, InvalidRecord, bytes, choose, parse, parse_maybe};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    app_type: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    grant_types: Vec<Cow<'a, str>>,
    is_first_party: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    is_global: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    auth_method: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    authentication: Option<MethodsRecord<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<SecretRecord<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<CredentialRecord<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    require_proof_of_possession: Option<bool>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    compliance_level: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    security_mode: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    resource_server: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_quota: Option<QuotaRecord>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    signed_request_object: Option<BindingRecord<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token_vault: Option<BindingRecord<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    addons: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    default_organization: Option<Cow<'a, str>>,
    created_at: i64,
    updated_at: i64,
    #[serde(borrow, default, skip_serializing_if = "ExtraRecord::is_empty")]
    extra: ExtraRecord<'a>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SecretRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    tag: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    sealed: Option<Cow<'a, str>>,
    #[serde(borrow)]
    hint: Cow<'a, str>,
    created_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl<'a> From<&'a Client> for ClientRecord<'a> {
    fn from(client: &'a Client) -> Self {
        let Client {
            id,
            name,
            description,
            app_type,
            grant_types,
            is_first_party,
            is_global,
            auth_method,
            authentication,
            secrets,
            credentials,
            require_proof_of_possession,
            compliance_level,
            security_mode,
            resource_server,
            token_quota,
            signed_request_object,
            token_vault,
            addons,
            metadata,
            default_organization,
            created_at,
            updated_at,
            extra,
        } = client;
        Self {
            id: id.as_str().into(),
            name: (&**name).into(),
            description: description.as_deref().map(Cow::from),
            app_type: app_type.as_deref().map(Cow::from),
            grant_types: grant_types.iter().map(Cow::from).collect(),
            is_first_party: *is_first_party,
            is_global: *is_global,
            auth_method: auth_method.map(|method| method.as_str().into()),
            authentication: authentication.as_deref().map(MethodsRecord::from),
            secrets: secrets.iter().map(SecretRecord::from).collect(),
            credentials: credentials.iter().map(CredentialRecord::from).collect(),
            require_proof_of_possession: *require_proof_of_possession,
            compliance_level: compliance_level.map(|level| level.as_str().into()),
            security_mode: security_mode.map(|mode| mode.as_str().into()),
            resource_server: resource_server.as_ref().map(|one| one.as_str().into()),
            token_quota: token_quota.map(Into::into),
            signed_request_object: signed_request_object.as_deref().map(BindingRecord::from),
            token_vault: token_vault.as_deref().map(BindingRecord::from),
            addons: addons
                .as_ref()
                .map(|sealed| bytes::write(sealed.as_bytes()).into()),
            metadata: metadata
                .iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            default_organization: default_organization.as_ref().map(|id| id.as_str().into()),
            created_at: created_at.as_millis(),
            updated_at: updated_at.as_millis(),
            extra: extra.into(),
        }
    }
}

impl TryFrom<ClientRecord<'_>> for Client {
    type Error = InvalidRecord;

    fn try_from(record: ClientRecord<'_>) -> Result<Self, InvalidRecord> {
        let ClientRecord {
            id,
            name,
            description,
            app_type,
            grant_types,
            is_first_party,
            is_global,
            auth_method,
            authentication,
            secrets,
            credentials,
            require_proof_of_possession,
            compliance_level,
            security_mode,
            resource_server,
            token_quota,
            signed_request_object,
            token_vault,
            addons,
            metadata,
            default_organization,
            created_at,
            updated_at,
            extra,
        } = record;
        Ok(Self {
            id: parse("client id", &id)?,
            name: name.into(),
            description: description.map(Cow::into_owned),
            app_type: app_type.map(Cow::into_owned),
            grant_types: grant_types.into_iter().map(Cow::into_owned).collect(),
            is_first_party,
            is_global,
            auth_method: auth_method
                .map(|text| choose("authentication method", &text, AuthMethod::parse))
                .transpose()?,
            authentication: boxed(authentication)?,
            secrets: secrets
                .into_iter()
                .map(ClientSecret::try_from)
                .collect::<Result<_, _>>()?,
            credentials: credentials
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?,
            require_proof_of_possession,
            compliance_level: compliance_level
                .map(|text| choose("compliance level", &text, ComplianceLevel::parse))
                .transpose()?,
            security_mode: security_mode
                .map(|text| choose("security mode", &text, SecurityMode::parse))
                .transpose()?,
            resource_server: parse_maybe("resource server", resource_server.as_deref())?,
            token_quota: token_quota.map(Into::into),
            signed_request_object: boxed(signed_request_object)?,
            token_vault: boxed(token_vault)?,
            addons: addons
                .map(|sealed| bytes::read("sealed addons", &sealed))
                .transpose()?
                .map(SealedBytes::new),
            metadata: metadata
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            default_organization: parse_maybe(
                "default organization",
                default_organization.as_deref(),
            )?,
            created_at: Timestamp::from_millis(created_at),
            updated_at: Timestamp::from_millis(updated_at),
            extra: extra.into(),
        })
    }
}

/// What is rare is behind a pointer.
fn boxed<R, T: TryFrom<R, Error = InvalidRecord>>(
    record: Option<R>,
) -> Result<Option<Box<T>>, InvalidRecord> {
    record
        .map(T::try_from)
        .transpose()
        .map(|one| one.map(Box::new))
}

impl<'a> From<&'a ClientSecret> for SecretRecord<'a> {
    fn from(secret: &'a ClientSecret) -> Self {
        let ClientSecret {
            id,
            tag,
            sealed,
            hint,
            created_at,
            expires_at,
        } = secret;
        Self {
            id: id.as_str().into(),
            tag: bytes::write(tag).into(),
            sealed: sealed
                .as_ref()
                .map(|sealed| bytes::write(sealed.as_bytes()).into()),
            hint: (&**hint).into(),
            created_at: created_at.as_millis(),
            expires_at: expires_at.map(Timestamp::as_millis),
        }
    }
}

impl TryFrom<SecretRecord<'_>> for ClientSecret {
    type Error = InvalidRecord;

    fn try_from(record: SecretRecord<'_>) -> Result<Self, InvalidRecord> {
        let SecretRecord {
            id,
            tag,
            sealed,
            hint,
            created_at,
            expires_at,
        } = record;
        let tag = bytes::read("secret tag", &tag)?;
        let sealed = sealed
            .map(|sealed| bytes::read("sealed secret", &sealed))
            .transpose()?;
        Ok(Self {
            id: parse("credential id", &id)?,
            tag: tag
                .try_into()
                .map_err(|_| InvalidRecord::Unknown("length of a secret tag"))?,
            sealed: sealed.map(SealedBytes::new),
            hint: hint.into(),
            created_at: Timestamp::from_millis(created_at),
            expires_at: expires_at.map(Timestamp::from_millis),
        })
    }
}
