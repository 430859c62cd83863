//! A client's keys and certificates on disk, and what they are bound to: inside the client.

use std::borrow::Cow;

use m2mint_domain::Timestamp;
use m2mint_domain::client_credential::{
    AssertionAlg, AuthenticationMethods, BoundCredentials, ClientCredential, CredentialMethod,
    CredentialProof,
};
use m2mint_domain::id::CredentialId;
use serde::{Deserialize, Serialize};

use super::{ExtraRecord, InvalidRecord, bytes, choose, parse};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    proof: ProofRecord<'a>,
    created_at: i64,
    updated_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ProofRecord<'a> {
    PublicKey {
        #[serde(borrow)]
        spki: Cow<'a, str>,
        #[serde(borrow)]
        kid: Cow<'a, str>,
        #[serde(borrow)]
        alg: Cow<'a, str>,
    },
    SubjectDn(#[serde(borrow)] Cow<'a, str>),
    Certificate(#[serde(borrow)] Cow<'a, str>),
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MethodsRecord<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    credentials: Vec<Cow<'a, str>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BindingRecord<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    credentials: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default, skip_serializing_if = "ExtraRecord::is_empty")]
    settings: ExtraRecord<'a>,
}

impl<'a> From<&'a ClientCredential> for CredentialRecord<'a> {
    fn from(credential: &'a ClientCredential) -> Self {
        let ClientCredential {
            id,
            name,
            proof,
            created_at,
            updated_at,
            expires_at,
        } = credential;
        let proof = match proof {
            CredentialProof::PublicKey { spki, kid, alg } => ProofRecord::PublicKey {
                spki: bytes::write(spki).into(),
                kid: (&**kid).into(),
                alg: alg.as_str().into(),
            },
            CredentialProof::SubjectDn(subject) => ProofRecord::SubjectDn((&**subject).into()),
            CredentialProof::Certificate(print) => ProofRecord::Certificate((&**print).into()),
        };
        Self {
            id: id.as_str().into(),
            name: name.as_deref().map(Cow::from),
            proof,
            created_at: created_at.as_millis(),
            updated_at: updated_at.as_millis(),
            expires_at: expires_at.map(Timestamp::as_millis),
        }
    }
}

impl TryFrom<CredentialRecord<'_>> for ClientCredential {
    type Error = InvalidRecord;

    fn try_from(record: CredentialRecord<'_>) -> Result<Self, InvalidRecord> {
        let CredentialRecord {
            id,
            name,
            proof,
            created_at,
            updated_at,
            expires_at,
        } = record;
        let proof = match proof {
            ProofRecord::PublicKey { spki, kid, alg } => CredentialProof::PublicKey {
                spki: bytes::read("public key", &spki)?.into(),
                kid: kid.into(),
                alg: choose("assertion algorithm", &alg, AssertionAlg::parse)?,
            },
            ProofRecord::SubjectDn(subject) => CredentialProof::SubjectDn(subject.into()),
            ProofRecord::Certificate(print) => CredentialProof::Certificate(print.into()),
        };
        Ok(Self {
            id: parse("credential id", &id)?,
            name: name.map(Box::from),
            proof,
            created_at: Timestamp::from_millis(created_at),
            updated_at: Timestamp::from_millis(updated_at),
            expires_at: expires_at.map(Timestamp::from_millis),
        })
    }
}

impl<'a> From<&'a AuthenticationMethods> for MethodsRecord<'a> {
    fn from(methods: &'a AuthenticationMethods) -> Self {
        let AuthenticationMethods {
            method,
            credentials,
        } = methods;
        Self {
            method: method.as_str().into(),
            credentials: written(credentials),
        }
    }
}

impl TryFrom<MethodsRecord<'_>> for AuthenticationMethods {
    type Error = InvalidRecord;

    fn try_from(record: MethodsRecord<'_>) -> Result<Self, InvalidRecord> {
        let MethodsRecord {
            method,
            credentials,
        } = record;
        Ok(Self {
            method: choose("authentication method", &method, CredentialMethod::parse)?,
            credentials: read(&credentials)?,
        })
    }
}

impl<'a> From<&'a BoundCredentials> for BindingRecord<'a> {
    fn from(bound: &'a BoundCredentials) -> Self {
        let BoundCredentials {
            credentials,
            settings,
        } = bound;
        Self {
            credentials: credentials.as_deref().map(written),
            settings: settings.into(),
        }
    }
}

impl TryFrom<BindingRecord<'_>> for BoundCredentials {
    type Error = InvalidRecord;

    fn try_from(record: BindingRecord<'_>) -> Result<Self, InvalidRecord> {
        let BindingRecord {
            credentials,
            settings,
        } = record;
        Ok(Self {
            credentials: credentials.as_deref().map(read).transpose()?,
            settings: settings.into(),
        })
    }
}

fn written(ids: &[CredentialId]) -> Vec<Cow<'_, str>> {
    ids.iter().map(|id| id.as_str().into()).collect()
}

fn read(ids: &[Cow<'_, str>]) -> Result<Vec<CredentialId>, InvalidRecord> {
    ids.iter().map(|id| parse("credential id", id)).collect()
}
