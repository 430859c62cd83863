//! Encrypted tokens: for which key the tokens of an API are encrypted.

/// Tokens are signed and then encrypted for the API (RFC 7519 §5.2; Auth0's `token_encryption` with
/// the one format `compact-nested-jwe`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenEncryption {
    /// What people call the key.
    pub name: Option<String>,
    /// How the content key is encrypted.
    pub alg: EncryptionAlg,
    /// The `kid` in the header of the JWE (RFC 7516 §4.1.6).
    pub kid: Option<String>,
    /// The public key or its certificate, as it was given (RFC 7468).
    pub pem: Box<str>,
    /// The thumbprint of the public key (RFC 7638).
    pub thumbprint: Box<str>,
}

/// RSAES-OAEP with this hash (RFC 7518 §4.3 and its registry).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EncryptionAlg {
    /// SHA-256.
    RsaOaep256,
    /// SHA-384.
    RsaOaep384,
    /// SHA-512.
    RsaOaep512,
}

impl EncryptionAlg {
    /// The `alg` of RFC 7516 §4.1.1.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::RsaOaep384 => "RSA-OAEP-384",
            Self::RsaOaep512 => "RSA-OAEP-512",
        }
    }

    /// Reads an `alg`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::RsaOaep256, Self::RsaOaep384, Self::RsaOaep512]
            .into_iter()
            .find(|alg| alg.as_str() == text)
    }
}
