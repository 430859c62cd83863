//! The algorithms we sign with, and the kind of key each needs.

use std::str::FromStr;

use crate::error::KeyError;

/// A signature algorithm of a token (RFC 7518 §3.1; `EdDSA`: RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Alg {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256, under a secret shared with the resource server.
    Hs256,
}

/// What a private key is, and so what it can sign.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyKind {
    /// RSA, 2048 bits, public exponent 65537.
    Rsa2048,
    /// The NIST curve P-256.
    P256,
    /// The NIST curve P-384.
    P384,
    /// Edwards curve 25519.
    Ed25519,
}

impl Alg {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Rs256,
        Self::Rs512,
        Self::Ps256,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
        Self::Hs256,
    ];

    /// The name in a JOSE header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    /// The kind of private key it signs with; `None` for `HS256`, which has no private key.
    #[must_use]
    pub const fn key_kind(self) -> Option<KeyKind> {
        match self {
            Self::Rs256 | Self::Rs512 | Self::Ps256 => Some(KeyKind::Rsa2048),
            Self::Es256 => Some(KeyKind::P256),
            Self::Es384 => Some(KeyKind::P384),
            Self::EdDsa => Some(KeyKind::Ed25519),
            Self::Hs256 => None,
        }
    }
}

impl FromStr for Alg {
    type Err = KeyError;

    /// # Errors
    ///
    /// [`KeyError::UnknownAlg`] for anything but the exact names: they are case-sensitive
    /// (RFC 7515 §4.1.1).
    fn from_str(name: &str) -> Result<Self, KeyError> {
        Self::ALL
            .into_iter()
            .find(|alg| alg.as_str() == name)
            .ok_or(KeyError::UnknownAlg)
    }
}

impl KeyKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rsa2048, Self::P256, Self::P384, Self::Ed25519];

    /// The name we keep it under: `RSA`, or the curve's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl FromStr for KeyKind {
    type Err = KeyError;

    /// # Errors
    ///
    /// [`KeyError::UnknownKeyKind`] for anything but the exact names.
    fn from_str(name: &str) -> Result<Self, KeyError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or(KeyError::UnknownKeyKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_to_what_it_names() {
        for alg in Alg::ALL {
            assert_eq!(alg.as_str().parse::<Alg>().unwrap(), alg);
        }
        for kind in KeyKind::ALL {
            assert_eq!(kind.as_str().parse::<KeyKind>().unwrap(), kind);
        }
    }

    #[test]
    fn unknown_and_unsafe_names_are_refused() {
        for name in ["none", "", "rs256", "RS256 ", "HS512", "EDDSA"] {
            assert!(
                matches!(name.parse::<Alg>(), Err(KeyError::UnknownAlg)),
                "{name}"
            );
        }
        for name in ["", "rsa", "P-521", "X25519"] {
            assert!(
                matches!(name.parse::<KeyKind>(), Err(KeyError::UnknownKeyKind)),
                "{name}"
            );
        }
    }

    #[test]
    fn only_hs256_has_no_private_key() {
        for alg in Alg::ALL {
            assert_eq!(alg.key_kind().is_none(), alg == Alg::Hs256);
        }
    }
}
