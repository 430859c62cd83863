//! Credentials: what a client proves itself with.

use std::fmt;

use crate::id::CredentialId;
use crate::signing_key::SealedBytes;
use crate::timestamp::Timestamp;

/// How many secrets a client may have at once: one in use, one coming, and room for a slow
/// rotation.
pub const SECRETS_MAX: usize = 5;

/// A client secret, as it is kept (RFC 6749 §2.3.1): a keyed hash to compare with, and where the
/// owner wants to read it again, the secret itself, sealed.
///
/// Several may work at the same time, which is what makes rotation without an outage possible.
#[derive(Clone, Eq, PartialEq)]
pub struct ClientSecret {
    /// Names it in the log and on the command line.
    pub id: CredentialId,
    /// HMAC-SHA-256 of the secret under a key that is not in the database.
    pub tag: [u8; 32],
    /// The secret, sealed under a key that is not in the database. `None`: only the hash is kept.
    pub sealed: Option<SealedBytes>,
    /// The last four characters, so that people can tell two secrets apart.
    pub hint: Box<str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused. `None`: until it is retired.
    pub expires_at: Option<Timestamp>,
}

impl ClientSecret {
    /// Whether it still works at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// Leaves the tag out: it is no secret, but it is nobody's business either.
impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSecret")
            .field("id", &self.id)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// How a client authenticates at the token endpoint (RFC 7591 §2, `token_endpoint_auth_method`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthMethod {
    /// `none`: a public client. It cannot use client credentials (RFC 6749 §4.4).
    None,
    /// `client_secret_post`: the secret in the body.
    SecretPost,
    /// `client_secret_basic`: the secret in the `Authorization` header.
    SecretBasic,
}

impl AuthMethod {
    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecretPost => "client_secret_post",
            Self::SecretBasic => "client_secret_basic",
        }
    }

    /// Reads a registered name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::SecretPost, Self::SecretBasic]
            .into_iter()
            .find(|m| m.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_works_until_the_moment_it_expires() {
        let secret = ClientSecret {
            id: "cred_x".parse().unwrap(),
            tag: [7; 32],
            sealed: None,
            hint: "abcd".into(),
            created_at: Timestamp::from_secs(0),
            expires_at: Some(Timestamp::from_secs(10)),
        };
        assert!(secret.is_live(Timestamp::from_millis(9_999)));
        assert!(!secret.is_live(Timestamp::from_secs(10)));
        assert!(!format!("{secret:?}").contains("7, 7"));
    }
}
