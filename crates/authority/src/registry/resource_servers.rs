//! Resource servers: register, change, delete.

use std::collections::HashMap;
use std::sync::Arc;

use m2mint_domain::audience::Audience;
use m2mint_domain::client_grant::{ClientGrant, GrantedScope};
use m2mint_domain::entropy::{ALPHANUMERIC, random_text};
use m2mint_domain::id::{ClientId, ResourceServerId, TenantId};
use m2mint_domain::resource_server::{NAME_MAX, ResourceServer, SCOPES_MAX, SigningAlg};
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SealedBytes, SigningKey};
use m2mint_domain::text::{check_description, check_name};
use m2mint_domain::{Change, State};
use m2mint_store::Actor;
use zeroize::Zeroizing;

use super::client_grants::delete_grants;
use super::system_apis::{account_api, is_account_api, patched};
use super::{Refused, Registry, RegistryError};
use crate::entropy::Draw;

/// The shortest and the longest shared secret of an HS256 API, in bytes (Auth0 wants 16).
const SIGNING_SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=1_024;
/// Characters of a secret we make: 381 bits.
const SIGNING_SECRET_LENGTH: usize = 64;

impl Registry {
    /// Registers a resource server: `edit` fills in what an identifier alone does not say.
    ///
    /// An HS256 API gets `signing_secret`, or a fresh one; another API keeps one that is given,
    /// unused. The My Account API, known by its identifier, is the server's own: only what may be
    /// changed of it may be chosen. A family of keys the tenant did not use
    /// before gets its first two keys in the same commit.
    ///
    /// # Errors
    ///
    /// [`Refused::IdentifierTaken`], [`Refused::ReservedIdentifier`], [`Refused::Invalid`]; see
    /// [`Registry::commit`] for the rest.
    pub async fn create_resource_server(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        identifier: Audience,
        signing_secret: Option<&str>,
        edit: impl Fn(&mut ResourceServer),
    ) -> Result<Arc<ResourceServer>, RegistryError> {
        let id = self.fresh_id().map_err(RegistryError::Refused)?;
        let current = self.current(tenant).await?;
        let mut server = if is_account_api(current.state(), &identifier) {
            let api = account_api(id, identifier).map_err(RegistryError::Refused)?;
            let mut edited = api.clone();
            edit(&mut edited);
            patched(&api, &edited)
        } else {
            let mut server = ResourceServer::new(id, identifier);
            edit(&mut server);
            server
        };
        server.signing_secret = self.sealed_secret(tenant, &server, signing_secret)?;
        let keys = self.keys_for(tenant, server.signing_alg).await?;
        self.commit(tenant, actor, |state| {
            check_resource_server(&server)?;
            let reserved = state
                .tenant()
                .hosts()
                .any(|host| server.identifier.as_str() == format!("https://{host}/api/v2/"));
            if reserved {
                return Err(Refused::ReservedIdentifier);
            }
            if state
                .resource_server_for(server.identifier.as_str())
                .is_some()
            {
                return Err(Refused::IdentifierTaken);
            }
            let server = Arc::new(server.clone());
            let mut changes = missing_keys(state, &keys);
            changes.push(Change::PutResourceServer(Arc::clone(&server)));
            Ok((changes, server))
        })
        .await
    }

    /// Changes a resource server. Its id and its identifier stay as they are.
    ///
    /// Scopes that are gone are taken from every grant in the same commit. Of the server's own API
    /// only lifetimes, the access policy and settings without effect may be changed.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchResourceServer`], [`Refused::SystemResourceServer`], [`Refused::Invalid`];
    /// see [`Registry::commit`] for the rest.
    pub async fn update_resource_server(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id_or_identifier: &str,
        signing_secret: Option<&str>,
        edit: impl Fn(&mut ResourceServer),
    ) -> Result<Arc<ResourceServer>, RegistryError> {
        // What the change needs is made before the commit: sealing and key generation are slow.
        let current = self.current(tenant).await?;
        let mut draft = ResourceServer::clone(
            find(current.state(), id_or_identifier)
                .ok_or(RegistryError::Refused(Refused::NoSuchResourceServer))?,
        );
        edit(&mut draft);
        let needs_secret = signing_secret.is_some()
            || (draft.signing_alg == SigningAlg::Hs256 && draft.signing_secret.is_none());
        let sealed = if needs_secret {
            self.sealed_secret(tenant, &draft, signing_secret)?
        } else {
            None
        };
        let keys = self.keys_for(tenant, draft.signing_alg).await?;

        self.commit(tenant, actor, |state| {
            let before = find(state, id_or_identifier).ok_or(Refused::NoSuchResourceServer)?;
            let mut server = ResourceServer::clone(before);
            edit(&mut server);
            server.id.clone_from(&before.id);
            server.identifier.clone_from(&before.identifier);
            server.is_system = before.is_system;
            let stays =
                server.signing_alg == SigningAlg::Hs256 || server.signing_alg == before.signing_alg;
            let kept = before.signing_secret.as_ref().filter(|_| stays);
            server.signing_secret = sealed.as_ref().or(kept).cloned();
            check_resource_server(&server)?;
            if before.is_system && patched(before, &server) != server {
                return Err(Refused::SystemResourceServer);
            }
            let mut changes = missing_keys(state, &keys);
            changes.extend(narrowed_grants(state, before, &server));
            let server = Arc::new(server);
            changes.push(Change::PutResourceServer(Arc::clone(&server)));
            Ok((changes, server))
        })
        .await
    }

