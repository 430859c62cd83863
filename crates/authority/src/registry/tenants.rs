//! Tenants: make one, change its settings, put it back to its beginning.

use std::sync::Arc;

use m2mint_domain::client::Client;
use m2mint_domain::document::DocumentKind;
use m2mint_domain::entropy::HEX;
use m2mint_domain::host::HostName;
use m2mint_domain::id::{ResourceServerId, TenantId};
use m2mint_domain::resource_server::{ResourceServer, Scopes};
use m2mint_domain::scope::ScopeList;
use m2mint_domain::signing_key::{KeyFamily, KeyPlace, SigningKey};
use m2mint_domain::tenant::Tenant;
use m2mint_domain::text::check_name;
use m2mint_domain::{Change, Permit, State, authorize};
use m2mint_store::{Actor, Commit, Revision, StoreError};

use super::clients::blank_global;
use super::{Refused, Registry, RegistryError};
use crate::management;

/// The longest name that people give a tenant, in characters.
const FRIENDLY_NAME_MAX: usize = 255;

impl Registry {
    /// Makes a tenant: its keys, the resource server of its Management API, and the client that
    /// stands for all others.
    ///
    /// # Errors
    ///
    /// [`Refused::TenantExists`], [`Refused::HostTaken`]; [`RegistryError::Store`] and
    /// [`RegistryError::Vault`].
    pub async fn create_tenant(
        &self,
        id: TenantId,
        domain: HostName,
        actor: &Actor,
    ) -> Result<(), RegistryError> {
        let now = self.clock.now();
        let tenant = Arc::new(Tenant::new(id.clone(), domain));
        let wanted = vec![
            (KeyFamily::Rsa, KeyPlace::Current),
            (KeyFamily::Rsa, KeyPlace::Next),
        ];
        let keys = self.generate_keys(&tenant, wanted, now).await?;
        let mut changes = vec![Change::PutTenant(Arc::clone(&tenant))];
        changes.push(Change::PutResourceServer(Arc::new(management_api(
            &tenant,
        )?)));
        let global = self.global_client(&id, now);
        changes.push(Change::PutClient(Arc::new(
            global.map_err(RegistryError::Vault)?,
        )));
        changes.extend(
            keys.into_iter()
                .map(|key| Change::PutSigningKey(Arc::new(key))),
        );
        let commit = Commit {
            tenant: id.clone(),
            expected: Revision::ZERO,
            changes,
            actor: actor.clone(),
            at: now,
        };
        let stored = self.store.commit(&commit).await;
        if let Err(StoreError::Conflict) = stored {
            return Err(RegistryError::Refused(Refused::TenantExists));
        }
        stored.map_err(|error| host_taken(RegistryError::Store(error)))?;
        self.current(&id).await.map(drop)
    }

    /// Gives every tenant what releases before this one did not make: the client that stands for all
    /// others. Changes nothing where it is there.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn complete_tenants(&self, actor: &Actor) -> Result<(), RegistryError> {
        for id in self.snapshots.tenants() {
            let tenant = self.current(&id).await?;
            if tenant.state().global_client().is_some() {
                continue;
            }
            let global = self.global_client(&id, self.clock.now());
            let global = Arc::new(global.map_err(RegistryError::Vault)?);
            self.commit(&id, actor, |state| {
                let missing = state.global_client().is_none();
                let changes = missing.then(|| Change::PutClient(Arc::clone(&global)));
                Ok((changes.into_iter().collect(), ()))
            })
            .await?;
        }
        Ok(())
    }

    /// Changes a tenant's settings. Its name and its canonical domain stay as they are.
    ///
    /// # Errors
    ///
    /// [`Refused::Invalid`], [`Refused::HostTaken`]; see [`Registry::commit`] for the rest.
    pub async fn update_tenant(
        &self,
        id: &TenantId,
        actor: &Actor,
        edit: impl Fn(&mut Tenant),
    ) -> Result<Arc<Tenant>, RegistryError> {
        self.commit(id, actor, |state| {
            let before = state.tenant();
            let mut tenant = Tenant::clone(before);
            edit(&mut tenant);
            tenant.id.clone_from(&before.id);
            tenant.domain.clone_from(&before.domain);
            if let Some(name) = tenant
                .friendly_name
                .as_ref()
                .filter(|name| !name.is_empty())
            {
                check_name(name, FRIENDLY_NAME_MAX)
                    .map_err(|error| Refused::invalid("friendly_name", &error))?;
            }
            let tenant = Arc::new(tenant);
            Ok((vec![Change::PutTenant(Arc::clone(&tenant))], tenant))
        })
        .await
        .map_err(host_taken)
    }

    /// Puts a tenant back to its beginning: no clients, no APIs but its own, no organizations,
    /// default settings, an empty log, and the RSA keys it was made with, so that tokens from before
    /// a rotation are good again. Development mode only.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn reset_tenant(&self, id: &TenantId, actor: &Actor) -> Result<(), RegistryError> {
        self.commit(id, actor, |state| Ok((beginning(state)?, ())))
            .await?;
        self.store
            .clear_logs(id)
            .await
            .map_err(RegistryError::Store)
    }
}

