//! What a client proves itself with in place of a secret: registered keys and certificates.

use crate::extra::Extra;
use crate::id::CredentialId;
use crate::timestamp::Timestamp;

/// How many keys and certificates one client may have: two in use for each of three purposes, and
/// room to rotate them.
pub const CREDENTIALS_MAX: usize = 10;
/// The longest name of one, in characters (Auth0's limit).
pub const CREDENTIAL_NAME_MAX: usize = 128;
/// The longest subject of a certificate, in characters (Auth0's limit).
pub const SUBJECT_DN_MAX: usize = 256;

/// A key or certificate registered for a client. Being registered, it proves nothing yet: it must
/// also be bound ([`AuthenticationMethods`], [`BoundCredentials`]).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientCredential {
    /// Names it.
    pub id: CredentialId,
    /// What people call it.
    pub name: Option<Box<str>>,
    /// What the client shows that it has.
    pub proof: CredentialProof,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// From when on it proves nothing.
    pub expires_at: Option<Timestamp>,
}

/// What a credential is compared with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CredentialProof {
    /// `public_key`: the key of assertions (RFC 7523 §2.2).
    PublicKey {
        /// The key, DER (RFC 5280 §4.1, `SubjectPublicKeyInfo`).
        spki: Box<[u8]>,
        /// Names it in the header of an assertion (RFC 7515 §4.1.4).
        kid: Box<str>,
        /// The one algorithm it verifies.
        alg: AssertionAlg,
    },
    /// `cert_subject_dn`: the subject of a certificate from a trusted authority (RFC 8705 §2.1).
    SubjectDn(Box<str>),
    /// `x509_cert`: the SHA-256 thumbprint of a self-signed certificate (RFC 8705 §2.2), base64url.
    Certificate(Box<str>),
}

/// What an assertion may be signed with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AssertionAlg {
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
}

/// How a client authenticates when not with a secret, and with which of its credentials
/// (`client_authentication_methods`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthenticationMethods {
    /// How.
    pub method: CredentialMethod,
    /// With which.
    pub credentials: Vec<CredentialId>,
}

/// A way to authenticate with a registered credential (RFC 7523, RFC 8705).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CredentialMethod {
    /// `private_key_jwt`: a signed assertion.
    PrivateKeyJwt,
    /// `self_signed_tls_client_auth`: a self-signed certificate.
    SelfSignedTls,
    /// `tls_client_auth`: a certificate from a trusted authority.
    Tls,
}

/// Credentials bound to something that this server keeps and shows, and does not do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BoundCredentials {
    /// Which. `None`: it was never said.
    pub credentials: Option<Vec<CredentialId>>,
    /// Its other settings.
    pub settings: Extra,
}

impl CredentialProof {
    /// Its name in Auth0's API.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::PublicKey { .. } => "public_key",
            Self::SubjectDn(_) => "cert_subject_dn",
            Self::Certificate(_) => "x509_cert",
        }
    }
}

impl AssertionAlg {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Rs384, Self::Ps256];

    /// Its registered name (RFC 7518 §3.1).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
        }
    }

    /// Reads a registered name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == text)
    }
}

impl CredentialMethod {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::PrivateKeyJwt, Self::Tls, Self::SelfSignedTls];

    /// Its registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::SelfSignedTls => "self_signed_tls_client_auth",
            Self::Tls => "tls_client_auth",
        }
    }

    /// Reads a registered name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// Whether a credential serves it.
    #[must_use]
    pub const fn takes(self, proof: &CredentialProof) -> bool {
        matches!(
            (self, proof),
            (Self::PrivateKeyJwt, CredentialProof::PublicKey { .. })
                | (Self::SelfSignedTls, CredentialProof::Certificate(_))
                | (Self::Tls, CredentialProof::SubjectDn(_))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_takes_one_kind_of_credential() {
        let proofs = [
            CredentialProof::PublicKey {
                spki: Box::new([]),
                kid: "k".into(),
                alg: AssertionAlg::Rs256,
            },
            CredentialProof::SubjectDn("CN=x".into()),
            CredentialProof::Certificate("x".into()),
        ];
        for (method, proof) in CredentialMethod::ALL.into_iter().zip(&proofs) {
            let taken: Vec<_> = proofs.iter().filter(|one| method.takes(one)).collect();
            assert_eq!(taken, [proof]);
        }
    }

    #[test]
    fn names_read_back() {
        for alg in AssertionAlg::ALL {
            assert_eq!(AssertionAlg::parse(alg.as_str()), Some(alg));
        }
        for method in CredentialMethod::ALL {
            assert_eq!(CredentialMethod::parse(method.as_str()), Some(method));
        }
        assert_eq!(AssertionAlg::parse("HS256"), None);
    }
}
