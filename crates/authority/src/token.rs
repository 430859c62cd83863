//! Issuing a token: the steps, on one page.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use m2mint_domain::client::Client;
use m2mint_domain::log_event::{LogEvent, LogKind, USER_AGENT_MAX};
use m2mint_domain::scope::ScopeList;
use m2mint_domain::{Permit, Timestamp, TokenRequest, authorize};

use crate::clock::Clock;
use crate::entropy::EntropySource;
use crate::keys::Vault;
use crate::log::LogBook;
use crate::rate_limit_policy::Standing;
use crate::secret;
use crate::snapshot::{Site, Snapshots};

pub mod authenticate;
pub mod error;
pub mod mint;
pub mod reuse;

pub use authenticate::Presented;
pub use error::TokenError;

/// Answers token requests.
#[derive(Debug)]
pub struct Authority {
    snapshots: Arc<Snapshots>,
    vault: Arc<Vault>,
    log: Arc<LogBook>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn EntropySource>,
    reuse: reuse::RecentTokens,
    words: Words,
}

/// Sentences of the log, shared by all events that say them.
#[derive(Debug)]
struct Words {
    issued: Arc<str>,
}

/// One request for a token, as it was read from the wire.
#[derive(Debug)]
pub struct TokenCall<'a> {
    /// What the caller proves itself with.
    pub presented: Presented<'a>,
    /// What it asks for.
    pub request: TokenRequest<'a>,
    /// From where it comes.
    pub ip: Option<IpAddr>,
    /// Its `User-Agent`.
    pub user_agent: Option<&'a str>,
}

/// A token, and what the answer says of it (RFC 6749 §5.1).
#[derive(Debug)]
pub struct Issued {
    /// The token.
    pub access_token: mint::AccessToken,
    /// How long it lives, in seconds.
    pub expires_in: u32,
    /// What it allows; empty when nothing in particular.
    pub scope: ScopeList,
    /// Where the client stands, when a policy of the tenant limits it.
    pub standing: Option<Standing>,
}

impl Authority {
    /// An authority over what `snapshots` shows.
    #[must_use]
    pub fn new(
        snapshots: Arc<Snapshots>,
        vault: Arc<Vault>,
        log: Arc<LogBook>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn EntropySource>,
    ) -> Self {
        Self {
            snapshots,
            vault,
            log,
            clock,
            entropy,
            reuse: reuse::RecentTokens::default(),
            words: Words {
                issued: "Client Credentials for Access Token".into(),
            },
        }
    }

    /// The tenant that answers on `host`, and the issuer that name stands for.
    #[must_use]
    pub fn site(&self, host: &str) -> Option<Site> {
        self.snapshots.site(host)
    }

    /// The snapshots this authority reads.
    #[must_use]
    pub fn snapshots(&self) -> &Arc<Snapshots> {
        &self.snapshots
    }

    /// The log this authority writes.
    #[must_use]
    pub fn log(&self) -> &Arc<LogBook> {
        &self.log
    }

    /// The clock this authority reads.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Issues an access token to a client acting for itself (RFC 6749 §4.4).
    ///
    /// Everything is read from `site`, taken once at the start of the request. Under
    /// [`crate::log::Durability::Buffered`] nothing here waits for anything.
    ///
    /// # Errors
    ///
    /// [`TokenError`]: why there is none. Refusals are in the log before they are returned.
    pub async fn issue(&self, site: &Site, call: &TokenCall<'_>) -> Result<Issued, TokenError> {
        let now = self.clock.now();
        match self.decide(site, call, now) {
            Ok((issued, event)) => {
                let tenant = &site.tenant.state().tenant().id;
                self.log
                    .record(tenant, event)
                    .await
                    .map_err(TokenError::Log)?;
                Ok(issued)
            }
            // Written down once a minute, by `count`: a client in a loop must not fill the log.
            Err(error @ TokenError::RateLimited(_)) => Err(error),
            Err(error) => {
                self.record_refusal(site, call, now, &error).await;
                Err(error)
            }
        }
    }

