//! Custom signing keys: put and delete all of them at once.

use m2mint_domain::id::TenantId;
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::custom_signing_key::{CustomSigningKeys, ID};
use crate::documents::{self, Dated, Kept as _};

impl Registry {
    /// Publishes these keys in the place of those before.
    ///
    /// # Errors
    ///
    /// [`Refused::Invalid`] for what is no public key; see [`Registry::commit`] for the rest.
    pub async fn put_custom_signing_keys(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        keys: &CustomSigningKeys,
    ) -> Result<(), RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            keys.check(state)
                .map_err(|reason| Refused::invalid("keys", &reason))?;
            let change = documents::put(&Dated::new(keys.clone(), now))?;
            Ok((vec![change], ()))
        })
        .await
    }

    /// Publishes the tenant's own keys only.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_custom_signing_keys(
        &self,
        tenant: &TenantId,
        actor: &Actor,
    ) -> Result<(), RegistryError> {
        self.commit(tenant, actor, |state| {
            if state.document(CustomSigningKeys::KIND, ID).is_none() {
                return Ok((Vec::new(), ()));
            }
            Ok((vec![documents::delete::<CustomSigningKeys>(ID)], ()))
        })
        .await
    }
}
