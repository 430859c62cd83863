//! The heart of the crate: one token against rules, keys and a time. No I/O, no clock.

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::error::Error;
use crate::jwks::JwkSet;
use crate::jwt::Token;

/// Validates an access token (RFC 9068 §4, RFC 8725).
///
/// `now` is in Unix seconds. The header is judged before a key is looked for, and the signature is
/// verified before a claim is read.
///
/// # Errors
///
/// An [`Error`] of kind [`InvalidToken`](crate::ErrorKind::InvalidToken).
pub fn check(rules: &Rules, keys: &JwkSet, token: &str, now: i64) -> Result<Claims, Error> {
    let token = Token::parse(token, rules.accepted())?;
    verify(rules, keys, &token, now)
}

/// [`check`], for a token whose header has been judged.
pub(crate) fn verify(
    rules: &Rules,
    keys: &JwkSet,
    token: &Token<'_>,
    now: i64,
) -> Result<Claims, Error> {
    let key = keys.find(token.algorithm(), token.kid())?;
    key.verify(token.algorithm(), token.signed(), token.signature())?;
    let claims = Claims::parse(token.payload()?)?;
    rules.admit(&claims, now)?;
    Ok(claims)
}

/// What a token must say to be accepted.
#[derive(Clone, Debug)]
pub struct Rules {
    issuers: Vec<String>,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    leeway: u32,
    organization: Organization,
}

/// Which organizations a token may be for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Organization {
    /// Any organization, or none.
    #[default]
    Any,
    /// Any organization, but one.
    Required,
    /// One of these. A value that begins with `org_` is compared with the claim `org_id`, any
    /// other one with `org_name`.
    OneOf(Vec<String>),
}

impl Rules {
    /// Accepts tokens of this issuer for this audience.
    ///
    /// Both are compared as they are, so a trailing slash matters. Algorithms: `RS256`, `PS256`,
    /// `ES256`, `EdDSA`. Leeway: 30 seconds.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuers: vec![issuer.into()],
            audiences: vec![audience.into()],
            algorithms: Algorithm::DEFAULT.to_vec(),
            leeway: 30,
            organization: Organization::Any,
        }
    }

    /// Accepts one more issuer. It must sign with the same key set.
    #[must_use]
    pub fn or_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.push(issuer.into());
        self
    }

    /// Accepts one more audience.
    #[must_use]
    pub fn or_audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts these algorithms and no others.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// How many seconds the issuer's clock may differ from ours.
    #[must_use]
    pub fn leeway(mut self, seconds: u32) -> Self {
        self.leeway = seconds;
        self
    }

    /// Accepts tokens for these organizations only.
    #[must_use]
    pub fn organization(mut self, organization: Organization) -> Self {
        self.organization = organization;
        self
    }

    pub(crate) fn accepted(&self) -> &[Algorithm] {
        &self.algorithms
    }

    fn admit(&self, claims: &Claims, now: i64) -> Result<(), Error> {
        if !self.issuers.iter().any(|issuer| issuer == claims.iss()) {
            return Err(Error::WrongIssuer);
        }
        if !claims
            .aud()
            .any(|aud| self.audiences.iter().any(|audience| audience == aud))
        {
            return Err(Error::WrongAudience);
        }
        self.admit_time(claims, now)?;
        if !self.organization.admits(claims) {
            return Err(Error::WrongOrganization);
        }
        Ok(())
    }

    fn admit_time(&self, claims: &Claims, now: i64) -> Result<(), Error> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact until the year 285 million"
        )]
        let now = now as f64;
        let leeway = f64::from(self.leeway);
        let expires = claims
            .time("exp")
            .ok_or(Error::InvalidClaim { name: "exp" })?;
        // "On or after" the time in `exp` is too late (RFC 7519 §4.1.4).
        if expires + leeway <= now {
            return Err(Error::Expired);
        }
        for name in ["nbf", "iat"] {
            if claims.time(name).is_some_and(|time| now + leeway < time) {
                return Err(Error::NotYetValid);
            }
        }
        Ok(())
    }
}

impl Organization {
    fn admits(&self, claims: &Claims) -> bool {
        match self {
            Self::Any => true,
            Self::Required => claims.org_id().is_some_and(|id| !id.is_empty()),
            Self::OneOf(accepted) => accepted.iter().any(|organization| {
                let claim = if organization.starts_with("org_") {
                    claims.org_id()
                } else {
                    claims.org_name()
                };
                claim == Some(organization)
            }),
        }
    }
}

#[cfg(test)]
mod tests;
