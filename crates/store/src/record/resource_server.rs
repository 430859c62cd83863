//! A resource server on disk.

use std::borrow::Cow;

use m2mint_domain::lifetime::TokenLifetime;
use m2mint_domain::proof_of_possession::{PossessionMechanism, ProofOfPossession, RequiredFor};
use m2mint_domain::resource_server::{
    ClientPolicy, ResourceServer, Scopes, SigningAlg, TokenDialect,
};
use m2mint_domain::scope::ScopeList;
use m2mint_domain::signing_key::SealedBytes;
use m2mint_domain::token_encryption::{EncryptionAlg, TokenEncryption};
use serde::{Deserialize, Serialize};

use super::{ExtraRecord, InvalidRecord, bytes, choose, invalid, parse};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceServerRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    identifier: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<ScopeRecord<'a>>>,
    #[serde(borrow)]
    signing_alg: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    signing_secret: Option<Cow<'a, str>>,
    token_lifetime: u32,
    token_lifetime_for_web: u32,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token_dialect: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enforce_policies: Option<bool>,
    #[serde(borrow)]
    client_policy: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token_encryption: Option<EncryptionRecord<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    proof_of_possession: Option<PossessionRecord<'a>>,
    is_system: bool,
    #[serde(borrow, default, skip_serializing_if = "ExtraRecord::is_empty")]
    extra: ExtraRecord<'a>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ScopeRecord<'a> {
    #[serde(borrow)]
    value: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct EncryptionRecord<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    kid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pem: Cow<'a, str>,
    #[serde(borrow)]
    thumbprint: Cow<'a, str>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PossessionRecord<'a> {
    #[serde(borrow)]
    mechanism: Cow<'a, str>,
    required: bool,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    required_for: Option<Cow<'a, str>>,
}

impl<'a> From<&'a ResourceServer> for ResourceServerRecord<'a> {
    fn from(server: &'a ResourceServer) -> Self {
        let ResourceServer {
            id,
            identifier,
            name,
            scopes,
            signing_alg,
            signing_secret,
            token_lifetime,
            token_lifetime_for_web,
            token_dialect,
            enforce_policies,
            client_policy,
            token_encryption,
            proof_of_possession,
            is_system,
            extra,
        } = server;
        Self {
            id: id.as_str().into(),
            identifier: identifier.as_str().into(),
            name: name.as_deref().map(Cow::from),
            scopes: scopes.as_ref().map(|scopes| {
                let scopes = scopes.iter();
                scopes
                    .map(|(value, description)| ScopeRecord {
                        value: value.into(),
                        description: description.map(Cow::from),
                    })
                    .collect()
            }),
            signing_alg: signing_alg.as_str().into(),
            signing_secret: signing_secret
                .as_ref()
                .map(|secret| bytes::write(secret.as_bytes()).into()),
            token_lifetime: token_lifetime.as_secs(),
            token_lifetime_for_web: token_lifetime_for_web.as_secs(),
            token_dialect: token_dialect.map(|dialect| dialect.as_str().into()),
            enforce_policies: *enforce_policies,
            client_policy: client_policy.as_str().into(),
            token_encryption: token_encryption.as_ref().map(write_encryption),
            proof_of_possession: proof_of_possession.map(write_possession),
            is_system: *is_system,
            extra: extra.into(),
        }
    }
}

impl TryFrom<ResourceServerRecord<'_>> for ResourceServer {
    type Error = InvalidRecord;

    fn try_from(record: ResourceServerRecord<'_>) -> Result<Self, InvalidRecord> {
        let ResourceServerRecord {
            id,
            identifier,
            name,
            scopes,
            signing_alg,
            signing_secret,
            token_lifetime,
            token_lifetime_for_web,
            token_dialect,
            enforce_policies,
            client_policy,
            token_encryption,
            proof_of_possession,
            is_system,
            extra,
        } = record;
        Ok(Self {
            id: parse("resource server id", &id)?,
            identifier: parse("identifier", &identifier)?,
            name: name.map(Cow::into_owned),
            scopes: scopes.map(read_scopes).transpose()?,
            signing_alg: choose("signing algorithm", &signing_alg, SigningAlg::parse)?,
            signing_secret: signing_secret
                .map(|text| bytes::read("signing secret", &text).map(SealedBytes::new))
                .transpose()?,
            token_lifetime: read_lifetime(token_lifetime)?,
            token_lifetime_for_web: read_lifetime(token_lifetime_for_web)?,
            token_dialect: token_dialect
                .map(|text| choose("token dialect", &text, TokenDialect::parse))
                .transpose()?,
            enforce_policies,
            client_policy: choose("client policy", &client_policy, ClientPolicy::parse)?,
            token_encryption: token_encryption.map(read_encryption).transpose()?,
            proof_of_possession: proof_of_possession.map(read_possession).transpose()?,
            is_system,
            extra: extra.into(),
        })
    }
}

fn write_encryption(encryption: &TokenEncryption) -> EncryptionRecord<'_> {
    let TokenEncryption {
        name,
        alg,
        kid,
        pem,
        thumbprint,
    } = encryption;
    EncryptionRecord {
        name: name.as_deref().map(Cow::from),
        alg: alg.as_str().into(),
        kid: kid.as_deref().map(Cow::from),
        pem: (&**pem).into(),
        thumbprint: (&**thumbprint).into(),
    }
}

fn read_encryption(record: EncryptionRecord<'_>) -> Result<TokenEncryption, InvalidRecord> {
    let EncryptionRecord {
        name,
        alg,
        kid,
        pem,
        thumbprint,
    } = record;
    Ok(TokenEncryption {
        name: name.map(Cow::into_owned),
        alg: choose("encryption algorithm", &alg, EncryptionAlg::parse)?,
        kid: kid.map(Cow::into_owned),
        pem: pem.into(),
        thumbprint: thumbprint.into(),
    })
}

fn write_possession(possession: ProofOfPossession) -> PossessionRecord<'static> {
    let ProofOfPossession {
        mechanism,
        required,
        required_for,
    } = possession;
    PossessionRecord {
        mechanism: mechanism.as_str().into(),
        required,
        required_for: required_for.map(|one| one.as_str().into()),
    }
}

fn read_possession(record: PossessionRecord<'_>) -> Result<ProofOfPossession, InvalidRecord> {
    let PossessionRecord {
        mechanism,
        required,
        required_for,
    } = record;
    Ok(ProofOfPossession {
        mechanism: choose("mechanism", &mechanism, PossessionMechanism::parse)?,
        required,
        required_for: required_for
            .map(|text| choose("kind of clients", &text, RequiredFor::parse))
            .transpose()?,
    })
}

fn read_lifetime(secs: u32) -> Result<TokenLifetime, InvalidRecord> {
    TokenLifetime::from_secs(secs).map_err(|error| invalid("token lifetime", error))
}

fn read_scopes(records: Vec<ScopeRecord<'_>>) -> Result<Scopes, InvalidRecord> {
    let values = ScopeList::of(records.iter().map(|record| &*record.value))
        .map_err(|error| invalid("scope", error))?;
    // A doubled scope would shift the descriptions of those after it.
    if values.iter().count() != records.len() {
        return Err(InvalidRecord::Unknown("second scope of the same name"));
    }
    let descriptions = records.into_iter().map(|record| {
        let ScopeRecord {
            value: _,
            description,
        } = record;
        description.map(Cow::into_owned)
    });
    Ok(Scopes::new(values, descriptions.collect()))
}
