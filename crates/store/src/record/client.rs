//! A client on disk.

use std::borrow::Cow;
use std::collections::BTreeMap;

use m2mint_domain::Timestamp;
use m2mint_domain::client::Client;
use m2mint_domain::credential::{AuthMethod, ClientSecret};
use serde::{Deserialize, Serialize};

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
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    auth_method: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<SecretRecord<'a>>,
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
    #[serde(borrow)]
    hint: Cow<'a, str>,
    created_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
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
            auth_method,
            secrets,
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
            auth_method: auth_method.map(|method| method.as_str().into()),
            secrets: secrets.iter().map(SecretRecord::from).collect(),
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
            auth_method,
            secrets,
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
            auth_method: auth_method
                .map(|text| choose("authentication method", &text, AuthMethod::parse))
                .transpose()?,
            secrets: secrets
                .into_iter()
                .map(ClientSecret::try_from)
                .collect::<Result<_, _>>()?,
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

impl<'a> From<&'a ClientSecret> for SecretRecord<'a> {
    fn from(secret: &'a ClientSecret) -> Self {
        let ClientSecret {
            id,
            tag,
            hint,
            created_at,
            expires_at,
        } = secret;
        Self {
            id: id.as_str().into(),
            tag: bytes::write(tag).into(),
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
            hint,
            created_at,
            expires_at,
        } = record;
        let tag = bytes::read("secret tag", &tag)?;
        Ok(Self {
            id: parse("credential id", &id)?,
            tag: tag
                .try_into()
                .map_err(|_| InvalidRecord::Unknown("length of a secret tag"))?,
            hint: hint.into(),
            created_at: Timestamp::from_millis(created_at),
            expires_at: expires_at.map(Timestamp::from_millis),
        })
    }
}