    fn decide(
        &self,
        site: &Site,
        call: &TokenCall<'_>,
        now: Timestamp,
    ) -> Result<(Issued, LogEvent), TokenError> {
        let tenant = &*site.tenant;
        let proven =
            authenticate::authenticate(self.vault.secrets(), tenant.state(), &call.presented, now)
                .map_err(TokenError::Client)?;
        let standing = self.count(site, call, proven.client.client(), now)?;
        let permit =
            authorize(tenant.state(), proven.client, &call.request).map_err(TokenError::Denied)?;
        let server = permit.resource_server();
        // An action may be what keeps a client out, so nothing is minted past one; but for the API by
        // which the binding can be taken away again.
        if tenant.exchange_is_bound() && !server.is_system {
            return Err(TokenError::ActionsCannotRun);
        }
        if server.token_encryption.is_some() {
            // A token that is only signed would tell more than its API allows.
            return Err(TokenError::CannotEncrypt {
                audience: server.identifier.to_string(),
            });
        }
        let signer = tenant
            .signer(permit.resource_server())
            .ok_or(TokenError::NoKey)?;
        let minted = mint::mint(&mint::Press {
            permit: &permit,
            issuer: &site.issuer,
            signer,
            now,
            entropy: &*self.entropy,
            reuse: &self.reuse,
        })
        .map_err(TokenError::Sign)?;

        let mut event = event(site, call, now, LogKind::TokenIssued, &self.words.issued);
        event.client_id = Some(permit.client().id().clone());
        event.client_name = Some(Arc::clone(permit.client().name()));
        if let Some(secret) = proven.secret {
            secret.note_use(now);
            event.credential_id = Some(secret.id().clone());
        }
        event.audience = Some(permit.resource_server().identifier.shared());
        event.scope = (!permit.scope().is_empty()).then(|| permit.scope().shared());
        event.organization = permit
            .organization()
            .map(|one| (one.organization.id.clone(), one.organization.name.shared()));
        event.token_id = minted.token_id;
        let issued = Issued {
            access_token: minted.access_token,
            expires_in: permit.resource_server().token_lifetime.as_secs(),
            scope: permit.scope().clone(),
            standing,
        };
        Ok((issued, event))
    }

    /// Counts the request under the tenant's policies, where it has any.
    fn count(
        &self,
        site: &Site,
        call: &TokenCall<'_>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Option<Standing>, TokenError> {
        let Some(limits) = site.tenant.rate_limits() else {
            return Ok(None);
        };
        let Some(counted) = limits.count(client, now) else {
            return Ok(None);
        };
        if let Some(policy) = counted.notice {
            let description = Arc::from("Too many requests");
            let mut event = event(site, call, now, LogKind::RateLimited, &description);
            event.client_id = Some(client.id.clone());
            event.client_name = Some(Arc::clone(&client.name));
            let details = serde_json::json!({
                "rate_limit_policy_id": &*policy,
                "limit": counted.standing.limit,
                "refused": counted.refused,
            });
            event.details = Some(details.to_string().into());
            self.log.note(&site.tenant.state().tenant().id, event);
        }
        if counted.refused {
            return Err(TokenError::RateLimited(counted.standing));
        }
        Ok(Some(counted.standing))
    }

    /// Mints a token from a permit that was not asked for over the wire: the operator's own.
    ///
    /// # Errors
    ///
    /// [`TokenError::NoKey`] or [`TokenError::Sign`].
    pub fn mint_for(&self, site: &Site, permit: &Permit) -> Result<Issued, TokenError> {
        let signer = site
            .tenant
            .signer(permit.resource_server())
            .ok_or(TokenError::NoKey)?;
        let minted = mint::mint(&mint::Press {
            permit,
            issuer: &site.issuer,
            signer,
            now: self.clock.now(),
            entropy: &*self.entropy,
            reuse: &self.reuse,
        })
        .map_err(TokenError::Sign)?;
        Ok(Issued {
            access_token: minted.access_token,
            expires_in: permit.resource_server().token_lifetime.as_secs(),
            scope: permit.scope().clone(),
            standing: None,
        })
    }

    /// Refusals are logged with the text the caller sees and, for a failed authentication, with
    /// what only the reader of the log may know.
    async fn record_refusal(
        &self,
        site: &Site,
        call: &TokenCall<'_>,
        now: Timestamp,
        error: &TokenError,
    ) {
        let description: Cow<'_, str> = error.log_description();
        let mut event = event(
            site,
            call,
            now,
            LogKind::TokenRefused,
            &Arc::from(description.as_ref()),
        );
        let state = site.tenant.state();
        if let Some(claimed) = call.presented.client_id() {
            let known = state.client(claimed).map(|entry| entry.client());
            event.client_id = known
                .map(|client| client.id.clone())
                // People mix up the two fields: a secret must not get into the log that way.
                .or_else(|| claimed.parse().ok().filter(|_| !secret::is_ours(claimed)));
            event.client_name = known.map(|client| Arc::clone(&client.name));
        }
        event.audience = call.request.audience.map(Arc::from);
        event.scope = call.request.scope.map(ScopeList::shared);
        event.details = error.log_details().map(Into::into);
        let tenant = &state.tenant().id;
        if let Err(unavailable) = self.log.record(tenant, event).await {
            // The request is refused either way; the operator still hears of it.
            tracing::error!(
                error = &unavailable as &dyn std::error::Error,
                "a refusal was not logged"
            );
        }
    }
}

/// What all events of token requests have in common.
fn event(
    site: &Site,
    call: &TokenCall<'_>,
    now: Timestamp,
    kind: LogKind,
    description: &Arc<str>,
) -> LogEvent {
    let mut event = LogEvent::new(now, kind, Arc::clone(description), Arc::clone(&site.host));
    event.ip = call.ip;
    event.user_agent = call.user_agent.map(|text| {
        let end = text.floor_char_boundary(USER_AGENT_MAX);
        Arc::from(text.get(..end).unwrap_or_default())
    });
    event
}
