//! The validator an API holds: rules, a place where keys come from, and a clock.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "fetch")]
use std::time::Duration;
use std::time::UNIX_EPOCH;

use crate::algorithm::Algorithm;
use crate::claims::Claims;
use crate::error::{Error, InvalidJwks};
#[cfg(feature = "fetch")]
use crate::fetch::{FetchSettings, RemoteKeys};
use crate::jwks::JwkSet;
use crate::jwt::Token;
use crate::rules::{Organization, Rules, verify};

type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Validates access tokens of one issuer. Cloning is cheap; clones share their keys.
#[derive(Clone)]
pub struct Validator {
    rules: Arc<Rules>,
    keys: Keys,
    clock: Clock,
}

#[derive(Clone)]
enum Keys {
    Known(JwkSet),
    #[cfg(feature = "fetch")]
    Fetched(Arc<RemoteKeys>),
}

impl Validator {
    /// Begins a validator for tokens of `issuer` for `audience`: both exactly as in the token.
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> ValidatorBuilder {
        let issuer = issuer.into();
        ValidatorBuilder {
            #[cfg(feature = "fetch")]
            fetch: FetchSettings::new(&issuer),
            rules: Rules::new(issuer, audience),
            known: None,
            secret: None,
            algorithms: None,
            clock: Arc::new(unix_now),
        }
    }