    /// Deletes a resource server with the grants for it. `false` when there was none. Of the system
    /// APIs, the Management API stays.
    ///
    /// # Errors
    ///
    /// [`Refused::SystemResourceServer`]; see [`Registry::commit`] for the rest.
    pub async fn delete_resource_server(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id_or_identifier: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            let Some(server) = find(state, id_or_identifier) else {
                return Ok((Vec::new(), false));
            };
            if server.identifier.as_str() == state.tenant().management_audience() {
                return Err(Refused::SystemResourceServer);
            }
            let grants: Vec<_> = state
                .client_grants()
                .filter(|grant| grant.audience == server.identifier)
                .collect();
            let mut changes = delete_grants(state, &grants);
            changes.push(Change::DeleteResourceServer(server.id.clone()));
            Ok((changes, true))
        })
        .await
    }

    fn sealed_secret(
        &self,
        tenant: &TenantId,
        server: &ResourceServer,
        given: Option<&str>,
    ) -> Result<Option<SealedBytes>, RegistryError> {
        let secret = match given {
            Some(text) => Zeroizing::new(text.to_owned()),
            None if server.signing_alg != SigningAlg::Hs256 => return Ok(None),
            None => {
                let mut draw = Draw(&*self.entropy);
                Zeroizing::new(random_text(&mut draw, ALPHANUMERIC, SIGNING_SECRET_LENGTH))
            }
        };
        if !SIGNING_SECRET_BYTES.contains(&secret.len()) {
            let reason = "must have 16 to 1024 bytes";
            return Err(RegistryError::Refused(Refused::invalid(
                "signing_secret",
                &reason,
            )));
        }
        self.vault
            .seal_signing_secret(tenant, server.id.as_str(), secret.as_bytes())
            .map(Some)
            .map_err(RegistryError::Vault)
    }

    /// The first two keys of a family the tenant does not use yet.
    async fn keys_for(
        &self,
        tenant: &TenantId,
        alg: SigningAlg,
    ) -> Result<Vec<SigningKey>, RegistryError> {
        let current = self.current(tenant).await?;
        let state = current.state();
        let missing = alg
            .key_family()
            .filter(|family| state.signing_key(*family, KeyPlace::Current).is_none());
        let Some(family) = missing else {
            return Ok(Vec::new());
        };
        let wanted = vec![(family, KeyPlace::Current), (family, KeyPlace::Next)];
        self.generate_keys(state.tenant(), wanted, self.clock.now())
            .await
    }
}

/// By id or by identifier: Auth0 takes either.
#[must_use]
pub fn find<'a>(state: &'a State, id_or_identifier: &str) -> Option<&'a Arc<ResourceServer>> {
    state
        .resource_server(id_or_identifier)
        .or_else(|| state.resource_server_for(id_or_identifier))
}

/// Puts the prepared keys, unless another writer brought some in the meantime.
fn missing_keys(state: &State, keys: &[SigningKey]) -> Vec<Change> {
    let present = |family: KeyFamily| state.signing_key(family, KeyPlace::Current).is_some();
    keys.iter()
        .filter(|key| !present(key.family))
        .map(|key| Change::PutSigningKey(Arc::new(key.clone())))
        .collect()
}

/// Takes the scopes that `after` no longer has from the grants for it.
fn narrowed_grants(state: &State, before: &ResourceServer, after: &ResourceServer) -> Vec<Change> {
    let kept = after.scope_list();
    if before.scope_list().missing_from(&kept).is_empty() {
        return Vec::new();
    }
    state
        .client_grants()
        .filter(|grant| grant.audience == after.identifier)
        .filter_map(|grant| match &grant.scope {
            GrantedScope::Only { list, all_refused } if !list.missing_from(&kept).is_empty() => {
                let mut grant = ClientGrant::clone(grant);
                let list = list.restricted_to(&kept);
                grant.scope = GrantedScope::Only {
                    list,
                    all_refused: *all_refused,
                };
                Some(Change::PutClientGrant(Arc::new(grant)))
            }
            GrantedScope::All | GrantedScope::Only { .. } => None,
        })
        .collect()
}

/// The client that stands for an API itself (Auth0's `app_type: resource_server`).
#[must_use]
pub fn linked_client<'a>(state: &'a State, server: &ResourceServer) -> Option<&'a ClientId> {
    linked_clients(state).remove(server.identifier.as_str())
}

/// The clients that stand for APIs, by identifier.
#[must_use]
pub fn linked_clients(state: &State) -> HashMap<String, &ClientId> {
    state
        .clients()
        .filter_map(|client| {
            let json = client.extra.json("resource_server_identifier")?;
            let identifier: String = serde_json::from_str(json).ok()?;
            Some((identifier, &client.id))
        })
        .collect()
}

fn check_resource_server(server: &ResourceServer) -> Result<(), Refused> {
    if let Some(name) = &server.name {
        check_name(name, NAME_MAX).map_err(|error| Refused::invalid("name", &error))?;
    }
    if let Some(scopes) = &server.scopes {
        if SCOPES_MAX < scopes.iter().count() {
            return Err(Refused::TooMany {
                what: "scopes of an API",
                max: SCOPES_MAX,
            });
        }
        for (_, description) in scopes.iter() {
            let max = m2mint_domain::resource_server::SCOPE_DESCRIPTION_MAX;
            check_description(description.unwrap_or_default(), max)
                .map_err(|error| Refused::invalid("scopes.description", &error))?;
        }
    }
    Ok(())
}
