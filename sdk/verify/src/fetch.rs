//! The issuer's keys, fetched over HTTP and kept (RFC 7517 §5).
//!
//! Three promises: one fetch at a time, whoever asks; at most one in each interval, so tokens with
//! made-up key ids cannot turn this API against its issuer; and an issuer that is down for a while
//! stops nobody whose key is known.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use rustls::crypto::CryptoProvider;

use crate::error::{Error, InvalidJwks};
use crate::jwks::JwkSet;

/// How long keys serve while the issuer cannot be reached, in seconds.
const STALE_FOR: u64 = 24 * 60 * 60;

pub(crate) struct FetchSettings {
    pub(crate) uri: String,
    pub(crate) min_interval: Duration,
    pub(crate) cache_for: Duration,
    pub(crate) timeout: Duration,
    pub(crate) client: Option<Client>,
}

impl FetchSettings {
    pub(crate) fn new(issuer: &str) -> Self {
        let slash = if issuer.ends_with('/') { "" } else { "/" };
        Self {
            uri: format!("{issuer}{slash}.well-known/jwks.json"),
            min_interval: Duration::from_secs(10),
            cache_for: Duration::from_secs(10 * 60),
            timeout: Duration::from_secs(5),
            client: None,
        }
    }
}

/// Keys that come from a URL. All times are Unix seconds, given by the caller.
pub(crate) struct RemoteKeys {
    uri: Url,
    client: Client,
    timeout: Duration,
    min_interval: u64,
    cache_for: u64,
    state: Mutex<State>,
    /// Held by the one fetch that is under way.
    flight: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    attempted_at: Option<i64>,
    /// Attempts that have ended, well or not.
    attempts: u64,
    /// Why the last attempt failed, if it did.
    failure: Option<Arc<FetchFailure>>,
}

#[derive(Clone)]
struct Kept {
    keys: JwkSet,
    fetched_at: i64,
}

#[derive(Debug, thiserror::Error)]
enum FetchFailure {
    #[error("the key set could not be requested")]
    Request(#[source] reqwest::Error),
    #[error("the request for the key set was answered with status {0}")]
    Status(StatusCode),
    #[error("the answer is not a usable key set")]
    Invalid(#[source] InvalidJwks),
    #[error("the fetch did not finish")]
    Unfinished,
}

impl RemoteKeys {
    pub(crate) fn new(settings: FetchSettings) -> Result<Self, Error> {
        let uri = Url::parse(&settings.uri).map_err(|source| {
            Error::configuration_from("the key set's address is no URL", source)
        })?;
        if !["http", "https"].contains(&uri.scheme()) {
            let problem = "the key set's address is neither http nor https";
            return Err(Error::configuration(problem));
        }
        let client = match settings.client {
            Some(client) => client,
            None => client_for(&uri).map_err(|source| {
                Error::configuration_from("the HTTP client cannot be built", source)
            })?,
        };
        Ok(Self {
            uri,
            client,
            timeout: settings.timeout,
            min_interval: settings.min_interval.as_secs().max(1),
            cache_for: settings.cache_for.as_secs(),
            state: Mutex::default(),
            flight: Arc::default(),
        })
    }

    /// Keys that are recent enough, or as recent as they can be had.
    pub(crate) async fn keys(self: &Arc<Self>, now: i64) -> Result<JwkSet, Error> {
        let kept = self.state().kept.clone();
        if let Some(kept) = kept {
            // Fresh, or old while somebody is already fetching: nobody else need wait.
            if kept.is_within(self.cache_for, now)
                || kept.is_within(STALE_FOR, now) && self.flight.try_lock().is_err()
            {
                return Ok(kept.keys);
            }
        }
        self.refresh(now).await;
        let state = self.state();
        match &state.kept {
            Some(kept) if kept.is_within(STALE_FOR, now) => Ok(kept.keys.clone()),
            _ => Err(self.unavailable(&state, now)),
        }
    }

    /// Keys for a token whose key is not among [`Self::keys`].
    ///
    /// After a failed fetch that is an error: the key may well exist.
    pub(crate) async fn newer_keys(self: &Arc<Self>, now: i64) -> Result<JwkSet, Error> {
        self.refresh(now).await;
        let state = self.state();
        match (&state.kept, &state.failure) {
            (Some(kept), None) => Ok(kept.keys.clone()),
            _ => Err(self.unavailable(&state, now)),
        }
    }

    /// Fetches once, or waits for the fetch under way, or does nothing because it is too soon.
    async fn refresh(self: &Arc<Self>, now: i64) {
        let before = self.state().attempts;
        let flight = Arc::clone(&self.flight).lock_owned().await;
        {
            let mut state = self.state();
            let too_soon = state
                .attempted_at
                .is_some_and(|at| at.abs_diff(now) < self.min_interval);
            if state.attempts != before || too_soon {
                return;
            }
            state.attempted_at = Some(now);
        }
        // In its own task: a caller that hangs up must not leave the interval without an outcome.
        let remote = Arc::clone(self);
        let fetch = tokio::spawn(async move {
            let outcome = remote.fetch().await;
            remote.record(outcome, now);
            drop(flight);
        });
        if fetch.await.is_err() {
            self.record(Err(FetchFailure::Unfinished), now);
        }
    }

    async fn fetch(&self) -> Result<JwkSet, FetchFailure> {
        let request = self.client.get(self.uri.clone());
        let request = request.header(ACCEPT, "application/json");
        let mut response = request
            .timeout(self.timeout)
            .send()
            .await
            .map_err(request_failure)?;
        if response.status() != StatusCode::OK {
            return Err(FetchFailure::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(request_failure)? {
            if JwkSet::MAX_BYTES < body.len() + chunk.len() {
                return Err(FetchFailure::Invalid(InvalidJwks::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        JwkSet::parse(&body).map_err(FetchFailure::Invalid)
    }

    fn record(&self, outcome: Result<JwkSet, FetchFailure>, now: i64) {
        let mut state = self.state();
        state.attempts += 1;
        match outcome {
            Ok(keys) => {
                state.kept = Some(Kept {
                    keys,
                    fetched_at: now,
                });
                state.failure = None;
            }
            Err(failure) => state.failure = Some(Arc::new(failure)),
        }
    }

    fn unavailable(&self, state: &State, now: i64) -> Error {
        let waited = state.attempted_at.map_or(0, |at| at.abs_diff(now));
        let source = state.failure.clone();
        Error::KeysUnavailable {
            retry_after: Duration::from_secs(self.min_interval.saturating_sub(waited).max(1)),
            source: source.unwrap_or_else(|| Arc::new(FetchFailure::Unfinished)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change under the lock is complete by itself, so a panic elsewhere spoils nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Either way: a clock set back by hours makes keys old, not eternal.
    fn is_within(&self, seconds: u64, now: i64) -> bool {
        self.fetched_at.abs_diff(now) < seconds
    }
}

/// The address may hold a password, and belongs to the configuration: not into logs.
fn request_failure(error: reqwest::Error) -> FetchFailure {
    FetchFailure::Request(error.without_url())
}

/// No redirects: keys come from where the configuration says.
fn client_for(uri: &Url) -> reqwest::Result<Client> {
    if CryptoProvider::get_default().is_none() {
        // Err means that another thread was first, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!("m2mint-verify/", env!("CARGO_PKG_VERSION")));
    if uri.scheme() == "http" {
        // Works on a machine without certificate authorities.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}

#[cfg(test)]
mod tests;
