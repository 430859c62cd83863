//! Organizations: make, change, delete, and associate with client grants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use m2mint_domain::client::{Client, METADATA_TEXT_MAX};
use m2mint_domain::document::DocumentKind;
use m2mint_domain::extra::Extra;
use m2mint_domain::id::TenantId;
use m2mint_domain::organization::{
    CLIENT_GRANTS_MAX, DISPLAY_NAME_MAX, METADATA_MAX, Organization, OrganizationName,
};
use m2mint_domain::text::{check_description, check_name};
use m2mint_domain::{Change, State};
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::documents::delete_children;

impl Registry {
    /// Makes an organization: `edit` fills in what a name alone does not say.
    ///
    /// # Errors
    ///
    /// [`Refused::OrganizationNameTaken`], [`Refused::Invalid`]; see [`Registry::commit`] for the
    /// rest.
    pub async fn create_organization(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        name: OrganizationName,
        edit: impl Fn(&mut Organization),
    ) -> Result<Arc<Organization>, RegistryError> {
        let mut organization = Organization {
            id: self.fresh_id().map_err(RegistryError::Refused)?,
            name,
            display_name: None,
            metadata: BTreeMap::new(),
            client_grants: BTreeSet::new(),
            token_quota: None,
            created_at: self.clock.now(),
            extra: Extra::default(),
        };
        edit(&mut organization);
        self.commit(tenant, actor, |state| {
            check_organization(state, &organization)?;
            Ok(put(organization.clone()))
        })
        .await
    }

    /// Changes an organization. Its id and its associations stay as they are.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`], [`Refused::OrganizationNameTaken`], [`Refused::Invalid`];
    /// see [`Registry::commit`] for the rest.
    pub async fn update_organization(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
        edit: impl Fn(&mut Organization),
    ) -> Result<Arc<Organization>, RegistryError> {
        self.commit(tenant, actor, |state| {
            let before = state.organization(id).ok_or(Refused::NoSuchOrganization)?;
            let mut organization = Organization::clone(before);
            edit(&mut organization);
            organization.id.clone_from(&before.id);
            organization.client_grants.clone_from(&before.client_grants);
            organization.created_at = before.created_at;
            check_organization(state, &organization)?;
            Ok(put(organization))
        })
        .await
    }

    /// Deletes an organization with its domains and its associations; clients that had it as their
    /// default have none then. `false` when there was none.
    ///
    /// # Errors
    ///
    /// See [`Registry::commit`].
    pub async fn delete_organization(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            let Some(organization) = state.organization(id) else {
                return Ok((Vec::new(), false));
            };
            let mut changes: Vec<Change> = state
                .clients()
                .filter(|client| client.default_organization.as_ref() == Some(&organization.id))
                .map(|client| {
                    let mut client = Client::clone(client);
                    client.default_organization = None;
                    Change::PutClient(Arc::new(client))
                })
                .collect();
            let kinds = [
                DocumentKind::DiscoveryDomain,
                DocumentKind::OrganizationClient,
            ];
            changes.extend(delete_children(state, &kinds, organization.id.as_str()));
            changes.push(Change::DeleteOrganization(organization.id.clone()));
            Ok((changes, true))
        })
        .await
    }

    /// Lets a client grant be used for an organization.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`], [`Refused::NoSuchClientGrant`],
    /// [`Refused::AlreadyAssociated`], [`Refused::TooMany`]; see [`Registry::commit`] for the rest.
    pub async fn associate_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        grant: &str,
    ) -> Result<(), RegistryError> {
        self.commit(tenant, actor, |state| {
            let before = state
                .organization(organization)
                .ok_or(Refused::NoSuchOrganization)?;
            let grant = state
                .client_grant(grant)
                .ok_or(Refused::NoSuchClientGrant)?;
            let mut organization = Organization::clone(before);
            if CLIENT_GRANTS_MAX <= organization.client_grants.len() {
                let what = "client grants of an organization";
                return Err(Refused::TooMany {
                    what,
                    max: CLIENT_GRANTS_MAX,
                });
            }
            if !organization.client_grants.insert(grant.id.clone()) {
                return Err(Refused::AlreadyAssociated);
            }
            Ok((vec![Change::PutOrganization(Arc::new(organization))], ()))
        })
        .await
    }

    /// Ends an association. `false` when there was none.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`]; see [`Registry::commit`] for the rest.
    pub async fn dissociate_client_grant(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        grant: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| {
            let before = state
                .organization(organization)
                .ok_or(Refused::NoSuchOrganization)?;
            let mut organization = Organization::clone(before);
            organization
                .client_grants
                .retain(|one| one.as_str() != grant);
            if organization.client_grants.len() == before.client_grants.len() {
                return Ok((Vec::new(), false));
            }
            Ok((vec![Change::PutOrganization(Arc::new(organization))], true))
        })
        .await
    }
}

fn put(organization: Organization) -> (Vec<Change>, Arc<Organization>) {
    let organization = Arc::new(organization);
    (
        vec![Change::PutOrganization(Arc::clone(&organization))],
        organization,
    )
}

fn check_organization(state: &State, organization: &Organization) -> Result<(), Refused> {
    if state
        .organization_named(organization.name.as_str())
        .is_some_and(|other| other.id != organization.id)
    {
        return Err(Refused::OrganizationNameTaken);
    }
    if let Some(name) = &organization.display_name {
        check_name(name, DISPLAY_NAME_MAX)
            .map_err(|error| Refused::invalid("display_name", &error))?;
    }
    if METADATA_MAX < organization.metadata.len() {
        return Err(Refused::TooMany {
            what: "pairs of metadata",
            max: METADATA_MAX,
        });
    }
    for text in organization
        .metadata
        .iter()
        .flat_map(|(key, value)| [key, value])
    {
        check_description(text, METADATA_TEXT_MAX)
            .map_err(|error| Refused::invalid("metadata", &error))?;
    }
    Ok(())
}
