//! Why a token was not accepted, and what the caller should do about it.

use std::sync::Arc;
use std::time::Duration;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why [`Validator::validate`](crate::Validator::validate) or [`check`](crate::check) gave no
/// claims.
///
/// The text of a refusal is fixed, holds nothing from the token, and is safe to send to the caller.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More than 16 KiB.
    #[error("the token is too large")]
    TokenTooLarge,
    /// Not three parts of unpadded base64url, or not JSON objects with unique members.
    #[error("the token's {part} is malformed")]
    Malformed {
        /// `structure`, `header`, `payload` or `signature`.
        part: &'static str,
    },
    /// `alg` is unknown, `none`, or not on the allow-list.
    #[error("the token's algorithm is not accepted")]
    AlgorithmRefused,
    /// `typ` is neither `JWT` nor `at+jwt`: perhaps a token for another purpose.
    #[error("the token is not an access token")]
    WrongType,
    /// The header asks for an extension this crate does not know (RFC 7515 §4.1.11).
    #[error("the token uses an unsupported extension")]
    UnsupportedExtension,
    /// No key of the issuer fits this token.
    #[error("the token's signing key is unknown")]
    UnknownKey,
    /// Several keys fit and the token does not say which one.
    #[error("the token's signing key is ambiguous")]
    AmbiguousKey,
    /// The signature does not verify.
    #[error("the token's signature is invalid")]
    BadSignature,
    /// `iss` is not an accepted issuer.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// `aud` does not name this API.
    #[error("the token is for another audience")]
    WrongAudience,
    /// `exp` has passed. A client should ask for a new token.
    #[error("the token is expired")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The token is not for an accepted organization.
    #[error("the token is for another organization")]
    WrongOrganization,
    /// A claim this crate reads is missing or has the wrong type.
    #[error("the claim {name} is missing or malformed")]
    InvalidClaim {
        /// The claim's name.
        name: &'static str,
    },
    /// The issuer's keys could not be fetched, and none are kept. Nothing is known about the token.
    #[error("the issuer's signing keys are unavailable")]
    KeysUnavailable {
        /// When another attempt may be made.
        retry_after: Duration,
        /// What went wrong; shared by all requests that waited for the same fetch.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The validator cannot be built as asked.
    #[error("the validator is misconfigured: {problem}")]
    Configuration {
        /// What to fix.
        problem: &'static str,
        /// The cause, when there is one.
        #[source]
        source: Option<BoxError>,
    },
}

/// What to do about an [`Error`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorKind {
    /// Refuse this request with 401: the token is not acceptable, and will not become so.
    InvalidToken,
    /// Answer 503: the keys are unavailable, and the same request may succeed later.
    KeysUnavailable,
    /// Fix the program or its configuration.
    Misconfigured,
}

impl Error {
    /// What to do about this error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::TokenTooLarge
            | Self::Malformed { .. }
            | Self::AlgorithmRefused
            | Self::WrongType
            | Self::UnsupportedExtension
            | Self::UnknownKey
            | Self::AmbiguousKey
            | Self::BadSignature
            | Self::WrongIssuer
            | Self::WrongAudience
            | Self::Expired
            | Self::NotYetValid
            | Self::WrongOrganization
            | Self::InvalidClaim { .. } => ErrorKind::InvalidToken,
            Self::KeysUnavailable { .. } => ErrorKind::KeysUnavailable,
            Self::Configuration { .. } => ErrorKind::Misconfigured,
        }
    }

    /// When it makes sense to try again, if it does at all.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::KeysUnavailable { retry_after, .. } = self {
            Some(*retry_after)
        } else {
            None
        }
    }

    pub(crate) fn configuration(problem: &'static str) -> Self {
        Self::Configuration {
            problem,
            source: None,
        }
    }

    pub(crate) fn configuration_from(
        problem: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Configuration {
            problem,
            source: Some(Box::new(source)),
        }
    }
}

/// Why a text is not a key set (RFC 7517 §5).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJwks {
    /// More than [`JwkSet::MAX_BYTES`](crate::JwkSet::MAX_BYTES).
    #[error("the key set is too large")]
    TooLarge,
    /// More than [`JwkSet::MAX_KEYS`](crate::JwkSet::MAX_KEYS).
    #[error("the key set has too many keys")]
    TooManyKeys,
    /// Not a JSON object, or one with repeated members.
    #[error("the key set is not a JSON object")]
    Json(#[source] serde_json::Error),
    /// No `keys` member, or one that is not an array.
    #[error("the key set has no array of keys")]
    NoKeys,
    /// A shared secret of less than 16 bytes.
    #[error("the shared secret is shorter than 16 bytes")]
    ShortSecret,
}
