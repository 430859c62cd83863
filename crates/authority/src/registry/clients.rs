//! Clients and their secrets: register, change, rotate, delete.

use std::sync::Arc;

use m2mint_domain::client::{Client, DESCRIPTION_MAX, METADATA_MAX, METADATA_TEXT_MAX, NAME_MAX};
use m2mint_domain::credential::{AuthMethod, ClientSecret, SECRETS_MAX};
use m2mint_domain::id::{ClientId, CredentialId, TenantId};
use m2mint_domain::text::{check_description, check_name};
use m2mint_domain::{Change, State, Timestamp};
use m2mint_store::Actor;

use super::client_grants::delete_grants;
use super::organization_clients::forget_client;
use super::{Refused, Registry, RegistryError};
use crate::entropy::Draw;
use crate::secret::Secret;

/// The most grant types one client may list.
const GRANT_TYPES_MAX: usize = 20;

/// What becomes of the secrets a client had before a new one was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retire {
    /// They stop working at once (Auth0's way).
    Now,
    /// They stop working so many seconds from now.
    After {
        /// How many.
        secs: u32,
    },
    /// They work until each is retired by name.
    Never,
}

impl Registry {
    /// Registers a client: `edit` fills in a blank one. Unless it is a public client it gets a
    /// secret, which is handed back here and never again.
    ///
    /// # Errors
    ///
    /// [`Refused::Invalid`] when a value breaks a rule; see [`Registry::commit`] for the rest.
    pub async fn create_client(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        secret: Option<Secret>,
        edit: impl Fn(&mut Client),
    ) -> Result<(Arc<Client>, Option<Secret>), RegistryError> {
        let now = self.clock.now();
        let mut client = Client::new(ClientId::random(&mut Draw(&*self.entropy)), "".into(), now);
        edit(&mut client);
        let secret = match client.auth_method {
            Some(AuthMethod::None) => None,
            Some(AuthMethod::SecretBasic | AuthMethod::SecretPost) | None => {
                Some(secret.unwrap_or_else(|| Secret::generate(&*self.entropy)))
            }
        };
        if let Some(secret) = &secret {
            client.secrets = vec![self.keep(tenant, &client.id, secret, now)];
        }
        let client = self
            .commit(tenant, actor, |state| {
                check_client(state, &client)?;
                if state.client(client.id.as_str()).is_some() {
                    return Err(Refused::invalid("client_id", &"is taken"));
                }
                let client = Arc::new(client.clone());
                Ok((vec![Change::PutClient(Arc::clone(&client))], client))
            })
            .await?;
        Ok((client, secret))
    }

