//! Client grants: make, change, delete.

use std::sync::Arc;

use m2mint_domain::client_grant::{ClientGrant, GrantedScope};
use m2mint_domain::id::{ClientGrantId, TenantId};
use m2mint_domain::organization::Organization;
use m2mint_domain::{Change, State};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::entropy::Draw;

impl Registry {
    /// Makes a client grant. The id of `draft` is replaced by a fresh one.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClient`], [`Refused::NoSuchAudience`], [`Refused::GrantExists`],
    /// [`Refused::UnknownScopes`], [`Refused::ThirdParty`]; see [`Registry::commit`] for the rest.
    pub async fn create_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        mut draft: ClientGrant,
    ) -> Result<Arc<ClientGrant>, RegistryError> {
        draft.id = ClientGrantId::random(&mut Draw(&*self.entropy));
        self.commit(tenant, actor, |state| {
            check_grant(state, &draft)?;
            let client = state
                .client(draft.client_id.as_str())
                .ok_or(Refused::NoSuchClient)?;
            if client
                .grant(draft.audience.as_str(), draft.subject_type)
                .is_some()
            {
                return Err(Refused::GrantExists {
                    client_id: draft.client_id.clone(),
                    audience: draft.audience.to_string(),
                });
            }
            Ok(put(draft.clone()))
        })
        .await
    }

    /// Changes a client grant. Whose it is and for what stays as it is.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchClientGrant`], [`Refused::UnknownScopes`], [`Refused::ThirdParty`]; see
    /// [`Registry::commit`] for the rest.
    pub async fn update_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        edit: impl Fn(&mut ClientGrant),
    ) -> Result<Arc<ClientGrant>, RegistryError> {
        self.commit(tenant, actor, |state| {
            let before = state.client_grant(id).ok_or(Refused::NoSuchClientGrant)?;
            let mut grant = ClientGrant::clone(before);
            edit(&mut grant);
            grant.id.clone_from(&before.id);
            grant.client_id.clone_from(&before.client_id);
            grant.audience.clone_from(&before.audience);
            grant.subject_type = before.subject_type;
            check_grant(state, &grant)?;
            Ok(put(grant))
        })
        .await
    }

    /// Deletes a client grant. `false` when there was none.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| match state.client_grant(id) {
            Some(grant) => Ok((delete_grants(state, &[grant]), true)),
            None => Ok((Vec::new(), false)),
        })
        .await
    }
}

/// The changes that delete grants and every organization's association with them.
///
/// All at once: an organization may be associated with several of them, and is written once.
pub(super) fn delete_grants(state: &State, grants: &[&Arc<ClientGrant>]) -> Vec<Change> {
    let mut changes: Vec<Change> = state
        .organizations()
        .filter_map(|before| {
            let mut organization = Organization::clone(before);
            for grant in grants {
                organization.client_grants.remove(&grant.id);
            }
            (organization.client_grants.len() < before.client_grants.len())
                .then(|| Change::PutOrganization(Arc::new(organization)))
        })
        .collect();
    let deleted = grants.iter().map(|grant| grant.id.clone());
    changes.extend(deleted.map(Change::DeleteClientGrant));
    changes
}

fn put(grant: ClientGrant) -> (Vec<Change>, Arc<ClientGrant>) {
    let grant = Arc::new(grant);
    (vec![Change::PutClientGrant(Arc::clone(&grant))], grant)
}

fn check_grant(state: &State, grant: &ClientGrant) -> Result<(), Refused> {
    let client = state
        .client(grant.client_id.as_str())
        .ok_or(Refused::NoSuchClient)?
        .client();
    let server = state
        .resource_server_for(grant.audience.as_str())
        .ok_or_else(|| Refused::NoSuchAudience {
            audience: grant.audience.to_string(),
        })?;
    let any_organization = grant.allow_any_organization == Some(true);
    if !client.is_first_party && (server.is_system || any_organization) {
        return Err(Refused::ThirdParty);
    }
    match &grant.scope {
        GrantedScope::All => Ok(()),
        GrantedScope::Only { list, .. } => {
            let known = server.scope_list();
            let unknown = list.missing_from(&known);
            if unknown.is_empty() {
                return Ok(());
            }
            Err(Refused::UnknownScopes {
                scopes: unknown.join(", "),
            })
        }
    }
}