/// The store is the one that sees a host name of another tenant; the caller can mend it.
pub(super) fn host_taken(error: RegistryError) -> RegistryError {
    if let RegistryError::Store(StoreError::HostTaken { host }) = &error {
        let host = host.to_string();
        return RegistryError::Refused(Refused::HostTaken { host });
    }
    error
}

/// A permit for the operator of this process: every scope of the tenant's Management API.
///
/// Whoever calls this holds the data directory and the master key, and owns the tenant already.
#[must_use]
pub fn operator_permit(state: &State, client: Client) -> Option<Permit> {
    let identifier = state.tenant().management_audience();
    authorize::authorize_operator(client, state.resource_server_for(&identifier)?)
}

/// The changes that lead from `state` to a tenant's beginning.
fn beginning(state: &State) -> Result<Vec<Change>, Refused> {
    let before = state.tenant();
    let tenant = Tenant::new(before.id.clone(), before.domain.clone());
    let own = state.resource_server_for(&tenant.management_audience());
    let mut api = management_api(&tenant)
        .map_err(|_| Refused::invalid("identifier", &"the tenant's domain makes no audience"))?;
    if let Some(own) = own {
        api.id.clone_from(&own.id);
    }
    let mut changes = Vec::new();
    changes.extend(
        state
            .client_grants()
            .map(|one| Change::DeleteClientGrant(one.id.clone())),
    );
    changes.extend(
        state
            .clients()
            .map(|one| Change::DeleteClient(one.id.clone())),
    );
    if let Some(global) = state.global_client() {
        let Client {
            id,
            secrets,
            created_at,
            ..
        } = global.clone();
        let global = blank_global(id, secrets, created_at);
        changes.push(Change::PutClient(Arc::new(global)));
    }
    changes.extend(
        state
            .organizations()
            .map(|one| Change::DeleteOrganization(one.id.clone())),
    );
    changes.extend(
        state
            .resource_servers()
            .filter(|one| own.is_none_or(|own| own.id != one.id))
            .map(|one| Change::DeleteResourceServer(one.id.clone())),
    );
    changes.extend(first_keys(state));
    changes.extend(
        DocumentKind::ALL
            .into_iter()
            .flat_map(|kind| state.documents(kind))
            .map(|one| Change::DeleteDocument(one.kind, one.id.clone())),
    );
    changes.push(Change::PutResourceServer(Arc::new(api)));
    changes.push(Change::PutTenant(Arc::new(tenant)));
    Ok(changes)
}

/// Puts the first two RSA keys back to where they were, and drops all others.
fn first_keys(state: &State) -> impl Iterator<Item = Change> {
    let mut places = [KeyPlace::Current, KeyPlace::Next].into_iter();
    state.signing_keys().iter().map(move |key| {
        let place = (key.family == KeyFamily::Rsa)
            .then(|| places.next())
            .flatten();
        match place {
            Some(place) => Change::PutSigningKey(Arc::new(SigningKey {
                place,
                current_since: key.current_since.filter(|_| place == KeyPlace::Current),
                current_until: None,
                revoked_at: None,
                ..SigningKey::clone(key)
            })),
            None => Change::DeleteSigningKey(key.id.clone()),
        }
    })
}

/// The resource server of a tenant's Management API, as Auth0 shows it.
fn management_api(tenant: &Tenant) -> Result<ResourceServer, RegistryError> {
    let invalid = |error: &dyn std::fmt::Display| {
        RegistryError::Refused(Refused::invalid("identifier", &error.to_string()))
    };
    let identifier = tenant
        .management_audience()
        .parse()
        .map_err(|error| invalid(&error))?;
    // Derived from the name, so that it is the same after each reset.
    let digest = m2mint_jose::sha256(tenant.id.as_str().as_bytes());
    let id: String = digest
        .iter()
        .take(24)
        .filter_map(|byte| HEX.get(usize::from(byte % 16)))
        .map(|digit| char::from(*digit))
        .collect();
    let id: ResourceServerId = id.parse().map_err(|error| invalid(&error))?;
    let scopes = management::scopes();
    let values = ScopeList::of(scopes.iter().map(|(scope, _)| scope.as_str()))
        .map_err(|error| invalid(&error))?;
    let descriptions = scopes
        .into_iter()
        .map(|(_, description)| Some(description))
        .collect();
    let mut server = ResourceServer::new(id, identifier);
    server.name = Some("Auth0 Management API".to_owned());
    server.scopes = Some(Scopes::new(values, descriptions));
    server.is_system = true;
    Ok(server)
}
