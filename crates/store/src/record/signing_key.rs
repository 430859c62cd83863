//! A signing key on disk: the private half sealed.

use std::borrow::Cow;

use m2mint_domain::Timestamp;
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SealedBytes, SigningKey};
use serde::{Deserialize, Serialize};

use super::{InvalidRecord, bytes, choose, parse};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SigningKeyRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    family: Cow<'a, str>,
    #[serde(borrow)]
    place: Cow<'a, str>,
    #[serde(borrow)]
    public_jwk: Cow<'a, str>,
    #[serde(borrow)]
    certificate: Cow<'a, str>,
    #[serde(borrow)]
    private_key: Cow<'a, str>,
    created_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current_since: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current_until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
}

impl<'a> From<&'a SigningKey> for SigningKeyRecord<'a> {
    fn from(key: &'a SigningKey) -> Self {
        let SigningKey {
            id,
            family,
            place,
            public_jwk,
            certificate,
            private_key,
            created_at,
            current_since,
            current_until,
            revoked_at,
        } = key;
        Self {
            id: id.as_str().into(),
            family: family.as_str().into(),
            place: place.as_str().into(),
            public_jwk: (&**public_jwk).into(),
            certificate: bytes::write(certificate).into(),
            private_key: bytes::write(private_key.as_bytes()).into(),
            created_at: created_at.as_millis(),
            current_since: current_since.map(Timestamp::as_millis),
            current_until: current_until.map(Timestamp::as_millis),
            revoked_at: revoked_at.map(Timestamp::as_millis),
        }
    }
}

impl TryFrom<SigningKeyRecord<'_>> for SigningKey {
    type Error = InvalidRecord;

    fn try_from(record: SigningKeyRecord<'_>) -> Result<Self, InvalidRecord> {
        let SigningKeyRecord {
            id,
            family,
            place,
            public_jwk,
            certificate,
            private_key,
            created_at,
            current_since,
            current_until,
            revoked_at,
        } = record;
        Ok(Self {
            id: parse("key id", &id)?,
            family: choose("key family", &family, KeyFamily::parse)?,
            place: choose("place in the rotation", &place, KeyPlace::parse)?,
            public_jwk: public_jwk.into(),
            certificate: bytes::read("certificate", &certificate)?.into(),
            private_key: SealedBytes::new(bytes::read("private key", &private_key)?),
            created_at: Timestamp::from_millis(created_at),
            current_since: current_since.map(Timestamp::from_millis),
            current_until: current_until.map(Timestamp::from_millis),
            revoked_at: revoked_at.map(Timestamp::from_millis),
        })
    }
}
