//! A client's settings for other people's services (Auth0's `addons`). They hold keys and passwords
//! of those services, so they are in the register as ciphertext only.

use m2mint_domain::client::Client;
use m2mint_domain::id::TenantId;
use zeroize::Zeroizing;

use super::Registry;
use crate::keys::VaultError;

/// The member, and what it is sealed as.
const ADDONS: &str = "addons";

impl Registry {
    /// The addons of a client in clear, as JSON: for the answer that shows them.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when they do not open.
    pub fn client_addons(
        &self,
        tenant: &TenantId,
        client: &Client,
    ) -> Result<Option<Zeroizing<String>>, VaultError> {
        let Some(sealed) = &client.addons else {
            return Ok(None);
        };
        let owner = client.id.as_str();
        let opened = self.vault.open_secret(tenant, owner, ADDONS, sealed)?;
        let json = String::from_utf8_lossy(&opened).into_owned();
        Ok(Some(Zeroizing::new(json)))
    }

    /// Puts the addons where an edit expects what is kept and shown.
    pub(super) fn open_addons(
        &self,
        tenant: &TenantId,
        client: &mut Client,
    ) -> Result<(), VaultError> {
        if let Some(json) = self.client_addons(tenant, client)? {
            client.extra.insert(ADDONS, &json);
            client.addons = None;
        }
        Ok(())
    }

    /// Takes the addons from what is kept and shown, and seals them.
    pub(super) fn seal_addons(
        &self,
        tenant: &TenantId,
        client: &mut Client,
    ) -> Result<(), VaultError> {
        client.addons = match client.extra.json(ADDONS) {
            None => None,
            Some(json) => {
                let owner = client.id.as_str();
                let json = json.as_bytes();
                Some(self.vault.seal_secret(tenant, owner, ADDONS, json)?)
            }
        };
        client.extra.remove(ADDONS);
        Ok(())
    }
}
