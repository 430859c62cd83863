//! The domains of organizations: make, change, delete.

use m2mint_domain::State;
use m2mint_domain::document::DocumentKind;
use m2mint_domain::entropy::{ALPHANUMERIC, HEX, random_text};
use m2mint_domain::id::TenantId;
use m2mint_store::Actor;

use super::{Refused, Registry, RegistryError};
use crate::discovery_domain::{DiscoveryDomain, DomainStatus};
use crate::documents::{self, Dated};
use crate::entropy::Draw;

/// The most domains of one organization.
const DOMAINS_MAX: usize = 1_000;
/// Random characters of an id, and of the text that is to stand in the DNS.
const ID_LENGTH: usize = 22;
const TXT_LENGTH: usize = 32;

/// What may be said of a domain, or left as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct DomainSettings {
    /// Whether it is known to be theirs.
    pub status: Option<DomainStatus>,
    /// Whether it is used to find the organization.
    pub use_for_organization_discovery: Option<bool>,
}

impl Registry {
    /// Gives an organization a domain.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`]; [`Refused::DocumentExists`] when it has the domain already;
    /// [`Refused::TooMany`]; see [`Registry::commit`] for the rest.
    pub async fn create_discovery_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        domain: &str,
        settings: DomainSettings,
    ) -> Result<Dated<DiscoveryDomain>, RegistryError> {
        let mut draw = Draw(&*self.entropy);
        let made = DiscoveryDomain {
            id: format!("ord_{}", random_text(&mut draw, ALPHANUMERIC, ID_LENGTH)),
            organization: organization.to_owned(),
            domain: domain.to_ascii_lowercase(),
            status: settings.status.unwrap_or_default(),
            verification_txt: random_text(&mut draw, HEX, TXT_LENGTH),
            use_for_organization_discovery: settings.use_for_organization_discovery.unwrap_or(true),
        };
        let made = Dated::new(made, self.clock.now());
        self.commit(tenant, actor, |state| {
            let others = of_organization(state, organization)?;
            if others
                .iter()
                .any(|one| one.object.domain == made.object.domain)
            {
                return Err(Refused::DocumentExists(DocumentKind::DiscoveryDomain));
            }
            if DOMAINS_MAX <= others.len() {
                return Err(Refused::TooMany {
                    what: "domains of an organization",
                    max: DOMAINS_MAX,
                });
            }
            Ok((vec![documents::put(&made)?], made.clone()))
        })
        .await
    }

    /// Changes what is said of a domain.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`], [`Refused::NoSuchDocument`]; see [`Registry::commit`] for
    /// the rest.
    pub async fn update_discovery_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        id: &str,
        settings: DomainSettings,
    ) -> Result<Dated<DiscoveryDomain>, RegistryError> {
        let now = self.clock.now();
        self.commit(tenant, actor, |state| {
            let mut dated = find(state, organization, id)?;
            if let Some(status) = settings.status {
                dated.object.status = status;
            }
            if let Some(used) = settings.use_for_organization_discovery {
                dated.object.use_for_organization_discovery = used;
            }
            dated.updated_at = now;
            Ok((vec![documents::put(&dated)?], dated))
        })
        .await
    }

    /// Takes a domain from an organization. `false` when it did not have it.
    ///
    /// # Errors
    ///
    /// [`Refused::NoSuchOrganization`]; see [`Registry::commit`] for the rest.
    pub async fn delete_discovery_domain(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        organization: &str,
        id: &str,
    ) -> Result<bool, RegistryError> {
        self.commit(tenant, actor, |state| match find(state, organization, id) {
            Ok(_) => Ok((vec![documents::delete::<DiscoveryDomain>(id)], true)),
            Err(Refused::NoSuchDocument(_)) => Ok((Vec::new(), false)),
            Err(refused) => Err(refused),
        })
        .await
    }
}

/// A domain of one organization.
///
/// # Errors
///
/// [`Refused::NoSuchOrganization`], [`Refused::NoSuchDocument`], [`Refused::UnreadableDocument`].
pub fn find(
    state: &State,
    organization: &str,
    id: &str,
) -> Result<Dated<DiscoveryDomain>, Refused> {
    must_exist(state, organization)?;
    let found: Dated<DiscoveryDomain> = documents::find(state, id)?;
    if found.object.organization != organization {
        return Err(Refused::NoSuchDocument(DocumentKind::DiscoveryDomain));
    }
    Ok(found)
}

/// A domain of one organization, by its name in any case.
///
/// # Errors
///
/// As those of [`find`].
pub fn find_named(
    state: &State,
    organization: &str,
    domain: &str,
) -> Result<Dated<DiscoveryDomain>, Refused> {
    of_organization(state, organization)?
        .into_iter()
        .find(|one| one.object.domain.eq_ignore_ascii_case(domain))
        .ok_or(Refused::NoSuchDocument(DocumentKind::DiscoveryDomain))
}

/// All domains of one organization, oldest first.
///
/// # Errors
///
/// [`Refused::NoSuchOrganization`], [`Refused::UnreadableDocument`].
pub fn of_organization(
    state: &State,
    organization: &str,
) -> Result<Vec<Dated<DiscoveryDomain>>, Refused> {
    must_exist(state, organization)?;
    documents::all_of(state, organization)
}

fn must_exist(state: &State, organization: &str) -> Result<(), Refused> {
    state
        .organization(organization)
        .map(drop)
        .ok_or(Refused::NoSuchOrganization)
}
