//! Signing keys: rotate and revoke.

use std::sync::Arc;

use m2mint_domain::id::TenantId;
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SigningKey};
use m2mint_domain::{Change, State, Timestamp};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};

impl Registry {
    /// Moves every family of keys one place on: next → current, current → previous, and a fresh
    /// next one. Gives the fresh keys, RSA first.
    ///
    /// A key signs only after it was published, so verifiers that cache the JWKS know it already.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn rotate_keys(
        &self,
        tenant: &TenantId,
        actor: &Actor,
    ) -> Result<Vec<Arc<SigningKey>>, RegistryError> {
        let now = self.clock.now();
        let current = self.current(tenant).await?;
        let state = current.state();
        let wanted = KeyFamily::ALL
            .into_iter()
            .filter(|family| state.signing_key(*family, KeyPlace::Current).is_some())
            .map(|family| (family, KeyPlace::Next))
            .collect();
        let fresh = self.generate_keys(state.tenant(), wanted, now).await?;
        let fresh: Vec<Arc<SigningKey>> = fresh.into_iter().map(Arc::new).collect();
        self.commit(tenant, actor, |state| {
            let mut changes = Vec::new();
            for next in &fresh {
                changes.extend(moved_on(state, next.family, now));
                changes.push(Change::PutSigningKey(Arc::clone(next)));
            }
            Ok((changes, fresh.clone()))
        })
        .await
    }

    /// Takes a previous key out of the JWKS: tokens it signed are refused from then on.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchSigningKey`], [`Refused::NotPreviousKey`]; see [`Registry::commit`] for the
    /// rest.
    pub async fn revoke_key(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<Arc<SigningKey>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let key = state
                .signing_keys()
                .iter()
                .find(|key| key.id.as_str() == id)
                .ok_or(Refused::NoSuchSigningKey)?;
            if key.place != KeyPlace::Previous {
                return Err(Refused::NotPreviousKey);
            }
            let mut key = SigningKey::clone(key);
            key.place = KeyPlace::Revoked;
            key.revoked_at = Some(now);
            let key = Arc::new(key);
            Ok((vec![Change::PutSigningKey(Arc::clone(&key))], key))
        })
        .await
    }
}

/// The keys of a family, each one place further.
fn moved_on(state: &State, family: KeyFamily, now: Timestamp) -> Vec<Change> {
    let step = |place: KeyPlace| {
        let mut key = SigningKey::clone(state.signing_key(family, place)?);
        if place == KeyPlace::Next {
            key.place = KeyPlace::Current;
            key.current_since = Some(now);
        } else {
            key.place = KeyPlace::Previous;
            key.current_until = Some(now);
        }
        Some(Change::PutSigningKey(Arc::new(key)))
    };
    [KeyPlace::Current, KeyPlace::Next]
        .into_iter()
        .filter_map(step)
        .collect()
}