    /// Changes a client. Its id stays as it is, whatever `edit` does to it. So do its secrets,
    /// unless a `secret` is brought in: then it is the only one, as of the same commit.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], [`Refused::Invalid`]; see [`Registry::commit`] for the rest.
    pub async fn update_client(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        secret: Option<&Secret>,
        edit: impl Fn(&mut Client),
    ) -> Result<Arc<Client>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let before = state.client(id).ok_or(Refused::NoSuchClient)?.client();
            let mut client = Client::clone(before);
            edit(&mut client);
            client.id.clone_from(&before.id);
            client.secrets = match secret {
                Some(secret) => vec![self.keep(tenant, &before.id, secret, now)],
                None => before.secrets.clone(),
            };
            client.created_at = before.created_at;
            check_client(state, &client)?;
            Ok(put(client, now))
        })
        .await
    }

    /// Deletes a client with its grants. `false` when there was none.
    ///
    /// Tokens it has already stay valid until they expire.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_client(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            let Some(entry) = state.client(id) else {
                return Ok((Vec::new(), false));
            };
            let grants: Vec<_> = entry.grants().collect();
            let mut changes = delete_grants(state, &grants);
            changes.extend(forget_client(state, id));
            changes.push(Change::DeleteClient(entry.client().id.clone()));
            Ok((changes, true))
        })
        .await
    }

    /// Gives a client a new secret, fresh or brought in, and does with the old ones as `retire`
    /// says. The new one is handed back here and never again.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`]; [`Refused::TooMany`] when too many old ones would go on working;
    /// see [`Registry::commit`] for the rest.
    pub async fn rotate_secret(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        secret: Option<Secret>,
        retire: Retire,
    ) -> Result<(Arc<Client>, Secret), RegistryError> {
        let now = self.clock.now();
        let secret = secret.unwrap_or_else(|| Secret::generate(&*self.entropy));
        let client = self
            .commit(tenant, actor, |state| {
                let entry = state.client(id).ok_or(Refused::NoSuchClient)?;
                let mut client = Client::clone(entry.client());
                retire_all(&mut client, retire, now);
                if SECRETS_MAX <= client.secrets.len() {
                    return Err(Refused::TooMany {
                        what: "secrets of a client",
                        max: SECRETS_MAX,
                    });
                }
                client
                    .secrets
                    .push(self.keep(tenant, &client.id, &secret, now));
                Ok(put(client, now))
            })
            .await?;
        Ok((client, secret))
    }

    /// Stops one secret from working, at once.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], [`Refused::NoSuchSecret`]; [`Refused::LastSecret`] for the only
    /// one; see [`Registry::commit`] for the rest.
    pub async fn retire_secret(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        secret: &str,
    ) -> Result<Arc<Client>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let entry = state.client(id).ok_or(Refused::NoSuchClient)?;
            let mut client = Client::clone(entry.client());
            let before = client.secrets.len();
            client.secrets.retain(|one| one.id.as_str() != secret);
            if client.secrets.len() == before {
                return Err(Refused::NoSuchSecret);
            }
            if client.live_secrets(now).next().is_none() {
                return Err(Refused::LastSecret);
            }
            Ok(put(client, now))
        })
        .await
    }

    fn keep(
        &self,
        tenant: &TenantId,
        client: &ClientId,
        secret: &Secret,
        now: Timestamp,
    ) -> ClientSecret {
        ClientSecret {
            id: CredentialId::random(&mut Draw(&*self.entropy)),
            tag: self.vault.secrets().tag(tenant, client, secret.reveal()),
            hint: secret.hint().into(),
            created_at: now,
            expires_at: None,
        }
    }
}

/// Drops secrets that have expired, and ends the others as `retire` says.
fn retire_all(client: &mut Client, retire: Retire, now: Timestamp) {
    client
        .secrets
        .retain(|secret| secret.is_live(now) && retire != Retire::Now);
    if let Retire::After { secs } = retire {
        let end = now.plus_secs(i64::from(secs));
        for secret in &mut client.secrets {
            secret.expires_at = Some(secret.expires_at.map_or(end, |sooner| sooner.min(end)));
        }
    }
}

fn put(mut client: Client, now: Timestamp) -> (Vec<Change>, Arc<Client>) {
    client.updated_at = now;
    let client = Arc::new(client);
    (vec![Change::PutClient(Arc::clone(&client))], client)
}

fn check_client(state: &State, client: &Client) -> Result<(), Refused> {
    check_name(&client.name, NAME_MAX).map_err(|error| Refused::invalid("name", &error))?;
    if let Some(description) = &client.description {
        check_description(description, DESCRIPTION_MAX)
            .map_err(|error| Refused::invalid("description", &error))?;
    }
    if GRANT_TYPES_MAX < client.grant_types.len() {
        return Err(Refused::TooMany {
            what: "grant types of a client",
            max: GRANT_TYPES_MAX,
        });
    }
    if METADATA_MAX < client.metadata.len() {
        return Err(Refused::TooMany {
            what: "pairs of client_metadata",
            max: METADATA_MAX,
        });
    }
    for text in client.metadata.iter().flat_map(|(key, value)| [key, value]) {
        check_description(text, METADATA_TEXT_MAX)
            .map_err(|error| Refused::invalid("client_metadata", &error))?;
    }
    if let Some(organization) = &client.default_organization
        && state.organization(organization.as_str()).is_none()
    {
        return Err(Refused::invalid(
            "default_organization.organization_id",
            &"no such organization",
        ));
    }
    Ok(())
}
