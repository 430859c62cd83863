//! The clients of organizations: associate, change, dissociate.

use m2mint_domain::document::DocumentKind;
use m2mint_domain::id::TenantId;
use m2mint_domain::{Change, State};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::documents::{self, Dated};
use crate::organization_client::OrganizationClient;

/// The most clients of one organization.
const CLIENTS_MAX: usize = 1_000;

impl Registry {
    /// Associates clients with an organization, all or none; one that is associated already is
    /// changed. Each comes with whether members may log in to it.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`], [`Refused::NoSuchClient`], [`Refused::TooMany`]; see
    /// [`Registry::commit`] for the rest.
    pub async fn associate_clients(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        clients: &[(String, bool)],
    ) -> Result<Vec<Dated<OrganizationClient>>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let before = of_organization(state, organization)?;
            let mut associated = Vec::with_capacity(clients.len());
            let mut fresh = 0;
            for (client, member_access) in clients {
                if state.client(client).is_none() {
                    return Err(Refused::NoSuchClient);
                }
                let object = OrganizationClient::new(organization, client, *member_access);
                let known = before.iter().find(|one| one.object.client() == client);
                fresh += usize::from(known.is_none());
                associated.push(Dated {
                    object,
                    created_at: known.map_or(now, |one| one.created_at),
                    updated_at: now,
                });
            }
            if CLIENTS_MAX < before.len() + fresh {
                return Err(Refused::TooMany {
                    what: "clients of an organization",
                    max: CLIENTS_MAX,
                });
            }
            let changes = associated.iter().map(documents::put);
            Ok((changes.collect::<Result<_, _>>()?, associated))
        })
        .await
    }

    /// Changes an association.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`], [`Refused::NoSuchDocument`]; see [`Registry::commit`] for
    /// the rest.
    pub async fn update_organization_client(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        client: &str,
        use_for_member_access: Option<bool>,
    ) -> Result<Dated<OrganizationClient>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let mut dated = find(state, organization, client)?;
            if let Some(access) = use_for_member_access {
                dated.object.use_for_member_access = access;
            }
            dated.updated_at = now;
            Ok((vec![documents::put(&dated)?], dated))
        })
        .await
    }

    /// Ends associations. Those there are not are left out.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`]; see [`Registry::commit`] for the rest.
    pub async fn dissociate_clients(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        clients: &[String],
    ) -> Result<(), RegistryError> {
        self.commit(tenant, actor, |state| {
            must_exist(state, organization)?;
            let changes = clients
                .iter()
                .map(|client| OrganizationClient::id_of(organization, client))
                .filter(|id| {
                    state
                        .document(DocumentKind::OrganizationClient, id)
                        .is_some()
                })
                .map(|id| documents::delete::<OrganizationClient>(&id));
            Ok((changes.collect(), ()))
        })
        .await
    }
}

/// One association.
///
/// # Errors
///
/// [`Refused::NoSuchOrganization`], [`Refused::NoSuchDocument`], [`Refused::UnreadableDocument`].
pub fn find(
    state: &State,
    organization: &str,
    client: &str,
) -> Result<Dated<OrganizationClient>, Refused> {
    must_exist(state, organization)?;
    documents::find(state, &OrganizationClient::id_of(organization, client))
}

/// All clients of one organization, oldest association first.
///
/// # Errors
///
/// [`Refused::NoSuchOrganization`], [`Refused::UnreadableDocument`].
pub fn of_organization(
    state: &State,
    organization: &str,
) -> Result<Vec<Dated<OrganizationClient>>, Refused> {
    must_exist(state, organization)?;
    documents::all_of(state, organization)
}

/// The changes that end every association of a client: it is deleted with them.
pub(super) fn forget_client(state: &State, client: &str) -> Vec<Change> {
    let of_client = |id: &str| {
        id.split_once('/')
            .is_some_and(|(_, associated)| associated == client)
    };
    state
        .documents(DocumentKind::OrganizationClient)
        .filter(|document| of_client(&document.id))
        .map(|document| Change::DeleteDocument(document.kind, document.id.clone()))
        .collect()
}

fn must_exist(state: &State, organization: &str) -> Result<(), Refused> {
    state
        .organization(organization)
        .map(drop)
        .ok_or(Refused::NoSuchOrganization)
}
