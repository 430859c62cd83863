//! Signing keys: private keys with a `kid` and a place in the rotation.

use std::fmt;

use crate::id::KeyId;
use crate::timestamp::Timestamp;

/// A private key of a tenant, as the register keeps it: the public half in clear, the private half
/// sealed under a key that is not in the database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SigningKey {
    /// `kid` (RFC 7517 §4.5).
    pub id: KeyId,
    /// What kind of key it is.
    pub family: KeyFamily,
    /// Its place in the rotation.
    pub place: KeyPlace,
    /// The public key as a JWK, JSON text without `kid`, `use` and `alg`.
    pub public_jwk: Box<str>,
    /// A self-signed certificate of the public key, DER.
    pub certificate: Box<[u8]>,
    /// The private key, PKCS#8, sealed.
    pub private_key: SealedBytes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub current_since: Option<Timestamp>,
    /// When it ceased to sign.
    pub current_until: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl SigningKey {
    /// Whether verifiers are told of it.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.place != KeyPlace::Revoked
    }
}

/// Which keys can stand in for each other. A tenant has one rotation for each family it uses.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KeyFamily {
    /// RSA, 2048 bits: RS256, RS512 and PS256.
    Rsa,
    /// NIST P-256: ES256.
    P256,
    /// Ed25519: `EdDSA`.
    Ed25519,
}

impl KeyFamily {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Rsa, Self::P256, Self::Ed25519];

    /// Its name in the register.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Reads a name of the register.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.as_str() == text)
    }
}

/// The place of a key in the rotation: next → current → previous → revoked.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KeyPlace {
    /// Published, not yet signing: verifiers learn it before they need it.
    Next,
    /// Signing.
    Current,
    /// No longer signing, still published for the tokens it signed.
    Previous,
    /// Neither.
    Revoked,
}

impl KeyPlace {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Next, Self::Current, Self::Previous, Self::Revoked];

    /// Its name in the register.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Revoked => "revoked",
        }
    }

    /// Reads a name of the register.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.as_str() == text)
    }
}

/// Ciphertext. Opening it takes the master key, which this floor has never heard of.
#[derive(Clone, Eq, PartialEq)]
pub struct SealedBytes(Box<[u8]>);

impl SealedBytes {
    /// Wraps ciphertext.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The ciphertext.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SealedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedBytes({} bytes)", self.0.len())
    }
}
