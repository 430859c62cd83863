//! Rate limit policies: make, change, delete.

use m2mint_domain::entropy::{ALPHANUMERIC, random_text};
use m2mint_domain::id::TenantId;
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::documents::{self, Dated, Kept as _};
use crate::entropy::Draw;
use crate::rate_limit_policy::{Configuration, RateLimitPolicy, Selector};

/// The most policies of a tenant.
const POLICIES_MAX: usize = 1_000;

impl Registry {
    /// Makes a rate limit policy. The id of the draft is replaced.
    ///
    /// # Errors
    ///
    /// [`Refused::DocumentExists`] for a selector that has one, [`Refused::Invalid`],
    /// [`Refused::TooMany`]; see [`Registry::commit`] for the rest.
    pub async fn create_rate_limit_policy(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        draft: RateLimitPolicy,
    ) -> Result<Dated<RateLimitPolicy>, RegistryError> {
        let id = random_text(&mut Draw(&*self.entropy), ALPHANUMERIC, 21);
        let object = RateLimitPolicy {
            id: format!("rlp_{id}"),
            ..draft
        };
        let policy = Dated::new(object, self.clock.now());
        self.commit(tenant, actor, |state| {
            if Selector::parse(&policy.object.consumer_selector).is_none() {
                let reason = "default, third_party_clients, cimd_clients, or client_id: and an id";
                return Err(Refused::invalid("consumer_selector", &reason));
            }
            let all = documents::all::<RateLimitPolicy>(state)?;
            if POLICIES_MAX <= all.len() {
                return Err(Refused::TooMany {
                    what: "rate limit policies",
                    max: POLICIES_MAX,
                });
            }
            let same = |other: &Dated<RateLimitPolicy>| {
                other.object.consumer_selector == policy.object.consumer_selector
            };
            if all.iter().any(same) {
                return Err(Refused::DocumentExists(RateLimitPolicy::KIND));
            }
            Ok((vec![documents::put(&policy)?], policy.clone()))
        })
        .await
    }

    /// Gives a rate limit policy another configuration.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchDocument`]; see [`Registry::commit`] for the rest.
    pub async fn update_rate_limit_policy(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        configuration: &Configuration,
    ) -> Result<Dated<RateLimitPolicy>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let mut policy: Dated<RateLimitPolicy> = documents::find(state, id)?;
            policy.object.configuration = configuration.clone();
            policy.updated_at = now;
            Ok((vec![documents::put(&policy)?], policy))
        })
        .await
    }

    /// Deletes a rate limit policy. `false` when there was none.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_rate_limit_policy(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            if state.document(RateLimitPolicy::KIND, id).is_none() {
                return Ok((Vec::new(), false));
            }
            Ok((vec![documents::delete::<RateLimitPolicy>(id)], true))
        })
        .await
    }
}