    /// Validates one token.
    ///
    /// Fetches the issuer's keys when there are none yet, when they are too old, and, not too
    /// often, when the token names a key that is not among them.
    ///
    /// # Errors
    ///
    /// An [`Error`]; its [`kind`](Error::kind) says what to do.
    #[cfg_attr(
        not(feature = "fetch"),
        expect(
            clippy::unused_async,
            reason = "one signature, with and without fetching"
        )
    )]
    pub async fn validate(&self, token: &str) -> Result<Claims, Error> {
        let token = Token::parse(token, self.rules.accepted())?;
        let now = (self.clock)();
        match &self.keys {
            Keys::Known(keys) => verify(&self.rules, keys, &token, now),
            #[cfg(feature = "fetch")]
            Keys::Fetched(remote) => {
                let keys = remote.keys(now).await?;
                match verify(&self.rules, &keys, &token, now) {
                    Err(Error::UnknownKey) => {
                        let keys = remote.newer_keys(now).await?;
                        verify(&self.rules, &keys, &token, now)
                    }
                    outcome => outcome,
                }
            }
        }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Validator`].
#[must_use = "call build()"]
pub struct ValidatorBuilder {
    rules: Rules,
    known: Option<Result<JwkSet, InvalidJwks>>,
    secret: Option<Result<JwkSet, InvalidJwks>>,
    algorithms: Option<Vec<Algorithm>>,
    clock: Clock,
    #[cfg(feature = "fetch")]
    fetch: FetchSettings,
}

impl ValidatorBuilder {
    /// Accepts one more issuer, which must sign with the same key set: an old or a custom domain.
    pub fn or_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.rules = self.rules.or_issuer(issuer);
        self
    }

    /// Accepts one more audience.
    pub fn or_audience(mut self, audience: impl Into<String>) -> Self {
        self.rules = self.rules.or_audience(audience);
        self
    }

    /// Accepts these algorithms only. Default: `RS256`, `PS256`, `ES256`, `EdDSA`.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// How many seconds the issuer's clock may differ from ours. Default: 30.
    pub fn leeway(mut self, seconds: u32) -> Self {
        self.rules = self.rules.leeway(seconds);
        self
    }

    /// Accepts tokens for these organizations only. Default: any, or none.
    pub fn organization(mut self, organization: Organization) -> Self {
        self.rules = self.rules.organization(organization);
        self
    }

    /// Validates `HS256` tokens, and no others, with this secret. Nothing is fetched.
    pub fn hs256_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secret = Some(JwkSet::from_hs256_secret(secret.as_ref()));
        self
    }

    /// Uses these keys. Nothing is fetched.
    pub fn static_jwks(mut self, json: impl AsRef<[u8]>) -> Self {
        self.known = Some(JwkSet::parse(json));
        self
    }

    /// Takes the time, in Unix seconds, from here. For tests.
    pub fn clock(mut self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the validator. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] when settings contradict each other or cannot be used.
    pub fn build(self) -> Result<Validator, Error> {
        let algorithms = self.accepted()?;
        let rules = Arc::new(self.rules.algorithms(algorithms));
        let keys = match (self.known, self.secret) {
            (Some(_), Some(_)) => {
                let problem = "a shared secret and a key set exclude each other";
                return Err(Error::configuration(problem));
            }
            (Some(known), None) => Keys::Known(known.map_err(|source| {
                Error::configuration_from("the known key set is not usable", source)
            })?),
            (None, Some(secret)) => Keys::Known(secret.map_err(|source| {
                Error::configuration_from("the shared secret is not usable", source)
            })?),
            #[cfg(feature = "fetch")]
            (None, None) => Keys::Fetched(Arc::new(RemoteKeys::new(self.fetch)?)),
            #[cfg(not(feature = "fetch"))]
            (None, None) => {
                let problem = "keys are needed, because this build cannot fetch them";
                return Err(Error::configuration(problem));
            }
        };
        Ok(Validator {
            rules,
            keys,
            clock: self.clock,
        })
    }

    /// `HS256` and public keys never share a list: that is how a public key becomes a secret
    /// (RFC 8725 §2.1).
    fn accepted(&self) -> Result<Vec<Algorithm>, Error> {
        let symmetric = self.secret.is_some();
        let algorithms = match &self.algorithms {
            None if symmetric => vec![Algorithm::Hs256],
            None => Algorithm::DEFAULT.to_vec(),
            Some(algorithms) => algorithms.clone(),
        };
        if algorithms.is_empty() {
            return Err(Error::configuration("no algorithm is accepted"));
        }
        if algorithms
            .iter()
            .any(|algorithm| (*algorithm == Algorithm::Hs256) != symmetric)
        {
            let problem = "HS256 needs a shared secret, and a shared secret allows HS256 alone";
            return Err(Error::configuration(problem));
        }
        Ok(algorithms)
    }
}

/// Where keys are fetched from, and how often.
#[cfg(feature = "fetch")]
impl ValidatorBuilder {
    /// Fetches keys from here. Default: `{issuer}.well-known/jwks.json`.
    pub fn jwks_uri(mut self, uri: impl Into<String>) -> Self {
        self.fetch.uri = uri.into();
        self
    }

    /// Fetches at most once in this time, however many tokens name unknown keys. Counted in whole
    /// seconds, at least one. Default: 10 seconds.
    pub fn min_refresh_interval(mut self, interval: Duration) -> Self {
        self.fetch.min_interval = interval;
        self
    }

    /// Uses fetched keys for this long before fetching again, in whole seconds. Default: 10
    /// minutes. When the issuer cannot be reached, keys serve for up to 24 hours.
    pub fn cache_for(mut self, time: Duration) -> Self {
        self.fetch.cache_for = time;
        self
    }

    /// Gives up on one fetch after this long. Default: 5 seconds.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.fetch.timeout = timeout;
        self
    }

    /// Fetches with this client: for a proxy, or a private certificate authority.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.fetch.client = Some(client);
        self
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the default of a setting: tests pass their own clock"
)]
fn unix_now() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::forge::{AUDIENCE, ISSUER, NOW, claims, jwks, sign};

    fn builder() -> ValidatorBuilder {
        Validator::builder(ISSUER, AUDIENCE).clock(|| NOW)
    }

    #[tokio::test]
    async fn keys_known_beforehand_need_no_fetch() {
        let validator = builder().static_jwks(jwks()).build().unwrap();
        let claims = validator.validate(&sign(Algorithm::Rs256, &claims())).await;
        assert_eq!(claims.unwrap().client_id(), Some("cron"));
    }

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        let secret = b"0123456789abcdef0123456789abcdef";
        for builder in [
            builder().static_jwks("{}"),
            builder().hs256_secret("short"),
            builder().hs256_secret(secret).static_jwks(jwks()),
            builder().static_jwks(jwks()).algorithms([]),
            builder().static_jwks(jwks()).algorithms([Algorithm::Hs256]),
            builder()
                .hs256_secret(secret)
                .algorithms([Algorithm::Rs256, Algorithm::Hs256]),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Misconfigured, "{error}");
        }
        builder()
            .hs256_secret(secret)
            .algorithms([Algorithm::Hs256])
            .build()
            .unwrap();
    }

    #[test]
    fn debug_shows_no_secret() {
        let validator = builder().hs256_secret("0123456789abcdef").build().unwrap();
        assert!(!format!("{validator:?}").contains("0123456789abcdef"));
    }
}
